//! Whether the files that a release is made of stay those of the plan while it is made. A test, a hook, or a person
//! may write them meanwhile: then what is made is not the commit, and must neither be published nor taken over later.
//!
//! What lies here is compared with the facts once, and its stamps are noted; from then on stamps are enough. The system
//! itself notes when a file was last changed, and nobody can set that back: a file that was written and restored is
//! seen. Then the bytes are compared again. Other bytes are final; a file that has its bytes again was perhaps read
//! while it had others, so what was made at that time is made once more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::{Mutex, OnceCell};

use super::loose;
use crate::ecosystem::go::loose::{Scope, embeds};
use crate::ecosystem::sources::is_source;
use crate::ecosystem::tree::{self, Changes};
use crate::model::facts::Loose;
use crate::model::{Digest, Facts, Problem};
use crate::ports::Ports;
use crate::ports::files::Stamp;

/// How many files are named in a message.
const NAMED: usize = 10;

/// How often the bytes are compared where files are written at the same time.
const TRIES: usize = 5;

/// How Git marks a file that it does not know yet.
const NEW: &str = "?? ";

/// What to do about it.
const FIX: &str = "what is released must be what was committed: have tests write into a folder of their own, commit \
                   what a hook makes or add it to .gitignore; then undo the change (`git checkout -- FILE`) and run again";

/// Files and folders at one moment, each with its path below the root.
#[derive(Debug)]
pub struct Window {
    files: Vec<Seen>,
    /// A file that comes or goes changes its folder.
    folders: Vec<Seen>,
    /// Whether what Git ignores and a build may read is among them.
    loose: bool,
    /// Whether a build reads what lies outside of the repository: that is compared by its bytes each time.
    outside: bool,
}

/// A path, and its stamp; none where nothing was there.
type Seen = (Utf8PathBuf, Option<Stamp>);

/// What is not as it was in a window.
#[derive(Debug)]
struct Since {
    files: Vec<Utf8PathBuf>,
    folders: bool,
}

impl Since {
    fn is_nothing(&self) -> bool {
        self.files.is_empty() && !self.folders
    }
}

/// Watches over the source.
pub struct Watch {
    facts: Arc<Facts>,
    ports: Ports,
    dist: Utf8PathBuf,
    known: Mutex<Option<Arc<Window>>>,
    /// That targets may begin.
    settled: OnceCell<()>,
}

impl Watch {
    /// Watches over what these facts tell of. `dist` is ours to write in.
    #[must_use]
    pub fn new(facts: &Arc<Facts>, ports: &Ports, dist: &Utf8Path) -> Self {
        let (facts, ports) = (Arc::clone(facts), ports.clone());
        Self { facts, ports, dist: dist.to_owned(), known: Mutex::default(), settled: OnceCell::new() }
    }

    /// Does what may write files, while nobody looks at them.
    ///
    /// # Errors
    ///
    /// As what is done.
    pub async fn aside<T>(
        &self,
        work: impl Future<Output = Result<T, Problem>> + Send,
    ) -> Result<T, Problem> {
        let _known = self.known.lock().await;
        work.await
    }

    /// Returns if the files are still those of the facts.
    ///
    /// # Errors
    ///
    /// If one is not, or they cannot be looked at.
    pub async fn same(&self) -> Result<(), Problem> {
        self.open(false).await.map(drop)
    }

    /// As [`Watch::same`], looked at once in a run: before the first target. All checks are over by then, what is made
    /// later looks by itself, and targets read nothing of the source.
    ///
    /// # Errors
    ///
    /// As [`Watch::same`]; then the next one looks again.
    pub async fn settled(&self) -> Result<(), Problem> {
        self.settled.get_or_try_init(|| self.same()).await.copied()
    }

    /// From here on nothing may change. `loose` adds what Git ignores and a build may read.
    ///
    /// # Errors
    ///
    /// If something has changed already, or cannot be looked at.
    pub async fn open(&self, loose: bool) -> Result<Arc<Window>, Problem> {
        let mut known = self.known.lock().await;
        if let Some(window) = known.as_ref().filter(|window| !window.outside && (window.loose || !loose))
            && self.since(window).await?.is_nothing()
        {
            return Ok(Arc::clone(window));
        }
        *known = None;
        for _ in 0..TRIES {
            let noted = Arc::new(self.noted(loose).await?);
            self.compare(loose).await?;
            if self.since(&noted).await?.is_nothing() {
                return Ok(Arc::clone(known.insert(noted)));
            }
        }
        Err(Problem::new("the source is written again and again, so nothing can be made of it")
            .fix(FIX)
            .passing())
    }

