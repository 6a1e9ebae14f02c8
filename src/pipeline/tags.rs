//! Which project and which version is released: the tag at HEAD, the one that is named, or a guess
//! where guessing is asked for.

use semver::Version;

use crate::config::load::Config;
use crate::kit::version;
use crate::model::Problem;
use crate::model::facts::{Commit, Tag};
use crate::ports::Ports;

use super::members::{Member, at_root, meant, members, named, prefix, tag_of, which_one};
use super::observe::Given;
use super::source::{self, RawTag};

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
    let meant = meant(given, &projects)?;
    let at_head: Vec<(&Member, Tag)> = projects
        .iter()
        .filter(|project| meant.is_none_or(|meant| meant.dir == project.dir))
        .flat_map(|project| of_project(all, project).into_iter().map(move |tag| (project, tag)))
        .filter(|(_, tag)| tag.commit == commit.id)
        .filter(|(_, tag)| given.version.as_ref().is_none_or(|wanted| *wanted == tag.version))
        .collect();
    let name = tag_of(given);
    // A snapshot needs no tag, so one that names no version, `nightly` say, is none.
    let name = name.filter(|name| !given.snapshot || named(name, &projects).is_ok());
    if let Some(name) = name {
        let (project, version) = named(name, &projects)?;
        let existing = all.iter().find(|tag| tag.name == name);
        let at_head = existing.is_some_and(|tag| tag.commit == commit.id);
        let annotated = existing.is_some_and(|tag| tag.annotated);
        if existing.is_some() && !at_head {
            return Err(Problem::new(format!("the tag {name} is not at HEAD"))
                .fix(format!(
                    "check it out: git checkout {name}; in a workflow, give actions/checkout `ref: refs/tags/{name}`"
                )));
        }
        if given.version.as_ref().is_some_and(|wanted| *wanted != version) {
            return Err(Problem::new(format!("the tag `{name}` and the version do not agree"))
                .fix("give one of them"));
        }
        let mut found = chosen(project, name.to_owned(), version, at_head, annotated, all);
        if given.snapshot {
            return Ok(snapshot(found, commit));
        }
        // A release is refused then, unless its version is given too: who only looks or rehearses is told.
        if existing.is_none() && given.guess_version && given.version.is_none() {
            found.notices.push(not_here(name));
        }
        return Ok(found);
    }
    let highest = at_head.iter().max_by(|a, b| a.1.version.cmp(&b.1.version));
    if let Some((project, tag)) = highest {
        if at_head.iter().any(|(other, _)| other.dir != project.dir) {
            let names: Vec<&str> = at_head.iter().map(|(_, tag)| tag.name.as_str()).collect();
            return Err(Problem::new("tags of several projects are at HEAD")
                .because(names.join(", "))
                .fix(which_one(given.by_inputs)));
        }
        let found = chosen(project, tag.name.clone(), tag.version.clone(), true, tag.annotated, all);
        return Ok(if given.snapshot { snapshot(found, commit) } else { found });
    }
    let project = meant.map_or_else(|| at_root(&projects, given.by_inputs), Ok)?;
    let latest = latest(all, project);
    let latest = latest.as_ref();
    let messages = source::messages_since(ports, latest.map(|tag| tag.name.as_str()), &project.dir).await?;
    let next = version::next(latest.map(|tag| &tag.version), messages.iter().map(String::as_str), None);
    let suggested = next.version.unwrap_or_else(|| version::at_least(latest.map(|tag| &tag.version)));
    if given.snapshot {
        // Of the version that comes next: it is higher than every release before it, and lower than that one.
        let base = given.version.clone().unwrap_or(suggested);
        let tag = format!("{}v{base}", prefix(project));
        return Ok(snapshot(chosen(project, tag, base, false, false, all), commit));
    }
    untagged(given, project, (&suggested, &next.why), all)
}

/// The remark that a tag is only taken as if it were there.
fn not_here(name: &str) -> Problem {
    Problem::new(format!("there is no tag {name} here: `run --tag {name}` is refused"))
        .because("HEAD is taken as if it had this tag")
        .fix(format!("before the release: git tag -a {name} -m {name} && git push origin {name}"))
}

/// No tag at HEAD: the version that is given, or the one that the commits suggest where a guess is wanted.
fn untagged(
    given: &Given,
    project: &Member,
    (suggested, why): (&Version, &[String]),
    all: &[RawTag],
) -> Result<Chosen, Problem> {
    let name = |version: &Version| format!("{}v{version}", prefix(project));
    let (wanted, why) = match &given.version {
        Some(wanted) if wanted == suggested => (wanted, why.join(", ")),
        Some(wanted) => {
            (wanted, format!("this version is asked for; the commits alone would make it {suggested}"))
        }
        None if given.guess_version => (suggested, why.join(", ")),
        None => {
            let tag = name(suggested);
            return Err(Problem::new("there is no version tag at HEAD").fix(format!(
                "git tag -a {tag} -m {tag} && git push origin {tag}   (or try it first: `release-action rehearse`, or `run --snapshot`)"
            )));
        }
    };
    let tag = name(wanted);
    if all.iter().any(|other| other.name == tag) {
        return Err(Problem::new(format!("the tag {tag} exists, on another commit"))
            .fix(format!("check it out (`git checkout {tag}`) or choose another version")));
    }
    let mut found = chosen(project, tag.clone(), wanted.clone(), false, false, all);
    found.notices.push(Problem::new(format!("HEAD has no version tag: taken as {tag}")).because(why));
    Ok(found)
}

/// The project's highest release that HEAD can reach, prereleases left out.
#[must_use]
pub fn latest(all: &[RawTag], project: &Member) -> Option<Tag> {
    let reachable: Vec<RawTag> = all.iter().filter(|tag| tag.reachable).cloned().collect();
    of_project(&reachable, project).into_iter().rfind(|tag| tag.version.pre.is_empty())
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
        assert_eq!(problem.causes, ["the tags of its projects are: vX.Y.Z, sub/vX.Y.Z"]);
        assert!(problem.fix.unwrap().contains("`projects: [{ dir: \"other\" }]`"));
    }
}
