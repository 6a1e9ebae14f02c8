//! Which project and which version is released: the tag at HEAD, the one that is named, or a guess
//! where guessing is asked for.

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

use crate::config::load::Config;
use crate::kit::version;
use crate::model::Problem;
use crate::model::facts::{Commit, Tag};
use crate::ports::Ports;

use super::observe::Given;
use super::source::{self, RawTag};

/// A project of the repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Member {
    /// Its name, if the settings name it.
    pub name: Option<String>,
    /// Its folder, relative to the root; empty for the root itself.
    pub dir: Utf8PathBuf,
    /// Whether its tags carry the folder: `DIR/vX.Y.Z`.
    pub own_tags: bool,
}

/// The projects of a repository: those of the settings, or the repository itself.
#[must_use]
pub fn members(config: &Config) -> Vec<Member> {
    let one = |name: &Option<String>, dir: &crate::kit::path::RepoPath, own_tags| Member {
        name: name.clone(),
        dir: dir.as_path().to_owned(),
        own_tags,
    };
    if config.projects().is_empty() {
        let project = config.project();
        return vec![one(&project.name, &project.dir, false)];
    }
    config.projects().iter().map(|project| one(&project.name, &project.dir, true)).collect()
}

/// The project and its version.
pub struct Chosen {
    /// The project.
    pub project: Member,
    /// The tag's whole name.
    pub tag: String,
    /// The version in it.
    pub version: Version,
    /// The tag exists and points at HEAD.
    pub tag_at_head: bool,
    /// It is annotated.
    pub tag_annotated: bool,
    /// The project's version tags that HEAD can reach, oldest version first.
    pub reachable: Vec<Tag>,
    /// Guesses that were made.
    pub notices: Vec<Problem>,
}

/// Chooses.
///
/// # Errors
///
/// If a named tag is no version, several projects could be meant, or there is no tag and no guess is
/// wanted.
pub async fn choose(
    given: &Given,
    config: &Config,
    commit: &Commit,
    all: &[RawTag],
    ports: &Ports,
) -> Result<Chosen, Problem> {
    let projects = members(config);
    let at_head: Vec<(&Member, Tag)> = projects
        .iter()
        .flat_map(|project| of_project(all, project).into_iter().map(move |tag| (project, tag)))
        .filter(|(_, tag)| tag.commit == commit.id)
        .filter(|(_, tag)| given.version.as_ref().is_none_or(|wanted| *wanted == tag.version))
        .collect();
    let name = given.tag.as_deref().map(|name| name.strip_prefix("refs/tags/").unwrap_or(name));
    // A snapshot needs no tag, so one that names no version, `nightly` say, is none.
    let name = name.filter(|name| !given.snapshot || named(name, &projects).is_ok());
    if let Some(name) = name {
        let (project, version) = named(name, &projects)?;
        let existing = all.iter().find(|tag| tag.name == name);
        let at_head = existing.is_some_and(|tag| tag.commit == commit.id);
        let annotated = existing.is_some_and(|tag| tag.annotated);
        if existing.is_some() && !at_head {
            return Err(Problem::new(format!("the tag {name} is not at HEAD"))
                .fix(format!("check it out: git checkout {name}")));
        }
        if given.version.as_ref().is_some_and(|wanted| *wanted != version) {
            return Err(Problem::new(format!("the tag `{name}` and the version do not agree"))
                .fix("give one of them"));
        }
        let found = chosen(project, name.to_owned(), version, at_head, annotated, all);
        return Ok(if given.snapshot { snapshot(found, commit) } else { found });
    }
    let highest = at_head.iter().max_by(|a, b| a.1.version.cmp(&b.1.version));
    if let Some((project, tag)) = highest {
        if at_head.iter().any(|(other, _)| other.dir != project.dir) {
            return Err(
                Problem::new("tags of several projects are at HEAD").fix("name one with `--tag DIR/vX.Y.Z`")
            );
        }
        let found = chosen(project, tag.name.clone(), tag.version.clone(), true, tag.annotated, all);
        return Ok(if given.snapshot { snapshot(found, commit) } else { found });
    }
    let project = project_of(&projects, &given.root, &given.dir)?;
    let latest = latest(all, project);
    if given.snapshot {
        let base = latest.as_ref().map_or(Version::new(0, 0, 0), |tag| tag.version.clone());
        let tag = format!("{}v{base}", prefix(project));
        return Ok(snapshot(chosen(project, tag, base, false, false, all), commit));
    }
    untagged(given, project, latest.as_ref(), all, ports).await
}

