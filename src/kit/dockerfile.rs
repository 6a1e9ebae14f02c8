//! The images that a Dockerfile is built from (https://docs.docker.com/reference/dockerfile).

use std::collections::{BTreeMap, BTreeSet};

/// An image that the build fetches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its name, with the defaults of `ARG` filled in; a variable that has none stands as it is written.
    pub name: String,
    /// The line on which the instruction begins, from 1.
    pub line: u32,
}

/// Why a Dockerfile cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong.
    pub why: String,
}

/// An instruction with its continuations joined.
struct Instruction {
    line: u32,
    text: String,
}

/// The images of `FROM`, `COPY --from`, `RUN --mount` and the `syntax` directive, from top to bottom. Stages and
/// `scratch` are none.
///
/// # Errors
///
/// If it is another frontend's file, a text in it does not end, or a `FROM` names nothing.
pub fn images(text: &str) -> Result<Vec<Image>, Unreadable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if ["#!", "//", "{"].iter().any(|start| text.trim_start().starts_with(start)) {
        return Err(Unreadable { line: 1, why: "it does not begin as a Dockerfile does".into() });
    }
    let mut found: Vec<Image> = syntax(text).into_iter().collect();
    let mut stages = Stages::default();
    for instruction in instructions(text)? {
        let (word, rest) = cut(&instruction.text);
        let named = match word.to_ascii_uppercase().as_str() {
            "FROM" => stages.from(rest, instruction.line)?.into_iter().collect(),
            "ARG" => {
                stages.arg(rest);
                Vec::new()
            }
            "COPY" | "ADD" => stages.fetched(rest, |flag| flag.strip_prefix("--from=").map(str::to_owned)),
            "RUN" => stages.fetched(rest, |flag| {
                let mount = flag.strip_prefix("--mount=")?;
                mount.split(',').find_map(|part| bare(part).strip_prefix("from=").map(str::to_owned))
            }),
            _ => Vec::new(),
        };
        found.extend(named.into_iter().map(|name| Image { name, line: instruction.line }));
    }
    if stages.count == 0 {
        return Err(Unreadable { line: 1, why: "it has no FROM".into() });
    }
    Ok(found)
}

/// What is known so far of the stages.
#[derive(Default)]
struct Stages {
    count: usize,
    names: BTreeSet<String>,
    /// The arguments before the first `FROM`, the only ones that a `FROM` sees.
    args: BTreeMap<String, String>,
}

impl Stages {
    /// Takes a `FROM`; none where it goes on from another stage or from nothing.
    fn from(&mut self, rest: &str, line: u32) -> Result<Option<String>, Unreadable> {
        let mut words = rest.split_whitespace().skip_while(|word| word.starts_with("--"));
        let image = words.next().map(|word| bare(&self.expanded(word))).unwrap_or_default();
        if image.is_empty() {
            return Err(Unreadable { line, why: "FROM names no image".into() });
        }
        let fetched = !self.is_stage(&image) && image != "scratch";
        self.count += 1;
        if words.next().is_some_and(|word| word.eq_ignore_ascii_case("as"))
            && let Some(name) = words.next()
        {
            self.names.insert(name.to_lowercase());
        }
        Ok(fetched.then_some(image))
    }

    fn is_stage(&self, name: &str) -> bool {
        self.names.contains(&name.to_lowercase())
    }

    fn arg(&mut self, rest: &str) {
        if self.count > 0 {
            return;
        }
        for word in rest.split_whitespace() {
            if let Some((name, value)) = word.split_once('=') {
                let value = bare(&self.expanded(value));
                self.args.insert(name.to_owned(), value);
            }
        }
    }

    /// The images that the flags at an instruction's beginning name.
    fn fetched(&self, rest: &str, image_of: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let flags = rest.split_whitespace().take_while(|word| word.starts_with("--"));
        let named = flags.filter_map(image_of).map(|name| bare(&name));
        let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        named.filter(|name| !self.is_stage(name) && !is_number(name) && name != "scratch").collect()
    }

    /// `$NAME`, `${NAME}` and `${NAME:-default}` filled in; what is not known stays.
    fn expanded(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let (whole, inner, tail) = match after.strip_prefix('{') {
                Some(braced) => match braced.split_once('}') {
                    Some((inner, tail)) => (&after[..inner.len() + 2], inner, tail),
                    None => (after, "", ""),
                },
                None => {
                    let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
                    (&after[..end], &after[..end], &after[end..])
                }
            };
            let (name, default) = match inner.split_once(":-").or_else(|| inner.split_once('-')) {
                Some((name, default)) => (name, Some(default)),
                None => (inner, None),
            };
            let known = self.args.get(name).map(String::as_str).filter(|value| !value.is_empty());
            match known.or(default) {
                Some(value) => out.push_str(value),
                None => {
                    out.push('$');
                    out.push_str(whole);
                }
            }
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

/// The image of a frontend: `# syntax=docker/dockerfile:1`, before the first instruction.
fn syntax(text: &str) -> Option<Image> {
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let (name, value) = line.strip_prefix('#')?.split_once('=').unwrap_or_default();
        if name.trim().eq_ignore_ascii_case("syntax") {
            let name = value.split_whitespace().next().unwrap_or_default().to_owned();
            return Some(Image { name, line: number(index) });
        }
    }
    None
}

/// The sign that joins lines, which a directive at the very top may change.
fn escape(text: &str) -> char {
    for line in text.lines() {
        let Some((name, value)) = line.trim().strip_prefix('#').and_then(|rest| rest.split_once('=')) else {
            break;
        };
        if name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
            return '`';
        }
    }
    '\\'
}

