//! Files that hooks before the build made and that are packaged: the job that joins parts builds nothing,
//! so its hooks never run, and the parts bring them.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::ecosystem::tree::content;
use crate::kit::path::{self, RepoPath};
use crate::model::made::{MADE_FORMAT, MADE_NAME};
use crate::model::{Digest, MadeByHooks, Problem};
use crate::ports::git::GitError;
use crate::ports::{Files, Git};

use super::loose::made_by_hooks;
use super::parts::read_part;

/// Where they lie in a part's dist folder. Not hidden: what uploads folders may leave hidden files out.
pub const FOLDER: &str = "made-by-hooks";

/// How many paths Git is asked about at once.
const AT_ONCE: usize = 200;

/// What hooks made on the machine of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hooked {
    /// What the hooks ran for: their commands, the source, the version.
    pub basis: Digest,
    /// The files, by path below the repository's root.
    pub files: BTreeMap<Utf8PathBuf, HookFile>,
}

/// One of the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookFile {
    /// Its bytes.
    pub digest: Digest,
    /// Whether it may be run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
}

/// Puts what hooks made for `basis`, and a package holds, into the dist folder; other files of theirs serve
/// the build alone.
///
/// # Errors
///
/// If a file cannot be read or copied.
pub fn take(
    files: &dyn Files,
    root: &Utf8Path,
    dist: &Utf8Path,
    basis: Option<Digest>,
    packaged: &BTreeSet<Utf8PathBuf>,
) -> Result<Option<Hooked>, Problem> {
    let folder = dist.join(FOLDER);
    files.remove(&folder)?;
    let Some(basis) = basis else { return Ok(None) };
    let mut taken = BTreeMap::new();
    for (path, left) in made_by_hooks(files, dist, basis)? {
        let from = root.join(&path);
        // What was changed since is not theirs any more.
        if !packaged.contains(&path) || content(files, &from)? != left {
            continue;
        }
        let executable = files.meta(&from)?.is_some_and(|meta| meta.is_executable);
        let (pending, _, digest) = files.copy(&from, &folder.join(&path), executable)?;
        pending.place()?;
        taken.insert(path, HookFile { digest, executable });
    }
    Ok((!taken.is_empty()).then_some(Hooked { basis, files: taken }))
}

/// The files of all parts, each with the part's folder.
pub type Brought = BTreeMap<Utf8PathBuf, (Utf8PathBuf, HookFile)>;

/// What the parts bring, compared.
///
/// # Errors
///
/// If a part's hooks ran for something else, two parts hold different bytes of one file, or a path leads to
/// where no hook may write.
pub fn join(files: &dyn Files, basis: Option<Digest>, dirs: &[Utf8PathBuf]) -> Result<Brought, Problem> {
    let mut brought: Brought = BTreeMap::new();
    for dir in dirs {
        let Some(hooked) = read_part(files, dir)?.and_then(|part| part.hooks) else { continue };
        if Some(hooked.basis) != basis {
            return Err(Problem::new(format!("{dir} was built by another plan"))
                .because("its hooks before the build ran for something else")
                .fix("use the same configuration and the same version of Go on every runner"));
        }
        for (path, file) in hooked.files {
            let stays = RepoPath::new(path.as_str()).is_ok_and(|inside| inside.as_path() == path)
                && !path::is_gits(&path);
            if !stays || path.as_str().is_empty() {
                return Err(Problem::new(format!("{dir} holds a file that no hook can have made: `{path}`"))
                    .fix("build that part again"));
            }
            match brought.get(&path) {
                Some((other, known)) if *known != file => {
                    return Err(Problem::new(format!(
                        "the hooks of two parts made different bytes of {path}"
                    ))
                    .because(format!("in {other} and in {dir}"))
                    .fix("let the hook make the same file from the same commit on every machine"));
                }
                Some(_) => {}
                None => drop(brought.insert(path, (dir.clone(), file))),
            }
        }
    }
    Ok(brought)
}

/// Lays the files down where the hooks would have made them, and writes that down in the dist folder.
///
/// # Errors
///
/// If Git does not ignore one, another file is in its place, or it cannot be copied whole.
pub async fn lay(
    git: &dyn Git,
    files: &dyn Files,
    (root, dist): (&Utf8Path, &Utf8Path),
    basis: Option<Digest>,
    brought: &Brought,
) -> Result<(), Problem> {
    let Some(basis) = basis.filter(|_| !brought.is_empty()) else { return Ok(()) };
    only_ignored(git, brought).await?;
    let mut made = made_by_hooks(files, dist, basis)?;
    for (path, (dir, file)) in brought {
        let (from, to) = (dir.join(FOLDER).join(path), root.join(path));
        inside(files, root, &to)?;
        match files.meta(&to)? {
            Some(meta) if meta.is_dir || meta.is_link || files.digest(&to)?.1 != file.digest => {
                return Err(Problem::new(format!(
                    "{path} is there already, with other bytes than the part's"
                ))
                .fix("delete it: a hook before the build makes it"));
            }
            _ => {}
        }
        let (pending, _, digest) = files.copy(&from, &to, file.executable)?;
        if digest != file.digest {
            return Err(Problem::new(format!("{from} is not what its part says"))
                .because(format!("{digest}, {} expected", file.digest))
                .fix("build that part again"));
        }
        pending.commit()?;
        made.insert(path.clone(), content(files, &to)?);
    }
    let text = serde_json::to_string(&MadeByHooks { format: MADE_FORMAT, basis, made })
        .map_err(|error| Problem::new(format!("{MADE_NAME} cannot be written")).caused_by(&error))?;
    Ok(files.write(&dist.join(MADE_NAME), text.as_bytes())?)
}

/// Hooks may make what Git ignores only: a part writes over no source.
async fn only_ignored(git: &dyn Git, brought: &Brought) -> Result<(), Problem> {
    let paths: Vec<&str> = brought.keys().map(|path| path.as_str()).collect();
    for some in paths.chunks(AT_ONCE) {
        let args = [&["-c", "core.quotePath=false", "check-ignore", "--"][..], some].concat();
        let told = match git.run(&args).await {
            // It ignores none of them.
            Err(GitError::Refused { code: Some(1), .. }) => Vec::new(),
            told => told?,
        };
        let told = String::from_utf8_lossy(&told);
        let ignored: BTreeSet<&str> = told.lines().collect();
        if let Some(path) = some.iter().find(|path| !ignored.contains(*path)) {
            return Err(Problem::new(format!("a part brings {path}, which Git does not ignore"))
                .because("a hook before the build may make only what Git ignores")
                .fix("build that part again from this commit"));
        }
    }
    Ok(())
}

/// No folder on its way is a link to elsewhere.
fn inside(files: &dyn Files, root: &Utf8Path, to: &Utf8Path) -> Result<(), Problem> {
    let real = files.real_path(root)?;
    for dir in to.ancestors().skip(1) {
        if files.meta(dir)?.is_none() {
            continue;
        }
        if files.real_path(dir)?.starts_with(&real) {
            return Ok(());
        }
        break;
    }
    Err(Problem::new(format!("{to} leads out of the repository"))
        .because("a folder on its way is a link")
        .fix("take the link out, or let the hook write elsewhere"))
}
