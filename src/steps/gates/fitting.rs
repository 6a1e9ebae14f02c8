//! The files that a pattern among the given reports means: `reports/{go1.25,go1.26}/*.out`.
//!
//! Braces name things one by one, and each of them has to be there: that is how one pattern says of which jobs there
//! must be a report. A star takes what there is.
//!
//! A link to a folder is followed inside of the repository. One that leads out of it is refused: what lies there is no
//! part of what is judged, and left out in silence it would be a report that nobody misses.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};

use super::settings::Named;
use crate::model::Problem;
use crate::ports::Files;

/// How many ways to read a pattern are tried, and how many files it may mean.
const MOST: usize = 10_000;

/// How many folders `**` goes down.
const DEEPEST: usize = 64;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Files.
    Files,
    /// Folders.
    Folders,
}

/// Whether a name is a pattern that several things may fit.
#[must_use]
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// What a name means, in order: itself, if something of this name is there or it is no pattern; else what fits it. A
/// way to read it that nothing fits stays as it is, so that who reads it tells that it is missing.
///
/// # Errors
///
/// If it is no sound pattern, means too much, or a folder cannot be read.
pub fn fitting(
    files: &dyn Files,
    root: &Utf8Path,
    named: &Named,
    wanted: Wanted,
) -> Result<Vec<Named>, Problem> {
    let one = |file: String| Named { kind: named.kind, file };
    if !is_pattern(&named.file) && !named.file.contains('{') {
        return Ok(vec![named.clone()]);
    }
    if files.meta(&root.join(&named.file))?.is_some() {
        return Ok(vec![named.clone()]);
    }
    let mut found = Vec::new();
    for way in ways(&named.file).map_err(|why| unsound(named, &why))? {
        if !is_pattern(&way) {
            found.push(one(way));
            continue;
        }
        let mut fit = BTreeSet::new();
        descend(files, root, &way, wanted, &mut fit).map_err(|problem| problem.because(named.to_string()))?;
        if fit.is_empty() {
            found.push(one(way));
        }
        found.extend(fit.into_iter().map(|path| one(path.into_string())));
        if found.len() > MOST {
            return Err(unsound(named, &format!("more than {MOST} files fit it")));
        }
    }
    Ok(found)
}

fn unsound(named: &Named, why: &str) -> Problem {
    Problem::new(format!("`{named}` cannot be taken as a pattern")).because(why).fix(
        "write `{a,b}` for things that must all be there, `*` for any name, `**` for folders of any depth",
    )
}

/// The ways to read the braces in a pattern, in order.
fn ways(pattern: &str) -> Result<Vec<String>, String> {
    let Some(open) = pattern.find('{') else { return Ok(vec![pattern.to_owned()]) };
    let (mut depth, mut parts, mut begin, mut close) = (0_usize, Vec::new(), open + 1, None);
    for (at, byte) in pattern.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b',' if depth == 1 => {
                parts.push(&pattern[begin..at]);
                begin = at + 1;
            }
            b'}' if depth == 1 => {
                parts.push(&pattern[begin..at]);
                close = Some(at);
                break;
            }
            b'}' => depth -= 1,
            _ => {}
        }
    }
    let close = close.ok_or("a `{` is not closed")?;
    let (before, after) = (&pattern[..open], &pattern[close + 1..]);
    let mut all = Vec::new();
    for part in parts {
        all.extend(ways(&format!("{before}{part}{after}"))?);
        if all.len() > MOST {
            return Err(format!("its braces can be read in more than {MOST} ways"));
        }
    }
    Ok(all)
}

/// What is searched, and where links may lead.
struct Search<'a> {
    files: &'a dyn Files,
    root: &'a Utf8Path,
    /// The repository, and the folder that a pattern with a whole path names itself; by their real paths.
    within: Vec<Utf8PathBuf>,
}

