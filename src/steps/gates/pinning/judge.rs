//! The verdict on what workflows run: pinned or not, line by line.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::locks::{self, SEEN, Stand};
use super::read::{Read, Runs, listed, read, unjudged};
use super::settings::PinningSettings;
use crate::formats::workflow::{Kind, Reference};
use crate::model::{Noted, Problem, Proof, Row, Status, Verdict};
use crate::ports::Ports;
use crate::steps::gates::noted::own;
use crate::steps::room::{Check, Site};

/// How many references are shown one by one.
const SHOWN: usize = 50;

/// How many files that are left out are named.
const NAMED: usize = 5;

/// What is said where Git lists nothing that could move: then that list is the evidence.
const NOTHING: &str = "nothing here is pinned by reference: no workflow, no action, no \
     Dockerfile, and no lock file of Go, Cargo or npm is needed in the project's folder or, of npm, below it";

/// Judges the workflows.
pub struct Judge {
    /// What is asked for.
    pub settings: PinningSettings,
}

/// Whether a reference always means the same bytes.
#[derive(Debug, PartialEq, Eq)]
enum Pin {
    /// It does, or it lies in this repository.
    Fixed,
    /// It does not, and policy lets it pass by this entry.
    Allowed(String),
    /// It does not, for this reason.
    Moves(&'static str),
}

#[async_trait::async_trait]
impl Check for Judge {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let locks = if self.settings.lock_files { locks::look(site).await? } else { Vec::new() };
        judged(&site.ports, &site.facts.root, &self.settings, locks).await
    }
}

/// Judges the files that Git knows, by what they hold below a folder; lock files aside.
///
/// # Errors
///
/// If they cannot be read.
pub async fn pinned(ports: &Ports, root: &Utf8Path, settings: &PinningSettings) -> Result<Verdict, Problem> {
    judged(ports, root, settings, Vec::new()).await
}

async fn judged(
    ports: &Ports,
    root: &Utf8Path,
    settings: &PinningSettings,
    locks: Vec<Stand>,
) -> Result<Verdict, Problem> {
    let listed = listed(ports.git.as_ref()).await?;
    let (files, root) = (Arc::clone(&ports.files), root.to_owned());
    let reading = tokio::task::spawn_blocking(move || read(files.as_ref(), &root, &listed));
    let mut read = reading
        .await
        .map_err(|error| Problem::new("the workflows could not be read").caused_by(&error))??;
    if read.files.is_empty() && locks.is_empty() {
        read.others.extend(unjudged(ports.git.as_ref()).await?);
    }
    Ok(judge(read, locks, settings))
}

fn judge(read: Read, locks: Vec<Stand>, settings: &PinningSettings) -> Verdict {
    let Read { files, unread, others } = read;
    let (mut problems, used, all) = moving(&files, settings);
    let unused: Vec<&String> = settings.allow.iter().filter(|entry| !used.contains(*entry)).collect();
    let moving = problems.len();
    let row = Row {
        metric: "references that may move".into(),
        comparator: "=".into(),
        threshold: "0".into(),
        actual: format!("{moving} of {all} in {} files", files.len()),
        ok: moving == 0,
    };
    let blind = Row {
        metric: "actions whose Dockerfile is not there".into(),
        comparator: "=".into(),
        threshold: "0".into(),
        actual: unread.len().to_string(),
        ok: unread.is_empty(),
    };
    let summary = if files.is_empty() && locks.is_empty() {
        NOTHING.to_owned()
    } else {
        summary(all - moving, all, files.len(), &locks)
    };
    let stale = locks.iter().filter(|stand| !stand.wrong.is_empty()).count();
    let nothing = files.is_empty() && locks.is_empty();
    let verdict = if nothing && (!others.is_empty() || !settings.lock_files) {
        // Something may be there, and none of it is what this looks at.
        let what = "there is no workflow and no action, and nothing else was looked at";
        problems.push(left_out(what, &others, settings));
        Verdict::error(what)
    } else if !unread.is_empty() {
        Verdict::error(format!("{} actions are built from what is not there", unread.len()))
    } else if !unused.is_empty() {
        let names = unused.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let what = format!("nothing needs {names} in `gates.pinning.allow`");
        problems.push(
            Problem::new(what.clone()).fix("take it out: an exception that nobody needs hides the next one"),
        );
        Verdict::error(what)
    } else if moving + stale > 0 {
        Verdict::fail(summary)
    } else {
        Verdict { status: Status::Pass, ..Verdict::fail(summary) }
    };
    let seen = Proof::seen("git ls-files: workflows, actions and their Dockerfiles");
    let verdict = verdict.row(row).row(blind).proof(seen);
    let verdict = locks.iter().fold(verdict, |verdict, stand| verdict.row(stand.row()));
    let proofs = locks.iter().map(|stand| Proof::seen(format!("{}: {}", stand.lock, stand.by)));
    let verdict = proofs.fold(verdict, Verdict::proof);
    let wrong = locks.into_iter().flat_map(|stand| stand.wrong);
    told(verdict, unread.into_iter().chain(wrong).chain(problems).collect())
}

