//! The draft: one, ours, with this release's title and notes.

use std::sync::Arc;

use crate::kit::mark;
use crate::model::{Problem, State, Undone};
use crate::steps::room::{Site, Target};

use super::desk::{Desk, Found};

/// The draft.
pub struct TheDraft(pub Arc<Desk>);

#[async_trait::async_trait]
impl Target for TheDraft {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let ours = match self.0.find(site).await? {
            Found::Nothing => return Ok(State::Absent),
            Found::Foreign { why, fix } => return Ok(State::Broken { why, fix }),
            Found::Ours(ours) => ours,
        };
        let [release, rest @ ..] = ours.as_slice() else { return Ok(State::Absent) };
        if !rest.is_empty() {
            return Ok(State::Differs { how: format!("{} drafts of ours where one belongs", ours.len()) });
        }
        if !release.draft {
            // Published notes may be edited by people; they are theirs from then on.
            return Ok(State::Same { proof: format!("published as {}", release.url) });
        }
        let wanted = self.0.wanted(&site.facts, &self.0.notes(site)?, true);
        let parts = [
            ("title", release.name == wanted.name),
            ("notes", same_text(&release.body, &wanted.body)),
            ("prerelease", release.prerelease == wanted.prerelease),
            ("target commit", release.target == wanted.target),
        ];
        let wrong: Vec<&str> = parts.iter().filter(|(_, same)| !same).map(|(name, _)| *name).collect();
        Ok(if wrong.is_empty() {
            State::Same { proof: format!("draft {}", release.id) }
        } else {
            State::Differs { how: format!("another {}", wrong.join(", ")) }
        })
    }

    async fn apply(&self, site: &Site, seen: &State) -> Result<(), Problem> {
        let slug = self.0.slug(&site.facts)?;
        let wanted = self.0.wanted(&site.facts, &self.0.notes(site)?, true);
        if *seen == State::Absent {
            let mark = mark::of(&site.facts.tag, &site.facts.commit.id);
            site.ports.forge.create(slug, &wanted, &mark).await?;
            return Ok(());
        }
        let Found::Ours(ours) = self.0.find(site).await? else { return Ok(()) };
        let Some((release, rest)) = ours.split_first() else { return Ok(()) };
        for extra in rest.iter().filter(|extra| extra.draft) {
            site.ports.forge.delete(slug, extra.id).await?;
        }
        if release.draft {
            site.ports.forge.update(slug, release.id, &wanted).await?;
        }
        Ok(())
    }

    async fn undo(&self, site: &Site, really: bool) -> Result<Undone, Problem> {
        let slug = self.0.slug(&site.facts)?;
        let Found::Ours(ours) = self.0.find(site).await? else { return Ok(Undone::Nothing) };
        let drafts: Vec<u64> =
            ours.iter().filter(|release| release.draft).map(|release| release.id).collect();
        if drafts.is_empty() {
            return Ok(Undone::Nothing);
        }
        if really {
            for id in &drafts {
                site.ports.forge.delete(slug, *id).await?;
            }
            self.0.look_again().await;
        }
        Ok(Undone::Done { what: format!("the draft of {} with its assets", site.facts.tag) })
    }
}

/// GitHub may change line ends and trim the end of a body.
fn same_text(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    plain(one) == plain(other)
}
