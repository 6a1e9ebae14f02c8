//! Where a JSON value ends, without reading it: brackets and strings are all that counts.

/// How many containers may be open at once, as `serde_json` has it.
pub(super) const DEEPEST: usize = 127;

/// What a byte is outside of strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Of a number, a word, or a blank.
    Other,
    Quote,
    Open,
    Close,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    classes[b'"' as usize] = Class::Quote;
    classes[b'{' as usize] = Class::Open;
    classes[b'[' as usize] = Class::Open;
    classes[b'}' as usize] = Class::Close;
    classes[b']' as usize] = Class::Close;
    classes
};

/// Looks for the end of the value that begins with the first byte. What is no JSON has an end too: whoever reads it
/// tells what is wrong.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// What has been looked at.
    at: usize,
    open: usize,
    /// The most containers that were open at once.
    deepest: usize,
    string: bool,
}

impl Scan {
    /// The most containers that were open at once.
    pub(super) fn deepest(&self) -> usize {
        self.deepest
    }

    /// The length of the value, or none if it goes on behind these bytes; then again with more of them.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.at == 0 && !matches!(bytes.first(), None | Some(b'"' | b'{' | b'[')) {
            return self.word(bytes);
        }
        while self.at < bytes.len() {
            if self.string {
                if !self.string_ends(bytes) {
                    return None;
                }
                if self.open == 0 {
                    return Some(self.at);
                }
            }
            let mut at = self.at;
            while let Some(&byte) = bytes.get(at) {
                at += 1;
                match CLASSES[usize::from(byte)] {
                    Class::Other => {}
                    Class::Quote => {
                        self.string = true;
                        break;
                    }
                    Class::Open => {
                        self.open += 1;
                        self.deepest = self.deepest.max(self.open);
                        if self.open > DEEPEST {
                            return Some(at);
                        }
                    }
                    Class::Close => {
                        self.open -= 1;
                        if self.open == 0 {
                            return Some(at);
                        }
                    }
                }
            }
            self.at = at;
        }
        None
    }

    /// A number or a word ends before what can't be in one.
    fn word(&mut self, bytes: &[u8]) -> Option<usize> {
        let ends =
            |byte: &u8| matches!(byte, b',' | b']' | b'}' | b':' | b'"' | b' ' | b'\n' | b'\r' | b'\t');
        let end = bytes.iter().position(ends);
        // What is none of both is one byte, which is refused.
        end.map(|end| end.max(1))
    }

    /// Goes behind the quote that ends the string; false if it is not there.
    fn string_ends(&mut self, bytes: &[u8]) -> bool {
        loop {
            self.at += plain(&bytes[self.at..]);
            match bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    self.string = false;
                    return true;
                }
                Some(b'\\') if self.at + 1 < bytes.len() => self.at += 2,
                // The byte behind a backslash may be in the next part.
                _ => return false,
            }
        }
    }
}

/// How many bytes there are before the first quote or backslash: eight at a time.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = LOW << 7;
    // The lowest byte that is 0 has its highest bit set in this; bytes above it may have, too.
    let zeros = |word: u64| word.wrapping_sub(LOW) & !word & HIGH;
    let (eights, rest) = bytes.as_chunks::<8>();
    for (number, eight) in eights.iter().enumerate() {
        let word = u64::from_le_bytes(*eight);
        let found = zeros(word ^ (LOW * b'"' as u64)) | zeros(word ^ (LOW * b'\\' as u64));
        if found != 0 {
            return number * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'));
    eights.len() * 8 + end.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::CASES;
    use super::*;

    fn end(text: &str) -> Option<usize> {
        Scan::default().end(text.as_bytes())
    }

    #[test]
    fn values_end_where_they_end() {
        for value in [
            "{}",
            "[]",
            r#"{"a":[1,"]}\"[",{}]}"#,
            r#""a\\""#,
            r#""a long text with \"quotes\" and \\ in it""#,
            "[\"\u{e4}\u{1f600}\"]",
        ] {
            assert_eq!(end(&format!("{value},{value}]")), Some(value.len()), "{value}");
            for cut in 0..value.len() {
                let mut scan = Scan::default();
                assert_eq!(scan.end(&value.as_bytes()[..cut]), None, "{value} at {cut}");
                assert_eq!(scan.end(value.as_bytes()), Some(value.len()), "{value} at {cut}");
            }
        }
        for (text, length) in [("12,", 2), ("-1.5e3]", 6), ("true}", 4), (",", 1), ("]", 1), ("nul l", 3)] {
            assert_eq!(end(text), Some(length), "{text}");
        }
        assert_eq!((end(""), end("12"), end("\"x")), (None, None, None));
        assert_eq!(end(&"[".repeat(10_000)), Some(DEEPEST + 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(CASES))]

        #[test]
        fn plain_bytes_are_those_before_a_quote_or_backslash(
            bytes in prop::collection::vec(prop_oneof![Just(b'"'), Just(b'\\'), any::<u8>()], 0..40),
        ) {
            let wanted = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(bytes.len());
            prop_assert_eq!(plain(&bytes), wanted);
        }
    }
}
