//! Our own search, by the forms of tokens and keys, in those files of the history that gitleaks passes over.

use std::collections::{BTreeMap, HashSet};
use std::io::Cursor;

use super::history::WALK;
use super::passed_over::{Known, pathspecs};
use crate::formats::findings::{Finding, Place, Severity};
use crate::kit::token::{Seeker, about};
use crate::model::{Problem, Row};
use crate::ports::Git;
use crate::ports::git::GitError;
use crate::ports::process::ProcessError;
use crate::steps::room::Site;
use crate::steps::walk::{Walk, Walked, is_packed};

/// How many bytes Git is asked for at once.
const AT_ONCE: u64 = 32 * 1024 * 1024;

/// The largest file that is looked at, in bytes, as it lies in Git.
const LARGEST: u64 = 60 * 1024 * 1024;

/// The most bytes of a file that are looked at, unpacked.
const MOST: u64 = 1024 * 1024 * 1024;

/// How many files that could not be looked at are named.
const NAMED: usize = 3;

/// A state of a file in the history.
struct Blob {
    id: String,
    path: String,
    commit: String,
}

/// What was found, and what is told of where it was looked.
pub struct Own {
    /// The tokens and keys.
    pub findings: Vec<Finding>,
    /// How much was looked at, and what could not be.
    pub rows: Vec<Row>,
}

/// Looks at them.
///
/// # Errors
///
/// If Git cannot be asked.
pub async fn look(site: &Site) -> Result<Own, Problem> {
    let known = Known::new()
        .map_err(|error| Problem::new("what gitleaks passes over is not known").caused_by(&error))?;
    let seeker =
        Seeker::new().map_err(|error| Problem::new("tokens cannot be looked for").caused_by(&error))?;
    let git = site.ports.git.as_ref();
    let blobs = blobs(git, &site.facts.commit.id).await?;
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for blob in &blobs {
        *kinds.entry(known.kind_of(&blob.path).unwrap_or("others")).or_default() += 1;
    }
    let sizes = sizes(git, &blobs).await?;
    let (mut findings, mut unread) = (Vec::new(), Vec::new());
    let all = blobs.len() as u64;
    let mut done = 0;
    for batch in batches(blobs, &sizes, &mut unread) {
        let bytes = contents(git, &batch).await?;
        let count = batch.len() as u64;
        let (seeker, stop) = (seeker.clone(), site.stop.clone());
        let looking = tokio::task::spawn_blocking(move || looked(&seeker, &stop, &batch, bytes));
        let (found, closed) = looking.await.map_err(|error| {
            Problem::new("the thread that looks for secrets has died").caused_by(&error)
        })??;
        findings.extend(found);
        unread.extend(closed);
        done += count;
        site.progress(done, Some(all), "files that gitleaks passes over");
    }
    Ok(Own { findings: once(findings), rows: rows(all, &kinds, &unread) })
}

/// Each secret once for each file, where it came: these are the oldest first. One without a fingerprint stays.
fn once(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut seen = HashSet::new();
    findings.retain(|finding| {
        let file = finding.place.as_ref().map(|place| place.file.clone());
        finding.fingerprint.is_empty() || seen.insert((file, finding.fingerprint.clone()))
    });
    findings
}

/// Every state of those files, the oldest first, each once, with the commit that brought it.
async fn blobs(git: &dyn Git, commit: &str) -> Result<Vec<Blob>, Problem> {
    let told = git.text(&["rev-list", "--count", commit]).await?;
    let torn = |error: std::num::ParseIntError| {
        Problem::new("git rev-list did not say how many commits there are").caused_by(&error)
    };
    let mut all = Vec::new();
    // The first of them are the newest. Where Git says more of them than can be held, the half is asked for.
    let mut waiting = vec![(0_u64, told.parse::<u64>().map_err(torn)?)];
    while let Some((skip, count)) = waiting.pop() {
        match log(git, commit, skip, count).await {
            Ok(text) => all.extend(listed(&text)),
            Err(GitError::Process(ProcessError::TooMuch { .. })) if count > 1 => {
                let half = count / 2;
                waiting.extend([(skip + half, count - half), (skip, half)]);
            }
            Err(error @ GitError::Process(ProcessError::TooMuch { .. })) => {
                let fix = "have the history scanned by other means, and set `gates.secrets.enabled: false`";
                return Err(Problem::from(error)
                    .because("one commit changes more files than can be listed")
                    .fix(fix));
            }
            Err(error) => return Err(error.into()),
        }
    }
    all.reverse();
    let mut seen = HashSet::new();
    all.retain(|blob: &Blob| seen.insert(blob.id.clone()));
    Ok(all)
}

/// What Git says of so many commits that changed such files.
async fn log(git: &dyn Git, commit: &str, skip: u64, count: u64) -> Result<String, GitError> {
    let (specs, skip, count) = (pathspecs(), format!("--skip={skip}"), format!("--max-count={count}"));
    let mut ask = vec!["-c", "diff.relative=false", "-c", "log.showRoot=true", "log", "--raw", "--no-abbrev"];
    ask.extend(["--format=commit %H", &skip, &count]);
    ask.extend(WALK);
    ask.extend([commit, "--"]);
    ask.extend(specs.iter().map(String::as_str));
    Ok(String::from_utf8_lossy(&git.run(&ask).await?).into_owned())
}

