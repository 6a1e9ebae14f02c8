//! The module path in `go.mod`, read as Go's own lexer reads it (https://go.dev/ref/mod#go-mod-file-lexical).

use std::borrow::Cow;
use std::collections::BTreeSet;

/// Why a `go.mod` has no usable module path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct BadGoMod {
    /// The line, from 1; 0 where the whole file is meant.
    pub line: u32,
    /// What is wrong.
    pub why: String,
}

/// The module path: `module PATH`, quoted or not, or in a `module ( … )` block, comments left out.
///
/// # Errors
///
/// If there is none, or two, or it is no path.
pub fn module_path(text: &str) -> Result<String, BadGoMod> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found: Option<String> = None;
    let mut block: Option<String> = None;
    for (line, words) in (1_u32..).zip(text.lines().map(words)) {
        let bad = |why: String| BadGoMod { line, why };
        let words = words.map_err(|why| bad(why.into()))?;
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        let path = match (block.as_deref(), words.as_slice()) {
            (Some(_), [")"]) => {
                block = None;
                continue;
            }
            (Some("module"), [path]) => *path,
            (None, [verb, "("]) => {
                block = Some((*verb).to_owned());
                continue;
            }
            (None, ["module", path]) => *path,
            (None, ["module", ..]) | (Some("module"), [_, _, ..]) => {
                return Err(bad("`module` wants exactly one path".into()));
            }
            _ => continue,
        };
        if !is_path(path) {
            return Err(bad(format!("`{path}` is no module path")));
        }
        if found.replace(path.to_owned()).is_some() {
            return Err(bad("there is a second `module` line".into()));
        }
    }
    found.ok_or_else(|| BadGoMod { line: 0, why: "there is no `module` line".into() })
}

/// The folders that a `go.mod` or `go.work` names: what `replace` puts in a module's place, and what `use`
/// takes in. They are as written: relative to the file's folder, or absolute. A line that Go would refuse
/// names none; Go says what is wrong with it.
#[must_use]
pub fn folders(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    directives(text, &mut |verb, rest| match (verb, rest) {
        ("use", [folder]) => found.push((*folder).to_owned()),
        // A version behind it would make it a module's path.
        ("replace", [_, "=>", folder] | [_, _, "=>", folder]) => found.push((*folder).to_owned()),
        _ => {}
    });
    found
}

/// The modules that a `go.mod` requires, each with its version as written; without those that something else replaces.
#[must_use]
pub fn requires(text: &str) -> Vec<(String, String)> {
    let (mut found, mut replaced) = (Vec::new(), BTreeSet::new());
    directives(text, &mut |verb, rest| match (verb, rest) {
        ("require", [path, version]) => found.push(((*path).to_owned(), (*version).to_owned())),
        ("replace", [path, "=>", ..] | [path, _, "=>", ..]) => drop(replaced.insert((*path).to_owned())),
        _ => {}
    });
    found.retain(|(path, _)| !replaced.contains(path));
    found
}

/// Hands on each line's verb and the words after it; blocks are taken apart.
fn directives(text: &str, visit: &mut dyn FnMut(&str, &[&str])) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut block: Option<String> = None;
    for words in text.lines().filter_map(|line| words(line).ok()) {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        match (block.as_deref(), words.as_slice()) {
            (Some(_), [")"]) => block = None,
            (None, [verb, "("]) => block = Some((*verb).to_owned()),
            (Some(verb), rest) => visit(verb, rest),
            (None, [verb, rest @ ..]) => visit(verb, rest),
            (None, []) => {}
        }
    }
}

/// The Go that `go.mod` asks for, as the official images are tagged: the version of its `toolchain` line as
/// it is; else of its `go` line, which is the least that will do, the newest patch of that minor version.
/// `None` where it names none.
#[must_use]
pub fn wanted(text: &str) -> Option<String> {
    let value = |verb: &str| {
        text.lines().filter_map(|line| words(line).ok()).find_map(|words| match words.as_slice() {
            [first, value] if first == verb => Some(value.to_string()),
            _ => None,
        })
    };
    let plain = |version: &str| {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.';
        version.starts_with(|c: char| c.is_ascii_digit()) && version.bytes().all(legal)
    };
    // A suffix names a build of one's own, for which there is no image: `go1.24.1-custom`.
    let toolchain = value("toolchain").and_then(|name| name.strip_prefix("go").map(str::to_owned));
    if let Some(exact) = toolchain.filter(|version| plain(version)) {
        return Some(exact);
    }
    let least = value("go").filter(|version| plain(version))?;
    let minor: Vec<&str> = least.splitn(3, '.').take(2).collect();
    Some(minor.join("."))
}

