//! Where a JSON value ends, without reading it: brackets and strings are all that counts.

/// How many containers may be open at once, as `serde_json` has it.
pub(super) const DEEPEST: usize = 127;

/// Looks for the end of the value that begins with the first byte. What is no JSON has an end too: whoever reads it
/// tells what is wrong.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// What has been looked at.
    at: usize,
    open: usize,
    /// No fewer containers than were ever open at once.
    deepest: usize,
    string: bool,
}

impl Scan {
    /// How many bytes have been looked at.
    #[cfg(test)]
    pub(super) fn looked(&self) -> usize {
        self.at
    }

    /// No fewer containers than were ever open at once, and at most seven more.
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
            } else if self.eights(bytes) || self.one(bytes.get(self.at)) {
                return Some(self.at);
            }
        }
        None
    }

    /// Looks at eight bytes at a time, up to a string or to where it takes a closer look. True if what is open is
    /// too deep.
    #[inline]
    fn eights(&mut self, bytes: &[u8]) -> bool {
        while let Some(eight) = bytes[self.at..].first_chunk::<8>() {
            let word = u64::from_le_bytes(*eight);
            let quotes = first(word, b'"');
            // All that is before the first quote.
            let before = quotes.wrapping_sub(1) & !quotes;
            // The brackets of lists and objects differ in one bit.
            let either = word | (LOW * 0x20);
            let (opens, closes) = (count(equal(either, b'{') & before), count(equal(either, b'}') & before));
            if closes >= self.open {
                return false;
            }
            self.deepest = self.deepest.max(self.open + opens);
            self.open = self.open + opens - closes;
            if self.open > DEEPEST {
                self.at += 8;
                return true;
            }
            if quotes != 0 {
                self.at += quotes.trailing_zeros() as usize / 8 + 1;
                self.string = true;
                return false;
            }
            self.at += 8;
        }
        false
    }

    /// Looks at one byte, unless it is of a string or there is none; true if the value ends with it, or is too deep.
    #[inline]
    fn one(&mut self, byte: Option<&u8>) -> bool {
        let Some(byte) = byte.filter(|_| !self.string) else { return false };
        self.at += 1;
        match byte {
            b'"' => self.string = true,
            b'{' | b'[' => {
                self.open += 1;
                self.deepest = self.deepest.max(self.open);
                return self.open > DEEPEST;
            }
            b'}' | b']' => {
                self.open -= 1;
                return self.open == 0;
            }
            _ => {}
        }
        false
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
    #[inline]
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

/// How many containers are open at once in a value, counted one by one.
pub(super) fn depth(value: &[u8]) -> usize {
    deepest(value).0
}

/// As [`depth`], and how many bytes were looked at: up to the first container too many, if there is one.
pub(super) fn deepest(value: &[u8]) -> (usize, usize) {
    let mut scan = Scan::default();
    while scan.at < value.len() {
        if scan.string {
            if !scan.string_ends(value) {
                break;
            }
        } else if scan.one(value.get(scan.at)) {
            break;
        }
    }
    (scan.deepest, scan.at)
}

/// Where those containers begin that are open at the end of these bytes, the outermost first.
pub(super) fn unclosed(bytes: &[u8]) -> Vec<usize> {
    let (mut scan, mut open) = (Scan::default(), Vec::new());
    while let Some(byte) = bytes.get(scan.at) {
        if scan.string {
            if !scan.string_ends(bytes) {
                break;
            }
            continue;
        }
        match byte {
            b'"' => scan.string = true,
            b'{' | b'[' => open.push(scan.at),
            b'}' | b']' => drop(open.pop()),
            _ => {}
        }
        scan.at += 1;
    }
    open
}

/// How many bytes there are before the first quote or backslash: eight at a time.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*eight);
        let found = first(word, b'"') | first(word, b'\\');
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let end = bytes[at..].iter().position(|byte| matches!(byte, b'"' | b'\\'));
    end.map_or(bytes.len(), |end| at + end)
}

/// The lowest bit of each of eight bytes.
const LOW: u64 = 0x0101_0101_0101_0101;

/// The highest bit of each byte that is this one.
#[inline]
fn equal(word: u64, byte: u8) -> u64 {
    const REST: u64 = LOW * 0x7f;
    let other = word ^ (LOW * u64::from(byte));
    // A byte with any bit set gets its highest one.
    !(((other & REST) + REST) | other | REST)
}

/// The highest bit of the first byte that is this one, and of none before it; behind it others may have theirs too. It
/// takes less than [`equal`].
#[inline]
fn first(word: u64, byte: u8) -> u64 {
    const HIGH: u64 = LOW * 0x80;
    let other = word ^ (LOW * u64::from(byte));
    other.wrapping_sub(LOW) & !other & HIGH
}

/// How many bytes have their highest bit set, where no other bit is.
#[inline]
fn count(highest: u64) -> usize {
    ((highest >> 7).wrapping_mul(LOW) >> 56) as usize
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
        assert!(end(&"[".repeat(10_000)).is_some_and(|at| at >= DEEPEST));
    }

    /// Where a list ends and how deep it is, byte by byte.
    fn slowly(bytes: &[u8]) -> Option<(usize, usize)> {
        let (mut open, mut deepest, mut string, mut escaped) = (0_usize, 0, false, false);
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if string => escaped = true,
                b'"' => string = !string,
                b'[' | b'{' if !string => open += 1,
                b']' | b'}' if !string => open -= 1,
                _ => {}
            }
            deepest = deepest.max(open);
            if open == 0 {
                return Some((at + 1, deepest));
            }
        }
        None
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(CASES))]

        #[test]
        fn brackets_outside_of_strings_decide(
            bytes in prop::collection::vec(
                prop_oneof![4 => prop::sample::select(b"[{]}\"\\, 1".to_vec()), 1 => any::<u8>()], 0..60,
            ),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = [&b"["[..], &bytes].concat();
            let wanted = slowly(&bytes);
            let cut = cut.index(bytes.len());
            let mut scan = Scan::default();
            let found = scan.end(&bytes[..cut]).or_else(|| scan.end(&bytes));
            prop_assert_eq!(found, wanted.map(|(end, _)| end));
            if let Some((end, deepest)) = wanted {
                bytes.truncate(end);
                prop_assert!((deepest..deepest + 8).contains(&scan.deepest()));
            }
        }

        #[test]
        fn what_is_open_begins_where_no_end_follows(
            bytes in prop::collection::vec(prop::sample::select(b"[{]}\"\\, 1".to_vec()), 0..60),
        ) {
            let ends = |from: usize| slowly(&bytes[from..]).is_some();
            let (mut string, mut escaped, mut wanted) = (false, false, Vec::new());
            for (at, byte) in bytes.iter().enumerate() {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' if string => escaped = true,
                    b'"' => string = !string,
                    b'[' | b'{' if !string && !ends(at) => wanted.push(at),
                    _ => {}
                }
            }
            prop_assert_eq!(unclosed(&bytes), wanted);
        }

        #[test]
        fn plain_bytes_are_those_before_a_quote_or_backslash(
            bytes in prop::collection::vec(prop_oneof![Just(b'"'), Just(b'\\'), any::<u8>()], 0..40),
        ) {
            let wanted = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(bytes.len());
            prop_assert_eq!(plain(&bytes), wanted);
        }
    }
}
