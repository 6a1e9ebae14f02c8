//! Where Git looks for hooks, and what lies there.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum as _;
use tokio_util::sync::CancellationToken;

use crate::model::Problem;
use crate::ports::process::Command;
use crate::ports::{Files, Ports};

use super::script::{BEFORE, Hook, Written, alone};

/// The longest hook that is looked at, in bytes.
const LONGEST: u64 = 16 * 1024 * 1024;

/// What lies in a hook's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    Nothing,
    /// Ours, as we would write it.
    Ours,
    /// Ours, of another version or at another place.
    OursOfElse,
    /// Ours, and somebody wrote into our lines.
    Touched,
    /// Somebody else's.
    Foreign,
}

/// The folder of the hooks.
pub struct Place {
    files: Arc<dyn Files>,
    root: Utf8PathBuf,
    folder: Utf8PathBuf,
    /// It is the repository's own, and not one that others use too.
    own: bool,
}

impl Place {
    /// Asks Git, which knows `core.hooksPath` and other work trees.
    ///
    /// # Errors
    ///
    /// If Git does not say.
    pub async fn find(ports: &Ports, root: &Utf8Path) -> Result<Self, Problem> {
        // Our own port to Git is deaf to hooks: it would answer that there are none.
        let command =
            Command::new("git", root).args(["rev-parse", "--git-common-dir", "--git-path", "hooks"]);
        let ended = ports.process.run(command, &CancellationToken::new(), &|_, _| ()).await?;
        let said = ended.text();
        let lines: Vec<&str> = said.lines().collect();
        let (true, [common, hooks]) = (ended.ok(), lines.as_slice()) else {
            return Err(Problem::new("Git does not say where its hooks lie").because(ended.errors()));
        };
        let (common, folder) = (root.join(common), root.join(hooks));
        let real = |path: &Utf8Path| ports.files.real_path(path).unwrap_or_else(|_| path.to_owned());
        let own = [&common, &root.to_owned()].iter().any(|above| real(&folder).starts_with(real(above)));
        Ok(Self { files: Arc::clone(&ports.files), root: root.to_owned(), folder, own })
    }

    /// Its path for people.
    #[must_use]
    pub fn shown(&self) -> &Utf8Path {
        self.folder.strip_prefix(&self.root).unwrap_or(&self.folder)
    }

    fn path(&self, hook: Hook) -> Utf8PathBuf {
        self.folder.join(hook.name())
    }

    fn before(&self, hook: Hook) -> Utf8PathBuf {
        self.folder.join(format!("{}{BEFORE}", hook.name()))
    }

