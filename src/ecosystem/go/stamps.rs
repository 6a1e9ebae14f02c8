//! Variables of a command that the linker can give a text to: `-X main.NAME=TEXT` works on a variable of the
//! type `string`, does nothing where there is none of that name, and breaks the build where it has another
//! type (https://pkg.go.dev/cmd/link).

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::str::CharIndices;

/// What is looked for: as GoReleaser sets it, and as those name it who set it themselves.
pub const NAMES: [&str; 7] = ["version", "commit", "date", "builtBy", "Version", "Commit", "Date"];

/// Which of [`NAMES`] are variables of text in these files of a package.
pub fn stamps<'a>(files: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut declared = BTreeMap::new();
    for file in files {
        Reader { tokens: tokens(file).into_iter().peekable(), declared: &mut declared }.read();
    }
    let of_text = declared.into_iter().filter(|(name, is_text)| *is_text && NAMES.contains(name));
    of_text.map(|(name, _)| name.to_owned()).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Text,
    Mark(char),
    Line,
}

/// The words and marks of a source, without comments and without what stands in quotes.
fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut chars = source.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let next = chars.peek().map(|(_, char)| *char);
        match char {
            '/' if next == Some('/') => while chars.next_if(|(_, char)| *char != '\n').is_some() {},
            '/' if next == Some('*') => {
                let (mut last, mut lines) = (' ', false);
                for (_, char) in chars.by_ref().skip(1) {
                    lines |= char == '\n';
                    if (last, char) == ('*', '/') {
                        break;
                    }
                    last = char;
                }
                if lines {
                    found.push(Token::Line);
                }
            }
            '"' | '\'' | '`' => {
                quoted(&mut chars, char);
                found.push(Token::Text);
            }
            '\n' => found.push(Token::Line),
            char if char.is_alphanumeric() || char == '_' => {
                let mut end = at + char.len_utf8();
                while let Some((at, char)) = chars.next_if(|(_, char)| char.is_alphanumeric() || *char == '_')
                {
                    end = at + char.len_utf8();
                }
                found.push(Token::Word(&source[at..end]));
            }
            char if char.is_whitespace() => {}
            char => found.push(Token::Mark(char)),
        }
    }
    found
}

fn quoted(chars: &mut Peekable<CharIndices>, quote: char) {
    while let Some((_, char)) = chars.next() {
        if char == quote {
            return;
        }
        if char == '\\' && quote != '`' {
            chars.next();
        }
    }
}

struct Reader<'a, 'd> {
    tokens: Peekable<std::vec::IntoIter<Token<'a>>>,
    declared: &'d mut BTreeMap<&'a str, bool>,
}

impl<'a> Reader<'a, '_> {
    fn read(&mut self) {
        let mut depth = 0_u32;
        while let Some(token) = self.tokens.next() {
            match token {
                Token::Mark('{' | '(' | '[') => depth += 1,
                Token::Mark('}' | ')' | ']') => depth = depth.saturating_sub(1),
                Token::Word("var") if depth == 0 => self.variables(),
                _ => {}
            }
        }
    }

    fn variables(&mut self) {
        if self.tokens.next_if_eq(&Token::Mark('(')).is_none() {
            let spec = self.spec();
            return self.take(&spec);
        }
        while self.tokens.peek().is_some_and(|token| *token != Token::Mark(')')) {
            let spec = self.spec();
            self.take(&spec);
        }
        self.tokens.next();
    }

    /// The tokens of one declaration: up to the end of its line, or of the last line that it goes on to.
    fn spec(&mut self) -> Vec<Token<'a>> {
        let (mut spec, mut depth) = (Vec::new(), 0_u32);
        while let Some(token) = self.tokens.peek().copied() {
            let goes_on = matches!(spec.last(), Some(Token::Mark('=' | ',' | '+' | '.')));
            match token {
                Token::Mark(')') if depth == 0 => break,
                Token::Mark('{' | '(' | '[') => depth += 1,
                Token::Mark('}' | ')' | ']') => depth = depth.saturating_sub(1),
                Token::Line | Token::Mark(';') if depth == 0 && !goes_on => {
                    self.tokens.next();
                    break;
                }
                _ => {}
            }
            self.tokens.next();
            if token != Token::Line {
                spec.push(token);
            }
        }
        spec
    }

    /// `NAME, NAME TYPE = VALUE, VALUE`.
    fn take(&mut self, spec: &[Token<'a>]) {
        let (left, values) = match spec.iter().position(|token| *token == Token::Mark('=')) {
            Some(at) => (&spec[..at], split(&spec[at + 1..])),
            None => (spec, Vec::new()),
        };
        let mut names = Vec::new();
        let mut rest = left;
        while let [Token::Word(name), after @ ..] = rest {
            names.push(*name);
            match after {
                [Token::Mark(','), next @ ..] => rest = next,
                kind => {
                    rest = kind;
                    break;
                }
            }
        }
        for (at, name) in names.into_iter().enumerate() {
            let value = values.get(at).copied();
            let fits = match rest {
                [] => value.is_some_and(is_text),
                [Token::Word("string")] => value.is_none_or(is_text),
                _ => false,
            };
            self.declared.insert(name, fits);
        }
    }
}

