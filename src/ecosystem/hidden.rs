//! What Git's own status keeps quiet about: tracked files that are marked in the index, and sources that a list
//! of names hides which is in no commit (`.git/info/exclude`, `core.excludesFile`, a `.gitignore` that is not
//! tracked, and may hide itself). On another machine, or in a fresh clone, they would be told of, or not be there.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::converted;
use super::go::loose::{Scope, embeds};
use super::sources::is_source;
use super::unlisted::{self, Cause, causes};
use crate::model::Problem;
use crate::model::facts::Hidden;
use crate::ports::git::GitError;
use crate::ports::{Files, Git};

/// How Git is asked for every file that it tracks, with its marks, its mode and its id.
const TRACKED: [&str; 4] = ["ls-files", "-z", "-v", "--stage"];

/// How Git is asked for what it does not track and no `.gitignore` names.
const UNTRACKED: [&str; 4] = ["ls-files", "-z", "--others", "--exclude-per-directory=.gitignore"];

/// How Git is asked whether files of the commit may be left out.
const SPARSE: [&str; 4] = ["config", "--type=bool", "--get", "core.sparseCheckout"];

/// The file in a folder that names what is ignored there.
const LIST: &str = ".gitignore";

/// The file that makes a folder a Go module.
const MODULE: &str = "go.mod";

/// Folders of what a project depends on: whoever hides them with a list of their own hides nothing of the project.
const DEPENDENCIES: [&str; 5] = ["node_modules", ".venv", "venv", ".tox", "__pycache__"];

/// How many files are hashed with one call.
const AT_ONCE: usize = 200;

/// The mode of a link, and that of a submodule.
const LINK: &str = "120000";
const SUBMODULE: &str = "160000";

/// What Git's status did not tell.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Quiet {
    /// Paths that differ, as Git would print them, and why it does not.
    pub entries: BTreeMap<String, Hidden>,
    /// Files that a sparse checkout leaves out, sorted.
    pub absent: Vec<String>,
}

/// What Git's status told, but for what is ours.
pub struct Told<'a> {
    /// The paths that differ.
    pub known: HashSet<&'a str>,
    /// What it ignores; a folder that it ignores as a whole ends in `/`.
    pub ignored: Vec<&'a str>,
    /// Our folder, below the root.
    pub own: Option<&'a Utf8Path>,
}

/// What Git knows, asked beside its status.
pub struct Asked {
    tracked: String,
    untracked: String,
    sparse: bool,
}

/// A file that Git tracks.
pub(super) struct Tracked<'a> {
    mark: char,
    mode: &'a str,
    pub(super) id: &'a str,
    pub(super) path: &'a str,
}

impl<'a> Tracked<'a> {
    fn all(text: &'a str) -> impl Iterator<Item = Self> {
        text.split('\0').filter_map(|line| {
            let (head, path) = line.split_once('\t')?;
            let mut fields = head.split(' ');
            let mark = fields.next()?.chars().next()?;
            Some(Self { mark, mode: fields.next()?, id: fields.next()?, path })
        })
    }

    /// Whether its bytes are what counts of it, and nothing tells Git to keep quiet about them.
    fn is_plain(&self) -> bool {
        self.hidden().is_none() && self.mode != LINK && self.mode != SUBMODULE
    }

    fn hidden(&self) -> Option<Hidden> {
        match self.mark {
            'S' | 's' => Some(Hidden::SkipWorktree),
            mark if mark.is_ascii_lowercase() => Some(Hidden::AssumeUnchanged),
            _ => None,
        }
    }
}

/// How a marked file is.
enum How {
    Gone,
    Same,
    Other,
    /// That is for its digest to say.
    Open,
}

/// Asks Git.
///
/// # Errors
///
/// If Git cannot be asked.
pub async fn ask(git: &dyn Git) -> Result<Asked, Problem> {
    let (tracked, untracked, sparse) =
        tokio::join!(git.run(&TRACKED), git.run(&UNTRACKED), git.text(&SPARSE));
    let sparse = match sparse {
        Ok(word) => word == "true",
        // It is not set.
        Err(GitError::Refused { code: Some(1), .. }) => false,
        Err(error) => return Err(error.into()),
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Asked { tracked: text(tracked?), untracked: text(untracked?), sparse })
}

