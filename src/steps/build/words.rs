//! A command line split into words as a POSIX shell splits it, without anything else a shell does.

/// Splits a line. `{{ … }}` stays whole. What only a shell can do is refused, not passed on as text.
///
/// # Errors
///
/// If a quote or template is not closed, or a character asks for a shell.
pub fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        if c.is_ascii_whitespace() && c != '\n' {
            words.extend(word.take());
            rest = after;
            continue;
        }
        let word = word.get_or_insert_default();
        if let Some((template, after)) = template(rest)? {
            word.push_str(template);
            rest = after;
            continue;
        }
        rest = match c {
            '\'' => {
                let (quoted, after) = after.split_once('\'').ok_or("a single quote is not closed")?;
                word.push_str(quoted);
                after
            }
            '"' => double_quoted(after, word)?,
            '\\' => {
                let escaped = after.chars().next().ok_or("it ends in a backslash")?;
                word.push(escaped);
                &after[escaped.len_utf8()..]
            }
            '|' | '&' | ';' | '<' | '>' | '(' | ')' | '$' | '`' | '*' | '\n' => return Err(needs_shell(c)),
            c => {
                word.push(c);
                after
            }
        };
    }
    words.extend(word);
    if words.is_empty() { Err("it is empty".into()) } else { Ok(words) }
}

fn needs_shell(c: char) -> String {
    format!(
        "`{}` means something to a shell, and there is none: quote it, or write [\"sh\", \"-c\", \"…\"]",
        c.escape_default()
    )
}

/// Reads up to the closing quote; a backslash escapes a quote, a backslash, a dollar sign or a backtick.
fn double_quoted<'a>(text: &'a str, word: &mut String) -> Result<&'a str, String> {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((template, after)) = template(rest)? {
            word.push_str(template);
            rest = after;
            continue;
        }
        let after = &rest[c.len_utf8()..];
        rest = match (c, after.chars().next()) {
            ('"', _) => return Ok(after),
            ('\\', Some(escaped @ ('"' | '\\' | '$' | '`'))) => {
                word.push(escaped);
                &after[1..]
            }
            ('$' | '`', _) => return Err(needs_shell(c)),
            _ => {
                word.push(c);
                after
            }
        };
    }
    Err("a double quote is not closed".into())
}

/// A template's braces at the beginning of the text, and what follows them.
fn template(text: &str) -> Result<Option<(&str, &str)>, String> {
    for (open, close) in [("{{", "}}"), ("{%", "%}"), ("{#", "#}")] {
        if text.starts_with(open) {
            let end = text.find(close).ok_or_else(|| format!("`{open}` is not closed"))? + close.len();
            return Ok(Some(text.split_at(end)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_as_a_shell_does() {
        for (line, words) in [
            ("go generate ./...", vec!["go", "generate", "./..."]),
            ("  a\t'b c'  \"d \\\"e\\\"\" ", vec!["a", "b c", "d \"e\""]),
            ("a'b'\"c\"d", vec!["abcd"]),
            ("a '' \"\"", vec!["a", "", ""]),
            ("a\\ b \\$x", vec!["a b", "$x"]),
            ("upx {{ env.LEVEL }} --x={{ os }}y", vec!["upx", "{{ env.LEVEL }}", "--x={{ os }}y"]),
            ("é 'ß $x | y'", vec!["é", "ß $x | y"]),
        ] {
            assert_eq!(split(line).unwrap(), words, "{line}");
        }
    }

    #[test]
    fn refuses_what_needs_a_shell_or_is_torn() {
        for line in [
            "", "  ", "a | b", "a && b", "a; b", "a > b", "$HOME/x", "\"$x\"", "`a`", "a $(b)", "rm *",
            "a 'b", "a \"b", "a\\", "a {{ b", "a\nb",
        ] {
            assert!(split(line).is_err(), "{line}");
        }
    }
}
