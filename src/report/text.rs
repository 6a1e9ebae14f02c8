//! Text from outside made safe to show: secrets cut out, escapes and control characters taken away.

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

/// Text as one line.
#[must_use]
pub fn one_line(text: &str) -> String {
    let parts: Vec<&str> = text.split(['\n', '\t']).map(str::trim).filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// The text cut to at most `most` characters, with an ellipsis where something is missing.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// The text cut to at most `most` UTF-16 units, in which GitHub counts, never within a character.
#[must_use]
pub fn cut_utf16(text: &str, most: usize) -> String {
    if text.encode_utf16().count() <= most {
        return text.to_owned();
    }
    let mut units = 0;
    let fits = |char: &char| {
        units += char.len_utf16();
        units < most
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

fn visible(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\u{1b}' => skip_escape(&mut chars),
            '\u{9b}' => skip_sequence(&mut chars),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\n' | '\t' => clean.push(char),
            _ if char.is_control() => clean.push('\u{fffd}'),
            _ if reorders(char) => clean.extend(format!("<U+{:04X}>", u32::from(char)).chars()),
            _ => clean.push(char),
        }
    }
    clean
}

/// Marks that change the order in which text is shown (Unicode UAX #9), and the byte order mark.
fn reorders(char: char) -> bool {
    matches!(char, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Skips what follows an escape character: ECMA-48 §5.3 to §5.6.
fn skip_escape(chars: &mut Chars<'_>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_sequence(chars);
        }
        // OSC, DCS, SOS, PM and APC carry a text up to a terminator.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            chars.next();
            skip_string(chars);
        }
        Some(' '..='~') => {
            chars.next();
        }
        _ => {}
    }
}

fn skip_sequence(chars: &mut Chars<'_>) {
    while let Some(' '..='?') = chars.peek() {
        chars.next();
    }
    if let Some('@'..='~') = chars.peek() {
        chars.next();
    }
}

/// A text that is never ended ends with its line, so that one torn escape cannot swallow the rest.
fn skip_string(chars: &mut Chars<'_>) {
    while let Some(char) = chars.peek().copied() {
        if matches!(char, '\n' | '\r') {
            return;
        }
        chars.next();
        match char {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                if chars.peek() == Some(&'\\') {
                    chars.next();
                }
                return;
            }
            _ => {}
        }
    }
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

    #[test]
    fn cuts_by_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert_eq!(cut_utf16("a😀b", 4), "a😀b");
        assert_eq!(cut_utf16("a😀bc", 4), "a😀…");
        assert_eq!(cut_utf16("a😀bc", 3), "a…");
    }
}