/// No tag at HEAD: the version that is given, or the next one where a guess is wanted.
async fn untagged(
    given: &Given,
    project: &Member,
    latest: Option<&Tag>,
    all: &[RawTag],
    ports: &Ports,
) -> Result<Chosen, Problem> {
    let messages = source::messages_since(ports, latest.map(|tag| tag.name.as_str()), &project.dir).await?;
    let next = version::next(latest.map(|tag| &tag.version), messages.iter().map(String::as_str), None);
    let suggested = next.version.clone().unwrap_or_else(|| version::at_least(latest.map(|tag| &tag.version)));
    let wanted = given.version.clone().or_else(|| given.guess_version.then(|| suggested.clone()));
    let name = |version: &Version| format!("{}v{version}", prefix(project));
    let Some(wanted) = wanted else {
        let tag = name(&suggested);
        return Err(Problem::new("there is no version tag at HEAD").fix(format!(
            "git tag -a {tag} -m {tag} && git push origin {tag}   (or try it first: `release-action rehearse`, or `run --snapshot`)"
        )));
    };
    let tag = name(&wanted);
    if all.iter().any(|other| other.name == tag) {
        return Err(Problem::new(format!("the tag {tag} exists, on another commit"))
            .fix(format!("check it out (`git checkout {tag}`) or choose another version")));
    }
    let mut found = chosen(project, tag.clone(), wanted, false, false, all);
    found
        .notices
        .push(Problem::new(format!("HEAD has no version tag: taken as {tag}")).because(next.why.join(", ")));
    Ok(found)
}

/// The project's highest release that HEAD can reach, prereleases left out.
#[must_use]
pub fn latest(all: &[RawTag], project: &Member) -> Option<Tag> {
    let reachable: Vec<RawTag> = all.iter().filter(|tag| tag.reachable).cloned().collect();
    of_project(&reachable, project).into_iter().rfind(|tag| tag.version.pre.is_empty())
}

/// The project that a folder belongs to: the one around it, or the only one.
///
/// # Errors
///
/// If there are several and the folder is in none of them.
pub fn project_of<'a>(
    projects: &'a [Member],
    root: &Utf8Path,
    dir: &Utf8Path,
) -> Result<&'a Member, Problem> {
    let inside = dir.strip_prefix(root).unwrap_or(Utf8Path::new(""));
    let around = projects.iter().filter(|project| inside.starts_with(&project.dir));
    match around.max_by_key(|project| project.dir.as_str().len()) {
        Some(project) => Ok(project),
        None => only(projects),
    }
}

fn chosen(
    project: &Member,
    tag: String,
    version: Version,
    tag_at_head: bool,
    tag_annotated: bool,
    all: &[RawTag],
) -> Chosen {
    let reachable: Vec<Tag> = {
        let names: std::collections::HashSet<&str> =
            all.iter().filter(|tag| tag.reachable).map(|tag| tag.name.as_str()).collect();
        of_project(all, project).into_iter().filter(|tag| names.contains(tag.name.as_str())).collect()
    };
    Chosen {
        project: project.clone(),
        tag,
        version,
        tag_at_head,
        tag_annotated,
        reachable,
        notices: Vec::new(),
    }
}