/// What is there and was not looked at.
fn left_out(what: &str, others: &BTreeSet<Utf8PathBuf>, settings: &PinningSettings) -> Problem {
    let mut left: Vec<String> = others.iter().take(NAMED).map(ToString::to_string).collect();
    if others.len() > NAMED {
        left.push(format!("{} more", others.len() - NAMED));
    }
    if !settings.lock_files {
        left.push("lock files".into());
    }
    Problem::new(what)
        .because(format!("left out: {}", left.join(", ")))
        .fix("leave `gates.pinning.lock_files` on, or set `gates.pinning.enabled: false`")
}

/// The verdict with the first of these, and with all of them for other programs.
fn told(verdict: Verdict, problems: Vec<Problem>) -> Verdict {
    let noted = Noted::of("gates/pinning", &own(), &problems, verdict.status.blocks());
    let verdict = verdict.noted(noted);
    let more = problems.len().saturating_sub(SHOWN);
    let verdict = problems.into_iter().take(SHOWN).fold(verdict, Verdict::problem);
    if more > 0 { verdict.problem(Problem::new(format!("{more} more are not pinned"))) } else { verdict }
}

/// What may move, the exceptions that were needed, and how many references there are.
fn moving(files: &[Runs], settings: &PinningSettings) -> (Vec<Problem>, BTreeSet<String>, usize) {
    let mut used = BTreeSet::new();
    let mut problems = Vec::new();
    let mut all = 0_usize;
    for Runs { path, references } in files {
        for reference in references {
            all += 1;
            match pin(reference, settings) {
                Pin::Fixed => {}
                Pin::Allowed(entry) => drop(used.insert(entry)),
                Pin::Moves(why) => problems.push(
                    Problem::new(format!("`{}` may mean other code tomorrow: {why}", reference.text))
                        .at(path.as_path(), Some(reference.line), Some(reference.column))
                        .fix(advice(reference)),
                ),
            }
        }
    }
    (problems, used, all)
}

fn summary(pinned: usize, all: usize, files: usize, locks: &[Stand]) -> String {
    let words = format!("{pinned} of {all} references are pinned or allowed, in {files} files");
    if locks.is_empty() {
        return words;
    }
    let (seen, good): (Vec<_>, Vec<_>) =
        locks.iter().filter(|stand| stand.wrong.is_empty()).partition(|stand| stand.word == SEEN);
    let beside = match seen.len() {
        0 => String::new(),
        count => format!(", {count} there and not compared"),
    };
    format!("{words}; {} of {} lock files are there and in step{beside}", good.len(), locks.len())
}

