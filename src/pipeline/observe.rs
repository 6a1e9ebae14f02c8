//! The facts: everything that planning may know, observed once.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

use crate::config::load::Config;
use crate::ecosystem;
use crate::kit::slug;
use crate::model::facts::{Commit, GoModule, Loose, Slug, Tag, Tool};
use crate::model::{Facts, Platform, Problem, Step};
use crate::ports::Ports;

use super::loose::{self, Listed};
use super::members;
use super::source;
use super::tags::{self, Chosen};
use super::variants;

/// What the caller knows besides the repository.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The repository's root.
    pub root: Utf8PathBuf,
    /// The dist folder, whose files do not make the tree dirty.
    pub dist: Utf8PathBuf,
    /// The tag named by the user or by the event.
    pub tag: Option<String>,
    /// The folder in which the command was called; below the root it chooses the project, before any tag.
    pub dir: Utf8PathBuf,
    /// The folder of the project that the caller itself names.
    pub member: Option<Utf8PathBuf>,
    /// Ways out are inputs of the Action, not options of the command line.
    pub by_inputs: bool,
    /// The version named by the user.
    pub version: Option<Version>,
    /// Nothing leaves this machine.
    pub snapshot: bool,
    /// Where there is no tag at HEAD, the next version is taken and told.
    pub guess_version: bool,
    /// The world is the embedded one.
    pub rehearsal: bool,
    /// `owner/name` named by the caller.
    pub slug: Option<Slug>,
    /// The forge's web address.
    pub forge_url: String,
    /// The environment without secrets.
    pub env: BTreeMap<String, String>,
    /// The names of the secrets in the environment.
    pub secrets: std::collections::BTreeSet<String>,
}

/// Facts, and the things worth telling about how they were found.
pub struct Observed {
    /// The facts.
    pub facts: Facts,
    /// Guesses that were made.
    pub notices: Vec<Problem>,
}

/// Observes. Git, tools and folders are asked side by side.
///
/// # Errors
///
/// If there is no repository or no commit, or no version can be found for this command.
pub async fn observe(given: &Given, config: &Config, ports: &Ports) -> Result<Observed, Problem> {
    let (history, around) = match members::members(config).as_slice() {
        // One project, so its folder is known before its version is.
        [only] => {
            let (history, around) =
                tokio::join!(history(given, config, ports), around(given, config, &only.dir, ports));
            // Without a commit nothing else counts, so that is told first.
            (history?, around?)
        }
        _ => {
            let history = history(given, config, ports).await?;
            let around = around(given, config, &history.chosen.project.dir, ports).await?;
            (history, around)
        }
    };
    let History { commit, remote, chosen } = history;
    let Around { folder, go, dagger, tools, listed } = around;
    let dir = chosen.project.dir.clone();
    let slug = given.slug.clone().or_else(|| remote.as_deref().and_then(slug::of_remote));
    let ecosystems = crate::model::facts::Ecosystems { go, dagger };
    let project = chosen.project.name.clone().unwrap_or_else(|| name(&ecosystems, slug.as_ref(), &folder));
    let Chosen { tag, version, tag_at_head, tag_annotated, reachable, notices, .. } = chosen;
    let previous = match given.snapshot {
        true => before_snapshot(&reachable, &commit.id),
        false => previous(&reachable, &version),
    };
    let mut facts = Facts {
        project,
        dir,
        root: given.root.clone(),
        commit,
        tag,
        tag_at_head,
        tag_annotated,
        version,
        snapshot: given.snapshot,
        rehearsal: given.rehearsal,
        tags: reachable,
        previous,
        slug,
        forge_url: given.forge_url.trim_end_matches('/').to_owned(),
        ecosystems,
        tools,
        loose: Loose::default(),
        variants: Vec::new(),
        env: given.env.clone(),
        secrets: given.secrets.clone(),
        host: host(),
    };
    facts.variants = variants::of(&facts, config)?;
    facts.loose = loose::settle(&listed, &facts, config, ports.files.as_ref(), &given.dist)?;
    Ok(Observed { facts, notices })
}

/// What Git knows.
struct History {
    commit: Commit,
    remote: Option<String>,
    chosen: Chosen,
}

async fn history(given: &Given, config: &Config, ports: &Ports) -> Result<History, Problem> {
    let (commit, remote, all_tags) =
        tokio::join!(source::commit(ports, given), source::remote(ports), source::tags(ports.git.as_ref()));
    let (commit, remote, all_tags) = (commit?, remote?, all_tags?);
    let chosen = tags::choose(given, config, &commit, &all_tags, ports).await?;
    Ok(History { commit, remote, chosen })
}

/// What lies in a project's folder, and the tools for it.
struct Around {
    folder: Utf8PathBuf,
    go: Option<GoModule>,
    dagger: Vec<Utf8PathBuf>,
    tools: BTreeMap<String, Tool>,
    listed: Listed,
}

