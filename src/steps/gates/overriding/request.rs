//! What is asked for: which gates of which commit, why, where it is followed up, and until when.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::json;

use crate::config::raw;
use crate::config::tree::{Entry, Kind, Mark, Node, Origin};
use crate::model::Problem;

/// The shortest reason, in characters: a word is none.
pub const SHORTEST_REASON: usize = 20;

/// The longest reason, in characters.
const LONGEST_REASON: usize = 1_000;

/// The longest other text, in characters.
const LONGEST: usize = 200;

/// The most bytes of a request.
const MOST: usize = 64 * 1024;

/// The keys, all of which must be there.
const KEYS: [&str; 5] = ["gates", "reason", "ticket", "expires", "sha"];

/// A request that is whole. Whether it is granted is another question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Request {
    /// The gates by their names, as in `coverage`.
    pub gates: BTreeSet<String>,
    /// Why, in at least [`SHORTEST_REASON`] characters.
    pub reason: String,
    /// Where it is followed up.
    pub ticket: String,
    /// Until when it is asked for.
    pub expires: DateTime<Utc>,
    /// The commit, its full id.
    pub sha: String,
}

impl Request {
    /// Reads JSON or YAML. `name` is what it is called in messages.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, each with its place.
    pub fn parse(text: &str, name: &str) -> Result<Self, Problem> {
        if text.len() > MOST {
            return Err(Problem::new(format!("{name} has {} bytes, and no request has {MOST}", text.len())));
        }
        let node = raw::parse(text).map_err(|faults| {
            let problem = |fault: crate::config::diagnostic::Fault| {
                let problem = Problem::new(format!("{name}: {}", fault.what));
                placed(problem, fault.mark.as_ref(), name)
            };
            let all = faults.into_iter().map(problem).collect();
            Problem::none_of(all).err().unwrap_or_else(|| Problem::new(format!("{name} cannot be read")))
        })?;
        let mut reader = Reader { name, wrong: Vec::new() };
        let request = reader.request(&node);
        Problem::none_of(reader.wrong)?;
        request.ok_or_else(|| Problem::new(format!("{name} is no request")).fix(example()))
    }

    /// As JSON on one line.
    #[must_use]
    pub fn text(&self) -> String {
        json!({
            "gates": self.gates, "reason": self.reason, "ticket": self.ticket, "sha": self.sha,
            "expires": self.expires.to_rfc3339_opts(SecondsFormat::Secs, true),
        })
        .to_string()
    }
}

/// What a request looks like.
fn example() -> String {
    "write {\"gates\": [\"coverage\"], \"reason\": \"at least twenty characters\", \"ticket\": \"OPS-1\", \
     \"expires\": \"2026-01-31T04:00:00Z\", \"sha\": \"the commit's full id\"}"
        .into()
}

fn placed(problem: Problem, mark: Option<&Mark>, name: &str) -> Problem {
    match mark.map(|mark| &mark.origin) {
        Some(Origin::File { line, column }) => problem.at(name, Some(*line), Some(*column)),
        _ => problem,
    }
}

struct Reader<'a> {
    name: &'a str,
    wrong: Vec<Problem>,
}

