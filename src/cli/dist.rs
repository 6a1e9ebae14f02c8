//! The folder that everything is made in. Files are written over and removed there, so it has to be ours.

use camino::{Utf8Path, Utf8PathBuf};

use crate::kit::asset_name::is_reserved;
use crate::model::Problem;
use crate::pipeline::run::JOURNAL;
use crate::ports::files::FileError;
use crate::ports::{Files, Ports};

use super::Failure;
use super::wire::World;

/// The folder where none is named, below the repository's root.
const USUAL: &str = "dist";

/// What shows that a folder is ours: something that every command which writes leaves there before anything else.
const MARKS: [&str; 4] = [JOURNAL, ".claim", ".hooks.json", ".resume"];

/// What else with a dot is ours there: it is written over or removed.
const WORKING: [&str; 3] = [LOCK, ".build", ".run"];

/// What a run leaves there that was killed at once, and no more. Many programs have such a file: beside others it shows
/// nothing, and nothing is written in it.
const LOCK: &str = ".lock";

/// The most names that a message tells.
const SHOWN: usize = 4;

/// The dist folder: the one that was named, or the usual one.
///
/// # Errors
///
/// If it is not ours to write in, or a link below the repository's root is on the way to it or in it.
pub(super) async fn place(world: &World, root: &Utf8Path, ports: &Ports) -> Result<Utf8PathBuf, Failure> {
    let named = world.globals.dist.as_ref();
    let dist = named.map_or_else(|| root.join(USUAL), |dist| world.dir.join(dist));
    let files = ports.files.as_ref();
    let top = files.real_path(root)?;
    if let Some(link) = link_on_the_way(files, &top, &dist)? {
        return Err(Failure::usage(linked(world, &dist, &link, &files.link(&link)?)));
    }
    let real = real(files, &dist)?;
    let refused = |why: &str| Err(Failure::usage(cannot(world, &dist, why)));
    if top.starts_with(&real) {
        return refused("the repository lies in it");
    }
    if real.components().any(|part| part.as_str().eq_ignore_ascii_case(".git")) {
        return refused("it is Git's own");
    }
    if let Ok(inside) = real.strip_prefix(&top) {
        let tracked = tracked(ports, inside).await.map_err(Failure::usage)?;
        let taken = meant(tracked, named.is_some());
        if !taken.is_empty() {
            let problem = cannot(world, &dist, "it holds files of the repository");
            return Err(Failure::usage(problem.because(shown(&taken))));
        }
    }
    world.fence(&real);
    match files.meta(&real)? {
        None => return Ok(real),
        Some(meta) if !meta.is_dir => return refused("it is no folder"),
        Some(_) => {}
    }
    let names = files.list(&real)?;
    for name in names.iter().filter(|name| name.starts_with('.') || is_reserved(name)) {
        let path = real.join(name);
        if files.meta(&path)?.is_some_and(|meta| meta.is_link) {
            return Err(Failure::usage(linked(world, &dist, &path, &files.link(&path)?)));
        }
    }
    if names.iter().any(|name| MARKS.contains(&name.as_str())) {
        return Ok(real);
    }
    let others = names.into_iter().filter(|name| name != LOCK).collect();
    let taken = meant(others, named.is_some());
    if taken.is_empty() {
        return Ok(real);
    }
    let problem =
        cannot(world, &dist, "it holds files, and none of them shows that release-action made them");
    Err(Failure::usage(problem.because(shown(&taken))))
}

/// Marks the folder as ours, for a command that writes in it and holds no lock.
pub(super) fn mark(files: &dyn Files, dist: &Utf8Path) -> Result<(), Failure> {
    let journal = dist.join(JOURNAL);
    // To open one is to mend its end, and a run may be writing there.
    if files.meta(&journal)?.is_some() {
        return Ok(());
    }
    files.log(&journal).map(drop).map_err(Failure::from)
}

