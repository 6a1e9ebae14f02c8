//! The projects of a repository, and which of them a folder or a tag's name means.

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

use crate::config::load::Config;
use crate::kit::version;
use crate::model::Problem;

use super::observe::Given;
use super::source;

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

/// The project that a folder belongs to: the one around it. At the root it is the project there, or the only one.
///
/// # Errors
///
/// If the folder is in none of them, or there are several at the root's side.
pub fn project_of<'a>(
    projects: &'a [Member],
    root: &Utf8Path,
    dir: &Utf8Path,
) -> Result<&'a Member, Problem> {
    match around(projects, root, dir, false)? {
        Some(project) => Ok(project),
        None => at_root(projects, false),
    }
}

/// Whether a tag's name is a version of the project that a folder chooses; of any, where the folder chooses none.
#[must_use]
pub fn counts(name: &str, projects: &[Member], root: &Utf8Path, dir: &Utf8Path) -> bool {
    let chosen = around(projects, root, dir, false).ok().flatten();
    chosen.is_none_or(|chosen| named(name, projects).is_ok_and(|(project, _)| project.dir == chosen.dir))
}

/// Looks whether the folder and the tag mean the same project, before anything is looked at.
///
/// # Errors
///
/// If the folder belongs to no project, or the tag to another one.
pub fn agree(given: &Given, config: &Config) -> Result<(), Problem> {
    let projects = members(config);
    let section = if config.projects().is_empty() { "project.dir" } else { "projects" };
    let meant = meant(given, &projects).map_err(|problem| config.placed(problem, section))?;
    let (Some(project), Some(name)) = (meant, tag_of(given)) else { return Ok(()) };
    // A name that is no version of any project is told where the tag is taken.
    match named(name, &projects) {
        Ok((other, _)) if other.dir != project.dir => Err(of_another(given, project, other, name)),
        _ => Ok(()),
    }
}

fn of_another(given: &Given, project: &Member, other: &Member, name: &str) -> Problem {
    let own = format!("{}vX.Y.Z", prefix(project));
    let fix = match given.by_inputs {
        true => format!(
            "for {name}: `working-directory: {}`; a job of {} alone begins with its own tags (`on: push: tags: \
             [\"{}v*\"]`), or has the line `if: startsWith(github.ref, 'refs/tags/{}v')`",
            place(other),
            place(project),
            prefix(project),
            prefix(project),
        ),
        false => format!("release it with `-C {}`, or name one of {own} with `--tag`", place(other)),
    };
    let what = format!("the tag {name} is of the project {}, not of {}", place(other), place(project));
    Problem::new(what)
        .because(format!("the folder to work in chooses the project {}: its tags are {own}", place(project)))
        .fix(fix)
}

/// The name of the tag that the user or the event names.
pub(super) fn tag_of(given: &Given) -> Option<&str> {
    given.tag.as_deref().map(|name| name.strip_prefix("refs/tags/").unwrap_or(name))
}

/// The project that the caller names, or else the one around the folder to work in; none at the root, where tags
/// decide.
pub(super) fn meant<'a>(given: &Given, projects: &'a [Member]) -> Result<Option<&'a Member>, Problem> {
    match &given.member {
        Some(dir) => Ok(projects.iter().find(|project| project.dir == *dir)),
        None => around(projects, &given.root, &given.dir, given.by_inputs),
    }
}

fn around<'a>(
    projects: &'a [Member],
    root: &Utf8Path,
    dir: &Utf8Path,
    by_inputs: bool,
) -> Result<Option<&'a Member>, Problem> {
    let inside = dir.strip_prefix(root).unwrap_or(Utf8Path::new(""));
    if inside.as_str().is_empty() {
        return Ok(None);
    }
    let holding = projects.iter().filter(|project| inside.starts_with(&project.dir));
    let nearest = holding.max_by_key(|project| project.dir.as_str().len());
    nearest.map(Some).ok_or_else(|| nowhere(projects, inside, by_inputs))
}

fn nowhere(projects: &[Member], inside: &Utf8Path, by_inputs: bool) -> Problem {
    let folders: Vec<&str> = projects.iter().map(place).collect();
    let why = match folders.as_slice() {
        [only] => format!("the only project is in {only}"),
        several => format!("its projects are in {}", several.join(", ")),
    };
    let how = if by_inputs { "`working-directory`" } else { "`-C DIR`" };
    Problem::new(format!("the folder {inside} belongs to no project of this repository"))
        .because(why)
        .fix(format!("name the folder of one with {how}, or add this one to the configuration (`projects`)"))
}

/// A project's folder in words.
fn place(project: &Member) -> &str {
    if project.dir.as_str().is_empty() { "." } else { project.dir.as_str() }
}

pub(super) fn which_one(by_inputs: bool) -> &'static str {
    if by_inputs {
        "name one with the input `tag: DIR/vX.Y.Z`, or choose its project with `working-directory: DIR`"
    } else {
        "name one with `--tag DIR/vX.Y.Z`, or choose its project with `-C DIR`"
    }
}

pub(super) fn named<'a>(name: &str, projects: &'a [Member]) -> Result<(&'a Member, Version), Problem> {
    let fits =
        |project: &'a Member| source::version_in(name, &prefix(project)).map(|version| (project, version));
    projects.iter().filter_map(fits).max_by_key(|(project, _)| project.dir.as_str().len()).ok_or_else(|| {
        let last = name.rsplit('/').next().unwrap_or(name);
        if version::strict(last).is_some() && (name.contains('/') || projects.iter().any(|one| one.own_tags))
        {
            let known: Vec<String> = projects.iter().map(|one| format!("{}vX.Y.Z", prefix(one))).collect();
            let dir = name.strip_suffix(last).unwrap_or_default().trim_end_matches('/');
            let dir = if dir.is_empty() { "." } else { dir };
            return Problem::new(format!("the tag `{name}` belongs to no project of this repository"))
                .because(format!("the tags of its projects are: {}", known.join(", ")))
                .fix(format!(
                    "use one of these; or name the project to the configuration at the repository's root, as in \
                     `projects: [{{ dir: \"{dir}\" }}]`"
                ));
        }
        Problem::new(format!("the tag `{name}` is no version"))
            .because("strict SemVer 2.0.0 is expected: vMAJOR.MINOR.PATCH, with DIR/ before it in a monorepo")
            .fix("for example v1.2.3 or v1.2.3-rc.1")
    })
}

/// The project at the root, or the only one.
pub(super) fn at_root(projects: &[Member], by_inputs: bool) -> Result<&Member, Problem> {
    if let Some(project) = projects.iter().find(|project| project.dir.as_str().is_empty()) {
        return Ok(project);
    }
    match projects {
        [project] => Ok(project),
        _ => {
            let dirs: Vec<&str> = projects.iter().map(|project| project.dir.as_str()).collect();
            Err(Problem::new(format!("which of the {} projects is meant?", projects.len()))
                .because(format!("projects: {}", dirs.join(", ")))
                .fix(which_one(by_inputs)))
        }
    }
}

/// A monorepo's tags carry the project's folder; the root has none to carry.
pub(super) fn prefix(project: &Member) -> String {
    if project.own_tags && !project.dir.as_str().is_empty() {
        format!("{}/", project.dir)
    } else {
        String::new()
    }
}