/// The words of a line without its comment; a bracket is a word of its own.
fn words(line: &str) -> Result<Vec<Cow<'_, str>>, &'static str> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with("//") {
        let (word, after) = next_word(rest)?;
        words.push(word);
        rest = after.trim_start();
    }
    Ok(words)
}

fn next_word(rest: &str) -> Result<(Cow<'_, str>, &str), &'static str> {
    if let Some(raw) = rest.strip_prefix('`') {
        return raw
            .split_once('`')
            .map(|(word, after)| (word.into(), after))
            .ok_or("a raw string is not closed");
    }
    if let Some(quoted) = rest.strip_prefix('"') {
        return interpreted(quoted);
    }
    if rest.starts_with(['(', ')', ',']) {
        return Ok((rest[..1].into(), &rest[1..]));
    }
    let end = rest.char_indices().find(|&(at, c)| {
        c.is_whitespace() || matches!(c, '(' | ')' | ',' | '"' | '`') || rest[at..].starts_with("//")
    });
    let end = end.map_or(rest.len(), |(at, _)| at);
    Ok((rest[..end].into(), &rest[end..]))
}

/// A string in double quotes; module paths need no other escapes than these.
fn interpreted(quoted: &str) -> Result<(Cow<'_, str>, &str), &'static str> {
    let mut word = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((word.into(), &quoted[at + 1..])),
            '\\' => match chars.next() {
                Some((_, c @ ('"' | '\\'))) => word.push(c),
                _ => return Err("a string holds an escape that no module path needs"),
            },
            c => word.push(c),
        }
    }
    Err("a string is not closed")
}

fn is_path(path: &str) -> bool {
    let legal = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '/' | '+');
    let parts_legal = path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    parts_legal && path.chars().all(legal) && !path.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_go_that_is_wanted() {
        let of = |lines: &str| wanted(&format!("module m\n{lines}\n"));
        assert_eq!(of("go 1.24.0").as_deref(), Some("1.24"));
        assert_eq!(of("go 1.21 // why\ntoolchain go1.26.1").as_deref(), Some("1.26.1"));
        assert_eq!(of("go 1.24rc1").as_deref(), Some("1.24rc1"));
        assert_eq!(of("go 1.24.0\ntoolchain default").as_deref(), Some("1.24"));
        assert_eq!(of("go 1.24.0\ntoolchain go1.25.0-mine").as_deref(), Some("1.24"));
        assert_eq!(of("go 1/x"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn reads_every_way_to_write_it() {
        for text in [
            "module example.com/m\n",
            "\u{feff}// Deprecated: use v2\nmodule example.com/m // why\r\ngo 1.21\r\n",
            "module \"example.com/m\"",
            "module `example.com/m`//x",
            "go 1.22\nrequire (\n  module v1.0.0\n)\nmodule (\n  // here\n  example.com/m\n)\n",
            "module(\nexample.com/m\n)",
        ] {
            assert_eq!(module_path(text).as_deref(), Ok("example.com/m"), "{text}");
        }
    }

    #[test]
    fn names_the_folders_of_other_modules() {
        let text = "module m\nreplace a => ../a // why\nreplace b v1.0.0 => \"./b c\"\nreplace x => y v1.2.3\n\
                    replace (\n\tc => /c\n\td v1.0.0 => d v1.0.1\n)\nrequire e v1.0.0\n";
        assert_eq!(folders(text), ["../a", "./b c", "/c"]);
        assert_eq!(folders("go 1.22\nuse .\nuse (\n\t./a\n\t../b\n)\n"), [".", "./a", "../b"]);
    }

    #[test]
    fn names_what_is_required_and_not_replaced() {
        let text = "module m\nrequire a v1.0.0 // indirect\nrequire (\n\tb v0.3.5\n\tc v2.0.0+incompatible\n\td v1.0.0\n)\n\
                    replace b => ../b\nreplace d v1.0.0 => e v1.0.1\n";
        let own = |text: &str| text.to_owned();
        assert_eq!(requires(text), [(own("a"), own("v1.0.0")), (own("c"), own("v2.0.0+incompatible"))]);
        assert_eq!(requires("module m\n"), []);
    }

    #[test]
    fn refuses_the_rest_with_its_line() {
        for (text, line) in [
            ("", 0),
            ("go 1.21\n", 0),
            ("// module example.com/m", 0),
            ("\nmodule a b", 2),
            ("module", 1),
            ("module \"a", 1),
            ("module `a", 1),
            ("module \"a\\x41\"", 1),
            ("module a/../b", 1),
            ("module /etc", 1),
            ("module a\nmodule b", 2),
        ] {
            assert_eq!(module_path(text).unwrap_err().line, line, "{text}");
        }
    }
}
