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
    /// Those of `place`, and if the names are of another project: none is a file of this one, or more of them are not
    /// here than are. Where there may be other names, those below one root count alone.
    pub fn of(
        speaker: &Speaker<'_>,
        names: impl IntoIterator<Item = String>,
        place: impl Fn(&str) -> Result<Option<String>, Problem>,
        files: &dyn Files,
        facts: &Facts,
    ) -> Result<Self, Problem> {
        let mut placed = Self { here: HashMap::new(), foreign: Vec::new() };
        for name in names {
            match place(&name)? {
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
        let root = placed.root(speaker.own_alone);
        if speaker.own_alone {
            placed.leave(&root);
        }
        let others = placed.absent(&root, speaker.own_alone, files, facts)?;
        if others.len() <= placed.here.len() {
            return Ok(placed);
        }
        let below = if speaker.own_alone { String::new() } else { format!(" below {}", root.before) };
        Err(refused(format!("{} of its files{below} are not here", others.len()), &others))
    }

    /// From where most names are told, the shortest of several. Where names of any other kind may stand beside them, whole
    /// paths are asked alone: those of the project must not hide that others are of another one.
    fn root(&self, any: bool) -> Root {
        let mut roots = BTreeMap::<Root, usize>::new();
        for root in self.here.iter().filter_map(|(name, path)| Root::of(name, path)) {
            if any || root.is_whole() {
                *roots.entry(root).or_default() += 1;
            }
        }
        let rank = |(root, count): &(Root, usize)| (usize::MAX - count, root.before.len(), root.clone());
        roots.into_iter().min_by_key(rank).map(|(root, _)| root).unwrap_or_default()
    }

    /// Gives up what is told from another root: a report has one, and every `index.js` ends like ours.
    fn leave(&mut self, root: &Root) {
        let other = |name: &String, path: &String| Root::of(name, path).is_some_and(|own| own != *root);
        let left: Vec<_> =
            self.here.extract_if(|name, path| other(name, path)).map(|(name, _)| name).collect();
        self.foreign.extend(left);
        self.foreign.sort_unstable();
    }

    /// The names below a root, or all of them, that are no files here. What is in no commit may well be there, where
    /// a tool writes code, and other projects of the repository are no strangers.
    fn absent(
        &self,
        root: &Root,
        all: bool,
        files: &dyn Files,
        facts: &Facts,
    ) -> Result<Vec<String>, Problem> {
        let mut absent = Vec::new();
        if !all && !root.is_whole() {
            return Ok(absent);
        }
        // What names begin with, and the folder that this means here.
        let mut roots = vec![(root.before.as_str(), facts.project_dir().join(&root.inside))];
        let dir = format!("{}/", facts.dir);
        if all
            && root.inside.is_empty()
            && dir != "/"
            && let Some(above) = root.before.strip_suffix(&dir)
        {
            roots.push((above, facts.root.clone()));
        }
        for name in &self.foreign {
            let slashed = slashes(name);
            let mut below =
                roots.iter().filter_map(|(root, folder)| Some((slashed.strip_prefix(root)?, folder)));
            let there = match below.next() {
                Some((rest, folder)) => is_there(files, folder, rest)?.is_some(),
                None if all => false,
                None => continue,
            };
            if !there {
                absent.push(name.clone());
            }
        }
        Ok(absent)
    }
}

/// From where a name is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Root {
    /// What the name has before the file's path.
    before: String,
    /// What the file's path has before the name.
    inside: String,
}

impl Root {
    /// None where the one is not the end of the other.
    fn of(name: &str, path: &str) -> Option<Self> {
        let name = slashes(name);
        let (before, inside) = match (name.strip_suffix(path), path.strip_suffix(&name)) {
            (Some(before), _) => (before, ""),
            (None, inside) => ("", inside?),
        };
        Some(Self { before: before.to_owned(), inside: inside.to_owned() })
    }

    /// Whether names that begin so are whole paths, here or on Windows.
    fn is_whole(&self) -> bool {
        self.before.starts_with('/') || self.before.get(1..3) == Some(":/")
    }
}

