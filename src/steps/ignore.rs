//! Findings that somebody lets pass: named, with a reason, an owner and an end.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Problem;

/// A finding that is let pass until a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ignore {
    /// Its name as the gate shows it, or one of its other names: `GO-2021-0113`, `CVE-2021-38561`, a fingerprint.
    pub id: String,
    /// Why it does no harm here.
    pub reason: String,
    /// Who answers for that.
    pub owner: String,
    /// The last day on which it holds: `2027-01-31`.
    #[schemars(with = "String")]
    pub expires: NaiveDate,
}

/// What is wrong with these, before anything runs; `setting` is the list's path.
pub fn invalid(ignores: &[Ignore], setting: &str) -> Vec<Problem> {
    let mut known = BTreeSet::new();
    let mut problems = Vec::new();
    for ignore in ignores {
        let fields = [("id", &ignore.id), ("reason", &ignore.reason), ("owner", &ignore.owner)];
        for (name, _) in fields.iter().filter(|(_, text)| text.trim().is_empty()) {
            problems.push(
                Problem::new(format!("an element of `{setting}` has an empty `{name}`"))
                    .fix("say which finding it is, why it does no harm, and who answers for that"),
            );
        }
        if !known.insert(&ignore.id) {
            problems.push(
                Problem::new(format!("`{}` stands twice in `{setting}`", ignore.id))
                    .fix("take one of them out"),
            );
        }
    }
    problems
}

/// The findings that are left and those that are let pass, with what is wrong with the list: what has expired, and
/// what nothing fits.
pub struct Sorted<T> {
    /// What counts.
    pub left: Vec<T>,
    /// How many are let pass.
    pub passed: usize,
    /// Those, each with who let it pass and why.
    pub let_pass: Vec<(T, String)>,
    /// Each fails the gate.
    pub problems: Vec<Problem>,
}

/// Sorts by the list what was put together of one finding or several; `members_of` gives the names of each of them.
/// All of them have to be named, since one name may join several vulnerabilities. What expired lets nothing pass.
pub fn sort<T>(
    all: Vec<T>,
    members_of: impl Fn(&T) -> BTreeSet<BTreeSet<String>>,
    ignores: &[Ignore],
    today: NaiveDate,
    setting: &str,
) -> Sorted<T> {
    let mut used = BTreeSet::new();
    let mut left = Vec::new();
    let mut let_pass = Vec::new();
    for item in all {
        let members = members_of(&item);
        let fitting: Vec<&Ignore> =
            ignores.iter().filter(|ignore| members.iter().any(|names| names.contains(&ignore.id))).collect();
        used.extend(fitting.iter().map(|ignore| ignore.id.clone()));
        let holds = |names: &BTreeSet<String>| {
            fitting.iter().find(|it| it.expires >= today && names.contains(&it.id))
        };
        let by: Option<BTreeSet<String>> =
            members.iter().map(|names| holds(names).map(|it| words(it))).collect();
        match by.filter(|by| !by.is_empty()) {
            Some(by) => let_pass.push((item, by.into_iter().collect::<Vec<_>>().join("; "))),
            None => left.push(item),
        }
    }
    let mut problems = Vec::new();
    for ignore in ignores {
        if !used.contains(&ignore.id) {
            problems.push(
                Problem::new(format!("`{}` of `{setting}` fits no finding", ignore.id))
                    .fix("take it out: an entry that is forgotten would let the next one pass")
                    .of_setting(setting),
            );
        } else if ignore.expires < today {
            problems.push(
                Problem::new(format!("`{}` of `{setting}` expired on {}", ignore.id, ignore.expires))
                    .because(format!("{} let it pass: {}", ignore.owner, ignore.reason))
                    .fix("mend what was found, or let its owner look again and set a later day")
                    .of_setting(setting),
            );
        }
    }
    Sorted { left, passed: let_pass.len(), let_pass, problems }
}

fn words(ignore: &Ignore) -> String {
    format!("{}, until {}: {}", ignore.owner, ignore.expires, ignore.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignore(id: &str, expires: &str) -> Ignore {
        let words = || "because".to_owned();
        Ignore { id: id.into(), reason: words(), owner: words(), expires: expires.parse().unwrap() }
    }

    #[test]
    fn holds_to_its_last_day_and_must_be_used() {
        let today = "2026-05-05".parse().unwrap();
        let findings = vec!["a", "b", "c"];
        let names = |id: &&str| BTreeSet::from([BTreeSet::from([(*id).to_owned(), format!("CVE-{id}")])]);
        let ignores = [ignore("a", "2026-05-05"), ignore("CVE-b", "2026-05-04"), ignore("z", "2026-06-01")];
        let sorted = sort(findings, names, &ignores, today, "x");
        assert_eq!((sorted.left, sorted.passed), (vec!["b", "c"], 1));
        let whats: Vec<&str> = sorted.problems.iter().map(|problem| problem.what.as_str()).collect();
        assert_eq!(whats, ["`CVE-b` of `x` expired on 2026-05-04", "`z` of `x` fits no finding"]);
    }

    #[test]
    fn each_needs_its_words() {
        let mut bad = ignore("a", "2026-05-05");
        bad.owner = " ".into();
        let problems = invalid(&[bad, ignore("a", "2026-05-05")], "x");
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn all_that_was_put_together_has_to_be_named() {
        let today = "2026-05-05".parse().unwrap();
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
        let members =
            BTreeSet::from([names(&["GHSA-A", "CVE-1", "CVE-2"]), names(&["CVE-1"]), names(&["CVE-2"])]);
        let later = "2026-06-01";
        for (ignores, passes) in [
            (vec![ignore("CVE-1", later)], false),
            (vec![ignore("GHSA-A", later)], false),
            (vec![ignore("CVE-1", later), ignore("CVE-2", "2026-05-04")], false),
            (vec![ignore("CVE-1", later), ignore("CVE-2", later)], true),
        ] {
            let sorted = sort(vec![()], |()| members.clone(), &ignores, today, "x");
            assert_eq!(sorted.passed == 1, passes, "{ignores:?}");
            assert!(!sorted.problems.iter().any(|problem| problem.what.contains("fits no")), "{ignores:?}");
        }
        assert_eq!(sort(vec![()], |()| BTreeSet::new(), &[], today, "x").passed, 0);
    }
}
