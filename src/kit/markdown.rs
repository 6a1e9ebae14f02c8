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
    format!("<code>{}</code>", entities(&one_line(&cut(text, 4_000))))
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
    let lines: Vec<String> = text.lines().map(|line| entities(&one_line(line))).collect();
    lines.join("&#10;")
}

/// One line in which nothing is Markdown, HTML, a mention, a reference or a link. What stands between backticks is
/// shown as code, and can be copied as it is.
#[must_use]
pub fn escape(text: &str) -> String {
    let text = one_line(text);
    let parts: Vec<&str> = text.split('`').collect();
    // One without its pair opens nothing.
    let paired = if parts.len() % 2 == 1 { parts.len() } else { parts.len() - 1 };
    let mut safe = String::with_capacity(text.len());
    for (at, part) in parts[..paired].iter().enumerate() {
        match at % 2 {
            1 if part.trim().is_empty() => safe.push_str(&apart(&format!("`{part}`"))),
            1 => safe.push_str(&format!("<code>{}</code>", entities(part))),
            _ => safe.push_str(&apart(part)),
        }
    }
    for part in &parts[paired..] {
        safe.push_str(&apart(&format!("`{part}`")[..=part.len()]));
    }
    safe
}

/// Plain words, none of which GitHub takes for more.
fn apart(text: &str) -> String {
    // GitHub looks for mentions and references in the finished page, where an entity is the character again: a word
    // joiner keeps them apart.
    entities(text)
        .replace("&#64;", "&#64;\u{2060}")
        .replace("&#35;", "#\u{2060}")
        .replace("GH&#45;", "GH\u{2060}&#45;")
}

/// The same for text in `<code>`, where GitHub looks for no mentions, and where what is copied must stay as it is.
fn entities(text: &str) -> String {
    let line = text.replace(['\n', '\t'], " ").replace("www.", "www\0");
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
        assert_eq!(escape("run `go install x@v1` `"), "run <code>go install x&#64;v1</code> &#96;");
        assert_eq!(escape("`<b>@a`|`@b"), "<code>&#60;b&#62;&#64;a</code>&#124;&#96;&#64;\u{2060}b");
        assert_eq!(escape("``@a``"), "&#96;&#96;&#64;\u{2060}a&#96;&#96;");
        assert_eq!(escape("o/r#1 GH-2"), "o/r#\u{2060}1 GH\u{2060}&#45;2");
        assert_eq!(code("a@b.example"), "<code>a&#64;b.example</code>");
    }
}