/// Of the names below a folder those that are in the way: in one that was named by hand each of them; in the usual
/// one, where builds of other tools lie as well, only what would be lost.
fn meant(names: Vec<String>, by_hand: bool) -> Vec<String> {
    let first = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
    let ours = |name: String| is_reserved(&name) || MARKS.iter().chain(&WORKING).any(|own| *own == name);
    names.into_iter().filter(|name| by_hand || ours(first(name))).collect()
}

/// The first link on the way to the folder that lies in the repository: a commit may have brought it, or a test.
/// Those above the repository are the machine's own.
fn link_on_the_way(
    files: &dyn Files,
    top: &Utf8Path,
    dist: &Utf8Path,
) -> Result<Option<Utf8PathBuf>, FileError> {
    let mut way: Vec<&Utf8Path> = dist.ancestors().collect();
    way.reverse();
    for path in way {
        let Some(meta) = files.meta(path)? else { continue };
        let within = |parent| files.real_path(parent).map(|parent| parent.starts_with(top));
        if meta.is_link && path.parent().map(within).transpose()? == Some(true) {
            return Ok(Some(path.to_owned()));
        }
    }
    Ok(None)
}

fn linked(world: &World, dist: &Utf8Path, link: &Utf8Path, target: &Utf8Path) -> Problem {
    let why = if link == dist { "it".into() } else { link.to_string() };
    Problem::new(format!("{dist} cannot be the dist folder: {why} is a symbolic link to {target}"))
        .because("what is made is never written through a link, which may lead anywhere")
        .fix(match world.by_inputs {
            true => "remove the link, in the commit or in the step that made it",
            false => {
                "remove the link; where the dist folder shall lie on another disk, name that folder with --dist DIR"
            }
        })
}

fn cannot(world: &World, dist: &Utf8Path, why: &str) -> Problem {
    Problem::new(format!("{dist} cannot be the dist folder: {why}"))
        .because("what is made is written over what lies in the dist folder, and some of it is removed")
        .fix(match world.by_inputs {
            true => "have no files of others in it: take them out of the commit, or have other steps write elsewhere",
            false => "name a folder of its own with --dist DIR; or remove this one, if nothing in it is needed",
        })
}

fn shown(names: &[String]) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let list = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more == 0 { format!("it holds {list}") } else { format!("it holds {list} and {more} more") }
}

/// The files that Git knows below a folder of the repository, as paths in that folder.
async fn tracked(ports: &Ports, folder: &Utf8Path) -> Result<Vec<String>, Problem> {
    let listed = ports.git.run(&["--literal-pathspecs", "ls-files", "-z", "--", folder.as_str()]).await?;
    let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let below = |name: &[u8]| {
        let name = String::from_utf8_lossy(name).into_owned();
        Utf8Path::new(&name).strip_prefix(folder).map(|inside| inside.to_string()).unwrap_or(name)
    };
    Ok(names.map(below).collect())
}

/// Where a path leads, as far as there is something on the way.
fn real(files: &dyn Files, path: &Utf8Path) -> Result<Utf8PathBuf, FileError> {
    let (mut rest, mut at) = (Vec::new(), path);
    loop {
        match files.real_path(at) {
            Ok(real) => return Ok(rest.into_iter().rev().fold(real, |path, name| path.join(name))),
            Err(error) if error.is_missing() => match (at.parent(), at.file_name()) {
                (Some(parent), Some(name)) => {
                    rest.push(name);
                    at = parent;
                }
                _ => return Err(error),
            },
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_usual_folder_only_what_would_be_lost_is_in_the_way() {
        let names = || {
            [
                "index.js",
                "report/index.html",
                "reports/x",
                "verify",
                "changelog.MD",
                ".gitignore",
                ".lock",
                ".run/x",
            ]
            .map(str::to_owned)
            .to_vec()
        };
        let lost = ["report/index.html", "verify", "changelog.MD", ".lock", ".run/x"];
        assert_eq!(meant(names(), false), lost);
        assert_eq!(meant(names(), true), names());
        assert_eq!(shown(&names()[..1]), "it holds index.js");
        assert_eq!(shown(&vec!["a".to_owned(); 6]), "it holds a, a, a, a and 2 more");
    }
}
