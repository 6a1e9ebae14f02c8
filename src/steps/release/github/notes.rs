//! Notes that do not fit on the page go up whole, as an asset.

use std::sync::Arc;

use crate::model::{ArtifactKind, Problem, State, Undone};
use crate::steps::room::{Site, Target};

use super::asset;
use super::desk::{Desk, NOTES_ASSET, is_too_long};

/// The whole notes as an asset, where the page cuts them.
pub struct LongNotes(pub Arc<Desk>);

#[async_trait::async_trait]
impl Target for LongNotes {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let notes = self.0.notes(site)?;
        if !is_too_long(&notes, &site.facts) {
            return Ok(State::Same {
                proof: format!("{} characters fit on the page", notes.chars().count()),
            });
        }
        let made = site.inputs().into_iter().find(|made| made.kind == ArtifactKind::ReleaseNotes);
        let Some(made) = made else { return Err(Problem::new("the notes are gone")) };
        asset::look(&self.0, site, NOTES_ASSET, made.size, made.digest).await
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let made = site.inputs().into_iter().find(|made| made.kind == ArtifactKind::ReleaseNotes);
        let Some(made) = made else { return Err(Problem::new("the notes are gone")) };
        asset::put(&self.0, site, NOTES_ASSET, &site.path_of(&made)).await
    }

    async fn undo(&self, site: &Site, really: bool) -> Result<Undone, Problem> {
        asset::take_away(&self.0, site, NOTES_ASSET, really).await
    }
}
