//! The raw profiles that LLVM's runtime writes: how often each counter was reached.

use std::collections::HashMap;

use anyhow::{Context as _, Result, bail, ensure};

use crate::bytes::Bytes;

/// The first eight bytes on a machine of 64 bits.
const MAGIC: u64 = u64::from_be_bytes([255, b'l', b'p', b'r', b'o', b'f', b'r', 129]);

/// The version that LLVM 19 to 22 write, which is rustc 1.82 to 1.95 at least.
const VERSION: u64 = 10;

/// The bytes of a version's number; those above say in which way was counted.
const VERSION_BITS: u64 = 0x00ff_ffff_ffff_ffff;

/// Counters of one byte each.
const BYTE_COVERAGE: u64 = 1 << 60;

/// The length of a function's record.
const RECORD: u64 = 64;

/// A function as it was compiled: the digest of its name, and that of its structure.
pub type Function = (u64, u64);

/// The counters of each function, those of all profiles added.
#[derive(Debug, Default)]
pub struct Counts(pub HashMap<Function, Vec<u64>>);

/// What a profile begins with, as far as it is needed.
struct Header {
    ids: u64,
    records: u64,
    before_counters: u64,
    counters: u64,
    delta: u64,
}

impl Header {
    fn read(bytes: &mut Bytes<'_>) -> Result<Self> {
        ensure!(bytes.u64()? == MAGIC, "it is no raw profile of LLVM");
        let version = bytes.u64()?;
        if version & VERSION_BITS != VERSION {
            bail!(
                "it has version {}, and only {VERSION} is known (crates/lines/src/profile.rs)",
                version & VERSION_BITS
            );
        }
        ensure!(version & BYTE_COVERAGE == 0, "its counters are single bytes");
        let [ids, records, before_counters, counters] =
            [bytes.u64()?, bytes.u64()?, bytes.u64()?, bytes.u64()?];
        // Padding, bitmaps and their padding, names.
        bytes.take(4 * 8)?;
        let delta = bytes.u64()?;
        // Where bitmaps and names lie, tables of methods, kinds of values.
        bytes.take(5 * 8)?;
        Ok(Self { ids, records, before_counters, counters, delta })
    }
}

impl Counts {
    /// Adds what a profile holds.
    ///
    /// # Errors
    ///
    /// If it is none, or is cut.
    pub fn add(&mut self, profile: &[u8]) -> Result<()> {
        let mut bytes = Bytes(profile);
        let header = Header::read(&mut bytes)?;
        bytes.take_long(header.ids)?;
        let length = header.records.checked_mul(RECORD).context("it has too many functions")?;
        let mut records = Bytes(bytes.take_long(length)?);
        bytes.take_long(header.before_counters)?;
        let length = header.counters.checked_mul(8).context("it has too many counters")?;
        let counters = bytes.take_long(length)?;
        for index in 0..header.records {
            let function = (records.u64()?, records.u64()?);
            let place = records.u64()?;
            // Bitmap, address, values.
            records.take(3 * 8)?;
            let many = records.u32()?;
            records.take(12)?;
            // Each record tells the way from itself to its counters; the header from the first to the first.
            let start = place.wrapping_sub(header.delta.wrapping_sub(index * RECORD));
            let start = usize::try_from(start).context("a function's counters lie nowhere")?;
            let mut own = Bytes(counters.get(start..).context("a function's counters lie behind the end")?);
            self.add_function(function, many, &mut own)?;
        }
        Ok(())
    }

    fn add_function(&mut self, function: Function, many: u32, own: &mut Bytes<'_>) -> Result<()> {
        let sums = self.0.entry(function).or_default();
        for index in 0..usize::try_from(many)? {
            let count = own.u64()?;
            match sums.get_mut(index) {
                Some(sum) => *sum = sum.saturating_add(count),
                None => sums.push(count),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A profile of one function.
    pub fn profile(counters: &[u64]) -> Vec<u8> {
        let (records, names) = (1, 0);
        let delta = RECORD.wrapping_neg();
        let header = [
            MAGIC,
            VERSION,
            0,
            records,
            0,
            u64::try_from(counters.len()).unwrap(),
            0,
            0,
            0,
            names,
            delta,
            0,
            0,
            0,
            0,
            2,
        ];
        let mut all: Vec<u8> = header.iter().flat_map(|number| number.to_le_bytes()).collect();
        for number in [7, 8, delta, 0, 0, 0] {
            all.extend(u64::to_le_bytes(number));
        }
        all.extend(u32::try_from(counters.len()).unwrap().to_le_bytes());
        all.extend([0; 12]);
        all.extend(counters.iter().flat_map(|count| count.to_le_bytes()));
        all
    }

    #[test]
    fn counts_of_several_processes_are_added() {
        let mut counts = Counts::default();
        counts.add(&profile(&[1, 0, u64::MAX])).unwrap();
        counts.add(&profile(&[2, 0, 5])).unwrap();
        assert_eq!(counts.0[&(7, 8)], [3, 0, u64::MAX]);
    }

    #[test]
    fn a_profile_that_is_cut_anywhere_is_an_error() {
        let whole = profile(&[1, 2, 3]);
        for end in 0..whole.len() {
            assert!(Counts::default().add(&whole[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn another_version_is_named() {
        let mut newer = profile(&[1]);
        newer[8] = 11;
        let told = Counts::default().add(&newer).unwrap_err().to_string();
        assert!(told.starts_with("it has version 11, and only 10 is known"), "{told}");
    }
}
