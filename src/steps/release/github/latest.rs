//! `latest` points at the highest version, and moves last.

use std::sync::Arc;

use crate::kit::version;
use crate::model::{Problem, State, Undone};
use crate::steps::room::{Site, Target};

use super::Choice;
use super::desk::Desk;

/// The pointer `latest`.
pub struct Latest(pub Arc<Desk>);

#[async_trait::async_trait]
impl Target for Latest {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let slug = self.0.slug(&site.facts)?;
        let Some(now) = site.ports.forge.latest(slug).await? else { return Ok(State::Absent) };
        if now == site.facts.tag {
            return Ok(State::Same { proof: format!("latest is {now}") });
        }
        let version = version::strict(now.rsplit('/').next().unwrap_or(&now));
        let higher = version.is_some_and(|version| version > site.facts.version);
        Ok(if higher && self.0.settings.latest == Choice::Auto {
            State::Same { proof: format!("{now} is higher and stays the latest") }
        } else {
            State::Differs { how: format!("latest is {now}") }
        })
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let slug = self.0.slug(&site.facts)?;
        let release = self.0.release(site).await?;
        let mut wanted = self.0.wanted(&site.facts, "", false);
        wanted.body.clone_from(&release.body);
        // The title is people's own once it is public.
        wanted.name.clone_from(&release.name);
        wanted.latest = Some(true);
        wanted.discussion = None;
        site.ports.forge.update(slug, release.id, &wanted).await?;
        Ok(())
    }

    async fn undo(&self, site: &Site, _: bool) -> Result<Undone, Problem> {
        let now = site.ports.forge.latest(self.0.slug(&site.facts)?).await?;
        if now.as_deref() != Some(site.facts.tag.as_str()) {
            return Ok(Undone::Nothing);
        }
        Ok(Undone::Impossible {
            why: "the release is public and the highest".into(),
            instead: "mark an older release as the latest on its page, or release a higher version".into(),
        })
    }
}