fn instructions(text: &str) -> Result<Vec<Instruction>, Unreadable> {
    let escape = escape(text);
    let mut all = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if is_nothing(line) {
            continue;
        }
        let (mut joined, mut more) = part(line, escape);
        while more {
            let Some((_, next)) = lines.next() else { break };
            if is_nothing(next) {
                continue;
            }
            let (text, goes_on) = part(next, escape);
            joined.push_str(&text);
            more = goes_on;
        }
        let line = number(index);
        for (word, tabs) in heredocs(&joined) {
            let ends = |line: &str| if tabs { line.trim_start_matches('\t') == word } else { line == word };
            if !lines.any(|(_, line)| ends(line)) {
                return Err(Unreadable { line, why: format!("the text that `{word}` ends does not end") });
            }
        }
        all.push(Instruction { line, text: joined.trim().to_owned() });
    }
    Ok(all)
}

fn is_nothing(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// A line, and whether the next one belongs to it.
fn part(line: &str, escape: char) -> (String, bool) {
    let end = line.trim_end();
    match end.strip_suffix(escape) {
        Some(before) if !before.ends_with(escape) => (before.to_owned(), true),
        _ => (line.to_owned(), false),
    }
}

/// The texts that follow an instruction: the word that ends each, and whether tabs before it count for nothing.
fn heredocs(instruction: &str) -> Vec<(String, bool)> {
    let (word, rest) = cut(instruction);
    if !["RUN", "COPY", "ADD"].iter().any(|known| word.eq_ignore_ascii_case(known)) {
        return Vec::new();
    }
    let one = |word: &String| {
        let word = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
        let (name, tabs) = word.strip_prefix('-').map_or((word, false), |name| (name, true));
        let name = bare(name);
        (!name.is_empty() && !name.contains('<')).then_some((name, tabs))
    };
    words(rest).iter().filter_map(one).collect()
}

/// Words as a shell has them: what is quoted holds no blank. The quotes stay.
fn words(text: &str) -> Vec<String> {
    let (mut all, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', None | Some('"')) => {
                word.push(letter);
                word.extend(letters.next());
                continue;
            }
            (' ' | '\t', None) => {
                all.push(std::mem::take(&mut word));
                continue;
            }
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(open)) if open == letter => quote = None,
            _ => {}
        }
        word.push(letter);
    }
    all.push(word);
    all.retain(|word| !word.is_empty());
    all
}

fn cut(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

/// Without its quotes.
fn bare(text: &str) -> String {
    text.replace(['"', '\''], "")
}

fn number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX) // No editor goes further.
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(String, u32)> {
        images(text).unwrap().into_iter().map(|image| (image.name, image.line)).collect()
    }

    fn names(text: &str) -> Vec<String> {
        of(text).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn every_image_that_is_fetched_is_told_with_its_line() {
        let text = "# syntax=docker/dockerfile:1\n# a comment\nARG TAG=12 OTHER\nARG BASE=\"debian:${TAG}\"\n\nfrom --platform=$BUILDPLATFORM \\\n  # between\n  golang:1.26 as Build\nARG TAG=13\nCOPY --from=alpine:3 --chown=1 /a /b\nRUN --mount=type=bind,from=busybox,target=/x true\nFROM build AS two\nCOPY --from=build /x /y\nCOPY --from=0 /x /y\nFROM scratch\nFROM ${BASE}-slim\nFROM $OTHER\nFROM ${GONE:-alpine}\n";
        assert_eq!(
            of(text),
            [
                ("docker/dockerfile:1", 1),
                ("golang:1.26", 6),
                ("alpine:3", 10),
                ("busybox", 11),
                ("debian:12-slim", 16),
                ("$OTHER", 17),
                ("alpine", 18)
            ]
            .map(|(name, line)| (name.to_owned(), line))
        );
    }

    #[test]
    fn texts_in_it_are_no_instructions_and_hide_none() {
        let heredoc =
            "FROM a\nRUN <<EOF cat > /x\nFROM inside\nEOF\nCOPY <<-\"END\" /y\nFROM inside\n\tEND\nFROM b\n";
        assert_eq!(names(heredoc), ["a", "b"]);
        let quoted = "FROM a\nRUN echo \"<<EOF\" '<<EOF' \"x <<EOF\"\nFROM b\n";
        assert_eq!(names(quoted), ["a", "b"]);
        assert_eq!(names("FROM a\nRUN x \\\\\nFROM b\n"), ["a", "b"], "an escaped sign joins nothing");
        assert_eq!(names("# escape=`\nFROM a\nRUN dir C:\\\nFROM b\n"), ["a", "b"]);
        assert_eq!(names("FROM a\nRUN x \\\nFROM b\n"), ["a"]);
        assert_eq!(
            names("FROM later\nFROM b AS later\n"),
            ["later", "b"],
            "a stage is none before it begins"
        );
    }

    #[test]
    fn what_cannot_be_read_is_no_dockerfile() {
        for text in [
            "",
            "FROM\n",
            "RUN x\n",
            "#!/bin/x\nFROM a\n",
            "{\"syntax\": \"x\"}",
            "FROM a\nRUN <<EOF\nFROM b\n",
        ] {
            assert!(images(text).is_err(), "{text}");
        }
    }
}
