//! A test as JUnit's XML tells of it.

use std::borrow::Cow;

use crate::formats::xml::Element;
use crate::formats::{BadReport, Made};
use crate::kit::plain::cut;

/// What runners call a test that did not pass.
const FAILED: [&str; 22] = [
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
];

/// What they call one that did not run.
const LEFT_OUT: [&str; 6] = ["disabled", "ignored", "skipped", "notrun", "suppressed", "pending"];

/// What they call one that passed.
const PASSED: [&str; 14] = [
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
];

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
        let (mut status, mut result) = <(String, String)>::default();
        let (mut seconds, mut made, mut success) = (0.0, None, true);
        element.attributes(|key, value| {
            match key {
                "name" => name = value,
                "classname" => class = value,
                "time" => seconds = duration(&value).ok_or_else(|| unreadable(element, "time", &value))?,
                "status" => status = value.trim().to_ascii_lowercase(),
                "result" => result = value.trim().to_ascii_lowercase(),
                "success" => {
                    success = !matches!(value.trim().to_ascii_lowercase().as_str(), "false" | "no" | "0")
                }
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
        let silent = status.is_empty() && result.is_empty();
        let said = |words: &[&str]| {
            !silent && (words.contains(&status.as_str()) || words.contains(&result.as_str()))
        };
        let known = |word: &str| {
            word.is_empty() || [&FAILED[..], &LEFT_OUT, &PASSED].iter().any(|words| words.contains(&word))
        };
        let strange = [("status", &status), ("result", &result)].into_iter().find(|(_, word)| !known(word));
        let strange = strange.map(|(key, word)| {
            let word = cut(&word.escape_debug().to_string(), 40);
            let why = format!("`{word}` in `{key}` is no known word for how a test ended");
            BadReport::at(element.line(), why)
        });
        Ok(Self {
            name: full,
            // What did not run did not pass.
            skipped: said(&LEFT_OUT),
            failed: !success || said(&FAILED),
            strange,
            made,
            run: status == "run" && result.is_empty(),
            seconds,
            ..Self::default()
        })
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
