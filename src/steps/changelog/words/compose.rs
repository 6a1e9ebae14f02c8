//! Both texts, from the repository to the file.

use std::sync::Arc;

use camino::Utf8Path;

use super::chapters::{Chapter, Head, drop_reverted, split};
use super::render::{self, Order};
use super::style::Style;
use super::walk::{Entry, touching, walk};
use crate::config::section::Settings;
use crate::model::facts::Tag;
use crate::model::{Artifact, ArtifactKind, Digest, Facts, Problem, Step};
use crate::ports::Git;
use crate::steps::changelog::settings::ChangelogSettings;
use crate::steps::room::{Draft, Outlook, Scene, Seen, Site};

/// Which of the two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What changed since the last release.
    Release,
    /// Every release.
    History,
}

/// A task whose key holds all that decides the words: messages lie in commits and not in the tree,
/// so the commit counts too, and the tags that cut the history.
#[must_use]
pub fn draft(
    room: &str,
    title: String,
    settings: &impl Settings,
    step: &impl Settings,
    scene: &Scene,
) -> Draft {
    let facts = scene.facts;
    let tags: Vec<_> = facts.tags.iter().map(|tag| (&tag.name, &tag.commit)).collect();
    Draft::new(Step::Changelog, room, "", title)
        .keyed("settings", settings)
        .keyed("step", step)
        .keyed("commit", &facts.commit.id)
        .keyed("tree", &facts.commit.tree)
        .keyed("seen", scene.seen)
        .keyed("tag", &facts.tag)
        .keyed("tags", &tags)
        .keyed("previous", &facts.previous.as_ref().map(|tag| (&tag.name, &tag.commit)))
        .keyed("dir", &facts.dir)
        .keyed("repository", &repository(facts))
        .keyed("style", &super::style::OWN)
        .keyed("git-cliff", &"2.14")
}

/// The style file, for the key.
///
/// # Errors
///
/// If it cannot be read.
pub fn look(outlook: &Outlook) -> Result<Seen, Problem> {
    let step: ChangelogSettings = outlook.step()?;
    let facts = &outlook.facts;
    let named = step.config.as_ref().map(|path| path.as_path());
    Style::seen(outlook.ports.files.as_ref(), &facts.root, &facts.dir, named)
}

/// Walks the history and renders it.
///
/// # Errors
///
/// If the history cannot be read or the project's templates fail.
pub async fn compose(site: &Site, named: Option<&Utf8Path>, scope: Scope) -> Result<String, Problem> {
    let style = Style::find(site.ports.files.as_ref(), &site.facts.root, &site.facts.dir, named)?;
    if !style.ignored.is_empty() {
        site.notice(
            Problem::new(format!("cliff.toml: {} has no effect here", style.ignored.join(", ")))
                .fix("remove the key, or run git-cliff itself in a hook where you need it"),
        );
    }
    tell(site.ports.git.as_ref(), site.facts.clone(), style, scope).await
}

/// The words in a style.
async fn tell(git: &dyn Git, facts: Arc<Facts>, style: Style, scope: Scope) -> Result<String, Problem> {
    let range = match (&facts.previous, scope) {
        (Some(previous), Scope::Release) => format!("{}..{}", previous.commit, facts.commit.id),
        _ => facts.commit.id.clone(),
    };
    let paths = paths(&style, &facts.dir);
    let entries = walk(git, &range).await?;
    let wanted = if paths.is_empty() { None } else { Some(touching(git, &range, &paths).await?) };
    let worker = tokio::task::spawn_blocking(move || {
        let mut chapters = cut(entries, &facts, &style, scope);
        if let Some(wanted) = wanted {
            chapters
                .iter_mut()
                .for_each(|chapter| chapter.entries.retain(|entry| wanted.contains(&entry.id)));
        }
        chapters.iter_mut().for_each(drop_reverted);
        let repository = repository(&facts);
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(8);
        let bare = scope == Scope::Release;
        render::render(chapters, Order { style: &style, repository: repository.as_deref(), bare, threads })
    });
    worker.await.map_err(|error| Problem::new("the changelog's thread has died").caused_by(&error))?
}

/// The chapters that are asked for.
fn cut(entries: Vec<Entry>, facts: &Facts, style: &Style, scope: Scope) -> Vec<Chapter> {
    let head = Head { tag: &facts.tag, commit: &facts.commit.id, date: facts.commit.date.timestamp() };
    match scope {
        Scope::History => {
            let git = &style.config.git;
            let is_release = |tag: &&Tag| {
                git.tag_pattern.as_ref().is_none_or(|pattern| pattern.is_match(&tag.name))
                    && !git.ignore_tags.as_ref().is_some_and(|pattern| pattern.is_match(&tag.name))
            };
            let tags: Vec<Tag> = facts.tags.iter().filter(is_release).cloned().collect();
            split(entries, head, &tags)
        }
        Scope::Release => {
            let mut chapters = split(entries, head, &[]);
            chapters[0].previous = facts.previous.as_ref().map(|tag| tag.name.clone());
            chapters
        }
    }
}

/// Git pathspecs of the project's folder and the style's own limits; none for a whole repository.
fn paths(style: &Style, dir: &Utf8Path) -> Vec<String> {
    let git = &style.config.git;
    let mut paths: Vec<String> =
        git.include_paths.iter().map(|pattern| format!(":(top,glob){pattern}")).collect();
    if paths.is_empty() && (!dir.as_str().is_empty() || !git.exclude_paths.is_empty()) {
        let all = if dir.as_str().is_empty() { ":(top)".into() } else { format!(":(top,literal){dir}") };
        paths.push(all);
    }
    paths.extend(git.exclude_paths.iter().map(|pattern| format!(":(top,exclude,glob){pattern}")));
    paths
}

/// The repository's address.
fn repository(facts: &Facts) -> Option<String> {
    facts.slug.as_ref().map(|slug| format!("{}/{slug}", facts.forge_url))
}

/// Writes the text as the one artifact of its task.
///
/// # Errors
///
/// If it cannot be written.
pub fn shelve(site: &Site, name: &str, kind: ArtifactKind, text: &str) -> Result<Vec<Artifact>, Problem> {
    // What is public once is public for ever.
    if site.ports.secrets.clean(text) != text {
        return Err(Problem::new(format!("{name} would publish a secret of this environment"))
            .because("a commit message, a tag or a text of `changelog` holds it")
            .fix("replace the secret where it is used, then rewrite that message or take the variable out of the environment"));
    }
    site.ports.files.write(&site.dist.join(name), text.as_bytes())?;
    Ok(vec![Artifact {
        name: name.into(),
        kind,
        path: name.into(),
        platform: None,
        size: text.len() as u64,
        digest: Digest::of(text.as_bytes()),
        extra: std::collections::BTreeMap::new(),
    }])
}

#[cfg(test)]
#[path = "compose_tests.rs"]
mod tests;
