//! Path patterns of faults: `*` is any run of characters, `/` among them, `?` is any one.

/// Whether the whole of `text` matches `pattern`.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
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
}