fn pin(reference: &Reference, settings: &PinningSettings) -> Pin {
    let text = reference.text.trim();
    let image = match (reference.kind, text.strip_prefix("docker://")) {
        (_, Some(image)) => Some(image),
        (Kind::Image, None) => Some(text),
        (Kind::Uses, None) => None,
    };
    if let Some(image) = image {
        return match image.rsplit_once("@sha256:") {
            Some((_, digest)) if is_hex(digest, 64) => Pin::Fixed,
            _ if image.contains("${{") => Pin::Moves("an expression decides which image it is"),
            _ if image.contains('$') => Pin::Moves("a variable decides which image it is"),
            _ => match on_docker_hub(image).and_then(|name| settings.allowing(&name).map(str::to_owned)) {
                Some(entry) => Pin::Allowed(entry),
                None => Pin::Moves("an image without a digest"),
            },
        };
    }
    if text.starts_with("./") || text.starts_with("../") {
        return Pin::Fixed;
    }
    let Some((action, version)) = text.rsplit_once('@') else {
        return Pin::Moves("it names no commit");
    };
    if is_hex(version, 40) || is_hex(version, 64) {
        Pin::Fixed
    } else if let Some(entry) = settings.allowing(action) {
        Pin::Allowed(entry.to_owned())
    } else {
        Pin::Moves("a tag or a branch can be moved")
    }
}

/// The owner and name of an image on Docker Hub, where official ones belong to `library`; none for one that names
/// another registry (https://github.com/distribution/reference).
fn on_docker_hub(image: &str) -> Option<String> {
    let name = match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    };
    match name.split('/').collect::<Vec<_>>().as_slice() {
        [name] if !name.is_empty() => Some(format!("library/{name}")),
        [owner, _] if !owner.contains(['.', ':']) && *owner != "localhost" => Some(name.to_owned()),
        _ => None,
    }
}

/// A whole object name, or a digest.
fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn advice(reference: &Reference) -> String {
    let text = reference.text.trim();
    match (reference.kind, text.rsplit_once('@')) {
        (Kind::Uses, Some((action, version))) if !text.starts_with("docker://") => {
            let repository = action.split('/').take(2).collect::<Vec<_>>().join("/");
            format!(
                "write the commit that {version} is now, and the name behind it: `{action}@COMMIT # {version}`; `git ls-remote https://github.com/{repository} {version}` tells it"
            )
        }
        _ => format!(
            "write its digest: `{}@sha256:…`; `docker buildx imagetools inspect` tells it",
            text.trim_start_matches("docker://")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, text: &str) -> Pin {
        let settings = PinningSettings { allow: vec!["actions/*".into()], ..PinningSettings::default() };
        pin(&Reference { kind, text: text.into(), line: 1, column: 1 }, &settings)
    }

    #[test]
    fn only_whole_object_names_and_digests_are_pins() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let digest = "0".repeat(64);
        for text in [
            format!("a/b@{commit}"),
            format!("a/b/c@{digest}"),
            "./x".into(),
            format!("docker://i:1@sha256:{digest}"),
        ] {
            assert_eq!(of(Kind::Uses, &text), Pin::Fixed, "{text}");
        }
        for text in [
            "a/b@v1",
            "a/b",
            "a/b@main",
            &format!("a/b@{}", &commit[..39]),
            &format!("a/b@{}", commit.to_uppercase()),
            "docker://i:1",
            "docker://i@sha256:00",
        ] {
            assert!(matches!(of(Kind::Uses, text), Pin::Moves(_)), "{text}");
        }
        assert_eq!(of(Kind::Uses, "actions/checkout@v4"), Pin::Allowed("actions/*".into()));
        for image in [
            "debian:12",
            "${{ matrix.image }}",
            "debian@sha256:xyz",
            "$BASE",
            "Dockerfile",
            "./tools/Dockerfile",
            "./x",
        ] {
            assert!(matches!(of(Kind::Image, image), Pin::Moves(_)), "{image}");
        }
    }
}
