//! Foreign text in GitHub's Markdown: no structure, no HTML, no link, no image, no mention comes of it.

use std::fmt::Write as _;

use super::plain::{cut, one_line};

/// A table's cell.
#[must_use]
pub fn cell(text: &str) -> String {
    escape(&cut(text, 2_000))
}

/// Text to be copied.
#[must_use]
pub fn code(text: &str) -> String {
    format!("<code>{}</code>", entities(&cut(text, 4_000)))
}

/// A link where the address is one of the web, else the words alone.
#[must_use]
pub fn link(words: &str, address: &str) -> String {
    match url::Url::parse(address) {
        // Within angle brackets nothing ends an address but what a parsed one never holds.
        Ok(url) if matches!(url.scheme(), "https" | "http") && !url.as_str().contains(['<', '>', '\\']) => {
            format!("[{}](<{}>)", escape(words), url.as_str())
        }
        _ => escape(words),
    }
}

/// Text of several lines for a `<pre>` within a list: line ends as entities, for an empty line would end the list.
#[must_use]
pub fn pre(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(entities).collect();
    lines.join("&#10;")
}

/// One line in which nothing is Markdown, HTML, a mention, a reference or a link.
#[must_use]
pub fn escape(text: &str) -> String {
    // GitHub looks for mentions and references in the finished page, where an entity is the character again: a word
    // joiner keeps them apart.
    entities(text)
        .replace("&#64;", "&#64;\u{2060}")
        .replace("&#35;", "#\u{2060}")
        .replace("GH&#45;", "GH\u{2060}&#45;")
}

/// The same for text in `<code>`, where GitHub looks for no mentions, and where what is copied must stay as it is.
fn entities(text: &str) -> String {
    let line = one_line(text).replace("www.", "www\0");
    let mut safe = String::with_capacity(line.len());
    for char in line.chars() {
        match char {
            '\0' => safe.push_str("&#46;"),
            '&' | '<' | '>' | '"' | '\'' | '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')'
            | '!' | '|' | '~' | '$' | '^' | '=' | '+' | '-' | ':' | '#' | '@' => {
                write!(safe, "&#{};", u32::from(char)).expect("writing to a String does not fail");
            }
            _ => safe.push(char),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_web_only() {
        assert_eq!(link("v1", "https://x.example/a b"), "[v1](<https://x.example/a%20b>)");
        assert_eq!(link("v1", "https://x.example/>)<b>"), "[v1](<https://x.example/%3E)%3Cb%3E>)");
        for address in ["javascript:alert(1)", "data:text/html,x", "not an address", ""] {
            assert_eq!(link("a](b", address), "a&#93;&#40;b");
        }
    }

    #[test]
    fn nobody_is_called() {
        assert_eq!(escape("@octocat"), "&#64;\u{2060}octocat");
        assert_eq!(escape("o/r#1 GH-2"), "o/r#\u{2060}1 GH\u{2060}&#45;2");
        assert_eq!(code("a@b.example"), "<code>a&#64;b.example</code>");
    }
}
