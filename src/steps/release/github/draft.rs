//! The draft: one, ours. What stands on it is written by whoever holds its evidence.

use std::sync::Arc;

use crate::kit::mark;
use crate::model::{Problem, State, Undone};
use crate::ports::forge::ForgeError;
use crate::steps::room::{Site, Target};

use super::desk::{Desk, Found, by_another};

/// The draft.
pub struct TheDraft(pub Arc<Desk>);

#[async_trait::async_trait]
impl Target for TheDraft {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let ours = match self.0.find(site).await? {
            Found::Nothing => return Ok(State::Absent),
            Found::Foreign { why, fix, .. } => return Ok(State::Broken { why, fix }),
            Found::Ours(ours) => ours,
        };
        Ok(match ours.as_slice() {
            [] => State::Absent,
            [release] if release.draft => State::Same { proof: format!("draft {}", release.id) },
            [release, rest @ ..] if !release.draft && rest.iter().all(|other| !other.draft) => {
                State::Same { proof: format!("published as {}", release.url) }
            }
            several => State::Differs { how: format!("{} drafts of ours where one belongs", several.len()) },
        })
    }

    async fn apply(&self, site: &Site, seen: &State) -> Result<(), Problem> {
        let slug = self.0.slug(&site.facts)?;
        if *seen == State::Absent {
            let wanted = self.0.wanted(&site.facts, &self.0.notes(site)?, true);
            let mark = mark::of(&site.facts.tag, &site.facts.commit.id);
            site.ports.forge.create(slug, &wanted, &mark).await?;
        }
        // Two runs that begin at the same moment each make one. Whoever sees both removes the later one at once:
        // whoever waits for the other comes to a draft that is published already, perhaps with other bytes.
        let Found::Ours(ours) = self.0.find(site).await? else { return Ok(()) };
        for extra in ours.iter().skip(1).filter(|extra| extra.draft) {
            // The other run may be faster: then it is looked again, and there is one.
            let assets = site.ports.forge.assets(slug, extra.id).await.map_err(by_another)?;
            self.0.nobody_else(site, &assets).await?;
            self.delete(site, extra.id).await?;
        }
        Ok(())
    }

    async fn undo(&self, site: &Site, really: bool) -> Result<Undone, Problem> {
        let slug = self.0.slug(&site.facts)?;
        let ours = match self.0.find(site).await? {
            Found::Ours(ours) => ours,
            // Ours, of the commit that the tag was at: nobody else will ever take it away.
            Found::Foreign { why, fix, stale: true } => {
                return Ok(Undone::Impossible { why, instead: fix });
            }
            _ => return Ok(Undone::Nothing),
        };
        let drafts: Vec<u64> =
            ours.iter().filter(|release| release.draft).map(|release| release.id).collect();
        if drafts.is_empty() {
            return Ok(Undone::Nothing);
        }
        for id in &drafts {
            self.0.nobody_alive(site, &site.ports.forge.assets(slug, *id).await?).await?;
            if really {
                self.delete(site, *id).await?;
            }
        }
        self.0.look_again().await;
        Ok(Undone::Done { what: format!("the draft of {} with its assets", site.facts.tag) })
    }

    async fn leave(&self, site: &Site) -> Result<(), Problem> {
        self.0.let_go(site).await
    }
}

impl TheDraft {
    async fn delete(&self, site: &Site, id: u64) -> Result<(), Problem> {
        match site.ports.forge.delete(self.0.slug(&site.facts)?, id).await {
            // Another run was faster: gone is what was wanted.
            Ok(()) | Err(ForgeError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