/// Reads `git log --raw`, the newest first: `:OLDMODE NEWMODE OLDID NEWID STATUS\tPATH`.
fn listed(log: &str) -> Vec<Blob> {
    let (mut all, mut commit) = (Vec::new(), "");
    for line in log.lines() {
        if let Some(id) = line.strip_prefix("commit ") {
            commit = id;
            continue;
        }
        let Some((head, path)) = line.strip_prefix(':').and_then(|line| line.split_once('\t')) else {
            continue;
        };
        let fields: Vec<&str> = head.split(' ').collect();
        let [_, mode, _, id, _] = fields.as_slice() else { continue };
        // What was deleted has no new state, and a submodule's is elsewhere.
        let there = mode.starts_with("10") || mode.starts_with("12");
        if there {
            all.push(Blob { id: (*id).to_owned(), path: path.to_owned(), commit: commit.to_owned() });
        }
    }
    all
}

/// How long each of them is.
async fn sizes(git: &dyn Git, blobs: &[Blob]) -> Result<Vec<u64>, Problem> {
    if blobs.is_empty() {
        return Ok(Vec::new());
    }
    let said = git.fed(&["cat-file", "--batch-check=%(objecttype) %(objectsize)"], asked(blobs)).await?;
    let said = String::from_utf8_lossy(&said);
    let sizes: Option<Vec<u64>> =
        said.lines().map(|line| line.strip_prefix("blob ").and_then(|size| size.parse().ok())).collect();
    sizes.filter(|sizes| sizes.len() == blobs.len()).ok_or_else(|| {
        Problem::new("Git does not have all files of the history")
            .fix("fetch all of it: `git fetch --unshallow`, or a clone without `--filter`")
    })
}

fn asked(blobs: &[Blob]) -> Vec<u8> {
    blobs.iter().flat_map(|blob| [blob.id.as_bytes(), b"\n"]).collect::<Vec<_>>().concat()
}

/// So many at once as may be held; what is too large to be held is noted.
fn batches(blobs: Vec<Blob>, sizes: &[u64], unread: &mut Vec<String>) -> Vec<Vec<Blob>> {
    let (mut all, mut held) = (vec![Vec::new()], 0);
    for (blob, size) in blobs.into_iter().zip(sizes) {
        if *size > LARGEST {
            unread.push(format!("{} ({size} bytes)", blob.path));
            continue;
        }
        if held + size > AT_ONCE && held > 0 {
            all.push(Vec::new());
            held = 0;
        }
        held += size;
        if let Some(last) = all.last_mut() {
            last.push(blob);
        }
    }
    all.retain(|batch| !batch.is_empty());
    all
}

/// `ID blob SIZE\nBYTES\n`, one after the other.
async fn contents(git: &dyn Git, blobs: &[Blob]) -> Result<Vec<Vec<u8>>, Problem> {
    let said = git.fed(&["cat-file", "--batch=%(objectsize)"], asked(blobs)).await?;
    let (mut rest, mut all) = (said.as_slice(), Vec::new());
    let torn = || Problem::new("git cat-file did not say all that it was asked for");
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(torn)?;
        let size = std::str::from_utf8(&rest[..end]).ok().and_then(|size| size.parse::<usize>().ok());
        let from = end + 1;
        let until = size.and_then(|size| from.checked_add(size)).ok_or_else(torn)?;
        all.push(rest.get(from..until).ok_or_else(torn)?.to_vec());
        rest = rest.get(until + 1..).ok_or_else(torn)?;
    }
    if all.len() == blobs.len() { Ok(all) } else { Err(torn()) }
}

fn looked(
    seeker: &Seeker,
    stop: &tokio_util::sync::CancellationToken,
    blobs: &[Blob],
    contents: Vec<Vec<u8>>,
) -> Result<(Vec<Finding>, Vec<String>), Problem> {
    let (mut findings, mut unread) = (Vec::new(), Vec::new());
    for (blob, bytes) in blobs.iter().zip(contents) {
        let packed = is_packed(&bytes);
        let lines: Vec<u64> = if packed { Vec::new() } else { ends(&bytes) };
        let mut walk = Walk::new(seeker, stop.clone()).within(MOST);
        walk.file(&blob.path, Box::new(Cursor::new(bytes)));
        let walked = walk.done();
        if stop.is_cancelled() {
            return Err(Problem::new("stopped").passing());
        }
        findings.extend(of(blob, &walked, &lines));
        unread.extend(walked.unread.into_iter().map(|unread| format!("{} ({})", unread.place, unread.why)));
    }
    Ok((findings, unread))
}

/// Where lines end.
fn ends(bytes: &[u8]) -> Vec<u64> {
    bytes.iter().zip(0_u64..).filter(|(byte, _)| **byte == b'\n').map(|(_, at)| at).collect()
}

