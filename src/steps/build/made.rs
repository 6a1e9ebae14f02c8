//! What the hooks before the build change: files that Git ignores are theirs to make, the others are the
//! release's source and must stay as they are.

use std::collections::BTreeMap;
use std::time::SystemTime;

use camino::Utf8PathBuf;

use crate::ecosystem::tree::{self, Changes};
use crate::model::made::{MADE_FORMAT, MADE_NAME};
use crate::model::{MadeByHooks, Problem};
use crate::steps::room::Site;

/// How many files are named in a message.
const NAMED: usize = 10;

/// The project's folder at one moment.
pub struct Look {
    head: String,
    changes: Changes,
    ignored: BTreeMap<Utf8PathBuf, (u64, Option<SystemTime>)>,
}

impl Look {
    /// Looks now.
    ///
    /// # Errors
    ///
    /// If Git cannot be asked or a file cannot be read.
    pub async fn now(site: &Site) -> Result<Self, Problem> {
        let (git, files, root) = (site.ports.git.as_ref(), site.ports.files.as_ref(), &site.facts.root);
        let head = git.text(&["rev-parse", "HEAD^{tree}"]).await?;
        let changes = tree::changes(git, files, root, &site.dist).await?;
        let own = site.dist.strip_prefix(root).ok();
        let mut ignored = BTreeMap::new();
        for path in tree::ignored(git).await? {
            let theirs = own.is_none_or(|own| !path.starts_with(own));
            if theirs && let Some(meta) = files.meta(&root.join(&path))?.filter(|meta| !meta.is_dir) {
                ignored.insert(path, (meta.len, meta.modified));
            }
        }
        Ok(Self { head, changes, ignored })
    }

    /// Compares with how it is after the hooks, and writes down what they made.
    ///
    /// # Errors
    ///
    /// If they changed a file that is part of the source.
    pub async fn settle(&self, site: &Site) -> Result<(), Problem> {
        let after = Self::now(site).await?;
        if (&self.head, &self.changes) != (&after.head, &after.changes) {
            return Err(self.changed(&after));
        }
        let Some(basis) = site.facts.loose.basis else { return Ok(()) };
        let mut made = BTreeMap::new();
        let written = after.ignored.iter().filter(|(path, seen)| self.ignored.get(*path) != Some(*seen));
        for (path, _) in written {
            let digest = tree::content(site.ports.files.as_ref(), &site.facts.root.join(path))?;
            // What was there with the same bytes when the plan was drawn counts in its keys already.
            if site.facts.loose.build.get(path.as_str()) != Some(&Some(digest)) {
                made.insert(path.clone(), digest);
            }
        }
        // What they left alone because it was there from the last time is still theirs.
        for (path, digest) in &site.facts.loose.made {
            if after.ignored.contains_key(path) {
                made.entry(path.clone()).or_insert(*digest);
            }
        }
        let record = MadeByHooks { format: MADE_FORMAT, basis, made };
        let text = serde_json::to_string(&record)
            .map_err(|error| Problem::new(format!("{MADE_NAME} cannot be written")).caused_by(&error))?;
        site.ports.files.write(&site.dist.join(MADE_NAME), text.as_bytes())?;
        Ok(())
    }

    fn changed(&self, after: &Self) -> Problem {
        let mut problem = Problem::new("the source changed while the hooks of `build.hooks.before` ran");
        let new: Vec<&String> =
            after.changes.dirty.iter().filter(|entry| !self.changes.dirty.contains(entry)).collect();
        for entry in new.iter().take(NAMED) {
            let (what, path) = entry.split_at(3.min(entry.len()));
            let what = match what {
                _ if after.changes.hidden.contains_key(*entry) => {
                    "is new or changed, and Git is told to hide it"
                }
                "?? " => "is new, and Git does not ignore it",
                _ => "is not as it was committed",
            };
            problem = problem.because(format!("{path} {what}"));
        }
        if new.len() > NAMED {
            problem = problem.because(format!("and {} more", new.len() - NAMED));
        }
        if new.is_empty() {
            let others = self.changes.dirty.iter().chain(&after.changes.dirty);
            let named: Vec<&str> = others.map(|entry| &entry[3.min(entry.len())..]).take(NAMED).collect();
            problem = match self.head == after.head {
                true => problem
                    .because(format!("among the files that differ from the commit: {}", named.join(", "))),
                false => problem.because("HEAD is another commit now"),
            };
        }
        problem.fix(
            "what is built must come from the commit: commit what the hook makes, or add it to .gitignore if it is made anew each time; then undo the change (`git checkout -- FILE`) and run again",
        )
    }
}