fn split<'t, 'a>(values: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_u32, 0);
    for (at, token) in values.iter().enumerate() {
        match token {
            Token::Mark('{' | '(' | '[') => depth += 1,
            Token::Mark('}' | ')' | ']') => depth = depth.saturating_sub(1),
            Token::Mark(',') if depth == 0 => {
                parts.push(&values[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&values[start..]);
    parts
}

/// A text, a constant's name, or both joined: what is called for its value is set when the program starts,
/// whatever the linker wrote there.
fn is_text(value: &[Token]) -> bool {
    let never = ["true", "false", "nil", "iota"];
    !value.is_empty()
        && value.iter().all(|token| match token {
            Token::Text | Token::Mark('+' | '.') => true,
            Token::Word(word) => {
                !never.contains(word) && !word.starts_with(|first: char| first.is_ascii_digit())
            }
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        stamps([source]).into_iter().collect()
    }

    #[test]
    fn variables_of_text_and_no_others() {
        for source in [
            "package main\nvar version string\n",
            "package main\nvar version = \"dev\" // the tag\n",
            "var (\n\tversion = \"dev\"\n\tother = f(1, 2)\n)\n",
            "var (\n\tother = map[string]int{\n\t\"a\": 1,\n}\n\n\tversion string = `x`\n)\n",
            "var other, version = 1, \"a\" +\n\t\"b\"",
            "/* var version = 1 */ var version = defaults.Version",
            "const text = `\nvar version = 1\n`\nvar version = \"\"",
            "var version, other string; func f() { var version = 7 }",
        ] {
            assert_eq!(found(source), ["version"], "{source}");
        }
        for source in [
            "package main\n",
            "var version = flag.Bool(\"version\", false, \"say it\")",
            "var (\n\tversion = flag.Bool(\n\t\t\"version\", false, \"\")\n)",
            "var version *string",
            "var version = true\nvar date = 7",
            "var version, date bool = true, false",
            "const version = \"1\"",
            "func main() { var version = \"1\" }",
            "// var version = \"1\"\nvar versions = \"1\"",
            "type T struct {\n\tversion string\n}",
            "var version string = of()",
            "var x = '\"'; var y = \"\\\"\nvar version = 1\"",
        ] {
            assert_eq!(found(source), [""; 0], "{source}");
        }
        let files =
            ["package main\nvar version, commit = \"\", \"\"", "package main\nvar date, builtBy string"];
        assert_eq!(stamps(files).len(), 4);
    }

    #[test]
    fn torn_sources_end() {
        let source = "package main\nvar (\n\tversion = \"a\\\"\" /* x */\n\tother = `y` + '\\''\n)\n";
        for end in 0..source.len() {
            stamps([&source[..end]]);
        }
    }
}
