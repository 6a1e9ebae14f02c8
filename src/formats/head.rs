//! The beginning of a report: enough to tell what wrote it, whatever the file is called.

use std::collections::BTreeSet;

use super::unmarked;

/// What such a text is called, which no reader takes.
pub const UTF_16: &str = "text in UTF-16";

/// How much of a report is looked at, in bytes.
pub const HEAD: usize = 64 * 1024;

/// How deep the names of JSON are looked at.
const DEEP: usize = 4;

/// The longest path that is kept, in bytes; those that a format is known by are far shorter.
const PATH: usize = 256;

/// What stands for a longer one: a name that no format has.
const LONG: &str = "\u{2026}";

/// What a report begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// There is nothing in it.
    Nothing,
    /// Bytes that are no text of ours, and what they are.
    Binary(&'static str),
    /// XML or HTML.
    Xml {
        /// The name of the outermost element as it is written.
        root: String,
        /// The names of its attributes.
        attributes: BTreeSet<String>,
    },
    /// JSON.
    Json {
        /// The paths of what it holds, as far as the beginning goes: `runs[].tool`, `[].RuleID`. Documents that
        /// follow one another are one.
        paths: BTreeSet<String>,
    },
    /// Other text.
    Text {
        /// Its first line that is neither blank nor a comment (`#`); a comment where there is nothing else.
        first: String,
    },
}

impl Head {
    /// Looks at the first bytes of a report; [`HEAD`] of them are enough.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let bytes = &bytes[..bytes.len().min(HEAD)];
        let text = unmarked::bytes(bytes).trim_ascii_start();
        match text.first() {
            None => Self::Nothing,
            Some(_) if bytes.starts_with(b"\x1f\x8b") => Self::Binary("a gzip file"),
            Some(_) if bytes.starts_with(b"PK\x03\x04") => Self::Binary("a zip file"),
            Some(_) if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") => {
                Self::Binary(UTF_16)
            }
            Some(b'<') => xml(&String::from_utf8_lossy(text)),
            Some(b'{' | b'[') => Self::Json { paths: paths(text) },
            Some(_) => {
                let mut lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
                let says = |line: &[u8]| !line.is_empty() && !line.starts_with(b"#");
                let line = lines.clone().find(|line| says(line)).or_else(|| lines.next());
                Self::Text { first: String::from_utf8_lossy(line.unwrap_or_default()).into_owned() }
            }
        }
    }

    /// True for JSON with this path: `Issues[].rule_id`.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        matches!(self, Self::Json { paths } if paths.contains(path))
    }

    /// True for XML with this outermost element.
    #[must_use]
    pub fn is_xml(&self, name: &str) -> bool {
        matches!(self, Self::Xml { root, .. } if root == name)
    }

    /// True for XML whose outermost element has this attribute.
    #[must_use]
    pub fn has_attribute(&self, name: &str) -> bool {
        matches!(self, Self::Xml { attributes, .. } if attributes.contains(name))
    }

    /// The first line, if it is text without another form.
    #[must_use]
    pub fn line(&self) -> Option<&str> {
        match self {
            Self::Text { first } => Some(first),
            _ => None,
        }
    }

    /// What it looks like where no format is recognised.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing at all",
            Self::Binary(what) => what,
            Self::Xml { root, .. } if root.eq_ignore_ascii_case("html") => "a page of HTML",
            Self::Xml { .. } => "XML of another tool",
            Self::Json { .. } => "JSON of another tool",
            Self::Text { first } if first == "null" => "JSON of another tool",
            Self::Text { .. } => "something else",
        }
    }
}

/// The outermost element: the first tag that is no declaration, comment or instruction.
fn xml(text: &str) -> Head {
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("!doctype")) {
            let kind = rest[8..].trim_start().get(..4);
            if kind.is_some_and(|kind| kind.eq_ignore_ascii_case("html")) {
                return Head::Xml { root: "html".into(), attributes: BTreeSet::new() };
            }
            // An internal subset has tags of its own; no report of ours needs one.
            rest = rest.find('>').map_or("", |end| &rest[end..]);
        } else if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end..]);
        } else if !rest.starts_with(['!', '?']) {
            let tag = rest.split('>').next().unwrap_or_default().trim_end_matches('/');
            let name = tag.split_ascii_whitespace().next().unwrap_or_default();
            let name = name.rsplit(':').next().unwrap_or(name).to_owned();
            return Head::Xml { root: name, attributes: attributes(tag) };
        }
    }
    Head::Xml { root: String::new(), attributes: BTreeSet::new() }
}

