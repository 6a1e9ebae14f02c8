//! Whether what a project depends on is written down: lock files are in the commit, and in step with the manifests.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::{gosum, node};
use crate::ecosystem::go::requires;
use crate::model::{Problem, Row};
use crate::ports::Git;
use crate::ports::process::{Command, Ended};
use crate::steps::room::Site;
use crate::steps::scanner::{failed, last_lines};

/// The longest `go.mod` that is read, in bytes.
pub const LONGEST: u64 = 16 * 1024 * 1024;

/// Manifests and lock files.
const NAMES: [&str; 13] = [
    "go.mod",
    "go.sum",
    "modules.txt",
    "Cargo.toml",
    "Cargo.lock",
    "package.json",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "pnpm-lock.yaml",
    node::PNPM,
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
];

/// The word of a lock file that only its own tool can compare.
pub const SEEN: &str = "there";

/// What Cargo says where Cargo.lock lacks something.
const CARGO_STALE: &str = "--locked was passed";

/// How a lock file stands.
#[derive(Debug)]
pub struct Stand {
    /// Where it lies, from the repository's root.
    pub lock: Utf8PathBuf,
    /// In a word: `in step`, `missing`, [`SEEN`].
    pub word: &'static str,
    /// What told that.
    pub by: String,
    /// What is wrong.
    pub wrong: Vec<Problem>,
}

impl Stand {
    /// One with which nothing is wrong.
    pub fn good(lock: Utf8PathBuf, word: &'static str, by: impl Into<String>) -> Self {
        Self { lock, word, by: by.into(), wrong: Vec::new() }
    }

    /// One that is not in the commit, for this manifest.
    pub fn missing(lock: Utf8PathBuf, manifest: &str, fix: &str) -> Self {
        let wrong =
            Problem::new(format!("{manifest} has no {} in the commit", lock.file_name().unwrap_or_default()))
                .because("what it asks for may be something else tomorrow")
                .fix(format!("{fix}, and commit it"));
        Self { lock, word: "missing", by: "git ls-files".into(), wrong: vec![wrong] }
    }

    /// One that lacks what its manifest asks for.
    pub fn stale(lock: Utf8PathBuf, by: impl Into<String>, why: Vec<String>, fix: &str) -> Self {
        let wrong = Problem::new(format!("{lock} is not in step with its manifest"));
        let wrong = why.into_iter().fold(wrong, Problem::because);
        let wrong = wrong.at(lock.clone(), None, None).fix(format!("{fix}, and commit it"));
        Self { lock, word: "out of step", by: by.into(), wrong: vec![wrong] }
    }

    /// The row of the verdict.
    pub fn row(&self) -> Row {
        Row {
            metric: self.lock.to_string(),
            comparator: "is".into(),
            threshold: if self.word == SEEN { SEEN } else { "in step" }.into(),
            actual: format!("{} ({})", self.word, self.by),
            ok: self.wrong.is_empty(),
        }
    }
}

/// How the lock files of the project stand; none where nothing depends on anything.
///
/// # Errors
///
/// If that cannot be told.
pub async fn look(site: &Site) -> Result<Vec<Stand>, Problem> {
    let listed = listed(site.ports.git.as_ref()).await?;
    let (go, cargo) = tokio::try_join!(go(&listed, site), cargo(&listed, site))?;
    let (files, facts) = (site.ports.files.clone(), site.facts.clone());
    let comparing =
        tokio::task::spawn_blocking(move || node::look(files.as_ref(), &facts.root, &facts.dir, &listed));
    let node = comparing
        .await
        .map_err(|error| Problem::new("the lock files could not be read").caused_by(&error))??;
    Ok(go.into_iter().chain(cargo).chain(node).collect())
}

async fn listed(git: &dyn Git) -> Result<BTreeSet<Utf8PathBuf>, Problem> {
    let globs: Vec<String> = NAMES.iter().map(|name| format!(":(top,glob)**/{name}")).collect();
    let args = ["ls-files", "-z", "--full-name", "--"];
    let args: Vec<&str> = args.into_iter().chain(globs.iter().map(String::as_str)).collect();
    let listed = git.text(&args).await?;
    Ok(listed.split('\0').filter(|path| !path.is_empty()).map(Utf8PathBuf::from).collect())
}

/// `go list` with a `go.mod` that it may not change: it refuses what `go.mod` and `go.sum` lack or have wrong. With a
/// `vendor` folder it looks at that one's list instead, and `go.sum` has to be there all the same: by it the folder is
/// made anew.
async fn go(listed: &BTreeSet<Utf8PathBuf>, site: &Site) -> Result<Vec<Stand>, Problem> {
    let (facts, dir) = (&site.facts, &site.facts.dir);
    let (manifest, lock) = (dir.join("go.mod"), dir.join("go.sum"));
    if !listed.contains(&manifest) {
        return Ok(Vec::new());
    }
    let (files, path) = (site.ports.files.clone(), facts.root.join(&manifest));
    let reading = tokio::task::spawn_blocking(move || files.read(&path, LONGEST));
    let text = reading
        .await
        .map_err(|error| Problem::new(format!("{manifest} could not be read")).caused_by(&error))??;
    if requires(&String::from_utf8_lossy(&text)).is_empty() {
        return Ok(Vec::new());
    }
    let vendor = dir.join(gosum::VENDOR);
    let missing = (!listed.contains(&lock))
        .then(|| Stand::missing(lock.clone(), manifest.as_str(), "write it: `go mod tidy`"));
    let compared = match (listed.contains(&vendor), &missing) {
        (true, _) => Some(gosum::look(vendor, true, site).await?),
        (false, None) => Some(gosum::look(lock, false, site).await?),
        (false, Some(_)) => None,
    };
    Ok(compared.into_iter().chain(missing).collect())
}

/// `cargo metadata --locked`, which refuses a lock file that it would have to change.
async fn cargo(listed: &BTreeSet<Utf8PathBuf>, site: &Site) -> Result<Option<Stand>, Problem> {
    let (facts, dir) = (&site.facts, &site.facts.dir);
    let manifest = dir.join("Cargo.toml");
    if !listed.contains(&manifest) {
        return Ok(None);
    }
    let locks = dir.ancestors().map(|above| above.join("Cargo.lock"));
    let Some(lock) = locks.into_iter().find(|lock| listed.contains(lock)) else {
        let fix = "write it: `cargo generate-lockfile`";
        return Ok(Some(Stand::missing(dir.join("Cargo.lock"), manifest.as_str(), fix)));
    };
    let command = Command::new("cargo", facts.project_dir()).args([
        "metadata",
        "--format-version=1",
        "--locked",
        "--quiet",
    ]);
    let ended = site.ports.process.run(command, &site.stop, &|_, _| {}).await?;
    let by = "cargo metadata --locked";
    told(&ended, by, |said| said.contains(CARGO_STALE))
        .map(|why| match why {
            None => Stand::good(lock.clone(), "in step", by),
            Some(why) => {
                Stand::stale(lock.clone(), by, vec![why], "bring it in step: `cargo update --workspace`")
            }
        })
        .map(Some)
}

/// What a tool said against a lock file; none where it has nothing against it.
fn told(ended: &Ended, by: &str, stale: impl Fn(&str) -> bool) -> Result<Option<String>, Problem> {
    let said = ended.errors();
    if ended.ok() {
        Ok(None)
    } else if stale(&said) {
        Ok(Some(last_lines(&said)))
    } else {
        Err(failed(by, ended).fix(format!("run `{by}` in the project's folder")))
    }
}
