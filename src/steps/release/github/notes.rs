//! The page: title and notes on the draft; what does not fit goes up whole, as an asset.

use std::sync::Arc;

use crate::kit::mark;
use crate::model::artifact::NOTES_NAME;
use crate::model::{Artifact, ArtifactKind, Problem, State, Task, Undone};
use crate::ports::forge::Release;
use crate::steps::room::{Site, Target};

use super::asset::{self, Made};
use super::desk::{Desk, WARNING, by_another, is_too_long};

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

/// The whole notes as an asset.
fn whole(made: &Artifact) -> Made<'static> {
    Made { name: NOTES_NAME, size: made.size, digest: made.digest }
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
        asset::look(&self.0, site, &whole(&made)).await
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let slug = self.0.slug(&site.facts)?;
        let notes = self.0.notes(site)?;
        let release = self.0.release(site).await?;
        if !self.wrong(site, &release, &notes).is_empty() {
            self.0.own(site, &release).await?;
            // The page of what is public by now is people's own. No change takes a publication back.
            let now = site.ports.forge.release(slug, release.id).await;
            if !now.map_err(by_another)?.draft {
                self.0.look_again().await;
                return Ok(());
            }
            let wanted = self.0.wanted(&site.facts, &notes, true);
            let changed = site.ports.forge.update(slug, release.id, &wanted).await;
            self.0.saw(changed.map_err(by_another)?).await;
        }
        if !is_too_long(&notes, &site.facts) {
            return Ok(());
        }
        let made = Self::made(site)?;
        let there = asset::look(&self.0, site, &whole(&made)).await?;
        if there.is_same() {
            Ok(())
        } else {
            asset::put(&self.0, site, &whole(&made), &site.path_of(&made)).await
        }
    }

    async fn remark(&self, site: &Site, _: &State) -> Result<Option<State>, Problem> {
        let Some(release) = self.0.there(site).await? else { return Ok(None) };
        let made = |task: &Task| task.makes.iter().any(|made| made.kind == ArtifactKind::ReleaseNotes);
        let mut needed = site.task.needs.iter().filter_map(|need| site.plan.task(&need.task));
        let unmade = needed.any(made) && Self::made(site).is_err();
        let wanted = self.0.wanted(&site.facts, &self.0.notes(site)?, release.draft);
        let mark = mark::of(&site.facts.tag, &site.facts.commit.id);
        let mut other = Vec::new();
        if release.name != wanted.name {
            other.push("title");
        }
        if !unmade && !same_words(&release.body, &wanted.body, &mark) {
            other.push("notes");
        }
        if release.prerelease != wanted.prerelease {
            other.push("prerelease");
        }
        let whose =
            if release.draft { "" } else { "; what is public may be edited, and a run leaves it as it is" };
        if !other.is_empty() {
            let blind = if unmade { " (the notes cannot be told here: they were not made)" } else { "" };
            return Ok(Some(State::Differs { how: format!("another {}{blind}{whose}", other.join(", ")) }));
        }
        if unmade {
            return Err(Problem::new(
                "the notes were not made on this machine, so those of the page cannot be compared",
            )
            .fix("`release-action changelog` makes them"));
        }
        Ok(None)
    }

    async fn undo(&self, site: &Site, really: bool) -> Result<Undone, Problem> {
        asset::take_away(&self.0, site, NOTES_NAME, really).await
    }
}

/// Whether a page says what it should, whatever marks of ours stand at its end. What warns of overridden gates is
/// passed over where it is not known here: who overrode them is known to the run alone that did.
fn same_words(body: &str, wanted: &str, mark: &str) -> bool {
    let (words, marks) = body.split_once(mark).unwrap_or((body, ""));
    let (wanted, _) = wanted.split_once(mark).unwrap_or((wanted, ""));
    let only_marks = marks.lines().all(|line| line.trim().is_empty() || mark::is_ours(line));
    let plain = |text: &str| match text.strip_prefix(WARNING).and_then(|rest| rest.split_once("\n\n")) {
        Some((_, rest)) if !wanted.starts_with(WARNING) => rest.to_owned(),
        _ => text.to_owned(),
    };
    only_marks && same_text(&plain(&words.replace("\r\n", "\n")), wanted)
}

/// GitHub may change line ends and trim the end of a body.
fn same_text(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_line_ends_and_a_warning_are_no_other_words() {
        let mark = mark::of("v1.0.0", "c");
        let wanted = format!("- one\n- two\n\n{mark}\n");
        let same = |body: &str| same_words(body, &wanted, &mark);
        assert!(same(&wanted) && same(&wanted.replace('\n', "\r\n")));
        assert!(same(&format!("{}{}\n", wanted, mark::sent("msg_1"))));
        assert!(same(&format!("{WARNING}overridden by ada**: `gates/lint`.\n\n{wanted}")));
        assert!(!same(&format!("- one\n\n{mark}\n")), "a line is gone");
        assert!(!same(&format!("- zero\n{wanted}")), "a line came before");
        assert!(!same(&format!("{wanted}a word after the mark")));
    }
}
