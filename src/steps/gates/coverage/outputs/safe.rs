//! Text from outside for a page: nothing in it is markup, and nothing of it is hidden or turned around.

use std::fmt::Write as _;

/// Text with whatever cannot be seen, or changes the order of what is read, made visible.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() && char != '\t' {
            out.push('\u{fffd}');
        } else if reorders(char) {
            // Writing to a text does not fail.
            let _ = write!(out, "<U+{:04X}>", u32::from(char));
        } else {
            out.push(char);
        }
    }
    out
}

/// [`visible`] text for HTML, also within quotes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for char in visible(text).chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            char => out.push(char),
        }
    }
    out
}

/// Marks of direction: source that reads otherwise than it runs.
fn reorders(char: char) -> bool {
    matches!(char, '\u{61c}' | '\u{feff}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_only_text() {
        assert_eq!(
            escaped("<script>'\"&\t\u{1b}[31m\u{202e}x\0"),
            "&lt;script&gt;&#39;&quot;&amp;\t\u{fffd}[31m&lt;U+202E&gt;x\u{fffd}"
        );
    }
}