/// A path of something that is there, from its folder; none also for one that leaves it.
fn is_there(files: &dyn Files, folder: &Utf8Path, path: &str) -> Result<Option<String>, Problem> {
    let Ok(path) = RepoPath::new(path) else { return Ok(None) };
    let meta = files.meta(&folder.join(path.as_path()))?;
    Ok(meta.map(|_| path.as_path().to_string()))
}

fn slashes(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches("./").to_owned()
}

/// Holds a report that names the files which its tool looked at against those of this project; its findings then call
/// them by their paths from its folder. None where it names no file.
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
    let written = |name: &str| match Utf8Path::new(name).strip_prefix(&dir) {
        Ok(path) => is_there(files, &dir, path.as_str()),
        Err(_) => Ok(None), // It was told elsewhere.
    };
    let place = |name: &str| tracked.find(name).map_or_else(|| written(name), |path| Ok(Some(path)));
    let placed = Placed::of(&speaker, names.iter().cloned(), place, files, facts)?;
    for place in report.findings.iter_mut().filter_map(|finding| finding.place.as_mut()) {
        if let Some(path) = placed.here.get(&place.file) {
            place.file.clone_from(path);
        }
    }
    Ok(Some(placed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::real::RealFiles;
    use crate::steps::trial::facts;

    /// What is refused of names, in a project with `index.js`, `lib/a.js` and, in no commit, `dist/b.js`.
    fn refused(names: &[&str], own_alone: bool) -> Option<String> {
        refused_in("", names, own_alone)
    }

    fn refused_in(dir: &str, names: &[&str], own_alone: bool) -> Option<String> {
        let home = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(home.path()).unwrap();
        RealFiles.write(&root.join("dist/b.js"), b"b").unwrap();
        let tracked = Tracked::new(b"index.js\0lib/a.js\0", root.as_str(), dir, None);
        let names = names.iter().map(|&name| name.replace("HERE", root.as_str()));
        let facts = Facts { dir: dir.into(), ..facts(root) };
        let speaker = Speaker { name: "it", fix: "mend it", own_alone };
        let place = |name: &str| Ok(tracked.find(name));
        let placed = Placed::of(&speaker, names, place, &RealFiles, &facts);
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
            (&["p/index.js", "q/index.js", "r/index.js", "../index.js"], other(3)),
            (&["a.js", "index.js", "p/index.js", "q/a.js"], other(3)),
            (&["C:\\o\\index.js", "C:\\o\\x.js", "C:\\o\\y.js"], other(2)),
            (&["/o/index.js", "/o/../dist/b.js", "/p/dist/b.js"], other(2)),
        ] {
            assert_eq!(refused(names, true), Some(format!("it is of another project: {why}")), "{names:?}");
        }
    }

    #[test]
    fn other_projects_of_the_repository_are_no_strangers() {
        let all = ["/ci/w/lib/a.js", "/ci/w/index.js", "/ci/w/dist/b.js"];
        assert_eq!(refused_in("lib", &all, true), None);
        let other = ["/ci/w/lib/a.js", "/ci/v/index.js", "/ci/v/dist/b.js"];
        assert!(
            refused_in("lib", &other, true).is_some_and(|why| why.contains("2 of its files are not here"))
        );
    }

    #[test]
    fn where_other_names_may_stand_those_below_one_root_count() {
        let names = ["/o/index.js", "/o/x.js", "/o/y.js", "/usr/include/z.h"];
        let why = "it is of another project: 2 of its files below /o/ are not here";
        assert_eq!(refused(&names, false).as_deref(), Some(why));
        // Relative names beside them outvote nothing.
        let mixed = ["index.js", "lib/a.js", "/o/index.js", "/o/p.js", "/o/q.js", "/o/r.js", "/o/s.js"];
        assert!(refused(&mixed, false).is_some_and(|why| why.contains("4 of its files below /o/")));
        for names in [["/o/index.js", "/usr/x.h", "/usr/y.h"], ["index.js", "x.js", "y.js"]] {
            assert_eq!(refused(&names, false), None);
        }
    }
}
