//! Lines of the Test Anything Protocol, one by one.

/// By how many blanks a subtest is indented.
pub(super) const INDENT: usize = 4;

/// The most failed subtests that are kept in mind between two tests; one is enough for a verdict.
pub(super) const MOST: usize = 100;

/// Subtests that failed, while it is not known what the test around them says.
#[derive(Debug, Default)]
pub(super) struct Subtests(Vec<(usize, String)>);

impl Subtests {
    /// Takes one.
    pub(super) fn failed(&mut self, depth: usize, name: &str) {
        if self.0.len() < MOST {
            self.0.push((depth, name.to_owned()));
        }
    }

    /// Those that lie deeper than this.
    pub(super) fn take(&mut self, depth: usize) -> Vec<String> {
        let from = self.0.iter().position(|(own, _)| *own > depth).unwrap_or(self.0.len());
        self.0.drain(from..).map(|(_, name)| name).collect()
    }
}

/// How deep a line of a subtest lies, and the line; none where other white space stands before it too.
pub(super) fn indented(text: &str) -> Option<(usize, &str)> {
    let inside = text.trim_start_matches(' ');
    let indent = text.len() - inside.len();
    let stands = indent > 0 && indent.is_multiple_of(INDENT) && !inside.starts_with(char::is_whitespace);
    stands.then_some((indent / INDENT, inside))
}

/// Whether a line that is no test tells of one that failed, in another form or place: it is one of a subtest that was
/// indented otherwise, of a runner that writes as it likes, or words of a program, and nobody can tell.
pub(super) fn is_stray(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let mut next_is = |word: &str| words.next().is_some_and(|own| own.eq_ignore_ascii_case(word));
    // A number follows wherever a program counts its tests.
    next_is("not")
        && next_is("ok")
        && words.next().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a line says nothing: a comment, or no word at all.
pub(super) fn is_comment(text: &str) -> bool {
    let text = text.trim_start();
    text.is_empty() || text.starts_with('#')
}

/// Whether a test is good, and what follows; none for a line that only begins like one.
pub(super) fn result(text: &str) -> Option<(bool, &str)> {
    let (ok, rest) = match text.strip_prefix("not ok") {
        Some(rest) => (false, rest),
        None => (true, text.strip_prefix("ok")?),
    };
    (rest.is_empty() || rest.starts_with(' ')).then_some((ok, rest))
}

/// A test's number, empty where there is none, and what follows it.
pub(super) struct Numbered<'a> {
    pub(super) digits: &'a str,
    pub(super) words: &'a str,
}

/// Takes the number from what follows `ok`.
pub(super) fn numbered(rest: &str) -> Numbered<'_> {
    let rest = rest.trim_start();
    let words = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = &rest[..rest.len() - words.len()];
    Numbered { digits, words: words.trim_start().trim_start_matches("- ") }
}

/// What a description ends with.
pub(super) enum Directive {
    None,
    Skip,
    Todo,
}

/// A description without its directive, `# SKIP why` or `# TODO why`; `\#` is no beginning of one. What failed is let
/// pass by a word of its own alone: `#todo` and `# TODOs` are words of the description. What is good is left out by
/// less: some write `# skipped`.
pub(super) fn directive(words: &str, ok: bool) -> (&str, Directive) {
    for (at, _) in words.match_indices('#') {
        let (before, after) = (&words[..at], &words[at + 1..]);
        if before.ends_with('\\') {
            continue;
        }
        let apart = before.is_empty() || before.ends_with(char::is_whitespace);
        let (close, after) = (after, after.trim_start());
        let is = |word: &str| {
            let begins = after.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
            let ends = || !after[word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
            begins && (ok || (apart && close.len() > after.len() && ends()))
        };
        let name = before.trim_end();
        if is("skip") {
            return (name, Directive::Skip);
        }
        if is("todo") {
            return (name, Directive::Todo);
        }
    }
    (words.trim_end(), Directive::None)
}

/// How many tests `1..N` plans.
pub(super) fn plan(line: &str) -> Option<u64> {
    let rest = line.strip_prefix("1..")?;
    let count = rest.split('#').next().unwrap_or_default().trim();
    count.parse().ok() // Anything else is a line of a program.
}
