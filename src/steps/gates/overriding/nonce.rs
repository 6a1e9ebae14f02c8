//! What an approver writes: a name for exactly this run, this commit, these gates and what they found.
//!
//! It is no secret. Whoever approves says by it what is approved, and the forge says who that is. It holds nothing
//! of an attempt, so a run that is begun again asks for nothing new; and nothing of a tool's words or times, so
//! that gates that find the same again have the same name on an empty machine.

use crate::model::{Facts, KeyBuilder, TaskId, Verdict};

/// What the names begin with; a later way of making them begins with another number.
const PREFIX: &str = "ro1-";

/// How many hex digits follow: 128 bits.
const DIGITS: usize = 32;

/// The name of an override of these gates.
#[must_use]
pub fn nonce(facts: &Facts, run: u64, gates: &[(&TaskId, &Verdict)]) -> String {
    let slug = facts.slug.as_ref().map(ToString::to_string).unwrap_or_default();
    let key = KeyBuilder::new("gate override")
        .with("repository", &slug.to_ascii_lowercase())
        .with("run", &run.to_string())
        .with("project", facts.dir.as_str())
        .with("tag", &facts.tag)
        .with("snapshot", if facts.snapshot { "yes" } else { "no" })
        .with("commit", &facts.commit.id);
    let mut gates: Vec<_> = gates.iter().collect();
    gates.sort_by_key(|(id, _)| *id);
    let key = gates.iter().fold(key, |key, (id, verdict)| key.with(&id.0, &findings(verdict)));
    format!("{PREFIX}{}", &key.finish().hex()[..DIGITS])
}

/// What was measured and what is wrong, without the words of tools.
fn findings(verdict: &Verdict) -> String {
    let mut key = KeyBuilder::new("findings");
    // What is good is not what is let pass, and may tell times.
    for row in verdict.rows.iter().filter(|row| !row.ok) {
        for (name, text) in [
            ("metric", &row.metric),
            ("comparator", &row.comparator),
            ("threshold", &row.threshold),
            ("actual", &row.actual),
        ] {
            key = key.with(name, text);
        }
    }
    for problem in verdict.problems.iter().cloned().flat_map(crate::model::Problem::each) {
        let place = problem.place.map(|place| place.to_string()).unwrap_or_default();
        key = key.with("problem", &problem.what).with("place", &place);
    }
    key.finish().to_string()
}

/// Whether a comment holds this name, as a word of its own.
#[must_use]
pub fn is_in(comment: &str, nonce: &str) -> bool {
    comment.split(|char: char| !(char.is_alphanumeric() || char == '-')).any(|word| word == nonce)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Problem, Row};
    use crate::steps::trial::facts;

    fn verdict(actual: &str, what: &str, cause: &str) -> Verdict {
        let [metric, comparator, threshold, actual] = ["m", ">=", "85 %", actual].map(str::to_owned);
        let row = Row { metric, comparator, threshold, actual, ok: false };
        Verdict::fail(cause).row(row).problem(Problem::new(what).because(cause))
    }

    #[test]
    fn names_exactly_this_and_nothing_of_a_tools_words() {
        let (id, other) = (TaskId("gates/tests".into()), TaskId("gates/lint".into()));
        let of =
            |facts: &Facts, run: u64, id: &TaskId, verdict: &Verdict| nonce(facts, run, &[(id, verdict)]);
        let mut facts = facts(camino::Utf8Path::new("/x"));
        facts.slug = Some(crate::model::facts::Slug { owner: "acme".into(), name: "x".into() });
        let one = verdict("84 %", "TestX failed", "0.01 s");
        let name = of(&facts, 7, &id, &one);
        assert_eq!(name.len(), PREFIX.len() + DIGITS);
        assert_eq!(of(&facts, 7, &id, &verdict("84 %", "TestX failed", "9.99 s")), name);
        let timed = |took: &str| {
            let [metric, comparator, threshold, actual] =
                ["slowest tests", "is", "shown", took].map(str::to_owned);
            one.clone().row(Row { metric, comparator, threshold, actual, ok: true })
        };
        assert_eq!(of(&facts, 7, &id, &timed("TestX 1.25 s")), of(&facts, 7, &id, &timed("TestX 1.26 s")));
        let mut others = vec![
            of(&facts, 8, &id, &one),
            of(&facts, 7, &other, &one),
            of(&facts, 7, &id, &verdict("83 %", "TestX failed", "")),
            of(&facts, 7, &id, &verdict("84 %", "TestY failed", "")),
            nonce(&facts, 7, &[(&id, &one), (&other, &one)]),
        ];
        let changed = |change: &dyn Fn(&mut Facts)| {
            let mut facts = facts.clone();
            change(&mut facts);
            of(&facts, 7, &id, &one)
        };
        others.push(changed(&|facts| facts.commit.id = "other".into()));
        others.push(changed(&|facts| facts.tag = "v9.9.9".into()));
        others.push(changed(&|facts| facts.dir = "sub".into()));
        others.push(changed(&|facts| facts.slug.as_mut().unwrap().name = "other".into()));
        for other in others {
            assert_ne!(other, name);
        }
        let both = [(&id, &one), (&other, &one)];
        let turned = [(&other, &one), (&id, &one)];
        assert_eq!(nonce(&facts, 7, &both), nonce(&facts, 7, &turned));
    }

    #[test]
    fn is_a_word_of_its_own() {
        let name = "ro1-0123456789abcdef0123456789abcdef";
        for comment in [name.to_owned(), format!("OK: `{name}`."), format!("a\n{name}\r\n")] {
            assert!(is_in(&comment, name), "{comment}");
        }
        for comment in ["", "ok", &name[..20], &format!("{name}0"), &format!("x{name}"), &name.to_uppercase()]
        {
            assert!(!is_in(comment, name), "{comment}");
        }
    }
}