fn attributes(tag: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut quote = None;
    let mut word = String::new();
    for char in tag.chars() {
        match (quote, char) {
            (Some(open), char) if open == char => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(char),
            (None, '=') => {
                names.insert(std::mem::take(&mut word));
            }
            (None, char) if char.is_ascii_whitespace() => word.clear(),
            (None, char) => word.push(char),
        }
    }
    names
}

/// The paths in JSON that may be cut off anywhere. What is no JSON gives the paths up to there.
fn paths(text: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // The path of each container that is open.
    let mut open: Vec<String> = Vec::new();
    let mut last = String::new();
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            // Paths of what lies deeper would be as long as the beginning itself, each of them.
            b'{' | b'[' if open.len() >= DEEP => {
                last = String::new();
                open.push(String::new());
            }
            b'{' | b'[' => {
                let base = last.clone();
                last = if byte == b'[' { format!("{base}[]") } else { base };
                found.insert(last.clone());
                open.push(last.clone());
            }
            b'}' | b']' => {
                open.pop();
                last = open.last().cloned().unwrap_or_default();
            }
            b'"' => {
                let end = string_end(rest);
                let (string, after) = rest.split_at(end.min(rest.len()));
                rest = after.get(1..).unwrap_or_default();
                if rest.trim_ascii_start().starts_with(b":") {
                    if open.len() > DEEP {
                        continue;
                    }
                    let base = open.last().map(String::as_str).unwrap_or_default();
                    // Every path below a long name would be as long.
                    if base.len() + string.len() > PATH {
                        last = LONG.to_owned();
                        continue;
                    }
                    let name = String::from_utf8_lossy(string);
                    last = if base.is_empty() { name.into_owned() } else { format!("{base}.{name}") };
                    found.insert(last.clone());
                }
            }
            b',' => last = open.last().cloned().unwrap_or_default(),
            _ => {}
        }
    }
    found
}

/// Where the string ends that begins here, its closing quote.
fn string_end(text: &[u8]) -> usize {
    let mut escaped = false;
    let closes = |&byte: &u8| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    };
    text.iter().position(closes).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_the_outermost_element() {
        let head = Head::of(b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- <a> -->\n<!DOCTYPE coverage SYSTEM \"x.dtd\">\n<coverage line-rate='0.5' a=\"b = c\">");
        assert!(head.is_xml("coverage") && head.has_attribute("line-rate") && head.has_attribute("a"));
        assert!(!head.has_attribute("b"));
        assert_eq!(Head::of(b"<!DOCTYPE html><x>").words(), "a page of HTML");
        assert_eq!(Head::of(b"<HTML lang=en>").words(), "a page of HTML");
        assert_eq!(Head::of(b"<").words(), "XML of another tool");
    }

    #[test]
    fn sees_the_names_of_json_wherever_it_is_cut() {
        let text = br#"{"a\"b": [1, {"c": {"d": "e: \"f\" {"}}], "g": null} {"h": 1}"#;
        let head = Head::of(text);
        for path in ["a\\\"b", "a\\\"b[]", "a\\\"b[].c", "a\\\"b[].c.d", "g", "h"] {
            assert!(head.holds(path), "{path} in {head:?}");
        }
        assert!(!head.holds("f"));
        let Head::Json { paths: whole } = head else { panic!("it is JSON") };
        for end in 1..text.len() {
            let Head::Json { paths } = Head::of(&text[..end]) else { panic!("it is JSON") };
            assert!(paths.is_subset(&whole), "{paths:?}");
        }
        assert!(Head::of(b"[{\"RuleID\": 1}]").holds("[].RuleID"));
    }

    #[test]
    fn long_names_are_not_kept_and_hide_what_is_below() {
        let long = "n".repeat(PATH + 1);
        let many: Vec<String> = (0..2_000).map(|name| format!("\"{name}\":{{}}")).collect();
        let text = format!("{{\"{long}\":{{\"{long}\":{{\"runs\":[],{}}}}}}}", many.join(","));
        let Head::Json { paths } = Head::of(text.as_bytes()) else { panic!("it is JSON") };
        assert!(paths.len() > 2_000 && paths.iter().all(|path| path.len() <= PATH + LONG.len()));
        assert!(!paths.contains("runs") && !paths.contains("runs[]"), "it is no document of these");
    }

    #[test]
    fn sees_what_is_no_report() {
        for (bytes, words) in [
            (&b" \n"[..], "nothing at all"),
            (b"\x1f\x8b\x08", "a gzip file"),
            (b"PK\x03\x04", "a zip file"),
            (b"\xff\xfex\0", "text in UTF-16"),
            (b"null\n", "JSON of another tool"),
            (b"hello", "something else"),
        ] {
            assert_eq!(Head::of(bytes).words(), words);
        }
        assert_eq!(Head::of(b"\n mode: set \nx").line(), Some("mode: set"));
    }
}
