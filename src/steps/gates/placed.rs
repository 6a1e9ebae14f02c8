//! Is a report of this project? Names such as `main.go` or `src/index.js` fit nearly every one.

use std::collections::{BTreeMap, HashMap};

use camino::Utf8Path;

use super::tracked::{Tracked, some};
use crate::formats::findings::Findings;
use crate::kit::path::RepoPath;
use crate::model::{Facts, Problem};
use crate::ports::Files;

/// What speaks of files, as it is told where they are of another project.
pub struct Speaker<'a> {
    /// What it is called: `the coverage`.
    pub name: &'a str,
    /// What to do.
    pub fix: &'a str,
    /// Whether it names nothing but files of a project; what compilers measure are headers of the system as well.
    pub own_alone: bool,
}

/// What the names in reports mean here.
#[derive(Debug)]
pub struct Placed {
    /// The files of the project, by what the reports call them; never empty.
    pub here: HashMap<String, String>,
    /// Names that are no file of the project.
    pub foreign: Vec<String>,
}

impl Placed {
    /// Asks `place` which file each name means.
    ///
    /// # Errors
    ///
    /// If they are of another project: no name is a file of this one, or more of them are not here than are. Where
    /// there may be other names, those below one root count alone.
    pub fn of(
        speaker: &Speaker<'_>,
        names: impl IntoIterator<Item = String>,
        place: impl Fn(&str) -> Option<String>,
        files: &dyn Files,
        facts: &Facts,
    ) -> Result<Self, Problem> {
        let mut placed = Self { here: HashMap::new(), foreign: Vec::new() };
        for name in names {
            match place(&name) {
                Some(path) => drop(placed.here.insert(name, path)),
                None => placed.foreign.push(name),
            }
        }
        let refused = |why: String, names: &[String]| {
            Problem::new(format!("{} is of another project: {why}", speaker.name))
                .because(format!("it speaks of {}", some(names)))
                .fix(speaker.fix)
        };
        if placed.here.is_empty() {
            return Err(refused("none of its files is here".into(), &placed.foreign));
        }
        let root = placed.root();
        if speaker.own_alone {
            placed.leave(&root);
        }
        let others = placed.absent(&root, speaker.own_alone, files, &facts.project_dir())?;
        if others.len() <= placed.here.len() {
            return Ok(placed);
        }
        let below = if speaker.own_alone { String::new() } else { format!(" below {root}") };
        Err(refused(format!("{} of its files{below} are not here", others.len()), &others))
    }

    /// What most names have before the paths of files, the shortest of several; empty where they have nothing.
    fn root(&self) -> String {
        let mut roots = BTreeMap::<String, usize>::new();
        for (name, path) in &self.here {
            if let Some(root) = slashes(name).strip_suffix(path.as_str()) {
                *roots.entry(root.to_owned()).or_default() += 1;
            }
        }
        let rank = |(root, count): &(String, usize)| (usize::MAX - count, root.len(), root.clone());
        roots.into_iter().min_by_key(rank).map(|(root, _)| root).unwrap_or_default()
    }

    /// Gives up whole paths with another root: a report has one, and every `index.js` ends like ours.
    fn leave(&mut self, root: &str) {
        let other = |name: &String, path: &String| {
            slashes(name).strip_suffix(path.as_str()).is_some_and(|own| is_whole(own) && own != root)
        };
        let left: Vec<_> =
            self.here.extract_if(|name, path| other(name, path)).map(|(name, _)| name).collect();
        self.foreign.extend(left);
        self.foreign.sort_unstable();
    }

    /// The names below a root, or all of them, that are no files here. What is in no commit may well be there, where
    /// a tool writes code.
    fn absent(
        &self,
        root: &str,
        all: bool,
        files: &dyn Files,
        dir: &Utf8Path,
    ) -> Result<Vec<String>, Problem> {
        let mut absent = Vec::new();
        if !all && !is_whole(root) {
            return Ok(absent);
        }
        for name in &self.foreign {
            let slashed = slashes(name);
            let there = match slashed.strip_prefix(root).map(RepoPath::new) {
                None if !all => continue,
                Some(Ok(path)) => files.meta(&dir.join(path.as_path()))?.is_some(),
                // It is elsewhere, or leaves the project.
                None | Some(Err(_)) => false,
            };
            if !there {
                absent.push(name.clone());
            }
        }
        Ok(absent)
    }
}

