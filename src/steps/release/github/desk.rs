//! What the targets of one release share: which release is ours, and what the forge said it holds.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::kit::mark;
use crate::kit::markdown::{code, escape};
use crate::model::artifact::NOTES_NAME;
use crate::model::facts::Slug;
use crate::model::{ArtifactKind, Digest, Facts, Problem, Status};
use crate::ports::forge::{Asset, ForgeError, Release, Wanted};
use crate::steps::room::Site;

use super::Settings;
use super::asset::Made;
use super::hold::Hold;

/// The longest notes that GitHub takes, in characters.
const LONGEST_BODY: usize = 125_000;

/// What stays free of it: later steps add a mark that a message was sent.
const ROOM_FOR_MARKS: usize = 128;

/// The longest notes that we write, in characters.
const LONGEST_NOTES: usize = LONGEST_BODY - ROOM_FOR_MARKS;

/// The largest notes file that is read, in bytes.
const LARGEST_NOTES_FILE: u64 = 64 * 1024 * 1024;

/// How the warning begins that stands before the notes where gates were overridden.
pub(super) const WARNING: &str = "> [!WARNING]\n> **Gates ";

/// GitHub refuses files of 2 GiB and more.
pub const LARGEST_ASSET: u64 = 2 * 1024 * 1024 * 1024 - 1;

/// The shared desk.
pub struct Desk {
    /// The room's settings.
    pub settings: Settings,
    /// The release's title.
    pub title: String,
    /// The names of the published artifacts.
    pub names: Vec<String>,
    /// What this run holds.
    pub(super) hold: Mutex<Hold>,
    /// Digests of assets that had to be read back, by the asset's id.
    pub(super) read: Mutex<HashMap<u64, Digest>>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Our release, once it was found in the list: from then on it is asked for by its number.
    id: Option<u64>,
    release: Option<Arc<Release>>,
    assets: Option<Vec<Asset>>,
}

/// Which releases carry the tag.
pub enum Found {
    /// None.
    Nothing,
    /// Ours: of this tag and commit. The first is the one, the rest are left-overs of lost answers.
    Ours(Vec<Release>),
    /// Something that is not ours to change.
    Foreign {
        /// What it is.
        why: String,
        /// What a person can do.
        fix: String,
        /// A draft that we made of the same tag, from another commit.
        stale: bool,
    },
}

impl Desk {
    /// A desk with nothing on it.
    pub fn new(settings: Settings, title: String, names: Vec<String>) -> Self {
        Self {
            settings,
            title,
            names,
            hold: Mutex::default(),
            read: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    /// The repository.
    pub fn slug<'a>(&self, facts: &'a Facts) -> Result<&'a Slug, Problem> {
        facts.slug.as_ref().ok_or_else(no_repository)
    }