    /// Returns if nothing has changed since, while `what` was made.
    ///
    /// # Errors
    ///
    /// If something has; it may pass by itself where the bytes are right again.
    pub async fn close(&self, window: &Arc<Window>, what: &str) -> Result<(), Problem> {
        let since = self.since(window).await?;
        if since.is_nothing() {
            return if window.outside { self.compare(true).await } else { Ok(()) };
        }
        self.open(window.loose).await?;
        let written = since.files;
        if written.is_empty() {
            return Ok(());
        }
        let what = format!("the source was written while this was made: {what}");
        let because = "it has its bytes again, but it may have been read while it had others";
        Err(named(Problem::new(what), written.iter().map(|path| format!("{path} was written")))
            .because(because)
            .fix(FIX)
            .passing())
    }

    /// What has changed since.
    async fn since(&self, window: &Arc<Window>) -> Result<Since, Problem> {
        let window = Arc::clone(window);
        self.looking(move |stamp| {
            let mut since = Since { files: Vec::new(), folders: false };
            for (path, before) in &window.files {
                if stamp(path)? != *before {
                    since.files.push(path.clone());
                }
            }
            for (path, before) in &window.folders {
                since.folders = since.folders || stamp(path)? != *before;
            }
            Ok(since)
        })
        .await
    }