/// Holds a report that names the files which its tool looked at against those of this project; its findings then call
/// them by their paths on this machine. None where it names no file.
///
/// # Errors
///
/// If it is of another project.
pub fn tie(
    file: &str,
    report: &mut Findings,
    tracked: &Tracked,
    files: &dyn Files,
    facts: &Facts,
) -> Result<Option<Placed>, Problem> {
    let names = &report.listed.sources;
    if names.is_empty() {
        return Ok(None);
    }
    let fix = "give the report of a tool that ran in this project's folder, and let it leave out what is in no commit";
    let speaker = Speaker { name: file, fix, own_alone: true };
    let dir = facts.project_dir();
    // What a tool wrote is in no commit, and a linked folder is one of the commit by another name.
    let written = |name: &str| {
        let path = RepoPath::new(Utf8Path::new(name).strip_prefix(&dir).ok()?.as_str()).ok()?;
        let there = files.meta(&dir.join(path.as_path())).ok().flatten();
        there.map(|_| path.as_path().to_string())
    };
    let place = |name: &str| tracked.find(name).or_else(|| written(name));
    let placed = Placed::of(&speaker, names.iter().cloned(), place, files, facts)?;
    for place in report.findings.iter_mut().filter_map(|finding| finding.place.as_mut()) {
        if let Some(path) = placed.here.get(&place.file) {
            place.file = dir.join(path).into_string();
        }
    }
    Ok(Some(placed))
}

fn slashes(name: &str) -> String {
    name.replace('\\', "/")
}

/// Whether names that begin so are whole paths, here or on Windows.
fn is_whole(root: &str) -> bool {
    root.starts_with('/') || root.get(1..3) == Some(":/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::real::RealFiles;
    use crate::steps::trial::facts;

    /// What is refused of names, in a project with `index.js`, `lib/a.js` and, in no commit, `dist/b.js`.
    fn refused(names: &[&str], own_alone: bool) -> Option<String> {
        let home = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(home.path()).unwrap();
        RealFiles.write(&root.join("dist/b.js"), b"b").unwrap();
        let tracked = Tracked::new(b"index.js\0lib/a.js\0", root.as_str(), "", None);
        let names = names.iter().map(|&name| name.replace("HERE", root.as_str()));
        let speaker = Speaker { name: "it", fix: "mend it", own_alone };
        let placed = Placed::of(&speaker, names, |name| tracked.find(name), &RealFiles, &facts(root));
        placed.err().map(|problem| problem.what)
    }

    #[test]
    fn names_of_this_project_are_here_wherever_they_were_made() {
        for names in [
            &["HERE/index.js", "HERE/dist/b.js"][..],
            &[
                "/ci/w/index.js",
                "/ci/w/lib/a.js",
                "/ci/w/dist/b.js",
                "/ci/w/dist/index.js",
                "/ci/w/dist/c.js",
            ],
            &["C:\\w\\lib\\a.js", "C:\\w\\dist\\b.js"],
            &["lib/a.js", "dist/b.js", "./gone.js"],
        ] {
            assert_eq!((refused(names, true), refused(names, false)), (None, None), "{names:?}");
        }
    }

    #[test]
    fn a_name_that_fits_every_project_makes_no_report_ours() {
        let other = |count: usize| format!("{count} of its files are not here");
        for (names, why) in [
            (&["/o/x.js", "<text>"][..], "none of its files is here".to_owned()),
            (&["/o/index.js", "/o/x.js", "/o/y.js"], other(2)),
            (&["/o/p/index.js", "/o/q/index.js", "/o/r/index.js"], other(2)),
            // Its root is the folder of the one name that fits, and nothing else is below.
            (&["/o/deep/er/index.js", "/o/x.js", "/o/y.js"], other(2)),
            (&["index.js", "x.js", "y.js"], other(2)),
            (&["C:\\o\\index.js", "C:\\o\\x.js", "C:\\o\\y.js"], other(2)),
            (&["/o/index.js", "/o/../dist/b.js", "/p/dist/b.js"], other(2)),
        ] {
            assert_eq!(refused(names, true), Some(format!("it is of another project: {why}")), "{names:?}");
        }
    }

    #[test]
    fn where_other_names_may_stand_those_below_one_root_count() {
        let names = ["/o/index.js", "/o/x.js", "/o/y.js", "/usr/include/z.h"];
        let why = "it is of another project: 2 of its files below /o/ are not here";
        assert_eq!(refused(&names, false).as_deref(), Some(why));
        for names in [["/o/index.js", "/usr/x.h", "/usr/y.h"], ["index.js", "x.js", "y.js"]] {
            assert_eq!(refused(&names, false), None);
        }
    }
}