async fn around(given: &Given, config: &Config, dir: &Utf8Path, ports: &Ports) -> Result<Around, Problem> {
    let folder = if dir.as_str().is_empty() { given.root.clone() } else { given.root.join(dir) };
    let platform = first_target(config);
    let (go, dagger, tools, listed) = tokio::try_join!(
        ecosystem::go::detect(ports.files.as_ref(), ports.process.as_ref(), &folder, &platform),
        ecosystem::dagger::detect(ports.git.as_ref(), ports.files.as_ref(), &given.root, dir),
        tools(ports, &folder),
        loose::listed(ports, &folder),
    )?;
    Ok(Around { folder, go, dagger, tools, listed })
}

/// The platform that commands are looked for on: the first that is built for, never this machine's own.
fn first_target(config: &Config) -> Platform {
    let settings = config.step(Step::Build);
    let first = settings.get("targets").and_then(|targets| targets.get(0)).and_then(|first| first.as_str());
    let (os, rest) = first.and_then(|first| first.split_once('/')).unwrap_or(("linux", "amd64"));
    let arch = rest.split('/').next().unwrap_or(rest);
    Platform { os: os.into(), arch: arch.into(), variant: String::new() }
}

/// The project's name: of its module, its repository, or its folder.
fn name(ecosystems: &crate::model::facts::Ecosystems, slug: Option<&Slug>, folder: &Utf8Path) -> String {
    let module =
        ecosystems.go.as_ref().map(|module| ecosystem::go::binary_name(&module.path, Utf8Path::new("")));
    module
        .or_else(|| slug.map(|slug| slug.name.clone()))
        .or_else(|| folder.file_name().map(str::to_owned))
        .unwrap_or_else(|| "project".into())
}

/// The highest version below this one; a release does not count prereleases before it.
fn previous(tags: &[Tag], version: &Version) -> Option<Tag> {
    let counts =
        |tag: &&Tag| tag.version < *version && (!version.pre.is_empty() || tag.version.pre.is_empty());
    tags.iter().filter(counts).max_by(|a, b| a.version.cmp(&b.version)).cloned()
}

/// The highest version before a snapshot: that of a commit behind it. Its own version may be one that a tag at
/// HEAD names, and it is below that.
fn before_snapshot(tags: &[Tag], head: &str) -> Option<Tag> {
    tags.iter().filter(|tag| tag.commit != head).max_by(|a, b| a.version.cmp(&b.version)).cloned()
}

async fn tools(ports: &Ports, folder: &Utf8Path) -> Result<BTreeMap<String, Tool>, Problem> {
    let mut tools = BTreeMap::new();
    if ports.files.meta(&folder.join("go.mod"))?.is_some() {
        let go = ecosystem::go::tool(ports.process.as_ref(), folder).await?;
        let image = ports.process.image_of("go");
        tools.insert("go".to_owned(), Tool { version: go.version, settings: go.settings, image });
    }
    Ok(tools)
}

/// This machine in Go's names.
fn host() -> Platform {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    };
    Platform { os: os.into(), arch: arch.into(), variant: String::new() }
}

/// The variables whose names are no secret's, by `is_secret`: what facts and templates may hold.
#[must_use]
pub fn public_env(
    all: &BTreeMap<String, String>,
    is_secret: impl Fn(&str) -> bool,
) -> BTreeMap<String, String> {
    all.iter()
        .filter(|(name, _)| !is_secret(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(name: &str) -> Tag {
        let version = Version::parse(name.trim_start_matches('v')).unwrap();
        Tag { name: name.into(), version, commit: "c".into(), annotated: true }
    }

    #[test]
    fn previous_skips_prereleases_for_a_release() {
        let tags = [tag("v1.0.0"), tag("v1.1.0-rc.1"), tag("v1.1.0"), tag("v2.0.0")];
        let of = |text: &str| previous(&tags, &Version::parse(text).unwrap()).map(|tag| tag.name);
        assert_eq!(of("1.1.0").as_deref(), Some("v1.0.0"));
        assert_eq!(of("1.1.0-rc.2").as_deref(), Some("v1.1.0-rc.1"));
        assert_eq!(of("0.9.0"), None);
    }

    #[test]
    fn a_snapshot_comes_after_every_version_that_is_behind_it() {
        let at = |name: &str, commit: &str| Tag { commit: commit.into(), ..tag(name) };
        let tags = [at("v1.0.0", "a"), at("v1.1.0", "b")];
        let of = |head: &str| before_snapshot(&tags, head).map(|tag| tag.name);
        assert_eq!(of("c").as_deref(), Some("v1.1.0"));
        assert_eq!(of("b").as_deref(), Some("v1.0.0"), "a version is not before itself");
        assert_eq!(before_snapshot(&tags[..1], "a"), None);
    }
}
