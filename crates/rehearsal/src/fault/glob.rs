//! Path patterns of faults: `*` is any run of characters, `/` among them, `?` is any one, `{n}` is a number.

/// What stands for a number.
const NUMBER: &[u8] = b"{n}";

/// Whether the whole of `text` matches `pattern`.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        let digits = text[t..].iter().take_while(|c| c.is_ascii_digit()).count();
        match pattern.get(p) {
            // As long as it is: half a number is none.
            Some(b'{') if pattern[p..].starts_with(NUMBER) && digits > 0 && !ends_in_digit(&text[..t]) => {
                p += NUMBER.len();
                t += digits;
            }
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == b'?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                // Let the last star swallow one character more and try again from there.
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

fn ends_in_digit(text: &[u8]) -> bool {
    text.last().is_some_and(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_crosses_slashes() {
        assert!(matches("*/assets", "/api/uploads/repos/o/r/releases/1/assets"));
        assert!(matches("*", "/"));
        assert!(matches("*/releases/*", "/repos/o/r/releases/12"));
        assert!(!matches("*/releases/*", "/repos/o/r/releases"));
        assert!(!matches("*/assets", "/repos/o/r/assets/1"));
        assert!(matches("/a?c*", "/abc"));
        assert!(!matches("", "/"));
    }

    #[test]
    fn a_number_is_a_whole_one() {
        for id in ["1", "1003", "123456"] {
            assert!(matches("*/releases/{n}", &format!("/repos/o/r/releases/{id}")), "{id}");
            assert!(matches("*/releases/{n}/assets", &format!("/repos/o/r/releases/{id}/assets")), "{id}");
        }
        for other in
            ["releases/assets/1003", "releases/latest", "releases/", "releases/1a", "releases/tags/v1"]
        {
            assert!(!matches("*/releases/{n}", &format!("/repos/o/r/{other}")), "{other}");
        }
        assert!(matches("*{n}", "/a12") && !matches("/a1{n}", "/a12"));
    }
}