    /// What lies in a hook's place, and whether one from before runs first.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn there(&self, hook: Hook, program: &Utf8Path) -> Result<(There, bool), Problem> {
        let before = self.files.meta(&self.before(hook))?.is_some();
        let path = self.path(hook);
        let Some(meta) = self.files.meta(&path)? else { return Ok((There::Nothing, before)) };
        if meta.is_link || meta.is_dir {
            return Ok((There::Foreign, before));
        }
        let text = self.files.read(&path, LONGEST)?;
        let there = match Written::of(&text) {
            None => There::Foreign,
            Some(written) if !written.untouched => There::Touched,
            Some(written) if written.ours == hook.block(program).as_bytes() && meta.is_executable => {
                There::Ours
            }
            Some(_) => There::OursOfElse,
        };
        Ok((there, before))
    }

    /// Writes hooks; what was done, in words. All of them are looked at before one is written.
    ///
    /// # Errors
    ///
    /// If one of them would overwrite something, and that was not asked for.
    pub fn install(&self, hooks: &[Hook], program: &Utf8Path, force: bool) -> Result<String, Problem> {
        if !self.own && !force {
            return Err(Problem::new(format!("Git looks for hooks in {}, which is not this repository's", self.folder))
                .because("`core.hooksPath` says so, and what lies there runs in other repositories too")
                .fix("`git config --local core.hooksPath \"$(git rev-parse --git-common-dir)/hooks\"` gives this repository its own; `--force` writes there all the same"));
        }
        let mut todo = Vec::new();
        for hook in hooks {
            let (there, before) = self.there(*hook, program)?;
            match there {
                There::Foreign if !force => self.refuse(*hook, before)?,
                There::Touched if !force => return Err(self.touched(*hook)),
                _ => {}
            }
            todo.push((*hook, there));
        }
        let mut text = String::new();
        for (hook, there) in todo {
            let chained = there == There::Foreign && !force;
            if chained {
                self.moved(&self.path(hook), &self.before(hook))?;
            }
            let block = hook.block(program);
            let text_now = match there {
                There::Nothing | There::Foreign => alone(&block),
                _ => {
                    let text = self.files.read(&self.path(hook), LONGEST)?;
                    Written::of(&text).map_or_else(|| alone(&block), |written| written.with(&block))
                }
            };
            self.put(&self.path(hook), &text_now)?;
            let path = self.shown().join(hook.name());
            text.push_str(&match (there, chained) {
                (There::Ours, _) => format!("{path} is installed already\n"),
                (_, true) => {
                    format!("{path} is installed; what was there runs before it ({}{BEFORE})\n", hook.name())
                }
                _ => format!("{path} is installed\n"),
            });
        }
        text.push_str(
            "`git commit --no-verify` goes past them once; `release-action hook uninstall` removes them.\n",
        );
        Ok(text)
    }

    /// Whether what is there can be run before ours.
    fn refuse(&self, hook: Hook, before: bool) -> Result<(), Problem> {
        let path = self.path(hook);
        let is_file = self.files.meta(&path)?.is_some_and(|meta| !meta.is_link && !meta.is_dir);
        let why = match (is_file, before) {
            (false, _) => "it is no plain file, so whoever made it keeps it elsewhere".to_owned(),
            (_, true) => format!("{}{BEFORE} is there too, of a time before that", hook.name()),
            (true, false) => return Ok(()),
        };
        Err(Problem::new(format!("another's hook is there already: {path}")).because(why).fix(format!(
            "add the line `release-action hook run {} \"$@\" || exit` to it, or replace it with `--force`",
            hook.name()
        )))
    }

    /// What somebody wrote into our lines would be lost.
    fn touched(&self, hook: Hook) -> Problem {
        let path = self.shown().join(hook.name());
        Problem::new(format!("somebody changed our lines in {path}"))
            .because("they are written anew each time, and what was changed in them would be lost")
            .fix(format!(
                "put your own lines before `# >>>` or after `# <<<`, where they stay; then `release-action hook \
                 install --force {}` writes ours anew",
                hook.name()
            ))
    }

    /// Removes what is ours and puts back what was there; what was done, in words. What others wrote around our lines
    /// stays.
    ///
    /// # Errors
    ///
    /// If a file cannot be changed, or something of others would be lost; then nothing is changed.
    pub fn uninstall(&self) -> Result<String, Problem> {
        let mut todo = Vec::new();
        for hook in Hook::value_variants() {
            // Whose program it calls makes no difference here.
            let (there, before) = self.there(*hook, Utf8Path::new(""))?;
            let rest = match there {
                There::Ours | There::OursOfElse => self.others(*hook)?,
                There::Touched => return Err(self.touched(*hook)),
                There::Nothing | There::Foreign => None,
            };
            if before && rest.is_some() {
                return Err(self.both(*hook));
            }
            todo.push((*hook, there, before, rest));
        }
        let mut text = String::new();
        for (hook, there, before, rest) in todo {
            let path = self.shown().join(hook.name());
            match (there, before, rest) {
                (There::Nothing, ..) => text.push_str(&format!("{path} is not installed\n")),
                (There::Foreign, ..) => text.push_str(&format!("{path} is another's, and stays\n")),
                (_, _, Some(rest)) => {
                    self.put(&self.path(hook), &rest)?;
                    text.push_str(&format!("our lines in {path} are removed; the others stay\n"));
                }
                (_, true, None) => {
                    self.moved(&self.before(hook), &self.path(hook))?;
                    text.push_str(&format!("{path} is again what it was before\n"));
                }
                (_, false, None) => {
                    self.files.remove(&self.path(hook))?;
                    text.push_str(&format!("{path} is removed\n"));
                }
            }
        }
        Ok(text)
    }

    /// The hook without our lines; none where nothing else is in it.
    fn others(&self, hook: Hook) -> Result<Option<Vec<u8>>, Problem> {
        let text = self.files.read(&self.path(hook), LONGEST)?;
        let written = Written::of(&text).filter(Written::has_others);
        Ok(written.map(|written| written.with("")))
    }

    /// Of two hooks only one can stay where Git looks.
    fn both(&self, hook: Hook) -> Problem {
        let (path, name) = (self.shown().join(hook.name()), hook.name());
        Problem::new(format!("lines in {path} are not ours, and {name}{BEFORE} is to come back in its place"))
            .because("one of the two would be lost")
            .fix(format!("move your lines into {name}{BEFORE}, and uninstall again"))
    }

    fn put(&self, path: &Utf8Path, bytes: &[u8]) -> Result<(), Problem> {
        let mut pending = self.files.create(path, true)?;
        pending
            .write_all(bytes)
            .map_err(|error| Problem::new(format!("{path} cannot be written")).caused_by(&error))?;
        Ok(pending.commit()?)
    }

    fn moved(&self, from: &Utf8Path, to: &Utf8Path) -> Result<(), Problem> {
        // Git passes over a hook that is not executable, and so does ours.
        let executable = self.files.meta(from)?.is_some_and(|meta| meta.is_executable);
        let (pending, ..) = self.files.copy(from, to, executable)?;
        pending.commit()?;
        Ok(self.files.remove(from)?)
    }
}