/// Goes down the folders that fit, one part of the pattern after another.
fn descend(
    files: &dyn Files,
    root: &Utf8Path,
    pattern: &str,
    wanted: Wanted,
    fit: &mut BTreeSet<Utf8PathBuf>,
) -> Result<(), Problem> {
    let whole = pattern.starts_with('/');
    let base = if whole { Utf8PathBuf::from("/") } else { Utf8PathBuf::new() };
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let named = parts.iter().take_while(|part| whole && !is_pattern(part)).count();
    let own = whole.then(|| parts[..named].iter().fold(base.clone(), |path, part| path.join(part)));
    let search = Search::new(files, root, own)?;
    let mut here = BTreeSet::from([base]);
    for (at, part) in parts.iter().enumerate() {
        let mut next = BTreeSet::new();
        for folder in &here {
            match *part {
                "**" => search.below(folder, &mut next)?,
                part if !is_pattern(part) => drop(next.insert(folder.join(part))),
                part => next.extend(search.matching(folder, &matcher(part)?)?),
            }
        }
        here = if at + 1 == parts.len() && wanted == Wanted::Files {
            search.files_of(next)?
        } else {
            // Whoever writes a whole path down to a folder means wherever that leads.
            search.folders_of(next, at < named)?
        };
        if here.len() > MOST {
            return Err(Problem::new(format!("more than {MOST} files fit a pattern")));
        }
    }
    fit.extend(here);
    Ok(())
}

impl<'a> Search<'a> {
    fn new(files: &'a dyn Files, root: &'a Utf8Path, named: Option<Utf8PathBuf>) -> Result<Self, Problem> {
        let mut within = vec![files.real_path(root)?];
        match named.map(|named| files.real_path(&named)) {
            // Then nothing fits.
            Some(Err(error)) if error.is_missing() => {}
            Some(real) => within.push(real?),
            None => {}
        }
        Ok(Self { files, root, within })
    }

    /// The folder at a path, by its real path; none where no folder is there. A link is followed.
    fn real_folder(&self, path: &Utf8Path) -> Result<Option<Utf8PathBuf>, Problem> {
        let path = self.root.join(path);
        let Some(meta) = self.files.meta(&path)? else { return Ok(None) };
        if !meta.is_dir && !meta.is_link {
            return Ok(None);
        }
        let real = match self.files.real_path(&path) {
            Err(error) if error.is_missing() => return Ok(None),
            real => real?,
        };
        let is_dir = meta.is_dir || self.files.meta(&real)?.is_some_and(|meta| meta.is_dir);
        Ok(is_dir.then_some(real))
    }

    /// The same for a folder that is entered: a link may not lead out of the repository.
    fn entered(&self, path: &Utf8Path) -> Result<Option<Utf8PathBuf>, Problem> {
        let Some(real) = self.real_folder(path)? else { return Ok(None) };
        let is_link = self.files.meta(&self.root.join(path))?.is_some_and(|meta| meta.is_link);
        if is_link && !self.within.iter().any(|top| real.starts_with(top)) {
            return Err(Problem::new(format!("{path} is a link that leads out of the repository"))
                .because(format!("it leads to {real}; a pattern follows links inside of the repository only"))
                .fix(format!("name the files there by their whole path (`{real}/…`), or remove the link")));
        }
        Ok(Some(real))
    }

    fn files_of(&self, paths: BTreeSet<Utf8PathBuf>) -> Result<BTreeSet<Utf8PathBuf>, Problem> {
        let mut files = BTreeSet::new();
        for path in paths {
            if self.files.meta(&self.root.join(&path))?.is_some() && self.real_folder(&path)?.is_none() {
                files.insert(path);
            }
        }
        Ok(files)
    }

    /// The folders among the paths, each once: what several paths lead to is called by the one without links.
    fn folders_of(
        &self,
        paths: BTreeSet<Utf8PathBuf>,
        anywhere: bool,
    ) -> Result<BTreeSet<Utf8PathBuf>, Problem> {
        let mut by_place = BTreeMap::<Utf8PathBuf, Utf8PathBuf>::new();
        for path in paths {
            let real = if anywhere { self.real_folder(&path)? } else { self.entered(&path)? };
            let Some(real) = real else { continue };
            let is_plain = self.within.iter().any(|top| top.join(&path) == real);
            if is_plain || !by_place.contains_key(&real) {
                by_place.insert(real, path);
            }
        }
        Ok(by_place.into_values().collect())
    }