impl Reader<'_> {
    fn refuse(&mut self, what: String, mark: &Mark, fix: impl Into<String>) {
        let problem = Problem::new(format!("{}: {what}", self.name)).fix(fix);
        self.wrong.push(placed(problem, Some(mark), self.name));
    }

    fn request(&mut self, node: &Node) -> Option<Request> {
        let Kind::Map(entries) = &node.kind else {
            self.refuse("it is no mapping".into(), &node.mark, example());
            return None;
        };
        for Entry { key, mark, .. } in entries.iter().filter(|entry| !KEYS.contains(&entry.key.as_str())) {
            let known = KEYS.join(", ");
            self.refuse(
                format!("`{}` is not known", key.escape_debug()),
                mark,
                format!("known are: {known}"),
            );
        }
        let gates = self.gates(node);
        let reason = self.text(node, "reason").filter(|(reason, mark)| {
            let count = reason.chars().count();
            let fits = (SHORTEST_REASON..=LONGEST_REASON).contains(&count);
            if !fits {
                let what = format!("the reason has {count} characters");
                let fix = format!(
                    "say why in {SHORTEST_REASON} to {LONGEST_REASON} characters: others read it tomorrow"
                );
                self.refuse(what, mark, fix);
            }
            fits
        });
        let ticket = self.short(node, "ticket");
        let sha = self.text(node, "sha").and_then(|(text, mark)| {
            let is_id = matches!(text.len(), 40 | 64)
                && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if !is_id {
                self.refuse(
                    "`sha` is no full id of a commit".into(),
                    &mark,
                    "give all 40 lower-case digits: git rev-parse HEAD",
                );
            }
            is_id.then_some(text)
        });
        let expires =
            self.text(node, "expires").and_then(|(text, mark)| match DateTime::parse_from_rfc3339(&text) {
                Ok(time) => Some(time.with_timezone(&Utc)),
                Err(error) => {
                    let fix = "give a time of RFC 3339, as in 2026-01-31T04:00:00Z";
                    self.refuse(format!("`expires` is no time: {error}"), &mark, fix);
                    None
                }
            });
        Some(Request { gates: gates?, reason: reason?.0, ticket: ticket?, expires: expires?, sha: sha? })
    }

    fn gates(&mut self, node: &Node) -> Option<BTreeSet<String>> {
        let entry = self.entry(node, "gates")?;
        let Kind::List(items) = &entry.value.kind else {
            self.refuse("`gates` is no list".into(), &entry.mark, "write gates: [coverage]");
            return None;
        };
        let mut gates = BTreeSet::new();
        for item in items {
            let Kind::Text(text) = &item.kind else {
                self.refuse("a gate is no name".into(), &item.mark, "write its name, as in coverage");
                continue;
            };
            let text = text.trim();
            let gate = text.strip_prefix("gates/").unwrap_or(text);
            if gate.is_empty() || gate.chars().count() > LONGEST || gate.chars().any(char::is_control) {
                self.refuse("a gate is no name".into(), &item.mark, "write its name, as in coverage");
            } else if !gates.insert(gate.to_owned()) {
                self.refuse(format!("the gate `{gate}` stands there twice"), &item.mark, "take one out");
            }
        }
        if items.is_empty() {
            self.refuse("it names no gate".into(), &entry.mark, "write gates: [coverage]");
        }
        Some(gates)
    }

    fn short(&mut self, node: &Node, key: &'static str) -> Option<String> {
        let (text, mark) = self.text(node, key)?;
        let fits = text.chars().count() <= LONGEST;
        if !fits {
            self.refuse(format!("`{key}` is longer than {LONGEST} characters"), &mark, "shorten it");
        }
        fits.then_some(text)
    }

    /// A text that is not empty. A number is one too: a ticket may be one, and so may a commit's id.
    fn text(&mut self, node: &Node, key: &'static str) -> Option<(String, Mark)> {
        let entry = self.entry(node, key)?;
        let text = match &entry.value.kind {
            Kind::Text(text) | Kind::Number { text, .. } => text.trim().to_owned(),
            _ => String::new(),
        };
        if text.is_empty() || text.chars().any(|char| char.is_control() && char != '\n') {
            self.refuse(format!("`{key}` is no plain text"), &entry.mark, "write some words");
            return None;
        }
        Some((text, entry.value.mark.clone()))
    }

    fn entry<'n>(&mut self, node: &'n Node, key: &'static str) -> Option<&'n Entry> {
        let found = node.entry(key);
        if found.is_none() {
            self.refuse(format!("`{key}` is missing"), &node.mark, example());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "gates: [tests, gates/lint]\nreason: the registry's certificate ends tonight\nticket: 17\n\
        expires: 2026-01-31T04:00:00Z\nsha: 0123456789abcdef0123456789abcdef01234567\n";

    #[test]
    fn reads_yaml_and_its_own_json() {
        let request = Request::parse(GOOD, "o.yaml").unwrap();
        assert_eq!(request.gates, BTreeSet::from(["tests".into(), "lint".into()]));
        assert_eq!((request.ticket.as_str(), request.sha.len()), ("17", 40));
        assert_eq!(Request::parse(&request.text(), "again").unwrap(), request);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let wrong = |from: &str, to: &str| {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD, "{from}");
            let all = Request::parse(&text, "o.yaml").unwrap_err().each();
            let told = |problem: &Problem| {
                let place = problem.place.as_ref().map(ToString::to_string).unwrap_or_default();
                format!("{place}: {}", problem.what)
            };
            all.iter().map(told).collect::<Vec<_>>().join("; ")
        };
        for (from, to, said) in [
            ("ticket: 17", "ticket: ''", "o.yaml:3:1: o.yaml: `ticket` is no plain text"),
            ("ticket: 17\n", "", "`ticket` is missing"),
            ("ticket", "tickets", "`tickets` is not known"),
            ("the registry's certificate ends tonight", "because I say so", "has 16 characters"),
            ("[tests, gates/lint]", "[]", "names no gate"),
            ("[tests, gates/lint]", "[lint, gates/lint]", "twice"),
            ("[tests, gates/lint]", "all", "no list"),
            ("2026-01-31T04:00:00Z", "tomorrow", "is no time"),
            ("2026-01-31T04:00:00Z", "2026-01-31", "is no time"),
            ("0123456789abcdef0123456789abcdef01234567", "0123456", "no full id"),
        ] {
            let found = wrong(from, to);
            assert!(found.contains(said), "{to}: {found}");
        }
        assert!(Request::parse("- a", "o").is_err() && Request::parse("", "o").is_err());
        assert!(Request::parse("{\"gates\": [", "o").is_err());
        assert!(Request::parse(&"x".repeat(70_000), "o").is_err());
    }
}
