//! A test as JUnit's XML tells of it.

use std::borrow::Cow;

use crate::formats::xml::Element;
use crate::formats::{BadReport, Made};
use crate::kit::plain::cut;

/// What runners call a test that did not pass.
const FAILED: [&str; 25] = [
    "failed",
    "failure",
    "fail",
    "failing",
    "error",
    "errored",
    "broken",
    "timeout",
    "timedout",
    "timed out",
    "crash",
    "crashed",
    "aborted",
    "killed",
    "canceled",
    "cancelled",
    "interrupted",
    "inconclusive",
    "unknown",
    "undefined",
    "untested",
    "regression",
    // Qt Test's and GUT's.
    "xpass",
    "bfail",
    "no asserts",
];

/// What they call one that did not run.
const LEFT_OUT: [&str; 9] =
    ["disabled", "ignored", "skipped", "skip", "notrun", "not run", "not_run", "suppressed", "pending"];

/// What they call one that passed.
const PASSED: [&str; 17] = [
    "run",
    "passed",
    "pass",
    "success",
    "successful",
    "succeeded",
    "ok",
    "completed",
    "complete",
    "executed",
    "finished",
    "done",
    "fixed",
    "true",
    // Qt Test's: it failed as it was expected to, or is on its list.
    "xfail",
    "xfailed",
    "bpass",
];

/// The words for and against where the question is whether it passed.
const YES: [&str; 3] = ["true", "yes", "1"];
const NO: [&str; 3] = ["false", "no", "0"];

fn is_known(word: &str) -> bool {
    word.is_empty() || LEFT_OUT.contains(&word) || PASSED.contains(&word) || is_failed(word)
}

/// Whether something so called did not pass.
pub(super) fn is_failed(word: &str) -> bool {
    FAILED.contains(&word)
}

/// What is told of a test.
#[derive(Default)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) failed: bool,
    pub(super) skipped: bool,
    /// It is still to be made good and may fail, as Node's runner has it.
    pub(super) todo: bool,
    /// It failed once and passed in the end.
    pub(super) flaky: bool,
    /// It was not run (CTest, GoogleTest).
    pub(super) not_run: bool,
    /// All that its attributes say is that it ran.
    pub(super) run: bool,
    /// What is wrong where its attributes call it by a word that is not known.
    pub(super) strange: Option<BadReport>,
    /// When it ran.
    pub(super) made: Option<Made>,
    pub(super) seconds: f64,
    pub(super) words: String,
}

impl Case {
    /// Reads the attributes of a test; its name goes into the memory of `full`.
    ///
    /// # Errors
    ///
    /// If it has no name, or its time is none.
    pub(super) fn of(element: &Element, mut full: String) -> Result<Self, BadReport> {
        let (mut name, mut class) = <(Cow<str>, Cow<str>)>::default();
        let (mut status, mut result, mut outcome) = <(String, String, String)>::default();
        let (mut success, mut passed) = <(String, String)>::default();
        let (mut seconds, mut made, mut failure) = (0.0, None, false);
        element.attributes(|key, value| {
            match key {
                "name" => name = value,
                "classname" => class = value,
                "time" => seconds = duration(&value).ok_or_else(|| unreadable(element, "time", &value))?,
                "status" => status = value.trim().to_ascii_lowercase(),
                "result" => result = value.trim().to_ascii_lowercase(),
                "success" => success = value.trim().to_ascii_lowercase(),
                "outcome" => outcome = value.trim().to_ascii_lowercase(),
                "passed" => passed = value.trim().to_ascii_lowercase(),
                // Node's.
                "failure" | "error" => failure |= !value.is_empty(),
                "timestamp" => made = Made::told(&value).map_err(|_| unreadable(element, key, &value))?,
                _ => {}
            }
            Ok(())
        })?;
        if class.is_empty() && name.is_empty() {
            return Err(BadReport::at(element.line(), "a test has no name"));
        }
        full.clear();
        if name.is_empty() || !name.starts_with(&*class) {
            full.push_str(&class);
        }
        if !full.is_empty() && !name.is_empty() {
            full.push(' ');
        }
        full.push_str(&name);
        let told = [("status", &status), ("result", &result), ("outcome", &outcome)];
        let said =
            |words: &[&str]| told.iter().any(|(_, word)| !word.is_empty() && words.contains(&word.as_str()));
        // Whether it passed.
        let asked = [("success", &success), ("passed", &passed)];
        let denied = asked.iter().any(|(_, word)| NO.contains(&word.as_str()));
        let strange = told.iter().find(|(_, word)| !is_known(word));
        let other = |word: &str| !is_known(word) && !NO.contains(&word) && !YES.contains(&word);
        let strange = strange.or_else(|| asked.iter().find(|(_, word)| other(word)));
        let strange = strange.map(|(key, word)| {
            let word = cut(&word.escape_debug().to_string(), 40);
            let why = format!("`{word}` in `{key}` is no known word for how a test ended");
            BadReport::at(element.line(), why)
        });
        Ok(Self {
            name: full,
            // What did not run did not pass.
            skipped: said(&LEFT_OUT),
            failed: denied || failure || said(&FAILED),
            not_run: status == "notrun",
            strange,
            made,
            run: status == "run" && result.is_empty(),
            seconds,
            ..Self::default()
        })
    }

    /// Notes of an element in it that is called much like a failure, and is none that is known.
    pub(super) fn doubt(&mut self, name: &str, line: u64) {
        let lower = name.to_ascii_lowercase();
        if ["fail", "error", "problem", "abort", "crash", "timeout"].iter().any(|word| lower.contains(word)) {
            let name = cut(&name.escape_debug().to_string(), 40);
            let why = format!("<{name}> is no known element of a test, and may say that it failed");
            self.strange.get_or_insert_with(|| BadReport::at(line, why));
        }
    }
}

/// How long a test took, in seconds; 0 where that is not told.
fn duration(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.is_empty() {
        return Some(0.0);
    }
    let seconds: Option<f64> = text.parse().or_else(|_| text.replace(',', "").parse()).ok();
    seconds.filter(|seconds| seconds.is_finite())
}

/// An attribute that tells a time and none that can be read.
pub(super) fn unreadable(element: &Element, name: &str, value: &str) -> BadReport {
    let value = cut(&value.escape_debug().to_string(), 40);
    BadReport::at(element.line(), format!("`{value}` in `{name}` is no time"))
}