    /// This folder and all below it, without hidden ones, and an error where they go too deep; links are followed
    /// last, so that what they lead to is called by its own path, and none goes round in circles.
    fn below(&self, folder: &Utf8Path, found: &mut BTreeSet<Utf8PathBuf>) -> Result<(), Problem> {
        let mut seen = BTreeSet::new();
        let mut links = VecDeque::from([(folder.to_owned(), Some(DEEPEST))]);
        while let Some(start) = links.pop_front() {
            let mut open = vec![start];
            while let Some((folder, depth)) = open.pop() {
                let Some(real) = self.entered(&folder)? else { continue };
                if found.len() > MOST || !seen.insert(real) {
                    continue;
                }
                // A report further down would be missed by nobody.
                let Some(depth) = depth else { return Err(too_deep(&folder)) };
                for name in self.names(&folder)?.into_iter().filter(|name| !name.starts_with('.')) {
                    let path = folder.join(name);
                    match self.files.meta(&self.root.join(&path))? {
                        Some(meta) if meta.is_dir => open.push((path, depth.checked_sub(1))),
                        Some(meta) if meta.is_link => links.push_back((path, depth.checked_sub(1))),
                        _ => {}
                    }
                }
                found.insert(folder);
            }
        }
        Ok(())
    }

    /// What lies in a folder and fits; hidden files are meant only by a pattern that begins with a dot.
    fn matching(&self, folder: &Utf8Path, matcher: &GlobMatcher) -> Result<Vec<Utf8PathBuf>, Problem> {
        let hidden = matcher.glob().glob().starts_with('.');
        let fits = |name: &String| matcher.is_match(name) && (hidden || !name.starts_with('.'));
        Ok(self.names(folder)?.into_iter().filter(fits).map(|name| folder.join(name)).collect())
    }

    fn names(&self, folder: &Utf8Path) -> Result<Vec<String>, Problem> {
        match self.real_folder(folder)? {
            Some(real) => Ok(self.files.list(&real)?),
            None => Ok(Vec::new()),
        }
    }
}

fn too_deep(folder: &Utf8Path) -> Problem {
    Problem::new(format!("{folder} lies too deep for a `**`"))
        .because(format!("`**` goes {DEEPEST} folders down, and what lies further down would be left out"))
        .fix("write more of the folders before the `**`, or name them one by one")
}