    /// Asks the forge anew for our release: by its number where that is known, since the list may be
    /// many pages long.
    pub async fn current(&self, site: &Site) -> Result<Found, Problem> {
        let Some(id) = self.seen.lock().await.id else { return self.find(site).await };
        let facts = &site.facts;
        match site.ports.forge.release(self.slug(facts)?, id).await {
            Ok(release)
                if release.tag == facts.tag && mark::is_of(&release.body, &facts.tag, &facts.commit.id) =>
            {
                let mut seen = self.seen.lock().await;
                seen.assets = None;
                seen.release = Some(Arc::new(release.clone()));
                Ok(Found::Ours(vec![release]))
            }
            // Another one may stand in its place.
            Ok(_) | Err(ForgeError::NotFound { .. }) => self.find(site).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Asks the forge anew which releases carry the tag.
    pub async fn find(&self, site: &Site) -> Result<Found, Problem> {
        let facts = &site.facts;
        let releases = site.ports.forge.releases_of(self.slug(facts)?, &facts.tag).await?;
        let found = sort(releases, &facts.tag, &facts.commit.id);
        let mut seen = self.seen.lock().await;
        seen.assets = None;
        seen.release = match &found {
            Found::Ours(ours) => ours.first().cloned().map(Arc::new),
            _ => None,
        };
        seen.id = seen.release.as_ref().map(|release| release.id);
        Ok(found)
    }

    /// Our release, as last seen.
    pub async fn release(&self, site: &Site) -> Result<Arc<Release>, Problem> {
        if let Some(release) = &self.seen.lock().await.release {
            return Ok(Arc::clone(release));
        }
        match self.current(site).await? {
            Found::Ours(mut ours) if !ours.is_empty() => Ok(Arc::new(ours.remove(0))),
            Found::Foreign { why, fix, .. } => Err(Problem::new(why).fix(fix)),
            _ => Err(Problem::new("our draft is gone")
                .because("somebody deleted it while we worked")
                .passing()),
        }
    }

    /// Our release, if there is one yet.
    pub async fn there(&self, site: &Site) -> Result<Option<Arc<Release>>, Problem> {
        if let Some(release) = &self.seen.lock().await.release {
            return Ok(Some(Arc::clone(release)));
        }
        match self.current(site).await? {
            Found::Ours(ours) => Ok(ours.into_iter().next().map(Arc::new)),
            Found::Nothing | Found::Foreign { .. } => Ok(None),
        }
    }

    /// Takes a release that the forge has just shown.
    pub async fn saw(&self, release: Release) {
        let mut seen = self.seen.lock().await;
        seen.id = Some(release.id);
        seen.release = Some(Arc::new(release));
    }

    /// The assets as last seen: what the forge answered to our own uploads counts as seen.
    pub async fn assets(&self, site: &Site) -> Result<Vec<Asset>, Problem> {
        let release = self.release(site).await?;
        let mut seen = self.seen.lock().await;
        if let Some(assets) = &seen.assets {
            return Ok(assets.clone());
        }
        let listed = site.ports.forge.assets(self.slug(&site.facts)?, release.id).await;
        if matches!(listed, Err(ForgeError::NotFound { .. })) {
            seen.release = None;
        }
        let assets = listed.map_err(by_another)?;
        seen.assets = Some(assets.clone());
        Ok(assets)
    }

    /// Whether our release is known to be public by now.
    pub(super) async fn is_public(&self, site: &Site) -> bool {
        self.release(site).await.is_ok_and(|release| !release.draft)
    }

    /// Forgets what was seen: the world may have changed. A release keeps its number.
    pub async fn look_again(&self) {
        let mut seen = self.seen.lock().await;
        *seen = Seen { id: seen.id, ..Seen::default() };
    }

    /// Takes the forge's answer to an upload. One without a digest, or about something else than what was sent,
    /// proves nothing: the list, which comes later, may tell more.
    pub async fn uploaded(&self, asset: Asset, made: &Made<'_>) {
        let mut seen = self.seen.lock().await;
        if asset.digest != Some(made.digest) || asset.name != made.name {
            seen.assets = None;
        } else if let Some(assets) = &mut seen.assets {
            assets.retain(|other| other.name != asset.name);
            assets.push(asset);
        }
    }

    /// This release's notes, whole.
    pub fn notes(&self, site: &Site) -> Result<String, Problem> {
        let made = site.inputs();
        let warning = warning(site);
        let Some(notes) = made.iter().find(|made| made.kind == ArtifactKind::ReleaseNotes) else {
            return Ok(warning);
        };
        let bytes = site.ports.files.read(&site.path_of(notes), LARGEST_NOTES_FILE)?;
        Ok(warning + &String::from_utf8_lossy(&bytes))
    }

    /// What the release should say, the notes cut where they are too long.
    pub fn wanted(&self, facts: &Facts, notes: &str, draft: bool) -> Wanted {
        let mark = mark::of(&facts.tag, &facts.commit.id);
        let prerelease = self.settings.prerelease.or(facts.is_prerelease());
        Wanted {
            tag: facts.tag.clone(),
            target: facts.commit.id.clone(),
            name: self.title.clone(),
            body: body(notes, &mark),
            draft,
            prerelease,
            // `latest` is a pointer: it moves last, by a target of its own.
            latest: (!draft && !prerelease).then_some(false),
            discussion: self.settings.discussion.clone().filter(|_| !draft),
        }
    }

    /// What every asset must be: its size and digest, by name.
    pub fn expected(&self, site: &Site) -> Vec<(String, u64, Digest)> {
        let published = |made: &crate::model::Artifact| made.kind.is_published();
        let tasks = site.plan.tasks.iter().filter_map(|task| site.shelf.of(&task.id)).flatten();
        tasks.filter(published).map(|made| (made.name, made.size, made.digest)).collect()
    }
}

/// The problem of a call that failed. What is not there has been replaced by another run, perhaps: the next look
/// tells.
pub(super) fn by_another(error: ForgeError) -> Problem {
    let gone = matches!(error, ForgeError::NotFound { .. });
    let problem = Problem::from(error);
    if gone { problem.passing() } else { problem }
}

/// The problem of not knowing where to release.
pub fn no_repository() -> Problem {
    Problem::new("it is not known which repository to release in")
        .because("there is neither GITHUB_REPOSITORY nor a remote `origin` on a forge")
        .fix("git remote add origin https://github.com/OWNER/NAME, or set GITHUB_REPOSITORY=OWNER/NAME")
}

fn sort(releases: Vec<Release>, tag: &str, commit: &str) -> Found {
    if releases.is_empty() {
        return Found::Nothing;
    }
    let (mut ours, foreign): (Vec<Release>, Vec<Release>) =
        releases.into_iter().partition(|release| mark::is_of(&release.body, tag, commit));
    // A published one is the release; among drafts the oldest is the one that every run agrees on.
    ours.sort_by_key(|release| (release.draft, release.id));
    if let Some(other) = foreign.first() {
        return foreign_release(other, tag);
    }
    Found::Ours(ours)
}

fn foreign_release(other: &Release, tag: &str) -> Found {
    let stale = mark::is_ours(&other.body);
    let kind = if other.draft { "draft" } else { "published release" };
    let why = if stale {
        format!("a {kind} of {tag} is there, made by release-action from another commit")
    } else {
        format!("a {kind} of {tag} is there that release-action did not make (by {})", other.author)
    };
    let fix = match (other.draft, stale) {
        (true, true) => format!(
            "the tag was moved: release a higher version, and delete that draft by hand ({}); never publish it",
            other.url
        ),
        (true, false) => format!(
            "delete that draft ({}) or publish it by hand; two drafts of one tag cannot both be published",
            other.url
        ),
        (false, _) => format!("choose a higher version: {} is taken ({})", tag, other.url),
    };
    Found::Foreign { why, fix, stale: stale && other.draft }
}

/// What stands before the notes where gates were overridden: whoever takes the release has to know.
fn warning(site: &Site) -> String {
    let verdicts = site.plan.tasks.iter().filter_map(|task| site.shelf.verdict(&task.id));
    let over = verdicts.filter(|verdict| verdict.status == Status::Overridden);
    let Some(by) = over.filter_map(|verdict| verdict.overridden).next() else { return String::new() };
    let gates: Vec<String> = by.gates.iter().map(|gate| code(&gate.0)).collect();
    format!(
        "{WARNING}{}**: {}. {} ({})\n\n",
        escape(&by.title()),
        gates.join(", "),
        escape(&by.reason),
        escape(&by.ticket)
    )
}

/// The notes with the mark at their end, cut to what GitHub takes.
fn body(notes: &str, mark: &str) -> String {
    let notes = notes.trim_end();
    let whole = format!("{notes}\n\n{mark}\n");
    if whole.chars().count() <= LONGEST_NOTES {
        return whole;
    }
    let hint = format!("\n\n… the rest is in the asset `{NOTES_NAME}`.\n\n{mark}\n");
    let room = LONGEST_NOTES - hint.chars().count();
    let cut: String = notes.chars().take(room).collect();
    // Cut at a line's end, so that no half of a link or code fence is left.
    let end = cut.rfind('\n').unwrap_or(cut.len());
    format!("{}{hint}", &cut[..end])
}

/// Whether these notes do not fit on the page.
pub fn is_too_long(notes: &str, facts: &Facts) -> bool {
    let mark = mark::of(&facts.tag, &facts.commit.id);
    notes.trim_end().chars().count() + mark.chars().count() + 3 > LONGEST_NOTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(id: u64, draft: bool, body: &str) -> Release {
        Release {
            id,
            tag: "v1.0.0".into(),
            name: "v1.0.0".into(),
            body: body.into(),
            draft,
            prerelease: false,
            immutable: false,
            target: "c".into(),
            url: "u".into(),
            upload_url: "up".into(),
            author: "somebody".into(),
        }
    }

    #[test]
    fn the_oldest_draft_of_ours_is_the_one() {
        let mark = mark::of("v1.0.0", "c");
        let Found::Ours(ours) = sort(vec![release(7, true, &mark), release(3, true, &mark)], "v1.0.0", "c")
        else {
            panic!("ours expected");
        };
        assert_eq!(ours.iter().map(|release| release.id).collect::<Vec<_>>(), [3, 7]);
    }

    #[test]
    fn a_draft_without_our_mark_or_of_another_commit_is_foreign() {
        for body in ["by hand".to_owned(), mark::of("v1.0.0", "d")] {
            assert!(
                matches!(sort(vec![release(1, true, &body)], "v1.0.0", "c"), Found::Foreign { .. }),
                "{body}"
            );
        }
    }

    #[test]
    fn the_longest_notes_leave_room_for_the_mark_of_a_message() {
        let mark = mark::of("v1.0.0", "c");
        let sent = mark::sent(&format!("msg_{}", "0".repeat(32)));
        for length in LONGEST_BODY - 400..=LONGEST_BODY {
            let text = body(&"x".repeat(length), &mark);
            let told = format!("{}\n{sent}\n", text.trim_end());
            assert!(told.chars().count() <= LONGEST_BODY, "{length}");
            let cut = text.contains(NOTES_NAME);
            let facts = serde_json::from_value::<Facts>(serde_json::json!({
                "project": "p", "dir": "", "tag": "v1.0.0", "tag_at_head": true, "tag_annotated": true,
                "version": "1.0.0", "snapshot": false, "tags": [], "previous": null, "slug": null,
                "forge_url": "https://forge.test", "ecosystems": {}, "tools": {},
                "commit": { "id": "c", "date": "2026-01-02T03:04:05Z", "tree": "t", "dirty": [], "shallow": false,
                    "branch": null },
                "host": { "os": "linux", "arch": "amd64" }
            }));
            assert_eq!(is_too_long(&"x".repeat(length), &facts.unwrap()), cut, "{length}");
        }
    }

    #[test]
    fn long_notes_are_cut_at_a_line_and_keep_the_mark() {
        let notes = "- ä line of the notes\n".repeat(10_000);
        let text = body(&notes, "<!-- m -->");
        assert!(text.chars().count() <= LONGEST_NOTES);
        assert!(text.ends_with("<!-- m -->\n") && text.contains(NOTES_NAME));
        assert_eq!(body("short", "<!-- m -->"), "short\n\n<!-- m -->\n");
    }
}
