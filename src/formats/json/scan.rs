//! Where a JSON value ends, without reading it: brackets and strings are all that counts, many bytes at a time.
//!
//! What is behind a backslash does not count. Outside of strings JSON has none, so that is only a rule for all of us:
//! reading ends at the backslash.

use memchr::memchr2;
use wide::u8x16;

/// How many containers may be open at once, as `serde_json` has it.
pub(super) const DEEPEST: usize = 127;

/// As many bytes are looked at together.
const BLOCK: usize = 64;

/// Looks for the end of the value that begins with the first byte. What is no JSON has an end too: whoever reads it
/// tells what is wrong.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// What has been looked at.
    at: usize,
    open: usize,
    /// No fewer containers than were ever open at once.
    deepest: usize,
    /// Within a string, at the byte that comes next.
    string: bool,
    /// The byte that comes next stands behind a backslash.
    escaped: bool,
}

impl Scan {
    /// How many bytes have been looked at.
    #[cfg(test)]
    pub(super) fn looked(&self) -> usize {
        self.at
    }

    /// No fewer containers than were ever open at once, and fewer than a block has bytes more.
    pub(super) fn deepest(&self) -> usize {
        self.deepest
    }

    /// The length of the value, or none if it goes on behind these bytes; then again with more of them.
    #[inline]
    pub(super) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        match bytes.first()? {
            b'"' => self.text(bytes),
            b'{' | b'[' => self.container(bytes),
            _ => word(bytes),
        }
    }

    /// A string ends with its second quote.
    fn text(&mut self, bytes: &[u8]) -> Option<usize> {
        self.at = self.at.max(1);
        let end = string_ends(bytes, self.at);
        self.at = end.unwrap_or_else(|at| at);
        end.ok()
    }

    /// A container ends with the bracket that closes its first one.
    fn container(&mut self, bytes: &[u8]) -> Option<usize> {
        loop {
            let rest = &bytes[self.at..];
            let (end, len) = match rest.first_chunk::<BLOCK>() {
                Some(block) => (self.block(block, BLOCK), BLOCK),
                None if rest.is_empty() => return None,
                None => {
                    // Blanks change nothing.
                    let mut block = [b' '; BLOCK];
                    block[..rest.len()].copy_from_slice(rest);
                    (self.block(&block, rest.len()), rest.len())
                }
            };
            if let Some(end) = end {
                self.at += end;
                return Some(self.at);
            }
            self.at += len;
        }
    }

    /// Looks at the bytes of a block, of which the first `len` are there: how many of them belong to the value if it
    /// ends here, or is too deep.
    #[inline]
    fn block(&mut self, block: &[u8; BLOCK], len: usize) -> Option<usize> {
        let marks = Marks::of(block);
        let escaped = self.escapes(marks.backslashes, len);
        let odd = odd(marks.quotes & !escaped);
        let inside = if self.string { !odd } else { odd };
        self.string = inside >> (BLOCK - 1) == 1;
        let counts = !inside & !escaped;
        let (opens, closes) = (marks.opens & counts, marks.closes & counts);
        let (opened, closed) = (opens.count_ones() as usize, closes.count_ones() as usize);
        if closed < self.open && self.open + opened <= DEEPEST {
            self.open += opened;
            self.deepest = self.deepest.max(self.open);
            self.open -= closed;
            return None;
        }
        let mut brackets = opens | closes;
        while brackets != 0 {
            let at = brackets.trailing_zeros() as usize;
            brackets &= brackets - 1;
            if opens >> at & 1 == 1 {
                self.open += 1;
                self.deepest = self.deepest.max(self.open);
            } else {
                self.open -= 1;
            }
            if self.open == 0 || self.open > DEEPEST {
                return Some(at + 1);
            }
        }
        None
    }

    /// Which bytes of a block stand behind a backslash that counts.
    #[inline]
    fn escapes(&mut self, backslashes: u64, len: usize) -> u64 {
        let mut escaped = u64::from(std::mem::take(&mut self.escaped));
        let mut left = backslashes & !escaped;
        while left != 0 {
            let behind = left.trailing_zeros() as usize + 1;
            if behind == len {
                self.escaped = true;
                break;
            }
            escaped |= 1 << behind;
            left &= left - 1;
            left &= !escaped;
        }
        escaped
    }
}

/// Where in a block those bytes are that count, a bit for each, the lowest for the first.
#[derive(Default)]
struct Marks {
    quotes: u64,
    backslashes: u64,
    opens: u64,
    closes: u64,
}

impl Marks {
    #[inline]
    fn of(block: &[u8; BLOCK]) -> Self {
        let mut marks = Self::default();
        for (index, &part) in block.as_chunks::<16>().0.iter().enumerate() {
            let part = u8x16::new(part);
            // The brackets of lists and objects differ in one bit.
            let either = part | u8x16::splat(0x20);
            let bits = |bytes: u8x16, byte| {
                u64::from(bytes.simd_eq(u8x16::splat(byte)).to_bitmask()) << (index * 16)
            };
            marks.quotes |= bits(part, b'"');
            marks.backslashes |= bits(part, b'\\');
            marks.opens |= bits(either, b'{');
            marks.closes |= bits(either, b'}');
        }
        marks
    }
}