fn of<'a>(blob: &'a Blob, walked: &'a Walked, lines: &'a [u64]) -> impl Iterator<Item = Finding> + 'a {
    let commit: String = blob.commit.chars().take(12).collect();
    walked.found.iter().map(move |found| {
        let inside = if found.place == blob.path { String::new() } else { format!(" ({})", found.place) };
        let line = match lines {
            [] => 0,
            lines => u32::try_from(lines.partition_point(|end| *end < found.leak.at) + 1).unwrap_or(0),
        };
        Finding {
            id: found.leak.kind.to_owned(),
            severity: Some(Severity::Critical),
            message: format!(
                "a secret in commit {commit}: {}{inside}, in a file that gitleaks passes over",
                about(found.leak.kind)
            ),
            place: Some(Place { file: blob.path.clone(), line, column: 0 }),
            fingerprint: found.leak.fingerprint.clone(),
            ..Finding::default()
        }
    })
}

fn rows(all: u64, kinds: &BTreeMap<&str, u64>, unread: &[String]) -> Vec<Row> {
    let row = |metric: &str, actual: String| Row {
        metric: metric.into(),
        comparator: "is".into(),
        threshold: "told".into(),
        actual,
        ok: true,
    };
    let named: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind}: {count}")).collect();
    let actual = if all == 0 { "0 files".into() } else { format!("{all} files ({})", named.join(", ")) };
    let mut rows = vec![row("passed over by gitleaks, looked at by release-action", actual)];
    if !unread.is_empty() {
        let first = unread.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
        let more = unread.len().saturating_sub(NAMED);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        rows.push(row("of these not looked into", format!("{}: {first}{more}", unread.len())));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A history, the newest first, of which so many commits may be told at once.
    struct History(Vec<String>, usize);

    #[async_trait::async_trait]
    impl Git for History {
        async fn fed(&self, args: &[&str], _: Vec<u8>) -> Result<Vec<u8>, GitError> {
            if args[0] == "rev-list" {
                return Ok(format!("{}\n", self.0.len()).into_bytes());
            }
            let number =
                |name: &str| args.iter().find_map(|arg| arg.strip_prefix(name)?.parse().ok()).unwrap();
            let told: Vec<&String> =
                self.0.iter().skip(number("--skip=")).take(number("--max-count=")).collect();
            if told.len() > self.1 {
                return Err(ProcessError::TooMuch { program: "git".into(), keep: 1 }.into());
            }
            Ok(told.into_iter().cloned().collect::<String>().into_bytes())
        }
    }

    #[tokio::test]
    async fn every_state_is_listed_once_with_its_oldest_commit_however_much_git_says() {
        let (a, b, none) = ("a".repeat(40), "b".repeat(40), "0".repeat(40));
        let log = vec![
            format!(
                "commit c3\n\n:100644 100644 {a} {b} M\tgo.sum\n:100644 000000 {a} {none} D\tx.png\n\
                 :160000 160000 {a} {a} M\tvendor/x\n"
            ),
            format!("commit c2\n\n:000000 100644 {none} {a} A\tcopy/go.sum\n"),
            format!(
                "commit c1\n\n:000000 100644 {none} {a} A\tgo.sum\n:000000 100644 {none} {b} A\tother/go.sum\n"
            ),
        ];
        let of = |id: &str, path: &str| (id.to_owned(), path.to_owned(), "c1".to_owned());
        for at_once in [3, 2, 1] {
            let all = blobs(&History(log.clone(), at_once), "HEAD").await.unwrap();
            let all: Vec<_> = all.into_iter().map(|blob| (blob.id, blob.path, blob.commit)).collect();
            assert_eq!(all, [of(&b, "other/go.sum"), of(&a, "go.sum")], "{at_once}");
        }
        let refused = blobs(&History(log, 0), "HEAD").await.err().unwrap();
        assert!(refused.fix.is_some_and(|fix| fix.contains("gates.secrets")));
    }

    #[test]
    fn what_is_too_large_to_be_held_is_told() {
        let blob = |path: &str| Blob { id: String::new(), path: path.into(), commit: String::new() };
        let mut unread = Vec::new();
        let sizes = [AT_ONCE, 1, LARGEST + 1, 2];
        let all = batches(["a", "b", "c", "d"].map(blob).into(), &sizes, &mut unread);
        let names: Vec<Vec<&str>> =
            all.iter().map(|batch| batch.iter().map(|blob| blob.path.as_str()).collect()).collect();
        assert_eq!(names, [vec!["a"], vec!["b", "d"]]);
        assert!(unread[0].starts_with("c ("), "{unread:?}");
        let kinds = BTreeMap::from([("lock files", 3), ("others", 1)]);
        let rows = rows(4, &kinds, &unread);
        assert_eq!(rows[0].actual, "4 files (lock files: 3, others: 1)");
        assert!(rows[1].actual.starts_with("1: c ("), "{rows:?}");
    }
}
