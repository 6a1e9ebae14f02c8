//! The runner's command language: how to write it, and how to keep others from writing it.

use crate::kit::random::token;

/// A command's data with what would end or start something escaped (toolkit: command.ts, `escapeData`).
#[must_use]
pub fn data(text: &str) -> String {
    // `##[` begins a command of the old form wherever it stands in a line.
    text.replace("##[", "## [").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value escaped (toolkit: command.ts, `escapeProperty`).
#[must_use]
pub fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The command that has the runner hide a text from now on. It shows nobody the text: the runner echoes no masks.
#[must_use]
pub fn mask(secret: &str) -> String {
    // The old form's mark stays as it is: a mask of another text would hide nothing.
    format!("::add-mask::{}", secret.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"))
}

/// A line that the runner takes for no command, also outside a fence. Any other line stays as it is.
#[must_use]
pub fn defused(line: &str) -> String {
    if !may_command(line) {
        return line.to_owned();
    }
    let plain = console::strip_ansi_codes(line);
    let plain: String = plain.chars().filter(|char| !has_no_weight(*char)).collect();
    let plain = plain.replace("##[", "## [");
    if plain.trim_start().starts_with("::") { plain.replacen("::", ": :", 1) } else { plain }
}

/// Text of any number of lines of which the runner takes none for a command. A document in JSON stays one, of the
/// same content.
#[must_use]
pub fn harmless(text: &str) -> String {
    // The runner takes a lone carriage return for the end of a line as well.
    if !text.split(['\n', '\r']).any(may_command) {
        return text.to_owned();
    }
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return harmless_json(text);
    }
    let lines = text.split_inclusive(['\n', '\r']);
    let safe = lines.map(|line| {
        let body = line.trim_end_matches(['\n', '\r']);
        defused(body) + &line[body.len()..]
    });
    safe.collect()
}

/// JSON of the same content in which no command of the old form stands: a number sign stands in texts only.
#[must_use]
pub fn harmless_json(json: &str) -> String {
    if may_command(json) { json.replace('#', "\\u0023") } else { json.to_owned() }
}

/// Whether the runner could read a command in this line, by the loosest reading of its rules. It compares with .NET's
/// culture in mind, to which characters without weight are as good as not there.
fn may_command(line: &str) -> bool {
    if !line.contains("::") && !line.contains('#') && line.is_ascii() && !line.contains(char::is_control) {
        return false;
    }
    let bare: String = line.chars().filter(|char| !has_no_weight(*char)).collect();
    bare.contains("##[") || bare.trim_start().starts_with("::")
}

/// Characters that count for nothing where texts are compared by the Unicode Collation Algorithm (UTS #10 §3.2, the
/// completely ignorable ones): controls, formats, joiners, selectors.
fn has_no_weight(char: char) -> bool {
    (char.is_control() && !matches!(char, '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}'))
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{115f}'
            | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// A pair of marks between which the runner takes no commands.
pub struct Fence(String);

impl Fence {
    /// A fence with a fresh token that cannot be guessed.
    #[must_use]
    pub fn new() -> Self {
        Self(token())
    }

    /// The mark that begins it.
    #[must_use]
    pub fn open(&self) -> String {
        format!("::stop-commands::{}", self.0)
    }

    /// The mark that ends it.
    #[must_use]
    pub fn close(&self) -> String {
        format!("::{}::", self.0)
    }
}

impl Default for Fence {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let tokens: std::collections::HashSet<String> = (0..100).map(|_| Fence::new().0).collect();
        assert_eq!(tokens.len(), 100);
        assert!(
            tokens
                .iter()
                .all(|token| token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()))
        );
    }

    #[test]
    fn breaks_what_could_be_a_command_and_nothing_else() {
        for line in
            ["a::b::c", "x ::error::y", "#!/bin/sh", "## [x]", "é ✓ 👩\u{200d}💻", "\u{1b}[32mok\u{1b}[0m"]
        {
            assert_eq!(defused(line), line);
        }
        for line in [
            "::a::b",
            " \u{a0}\u{3000}::a::b",
            "\u{feff}::a::b",
            ":\u{200d}:a::b",
            "x##[a]b",
            "#\u{ad}#\u{200b}[a]",
            "\0::a::",
            "#\u{1b}[0m#[a]",
            "::::a::b",
        ] {
            let safe = defused(line);
            assert!(!may_command(&safe), "{line:?} became {safe:?}");
            assert!(safe.contains('a'), "{safe}");
        }
    }

    #[test]
    fn a_document_stays_what_it_is() {
        let json = "{\n  \"a##[x]\": \"::y::\"\n}\n";
        let safe = harmless(json);
        assert!(!safe.contains('#'), "{safe}");
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&safe), read(json));
        assert_eq!(harmless("a\r::b::c\r\n##[d]\n\n"), "a\r: :b::c\r\n## [d]\n\n");
        assert_eq!(harmless("plain # text\n"), "plain # text\n");
    }

    #[test]
    fn escapes_as_the_toolkit_does() {
        assert_eq!(data("100%\r\n::x"), "100%25%0D%0A::x");
        assert_eq!(mask("##[%0A\n"), "::add-mask::##[%250A%0A");
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
    }
}
