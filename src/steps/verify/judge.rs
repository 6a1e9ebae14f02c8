//! From what came to a verdict.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::verdict::Row;
use crate::model::{Digest, Problem, Proof, Verdict};
use crate::ports::http::Downloaded;

/// Everything known of a release's downloads.
pub struct Downloads<'a> {
    /// What must be there.
    pub names: &'a BTreeSet<String>,
    /// What may be there beside it.
    pub allowed: &'a BTreeSet<String>,
    /// What the forge shows.
    pub shown: BTreeSet<String>,
    /// What came.
    pub fetched: BTreeMap<String, Result<Downloaded, Problem>>,
    /// What the makers recorded.
    pub recorded: BTreeMap<String, Digest>,
    /// What the downloaded checksums file says, if there is one.
    pub sums: Option<BTreeMap<String, Digest>>,
    /// What was wrong before.
    pub problems: Vec<Problem>,
    /// How it was downloaded.
    pub way: String,
}

const TAMPERED: &str = "somebody or something changed it after the upload: do not announce this release; \
                        run `release-action status`, and release a new version";

/// Judges set and digests. No checksums file and no record is no evidence, and fails.
#[must_use]
pub fn judge(mut downloads: Downloads) -> Verdict {
    let mut problems = std::mem::take(&mut downloads.problems);
    problems.extend(wrong_set(&downloads));
    let mut as_made = 0;
    let mut as_listed = 0;
    let listed: BTreeMap<&String, &Digest> = downloads.sums.iter().flatten().collect();
    for name in downloads.names {
        let Some(fetched) = downloads.fetched.get(name) else { continue };
        let came = match fetched {
            Ok(came) => came.digest,
            Err(problem) => {
                problems.push(problem.clone());
                continue;
            }
        };
        match downloads.recorded.get(name) {
            Some(made) if *made == came => as_made += 1,
            Some(made) => problems.push(differs(name, &format!("it was made as {made}, and came as {came}"))),
            None => problems.push(differs(name, "nothing is recorded of how it was made")),
        }
        match listed.get(name) {
            Some(listed) if **listed == came => as_listed += 1,
            Some(listed) => {
                problems.push(differs(name, &format!("the checksums file says {listed}, it came as {came}")))
            }
            None => {}
        }
    }
    for name in listed.keys().filter(|name| !downloads.names.contains(**name)) {
        problems
            .push(Problem::new(format!("the checksums file lists {name}, which this release does not have")));
    }
    let count = downloads.names.len();
    // Every file but the list itself.
    let to_list = downloads.sums.as_ref().map(|_| count.saturating_sub(1));
    let rows = [
        row("assets downloaded with the digest of their making", count, as_made),
        row("assets with the digest of the checksums file", to_list.unwrap_or(0), as_listed),
    ];
    if to_list.is_some_and(|to_list| to_list != as_listed) && problems.is_empty() {
        problems.push(Problem::new("the checksums file does not list every asset"));
    }
    let bytes: u64 = downloads.fetched.values().flatten().map(|came| came.size).sum();
    let mut verdict = if problems.is_empty() && as_made == count {
        let proof = Proof::seen(format!("{bytes} bytes downloaded {}", downloads.way));
        Verdict::pass(format!("{count} assets downloaded {}, all as they were made", downloads.way), proof)
    } else {
        Verdict::fail(format!("{} thing(s) wrong with the release's downloads", problems.len().max(1)))
    };
    verdict.rows.extend(rows);
    verdict.problems = problems;
    verdict
}

fn row(metric: &str, wanted: usize, found: usize) -> Row {
    Row {
        metric: metric.into(),
        comparator: "=".into(),
        threshold: wanted.to_string(),
        actual: found.to_string(),
        ok: wanted == found,
    }
}

fn differs(name: &str, why: &str) -> Problem {
    Problem::new(format!("{name} is not what was made")).because(why).fix(TAMPERED)
}

fn wrong_set(downloads: &Downloads) -> Vec<Problem> {
    let missing = downloads.names.difference(&downloads.shown).map(|name| {
        Problem::new(format!("{name} is missing on the release"))
            .fix("run `release-action run --from release`")
    });
    let extra = downloads
        .shown
        .iter()
        .filter(|name| !downloads.names.contains(*name) && !downloads.allowed.contains(*name));
    let extra = extra.map(|name| {
        let name: String = name.chars().filter(|c| !c.is_control()).collect();
        Problem::new(format!("{name} is on the release, but not in its plan")).fix(TAMPERED)
    });
    missing.chain(extra).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::verdict::Status;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn digest(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    /// A release of two files, as it should be.
    fn with(change: impl FnOnce(&mut Downloads)) -> Verdict {
        let names = set(&["a", "sums"]);
        let allowed = set(&["release-evidence.json"]);
        let came = |text: &str| Ok(Downloaded { size: 1, digest: digest(text) });
        let mut downloads = Downloads {
            names: &names,
            allowed: &allowed,
            shown: set(&["a", "sums", "release-evidence.json"]),
            fetched: BTreeMap::from([("a".into(), came("a")), ("sums".into(), came("s"))]),
            recorded: BTreeMap::from([("a".into(), digest("a")), ("sums".into(), digest("s"))]),
            sums: Some(BTreeMap::from([("a".into(), digest("a"))])),
            problems: Vec::new(),
            way: "without a token".into(),
        };
        change(&mut downloads);
        judge(downloads)
    }

    #[test]
    fn a_release_as_it_was_made_passes() {
        let verdict = with(|_| ());
        assert_eq!(verdict.status, Status::Pass, "{:?}", verdict.problems);
        assert!(verdict.rows.iter().all(|row| row.ok));
    }

    #[test]
    fn everything_else_fails() {
        let other = || Ok(Downloaded { size: 1, digest: digest("other") });
        let fails = |change: &dyn Fn(&mut Downloads), words: &str| {
            let verdict = with(change);
            assert_eq!(verdict.status, Status::Fail, "{words}");
            let told: Vec<String> = verdict.problems.iter().map(ToString::to_string).collect();
            assert!(told.iter().any(|text| text.contains(words)), "{words}: {told:?}");
        };
        fails(&|d| drop(d.fetched.insert("a".into(), other())), "it was made as");
        fails(&|d| drop(d.fetched.insert("a".into(), other())), "the checksums file says");
        fails(&|d| d.recorded.clear(), "nothing is recorded");
        fails(&|d| d.shown.retain(|name| name != "a"), "a is missing on the release");
        fails(
            &|d| d.shown.extend(["evil\u{1b}.exe".to_owned()]),
            "evil.exe is on the release, but not in its plan",
        );
        fails(&|d| drop(d.fetched.insert("a".into(), Err(Problem::new("HTTP 404")))), "HTTP 404");
        fails(
            &|d| d.sums = Some(BTreeMap::from([("a".into(), digest("a")), ("b".into(), digest("b"))])),
            "lists b",
        );
        fails(&|d| d.sums = Some(BTreeMap::new()), "does not list every asset");
    }
}
