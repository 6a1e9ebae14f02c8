//! Commit messages made harmless: strangers write them, and they end up as Markdown on a web page.

use std::fmt::Write as _;

/// The longest line that is shown, in characters.
const LONGEST_LINE: usize = 300;

/// Stops `@name` from telling that person; it has no width.
const UNPING: char = '\u{200b}';

/// Text for a template of the user: no control characters, no HTML, nobody is told.
///
/// Markdown in it stays, since the user's own patterns may look for it.
#[must_use]
pub fn plain(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = '\n';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        match c {
            '<' if after
                .is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '!' | '/' | '?')) =>
            {
                out.push_str("&lt;");
            }
            '@' if is_mention(before, after) => out.extend(['@', UNPING]),
            _ => out.push(c),
        }
        before = c;
    }
    out.replace("-->", "--&gt;")
}

/// One line as Markdown that shows it literally, but for `code`, and `#12` linked below `issues`.
#[must_use]
pub fn markdown(line: &str, issues: Option<&str>) -> String {
    let line = cut(&visible(line).replace('\n', " "));
    let mut out = String::with_capacity(line.len() + 32);
    let mut rest = line.as_str();
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        if let Some(span) = code_span(rest) {
            out.push_str(span);
            rest = &rest[span.len()..];
            before = '`';
            continue;
        }
        if let Some((number, base)) = issue(rest, before).zip(issues) {
            push_all(&mut out, format_args!("[#{number}]({base}/{number})"));
            rest = &rest[number.len() + 1..];
            before = '0';
            continue;
        }
        let ticks = if c == '`' { rest.len() - rest.trim_start_matches('`').len() } else { 0 };
        rest = &rest[c.len_utf8()..];
        escape(&mut out, c, before, rest.chars().next());
        // An unpaired run of backticks is shown as it is.
        for _ in 1..ticks {
            out.push_str("\\`");
            rest = &rest[1..];
        }
        before = c;
    }
    out
}

fn escape(out: &mut String, c: char, before: char, after: Option<char>) {
    let joins_words = before.is_alphanumeric() && after.is_some_and(char::is_alphanumeric);
    match c {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        '_' if joins_words => out.push('_'),
        '\\' | '[' | ']' | '*' | '_' | '~' | '|' | '`' | '#' => out.extend(['\\', c]),
        '@' if is_mention(before, after) => out.extend(['@', UNPING]),
        _ => out.push(c),
    }
}

fn push_all(out: &mut String, text: std::fmt::Arguments) {
    out.write_fmt(text).expect("writing to a String does not fail");
}

/// True where the forge would tell the person named after an `@`.
fn is_mention(before: char, after: Option<char>) -> bool {
    !before.is_alphanumeric() && after.is_some_and(|next| next.is_ascii_alphanumeric())
}

/// The code span that the text begins with, backticks and all.
fn code_span(text: &str) -> Option<&str> {
    let ticks = text.len() - text.trim_start_matches('`').len();
    if ticks == 0 {
        return None;
    }
    let mut at = ticks;
    while let Some(found) = text[at..].find('`') {
        let begin = at + found;
        let run = text[begin..].len() - text[begin..].trim_start_matches('`').len();
        if run == ticks {
            return Some(&text[..begin + run]);
        }
        at = begin + run;
    }
    None
}

/// The digits of the `#12` that the text begins with.
fn issue(text: &str, before: char) -> Option<&str> {
    let rest = text.strip_prefix('#')?;
    let digits = &rest[..rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len()];
    let joined = before.is_alphanumeric() || rest[digits.len()..].starts_with(|c: char| c.is_alphanumeric());
    ((1..=9).contains(&digits.len()) && !joined).then_some(digits)
}

/// The text without control characters and without those that turn the direction of writing.
fn visible(text: &str) -> String {
    let shown = |c: &char| match *c {
        '\n' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}' => false,
        c => !c.is_control(),
    };
    text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(shown).collect()
}

fn cut(line: &str) -> String {
    let line = line.trim();
    match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_markup_as_text() {
        for (text, shown) in [
            ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
            ("close --> me", "close --&gt; me"),
            ("![pixel](http://x/y)", "!\\[pixel\\](http://x/y)"),
            ("# big", "\\# big"),
            ("**bold** snake_case _it_", "\\*\\*bold\\*\\* snake_case \\_it\\_"),
            ("use `a<b> @x` here", "use `a<b> @x` here"),
            ("lone ` and ``x", "lone \\` and \\`\\`x"),
            ("one ` and ``x` span", "one ` and ``x` span"),
            ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ] {
            assert_eq!(markdown(text, None), shown, "{text}");
        }
    }

    #[test]
    fn tells_nobody() {
        assert_eq!(markdown("thanks @octocat, a@b.com", None), "thanks @\u{200b}octocat, a@b.com");
        assert_eq!(plain("cc @org/team (@x)"), "cc @\u{200b}org/team (@\u{200b}x)");
    }

    #[test]
    fn links_issues_only() {
        let issues = Some("https://forge/o/r/issues");
        assert_eq!(markdown("fix it (#12)", issues), "fix it ([#12](https://forge/o/r/issues/12))");
        assert_eq!(markdown("a#12 #1x #", issues), "a\\#12 \\#1x \\#");
        assert_eq!(markdown("#7", None), "\\#7");
    }

    #[test]
    fn drops_what_cannot_be_seen_and_cuts() {
        assert_eq!(markdown("a\u{1b}[31m\u{202e}b\tc\r\nd", None), "a\\[31mb c d");
        let long = markdown(&"x".repeat(1 << 20), None);
        assert_eq!(long.chars().count(), LONGEST_LINE + 1);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn leaves_markdown_to_the_users_own_template() {
        assert_eq!(plain("[JIRA-1] a < b, <script> --> x"), "[JIRA-1] a < b, &lt;script> --&gt; x");
    }
}
