//! Commit messages as conventionalcommits.org 1.0.0 writes them.

/// A conventional commit's parts, borrowed from its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conventional<'a> {
    /// `feat`, `fix` and so on, as written.
    pub kind: &'a str,
    /// What stands in parentheses after it.
    pub scope: Option<&'a str>,
    /// The rest of the first line.
    pub description: &'a str,
    /// True with `!` before the colon or a `BREAKING CHANGE:` footer.
    pub breaking: bool,
    /// The footer's text, lines joined by a space.
    pub breaking_note: Option<String>,
}

impl<'a> Conventional<'a> {
    /// Reads a message; `None` if its first line is not `type(scope)!: description`.
    #[must_use]
    pub fn parse(message: &'a str) -> Option<Self> {
        let message = message.trim_start();
        let (first, rest) = message.split_once('\n').unwrap_or((message, ""));
        let (head, description) = first.split_once(": ")?;
        let description = description.trim();
        let (head, bang) = head.strip_suffix('!').map_or((head, false), |head| (head, true));
        let (kind, scope) = match head.strip_suffix(')') {
            Some(open) => open.split_once('(').map(|(kind, scope)| (kind, Some(scope)))?,
            None => (head, None),
        };
        let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let bad_scope = scope.is_some_and(|scope| scope.trim().is_empty() || scope.contains(['(', ')']));
        if kind.is_empty() || !kind.chars().all(word) || description.is_empty() || bad_scope {
            return None;
        }
        let breaking_note = breaking_note(rest);
        Some(Self { kind, scope, description, breaking: bang || breaking_note.is_some(), breaking_note })
    }

    /// True if the type is one of these, whatever its case.
    #[must_use]
    pub fn is(&self, kinds: &[&str]) -> bool {
        kinds.iter().any(|kind| self.kind.eq_ignore_ascii_case(kind))
    }
}

/// The text of the `BREAKING CHANGE:` footer up to an empty line or the next footer.
fn breaking_note(body: &str) -> Option<String> {
    let mut lines = body.lines();
    let begins = |line: &str| {
        ["BREAKING CHANGE: ", "BREAKING-CHANGE: "]
            .iter()
            .find_map(|token| line.strip_prefix(token).map(str::to_owned))
    };
    let mut note = lines.find_map(begins)?.trim().to_owned();
    for line in lines.take_while(|line| !line.trim().is_empty() && !is_footer(line)) {
        note.push(' ');
        note.push_str(line.trim());
    }
    Some(note)
}

/// True for a line such as `Refs: 12`, `Reviewed-by: Z` or `Closes #3`.
fn is_footer(line: &str) -> bool {
    let token = line.split_once(": ").or_else(|| line.split_once(" #")).map(|(token, _)| token);
    token.is_some_and(|token| {
        token == "BREAKING CHANGE"
            || (token.starts_with(|c: char| c.is_ascii_uppercase())
                && token.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_type_scope_and_bang() {
        let commit = Conventional::parse("feat(api)!: drop v1\n\nwhy\n").unwrap();
        assert_eq!((commit.kind, commit.scope, commit.description), ("feat", Some("api"), "drop v1"));
        assert!(commit.breaking && commit.breaking_note.is_none());
        assert!(!Conventional::parse("fix: typo").unwrap().breaking);
    }

    #[test]
    fn reads_a_breaking_footer_over_several_lines() {
        let text = "fix: x\n\nbody\n\nBREAKING CHANGE: the port\nis 81 now\nRefs: 12\n";
        let commit = Conventional::parse(text).unwrap();
        assert_eq!(commit.breaking_note.as_deref(), Some("the port is 81 now"));
        assert!(Conventional::parse("fix: x\n\nbreaking change: no\n").unwrap().breaking_note.is_none());
    }

    #[test]
    fn leaves_other_messages_alone() {
        for text in [
            "",
            "Merge branch 'x'",
            "feat:x",
            "feat(: x",
            "feat(): x",
            "a b: c",
            "fix: ",
            "(x): y",
            "feat(a)(b): c",
        ] {
            assert_eq!(Conventional::parse(text), None, "{text}");
        }
    }
}