impl Asked {
    /// What of it the status did not tell.
    ///
    /// # Errors
    ///
    /// If Git cannot be asked or a file cannot be read.
    pub async fn quiet(
        &self,
        git: &dyn Git,
        files: &dyn Files,
        root: &Utf8Path,
        told: &Told<'_>,
    ) -> Result<Quiet, Problem> {
        let known = &told.known;
        let mut quiet = self.marked(git, files, root).await?;
        let is_own = |path: &Utf8Path| told.own.is_some_and(|own| path.starts_with(own));
        let foreign = |path: &Utf8Path| path.components().any(|part| DEPENDENCIES.contains(&part.as_str()));
        let untracked = self.untracked.split('\0').filter(|path| {
            let inside = Utf8Path::new(path);
            !path.is_empty() && !is_own(inside) && !foreign(inside) && !known.contains(path)
        });
        let (sources, mut others): (Vec<&str>, Vec<&str>) =
            untracked.partition(|path| is_source((*path).into()));
        let mut found: BTreeSet<String> = sources.into_iter().map(str::to_owned).collect();
        let unlisted = self.unlisted(git, told).await?;
        let unlisted = unlisted.iter().map(String::as_str).filter(|path| !foreign(Utf8Path::new(path)));
        let go = Scope::embedding(&[]);
        let (read, beside): (Vec<&str>, Vec<&str>) =
            unlisted.partition(|path| !path.ends_with('/') && go.builds((*path).into()));
        found.extend(read.into_iter().map(str::to_owned));
        others.extend(beside);
        if !others.is_empty() {
            // Go puts the bytes of these into a binary, whatever their names are.
            let scope = Scope::embedding(&embeds(git).await?);
            found.extend(others.into_iter().filter(|path| scope.embeds((*path).into())).map(str::to_owned));
        }
        found.extend(self.own_lists(files, root)?.into_iter().map(Utf8PathBuf::into_string));
        found.retain(|path| !known.contains(path.as_str()));
        let by = causes(git, found.iter().map(String::as_str)).await?;
        quiet.entries.extend(found.into_iter().map(|path| {
            let cause = by.get(&path).map_or_else(|| "a list of names".into(), Cause::told);
            (format!("?? {path}"), Hidden::Excluded(cause))
        }));
        let plain = Tracked::all(&self.tracked).filter(|file| file.is_plain() && !known.contains(file.path));
        let converted = converted::find(git, files, root, plain).await?;
        quiet.entries.extend(converted.into_iter().map(|path| (format!(" M {path}"), Hidden::Converted)));
        Ok(quiet)
    }

    /// What Git ignores by lists that are in no commit, where Go may read it: other tools leave folders behind that
    /// hide themselves, and those are read by nobody.
    async fn unlisted(&self, git: &dyn Git, told: &Told<'_>) -> Result<BTreeSet<String>, Problem> {
        let named = |name: &'static str| {
            let paths = Tracked::all(&self.tracked).map(|file| Utf8Path::new(file.path));
            paths.filter(move |path| path.file_name() == Some(name)).map(Utf8Path::as_str)
        };
        if named(MODULE).next().is_none() {
            return Ok(BTreeSet::new());
        }
        unlisted::find(git, &told.ignored, &named(LIST).collect()).await
    }

    /// Marked files whose bytes are not those of the index; whether the index is the commit, the status tells.
    async fn marked(&self, git: &dyn Git, files: &dyn Files, root: &Utf8Path) -> Result<Quiet, Problem> {
        let mut quiet = Quiet::default();
        let mut open = Vec::new();
        for file in Tracked::all(&self.tracked) {
            let Some(hidden) = file.hidden() else { continue };
            match how(git, files, root, &file).await? {
                How::Same => {}
                How::Gone if self.sparse && hidden == Hidden::SkipWorktree => {
                    quiet.absent.push(file.path.to_owned());
                }
                How::Gone => drop(quiet.entries.insert(format!(" D {}", file.path), hidden)),
                How::Other => drop(quiet.entries.insert(format!(" M {}", file.path), hidden)),
                How::Open => open.push((file, hidden)),
            }
        }
        for some in open.chunks(AT_ONCE) {
            let paths = some.iter().map(|(file, _)| file.path);
            let args: Vec<&str> = ["hash-object", "--"].into_iter().chain(paths).collect();
            let ids = git.text(&args).await?;
            let ids: Vec<&str> = ids.lines().collect();
            if ids.len() != some.len() {
                return Err(Problem::new("git hash-object did not answer for every file"));
            }
            let other = some.iter().zip(ids).filter(|((file, _), id)| file.id != *id);
            quiet.entries.extend(other.map(|((file, why), _)| (format!(" M {}", file.path), why.clone())));
        }
        quiet.absent.sort();
        Ok(quiet)
    }

    /// Lists of names beside tracked files that are not tracked themselves: one may hide itself.
    fn own_lists(&self, files: &dyn Files, root: &Utf8Path) -> Result<Vec<Utf8PathBuf>, Problem> {
        let (mut folders, mut lists) = (BTreeSet::new(), HashSet::new());
        for file in Tracked::all(&self.tracked).filter(|file| file.mode != SUBMODULE) {
            let path = Utf8Path::new(file.path);
            folders.extend(path.ancestors().skip(1));
            if path.file_name() == Some(LIST) {
                lists.insert(path);
            }
        }
        let mut found = Vec::new();
        for path in folders.into_iter().map(|folder| folder.join(LIST)) {
            if !lists.contains(path.as_path()) && files.meta(&root.join(&path))?.is_some() {
                found.push(path);
            }
        }
        Ok(found)
    }
}

async fn how(git: &dyn Git, files: &dyn Files, root: &Utf8Path, file: &Tracked<'_>) -> Result<How, Problem> {
    let place = root.join(file.path);
    let Some(meta) = files.meta(&place)? else { return Ok(How::Gone) };
    Ok(match file.mode {
        // A folder without files is one that was never fetched.
        SUBMODULE if meta.is_dir && files.list(&place)?.is_empty() => How::Same,
        LINK if meta.is_link => {
            let named = git.text(&["cat-file", "blob", file.id]).await?;
            let wanted = place.parent().unwrap_or(root).join(named);
            let same = match (files.real_path(&place), files.real_path(&wanted)) {
                (Ok(now), Ok(wanted)) => now == wanted,
                _ => false,
            };
            if same { How::Same } else { How::Other }
        }
        LINK | SUBMODULE => How::Other,
        _ if meta.is_dir || meta.is_link => How::Other,
        _ => How::Open,
    })
}