    /// Looks at many files, where nothing else waits for it.
    async fn looking<T: Send + 'static>(
        &self,
        look: impl FnOnce(&dyn Fn(&Utf8Path) -> Result<Option<Stamp>, Problem>) -> Result<T, Problem>
        + Send
        + 'static,
    ) -> Result<T, Problem> {
        let (files, root) = (Arc::clone(&self.ports.files), self.facts.root.clone());
        let looking = tokio::task::spawn_blocking(move || {
            look(&|path| Ok(files.meta(&root.join(path))?.map(|meta| meta.stamp)))
        });
        looking.await.map_err(|error| Problem::new("the source could not be looked at").caused_by(&error))?
    }

    /// What there is to watch, as it is now.
    async fn noted(&self, with_loose: bool) -> Result<Window, Problem> {
        let tracked = self.ports.git.run(&["ls-files", "-z", "--recurse-submodules"]).await?;
        let tracked = String::from_utf8_lossy(&tracked);
        let (root, commit) = (&self.facts.root, &self.facts.commit);
        let mut paths: BTreeSet<Utf8PathBuf> = tracked.split('\0').map(Into::into).collect();
        paths.extend(commit.dirty.iter().filter_map(|entry| entry.get(3..)).map(Into::into));
        let mut outside = false;
        if with_loose {
            let loose = loose::again(&self.ports, &self.facts, &self.dist).await?;
            outside = loose.build.keys().any(|path| path.starts_with(OUTSIDE));
            let beside = loose.build.keys().filter(|path| !path.starts_with(OUTSIDE)).map(Into::into);
            paths.extend(beside.chain(loose.made.into_keys()));
        }
        let own = self.dist.strip_prefix(root).ok();
        paths.retain(|path| !path.as_str().is_empty() && own.is_none_or(|own| !path.starts_with(own)));
        let folders: BTreeSet<Utf8PathBuf> =
            paths.iter().flat_map(|path| path.ancestors().skip(1)).map(Utf8Path::to_owned).collect();
        self.looking(move |stamp| {
            let seen = |path: Utf8PathBuf| stamp(&path).map(|stamp| (path, stamp));
            Ok(Window {
                files: paths.into_iter().map(seen).collect::<Result<_, _>>()?,
                folders: folders.into_iter().map(seen).collect::<Result<_, _>>()?,
                loose: with_loose,
                outside,
            })
        })
        .await
    }

    /// Compares the bytes with the facts.
    async fn compare(&self, with_loose: bool) -> Result<(), Problem> {
        let (git, files) = (self.ports.git.as_ref(), self.ports.files.as_ref());
        let head = git.text(&["rev-parse", "HEAD"]).await?;
        let changed = Problem::new("the source changed during the run").fix(FIX);
        if head != self.facts.commit.id {
            return Err(changed.because("HEAD is another commit now"));
        }
        let after = tree::changes(git, files, &self.facts.root, &self.dist).await?;
        let mut other = self.differs(&after).await?;
        if with_loose {
            let now = loose::again(&self.ports, &self.facts, &self.dist).await?;
            other.extend(loosened(&self.facts.loose, &now));
        }
        if other.is_empty() { Ok(()) } else { Err(named(changed, other.into_iter())) }
    }

    /// What is not as the facts tell. Reports and the like may come and go: only what is tracked, and what takes
    /// part in what is compiled, counts.
    async fn differs(&self, after: &Changes) -> Result<Vec<String>, Problem> {
        let before = &self.facts.commit.bytes;
        // Where the dist folder is tracked, that it changes is our own doing; preflight refuses it.
        let own = self.dist.strip_prefix(&self.facts.root).ok();
        let theirs =
            |entry: &&String| own.is_none_or(|own| !Utf8Path::new(&entry[NEW.len()..]).starts_with(own));
        let entries: BTreeSet<&String> = before.keys().chain(after.bytes.keys()).filter(theirs).collect();
        let mut other: Vec<&String> =
            entries.into_iter().filter(|entry| before.get(*entry) != after.bytes.get(*entry)).collect();
        let unsure = |entry: &&String| entry.strip_prefix(NEW).is_some_and(|path| !is_source(path.into()));
        if other.iter().any(unsure) {
            let scope = Scope::embedding(&embeds(self.ports.git.as_ref()).await?);
            other.retain(|entry| !unsure(entry) || scope.embeds(entry[NEW.len()..].into()));
        }
        // A tracked file that differed and does so no more has another entry, or none.
        let paths: BTreeMap<&str, bool> =
            other.iter().map(|entry| (&entry[3..], entry.starts_with(NEW))).collect();
        let mut told: Vec<String> = paths
            .into_iter()
            .map(|(path, new)| match (new, before.keys().any(|entry| &entry[3..] == path)) {
                (true, false) => format!("{path} is new"),
                (false, false) => format!("{path} is not as it was committed"),
                (_, true) => format!("{path} is not as it was when the run began"),
            })
            .collect();
        if self.facts.commit.absent != after.absent {
            told.push("the sparse checkout leaves out other files than before".to_owned());
        }
        Ok(told)
    }
}

/// How what lies outside of the repository is named among loose files.
const OUTSIDE: &str = "outside ";

/// The folder of what only tests read.
const TESTDATA: &str = "testdata";

/// What Go itself writes while it builds in a workspace: sums that it checked, and nothing that is compiled.
const SUMS: &str = "go.work.sum";

/// What Git ignores and a build may read, where it is neither as the plan counts with it nor as the hooks left it.
fn loosened(before: &Loose, now: &Loose) -> Vec<String> {
    let counts = |path: &str| {
        !path.ends_with(SUMS) && Utf8Path::new(path).components().all(|part| part.as_str() != TESTDATA)
    };
    let is = |digest: Option<&Option<Digest>>| digest.copied().flatten();
    let new =
        now.build.iter().filter(|(path, digest)| digest.is_some() && is(before.build.get(*path)) != **digest);
    let gone = before.build.iter().filter(|(path, digest)| {
        digest.is_some() && is(now.build.get(*path)).is_none() && !now.made.contains_key(Utf8Path::new(path))
    });
    let paths: BTreeSet<&String> =
        new.chain(gone).map(|(path, _)| path).filter(|path| counts(path)).collect();
    paths
        .into_iter()
        .map(|path| format!("{path}, which Git ignores, is not as it was when the run began"))
        .collect()
}

/// With the first of them named.
fn named(problem: Problem, all: impl ExactSizeIterator<Item = String>) -> Problem {
    let more = all.len().saturating_sub(NAMED);
    let problem = all.take(NAMED).fold(problem, Problem::because);
    if more > 0 { problem.because(format!("and {more} more")) } else { problem }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