/// A version that no release can have: `X.Y.Z-SNAPSHOT-abcdef0`, as GoReleaser forms it.
fn snapshot(mut found: Chosen, commit: &Commit) -> Chosen {
    let short = commit.id.get(..7).unwrap_or(&commit.id);
    // The commit's id is hex, so the identifier is always legal.
    if let Ok(pre) = semver::Prerelease::new(&format!("SNAPSHOT-{short}")) {
        found.version = Version { pre, build: semver::BuildMetadata::EMPTY, ..found.version };
    }
    found
}

fn named<'a>(name: &str, projects: &'a [Member]) -> Result<(&'a Member, Version), Problem> {
    let fits =
        |project: &'a Member| source::version_in(name, &prefix(project)).map(|version| (project, version));
    projects.iter().filter_map(fits).max_by_key(|(project, _)| project.dir.as_str().len()).ok_or_else(|| {
        let last = name.rsplit('/').next().unwrap_or(name);
        if version::strict(last).is_some() && (name.contains('/') || projects.iter().any(|one| one.own_tags))
        {
            let known: Vec<String> = projects.iter().map(|one| format!("{}vX.Y.Z", prefix(one))).collect();
            return Problem::new(format!("the tag `{name}` belongs to no project of this repository"))
                .fix(format!("the tags of its projects are: {}", known.join(", ")));
        }
        Problem::new(format!("the tag `{name}` is no version"))
            .because("strict SemVer 2.0.0 is expected: vMAJOR.MINOR.PATCH, with DIR/ before it in a monorepo")
            .fix("for example v1.2.3 or v1.2.3-rc.1")
    })
}

fn only(projects: &[Member]) -> Result<&Member, Problem> {
    match projects {
        [project] => Ok(project),
        _ => {
            let dirs: Vec<&str> = projects.iter().map(|project| project.dir.as_str()).collect();
            Err(Problem::new(format!("which of the {} projects is meant?", projects.len()))
                .because(format!("projects: {}", dirs.join(", ")))
                .fix("name one with `--tag DIR/vX.Y.Z`"))
        }
    }
}

/// A monorepo's tags carry the project's folder; the root has none to carry.
fn prefix(project: &Member) -> String {
    if project.own_tags && !project.dir.as_str().is_empty() {
        format!("{}/", project.dir)
    } else {
        String::new()
    }
}

/// The project's version tags, oldest version first.
fn of_project(all: &[RawTag], project: &Member) -> Vec<Tag> {
    let prefix = prefix(project);
    let read = |raw: &RawTag| {
        let version = source::version_in(&raw.name, &prefix)?;
        Some(Tag { name: raw.name.clone(), version, commit: raw.commit.clone(), annotated: raw.annotated })
    };
    let mut tags: Vec<Tag> = all.iter().filter_map(read).collect();
    tags.sort_by(|a, b| a.version.cmp(&b.version).then_with(|| a.name.cmp(&b.name)));
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(dir: &str) -> Member {
        Member { name: None, dir: dir.into(), own_tags: true }
    }

    #[test]
    fn a_project_at_the_root_has_plain_tags() {
        let raw =
            |name: &str| RawTag { name: name.into(), commit: "c".into(), annotated: true, reachable: true };
        let all = [raw("v1.0.0"), raw("sub/v2.0.0"), raw("/v3.0.0")];
        let projects = [member(""), member("sub")];
        let names = |project: &Member| -> Vec<String> {
            of_project(&all, project).into_iter().map(|tag| tag.name).collect()
        };
        assert_eq!(names(&projects[0]), ["v1.0.0"]);
        assert_eq!(names(&projects[1]), ["sub/v2.0.0"]);
        assert_eq!(named("v1.0.0", &projects).unwrap().0.dir, "");
        assert_eq!(named("sub/v2.0.0", &projects).unwrap().0.dir, "sub");
        let problem = named("other/v1.0.0", &projects).unwrap_err();
        assert_eq!(problem.fix.unwrap(), "the tags of its projects are: vX.Y.Z, sub/vX.Y.Z");
    }
}