fn matcher(part: &str) -> Result<GlobMatcher, Problem> {
    let glob = GlobBuilder::new(part).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher())
        .map_err(|error| {
            Problem::new(format!("`{part}` is no pattern"))
                .caused_by(&error)
                .fix("a bracket that belongs to the name is written `[[]`, and a star or a question mark `[*]` or `[?]`")
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::real::RealFiles;

    fn found(root: &Utf8Path, name: &str, wanted: Wanted) -> Vec<String> {
        let named: Named = name.parse().unwrap();
        fitting(&RealFiles, root, &named, wanted).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn braces_must_all_be_there_and_stars_take_what_there_is() {
        let home = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(home.path()).unwrap();
        let there =
            ["r/a/x.out", "r/b/x.out", "r/b/y.out", "r/.c/x.out", "r/b/d/e/x.out", "odd{1}.out", "z.out"];
        for path in there {
            RealFiles.write(&root.join(path), b"x").unwrap();
        }
        for (name, means) in [
            ("z.out", &["z.out"][..]),
            ("odd{1}.out", &["odd{1}.out"]),
            ("unit=r/{a,b}/x.out", &["unit=r/a/x.out", "unit=r/b/x.out"]),
            ("r/{a,gone}/x.out", &["r/a/x.out", "r/gone/x.out"]),
            ("r/*/x.out", &["r/a/x.out", "r/b/x.out"]),
            ("r/**/x.out", &["r/a/x.out", "r/b/d/e/x.out", "r/b/x.out"]),
            ("r/.*/x.out", &["r/.c/x.out"]),
            ("r/{a,g*}/*.out", &["r/a/x.out", "r/g*/*.out"]),
            ("r/b/?.out", &["r/b/x.out", "r/b/y.out"]),
            ("r/{a,b/{d,f}}", &["r/a", "r/b/d", "r/b/f"]),
            ("./r/[ab]/x.out", &["r/a/x.out", "r/b/x.out"]),
            ("r/*", &["r/*"]),
        ] {
            assert_eq!(found(root, name, Wanted::Files), means, "{name}");
        }
        assert_eq!(found(root, "r/*", Wanted::Folders), ["r/a", "r/b"]);
        let whole = root.join("r/*/x.out").into_string();
        assert_eq!(found(root, &whole, Wanted::Files), [root.join("r/a/x.out"), root.join("r/b/x.out")]);
        for (name, words) in [("r/{a", "not closed"), ("r/[", "no pattern")] {
            let named: Named = name.parse().unwrap();
            let refused = fitting(&RealFiles, root, &named, Wanted::Files).unwrap_err();
            assert!(refused.to_string().contains(words), "{refused}");
        }
        let many = "{0,1,2,3,4,5,6,7,8,9}".repeat(5);
        assert!(ways(&many).is_err() && ways(&many[..84]).is_ok_and(|ways| ways.len() == 10_000));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "links are made by nothing but tests")]
    fn links_to_folders_are_followed_inside_of_the_repository_and_refused_outside_of_it() {
        use std::os::unix::fs::symlink;
        let home = tempfile::tempdir().unwrap();
        let top = Utf8Path::from_path(home.path()).unwrap();
        let root = &top.join("repo");
        for path in ["repo/r/a/x.out", "repo/made/x.out", "out/y.out", "out/deep/x.out"] {
            RealFiles.write(&top.join(path), b"x").unwrap();
        }
        symlink(root.join("made"), root.join("r/inside")).unwrap();
        symlink("..", root.join("r/a/round")).unwrap();
        symlink("gone", root.join("r/dangling")).unwrap();
        for (name, means) in [
            ("r/*/x.out", &["r/a/x.out", "r/inside/x.out"][..]),
            ("r/inside/*.out", &["r/inside/x.out"]),
            // Each folder once, and by its own path.
            ("r/**/x.out", &["r/a/x.out", "r/inside/x.out"]),
            ("**/x.out", &["made/x.out", "r/a/x.out"]),
            ("{made,r/inside}/*.out", &["made/x.out", "r/inside/x.out"]),
            ("r/a/round/a/*.out", &["r/a/round/a/x.out"]),
            ("r/a/*/*/x.out", &["r/a/round/a/x.out", "r/a/round/inside/x.out"]),
            ("r/dangling/*.out", &["r/dangling/*.out"]),
        ] {
            assert_eq!(found(root, name, Wanted::Files), means, "{name}");
        }
        assert_eq!(found(root, "r/i*", Wanted::Folders), ["r/inside"]);
        symlink(top.join("out"), root.join("r/outside")).unwrap();
        for name in ["r/outside/*.out", "r/*/x.out", "**/y.out"] {
            let named: Named = name.parse().unwrap();
            let refused = fitting(&RealFiles, root, &named, Wanted::Files).unwrap_err();
            assert_eq!(refused.what, "r/outside is a link that leads out of the repository", "{name}");
        }
        // It is no file, and nothing in it is meant.
        assert_eq!(found(root, "r/o*", Wanted::Files), ["r/o*"]);
        // A whole path is meant as it is written.
        symlink(top.join("out"), top.join("named")).unwrap();
        let whole = top.join("named/**/*.out").into_string();
        let means = [top.join("named/deep/x.out"), top.join("named/y.out")];
        assert_eq!(found(root, &whole, Wanted::Files), means);
        symlink(root.join("made"), top.join("out/back")).unwrap();
        symlink("/", top.join("out/away")).unwrap();
        let whole = top.join("named/b*/*.out").into_string();
        assert_eq!(found(root, &whole, Wanted::Files), [top.join("named/back/x.out")]);
        let named: Named = top.join("named/*/*.out").as_str().parse().unwrap();
        assert!(fitting(&RealFiles, root, &named, Wanted::Files).is_err());
    }

    #[test]
    fn what_lies_too_deep_is_an_error_and_never_left_out() {
        let home = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(home.path()).unwrap();
        let named: Named = "r/**/x.out".parse().unwrap();
        let deepest = format!("r/{}x.out", "d/".repeat(DEEPEST));
        RealFiles.write(&root.join(&deepest), b"x").unwrap();
        assert_eq!(found(root, "r/**/x.out", Wanted::Files), [deepest]);
        RealFiles.write(&root.join(format!("r/{}x.out", "d/".repeat(DEEPEST + 1))), b"x").unwrap();
        let refused = fitting(&RealFiles, root, &named, Wanted::Files).unwrap_err();
        assert!(refused.what.ends_with("/d lies too deep for a `**`"), "{refused}");
    }
}
