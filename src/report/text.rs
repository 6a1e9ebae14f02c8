//! Text from outside made safe to show: secrets cut out, escapes and control characters taken away.

pub use crate::kit::plain::{cut, cut_utf16, one_line};

use crate::kit::plain::visible;
use crate::kit::secret::Redactor;
use crate::kit::texts;
use crate::model::{Event, Problem, Record};

/// Text of several lines without secrets, terminal escapes, control characters or characters that
/// reorder what is read. Line ends become line feeds; tabs stay.
#[must_use]
pub fn clean(text: &str, redactor: &Redactor) -> String {
    // Before as well as after: an escape may stand within a secret, and a secret may hold control characters.
    redactor.clean(&visible(&redactor.clean(text)))
}

/// The record with every text of it made safe. This is the one door to every reporter.
#[must_use]
pub fn clean_record(record: &Record, redactor: &Redactor) -> Record {
    let hidden = || Record {
        event: Event::Notice {
            task: None,
            problem: Problem::new("an event could not be shown without a secret in it"),
        },
        ..record.clone()
    };
    clean_value(record, redactor).unwrap_or_else(hidden)
}

/// Any plain data with every text of it made safe; `None` if it cannot be put together again.
#[must_use]
pub fn clean_value<T: serde::Serialize + serde::de::DeserializeOwned>(
    data: &T,
    redactor: &Redactor,
) -> Option<T> {
    let mut value = serde_json::to_value(data).ok()?;
    texts::change(&mut value, &|text| clean(text, redactor));
    serde_json::from_value(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::secret::Secret;

    #[test]
    fn escapes_go_and_words_stay() {
        let cases = [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}]0;torn\nnext", "\nnext"),
            ("a\rb\r\nc\u{85}d\u{2028}e", "a\nb\nc\nd\ne"),
            ("bell\u{7} nul\0", "bell\u{fffd} nul\u{fffd}"),
            ("\u{9b}2Jx", "x"),
            ("safe\u{202e}txt.exe", "safe<U+202E>txt.exe"),
            ("tab\tstays é ✓", "tab\tstays é ✓"),
            ("\u{1b}", ""),
        ];
        for (text, wanted) in cases {
            assert_eq!(clean(text, &Redactor::default()), wanted);
        }
    }

    #[test]
    fn a_secret_torn_by_an_escape_is_still_cut_out() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("canary-7f3a"));
        assert_eq!(clean("x canary\u{1b}[0m-7f3a y", &redactor), "x *** y");
    }

    #[test]
    fn short_secrets_do_not_break_the_form() {
        let redactor = Redactor::default();
        for secret in ["task_started", "pass", "2026", "sha256", "archive"] {
            redactor.learn(&Secret::new(secret));
        }
        for record in super::super::sample::success() {
            let clean = clean_record(&record, &redactor);
            assert_eq!((clean.seq, clean.at), (record.seq, record.at));
            let same = std::mem::discriminant(&clean.event) == std::mem::discriminant(&record.event);
            assert!(same, "{:?}", record.event);
        }
    }
}
