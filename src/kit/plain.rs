//! Foreign text as plain text: made visible, put on one line, cut.

/// Text as one line.
#[must_use]
pub fn one_line(text: &str) -> String {
    let parts: Vec<&str> = text.split(['\n', '\t']).map(str::trim).filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// The text cut to at most `most` characters, with an ellipsis where something is missing.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// The text cut to at most `most` UTF-16 units, in which GitHub counts, never within a character.
#[must_use]
pub fn cut_utf16(text: &str, most: usize) -> String {
    if text.encode_utf16().count() <= most {
        return text.to_owned();
    }
    let mut units = 0;
    let fits = |char: &char| {
        units += char.len_utf16();
        units < most
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// Text without terminal escapes, control characters or characters that reorder what is read. Line ends
/// become line feeds; tabs stay.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\u{1b}' => skip_escape(&mut chars),
            '\u{9b}' => skip_sequence(&mut chars),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\n' | '\t' => clean.push(char),
            _ if char.is_control() => clean.push('\u{fffd}'),
            _ if reorders(char) => clean.extend(format!("<U+{:04X}>", u32::from(char)).chars()),
            _ => clean.push(char),
        }
    }
    clean
}

/// Marks that change the order in which text is shown (Unicode UAX #9), and the byte order mark.
fn reorders(char: char) -> bool {
    matches!(char, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Skips what follows an escape character: ECMA-48 §5.3 to §5.6.
fn skip_escape(chars: &mut Chars<'_>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_sequence(chars);
        }
        // OSC, DCS, SOS, PM and APC carry a text up to a terminator.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            chars.next();
            skip_string(chars);
        }
        Some(' '..='~') => {
            chars.next();
        }
        _ => {}
    }
}

fn skip_sequence(chars: &mut Chars<'_>) {
    while let Some(' '..='?') = chars.peek() {
        chars.next();
    }
    if let Some('@'..='~') = chars.peek() {
        chars.next();
    }
}

/// A text that is never ended ends with its line, so that one torn escape cannot swallow the rest.
fn skip_string(chars: &mut Chars<'_>) {
    while let Some(char) = chars.peek().copied() {
        if matches!(char, '\n' | '\r') {
            return;
        }
        chars.next();
        match char {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                if chars.peek() == Some(&'\\') {
                    chars.next();
                }
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_by_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert_eq!(cut_utf16("a😀b", 4), "a😀b");
        assert_eq!(cut_utf16("a😀bc", 4), "a😀…");
        assert_eq!(cut_utf16("a😀bc", 3), "a…");
    }
}
