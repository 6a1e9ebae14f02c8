//! How far text goes on in which nothing counts: where that is far, sixteen bytes at a time.

use wide::u8x16;

use super::tag::{CLASSES, ENDS, STOPS};

/// Bytes that are looked at together.
const PART: usize = 16;

/// How long the name is that these bytes begin with. Names are short and come again: the processor knows their ends
/// before it has looked, which wide registers keep it from.
#[inline]
pub(super) fn name(bytes: &[u8]) -> usize {
    until(bytes, ENDS)
}

/// How many bytes of an attribute's value there are up to one that asks for a closer look, its quote among them.
#[inline]
pub(super) fn value(bytes: &[u8], quote: u8) -> usize {
    /// So many are looked at one by one, as in a name.
    const SHORT: usize = 8;
    let mut at = until(&bytes[..bytes.len().min(SHORT)], STOPS);
    if at < SHORT {
        return at;
    }
    while let Some(part) = bytes[at..].first_chunk::<PART>() {
        let part = u8x16::new(*part);
        let stops = is(part, quote) | is(part, b'<') | is(part, b'&') | is(part, b'\n');
        match stops.to_bitmask() {
            0 => at += PART,
            stops => return at + stops.trailing_zeros() as usize,
        }
    }
    at + until(&bytes[at..], STOPS)
}

/// How long the text is that these bytes begin with, and how many line feeds it has, where a tag follows soon and no
/// reference stands before it.
#[inline]
pub(super) fn text(bytes: &[u8]) -> Option<(usize, u64)> {
    /// Most texts are a line feed and some blanks.
    const SOON: usize = 4;
    let mut feeds = 0;
    for (index, part) in bytes.as_chunks::<PART>().0.iter().take(SOON).enumerate() {
        let part = u8x16::new(*part);
        let lines = is(part, b'\n').to_bitmask();
        match (is(part, b'<') | is(part, b'&')).to_bitmask() {
            0 => feeds += u64::from(lines.count_ones()),
            ends => {
                let before = (1 << ends.trailing_zeros()) - 1;
                let length = index * PART + ends.trailing_zeros() as usize;
                feeds += u64::from((lines & before).count_ones());
                return (bytes[length] == b'<').then_some((length, feeds));
            }
        }
    }
    None
}

/// How many bytes there are before one of this class.
#[inline]
fn until(bytes: &[u8], class: u8) -> usize {
    bytes.iter().position(|&byte| CLASSES[usize::from(byte)] & class != 0).unwrap_or(bytes.len())
}

#[inline]
fn is(part: u8x16, byte: u8) -> u8x16 {
    part.simd_eq(u8x16::splat(byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::CASES;
    use super::*;

    /// Bytes of which some count.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let counts = prop::sample::select(b" \t\r\n<>/=\"'&".to_vec());
        let rare = prop_oneof![1 => counts.clone(), 30 => any::<u8>()];
        let often = prop_oneof![counts, any::<u8>()];
        prop_oneof![prop::collection::vec(rare, 0..100), prop::collection::vec(often, 0..40)]
    }

    /// How many bytes there are before one of these.
    fn before(bytes: &[u8], those: &[u8]) -> usize {
        bytes.iter().position(|byte| those.contains(byte)).unwrap_or(bytes.len())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(CASES))]

        #[test]
        fn they_say_what_byte_by_byte_says(bytes in bytes(), quote in prop_oneof![Just(b'"'), Just(b'\'')]) {
            prop_assert_eq!(name(&bytes), before(&bytes, b" \t\r\n<>/=\"'"));
            let all = before(&bytes, &[quote, b'<', b'&', b'\n']);
            let found = value(&bytes, quote);
            // The other quote is one more closer look at the end of what is held.
            prop_assert!(found == all || (found < all && matches!(bytes[found], b'"' | b'\'')));
            let end = before(&bytes, b"<&");
            match text(&bytes) {
                Some((length, feeds)) => {
                    prop_assert_eq!((length, bytes[length]), (end, b'<'));
                    prop_assert_eq!(feeds, bytes[..end].iter().filter(|&&byte| byte == b'\n').count() as u64);
                }
                None => prop_assert!(bytes.get(end) != Some(&b'<') || end >= bytes.len() / PART * PART || end >= 64),
            }
        }
    }
}
