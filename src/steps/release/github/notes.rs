//! The page: title and notes on the draft; what does not fit goes up whole, as an asset.

use std::sync::Arc;

use crate::model::artifact::NOTES_NAME;
use crate::model::{Artifact, ArtifactKind, Problem, State, Undone};
use crate::ports::forge::Release;
use crate::steps::room::{Site, Target};

use super::asset;
use super::desk::{Desk, is_too_long};

/// Title and notes, and the whole notes as an asset where the page cuts them.
pub struct Page(pub Arc<Desk>);

impl Page {
    fn made(site: &Site) -> Result<Artifact, Problem> {
        let made = site.inputs().into_iter().find(|made| made.kind == ArtifactKind::ReleaseNotes);
        made.ok_or_else(|| Problem::new("the notes are gone").fix("run the step `changelog` again"))
    }

    /// What is wrong with the page of our draft. Published notes may be edited by people; they are
    /// theirs from then on.
    fn wrong(&self, site: &Site, release: &Release, notes: &str) -> Vec<&'static str> {
        if !release.draft {
            return Vec::new();
        }
        let wanted = self.0.wanted(&site.facts, notes, true);
        let parts = [
            ("title", release.name == wanted.name),
            ("notes", same_text(&release.body, &wanted.body)),
            ("prerelease", release.prerelease == wanted.prerelease),
            ("target commit", release.target == wanted.target),
        ];
        parts.iter().filter(|(_, same)| !same).map(|(name, _)| *name).collect()
    }
}

#[async_trait::async_trait]
impl Target for Page {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let notes = self.0.notes(site)?;
        let Some(release) = self.0.there(site).await? else { return Ok(State::Absent) };
        let wrong = self.wrong(site, &release, &notes);
        if !wrong.is_empty() {
            return Ok(State::Differs { how: format!("another {}", wrong.join(", ")) });
        }
        if !is_too_long(&notes, &site.facts) {
            return Ok(State::Same {
                proof: format!("{} characters fit on the page", notes.chars().count()),
            });
        }
        let made = Self::made(site)?;
        asset::look(&self.0, site, NOTES_NAME, made.size, made.digest).await
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let slug = self.0.slug(&site.facts)?;
        let notes = self.0.notes(site)?;
        let release = self.0.release(site).await?;
        if !self.wrong(site, &release, &notes).is_empty() {
            self.0.own(site, &release).await?;
            let wanted = self.0.wanted(&site.facts, &notes, true);
            self.0.saw(site.ports.forge.update(slug, release.id, &wanted).await?).await;
        }
        if !is_too_long(&notes, &site.facts) {
            return Ok(());
        }
        let made = Self::made(site)?;
        let there = asset::look(&self.0, site, NOTES_NAME, made.size, made.digest).await?;
        if there.is_same() {
            Ok(())
        } else {
            asset::put(&self.0, site, NOTES_NAME, &site.path_of(&made)).await
        }
    }

    async fn undo(&self, site: &Site, really: bool) -> Result<Undone, Problem> {
        asset::take_away(&self.0, site, NOTES_NAME, really).await
    }
}

/// GitHub may change line ends and trim the end of a body.
fn same_text(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    plain(one) == plain(other)
}