/// Which bits have an odd number of bits up to them, with themselves.
#[inline]
fn odd(mut bits: u64) -> u64 {
    for by in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << by;
    }
    bits
}

/// A number or a word ends before what can't be in one.
fn word(bytes: &[u8]) -> Option<usize> {
    let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b':' | b'"' | b' ' | b'\n' | b'\r' | b'\t');
    let end = bytes.iter().position(ends);
    // What is none of both is one byte, which is refused.
    end.map(|end| end.max(1))
}

/// Behind the quote that ends the string that these bytes are of from here on; or how far there is none.
fn string_ends(bytes: &[u8], mut at: usize) -> Result<usize, usize> {
    loop {
        at = memchr2(b'"', b'\\', &bytes[at..]).map_or(bytes.len(), |found| at + found);
        match bytes.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') if at + 1 < bytes.len() => at += 2,
            // The byte behind a backslash may be in the next part.
            _ => return Err(at),
        }
    }
}

/// What of these bytes counts, and where: nothing of a string, and nothing behind a backslash.
fn outside(bytes: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let &byte = bytes.get(at)?;
            at = match byte {
                b'"' => string_ends(bytes, at + 1).unwrap_or(bytes.len()),
                b'\\' => at + 2,
                _ => {
                    at += 1;
                    return Some((at - 1, byte));
                }
            }
        }
    })
}

/// Where in a value the first container begins that is one more than these open at once, counted one by one.
pub(super) fn too_deep(value: &[u8], most: usize) -> Option<usize> {
    let mut open = 0_usize;
    for (at, byte) in outside(value) {
        match byte {
            b'{' | b'[' if open == most => return Some(at),
            b'{' | b'[' => open += 1,
            b'}' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// Where those containers begin that are open at the end of these bytes, the outermost first.
pub(super) fn unclosed(bytes: &[u8]) -> Vec<usize> {
    let mut open = Vec::new();
    for (at, byte) in outside(bytes) {
        match byte {
            b'{' | b'[' => open.push(at),
            b'}' | b']' => drop(open.pop()),
            _ => {}
        }
    }
    open
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

    /// Where a list ends, or is too deep, and how deep it is, byte by byte.
    fn slowly(bytes: &[u8]) -> Option<(usize, usize)> {
        let (mut open, mut deepest, mut string, mut escaped) = (0_usize, 0, false, false);
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => string = !string,
                b'[' | b'{' if !string => open += 1,
                b']' | b'}' if !string => open -= 1,
                _ => {}
            }
            deepest = deepest.max(open);
            if open == 0 || open > DEEPEST {
                return Some((at + 1, deepest));
            }
        }
        None
    }

    /// Bytes of which most count.
    fn marks(most: usize) -> impl Strategy<Value = Vec<u8>> {
        let counts = prop::sample::select(b"[{]}\"\\, 1".to_vec());
        let open = prop::sample::select(b"[{".to_vec());
        let byte = prop_oneof![8 => counts, 2 => open, 2 => any::<u8>()];
        prop::collection::vec(byte, 0..most)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(CASES))]

        #[test]
        fn brackets_outside_of_strings_decide(
            depth in prop_oneof![Just(1_usize), 100..=DEEPEST],
            bytes in prop_oneof![marks(60), marks(400)],
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = [&b"[".repeat(depth), &bytes[..]].concat();
            let wanted = slowly(&bytes);
            let cut = cut.index(bytes.len());
            let mut scan = Scan::default();
            let found = scan.end(&bytes[..cut]).or_else(|| scan.end(&bytes));
            prop_assert_eq!(found, wanted.map(|(end, _)| end));
            if let Some((end, most)) = wanted {
                bytes.truncate(end);
                prop_assert_eq!(too_deep(&bytes, most), None);
                let first = too_deep(&bytes, most - 1).unwrap();
                prop_assert_eq!(slowly(&bytes[..first]), None);
                prop_assert_eq!(bytes[first] | 0x20, 0x7b);
                prop_assert!((most..most + BLOCK).contains(&scan.deepest()));
            }
        }

        #[test]
        fn a_text_ends_with_its_quote(
            bytes in prop_oneof![marks(20), marks(100)],
            cut in any::<prop::sample::Index>(),
        ) {
            let bytes = [&b"\""[..], &bytes].concat();
            let list = [&b"["[..], &bytes, b"]"].concat();
            let (mut scan, cut) = (Scan::default(), cut.index(bytes.len()));
            let found = scan.end(&bytes[..cut]).or_else(|| scan.end(&bytes));
            let wanted = (1..=bytes.len()).find(|&end| slowly(&[&list[..=end], b"]"].concat()).is_some());
            prop_assert_eq!(found, wanted);
        }

        #[test]
        fn what_is_open_begins_where_no_end_follows(
            bytes in marks(60),
        ) {
            let ends = |from: usize| slowly(&bytes[from..]).is_some();
            let (mut string, mut escaped, mut wanted) = (false, false, Vec::new());
            for (at, byte) in bytes.iter().enumerate() {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'"' => string = !string,
                    b'[' | b'{' if !string && !ends(at) => wanted.push(at),
                    _ => {}
                }
            }
            prop_assert_eq!(unclosed(&bytes), wanted);
        }
    }
}
