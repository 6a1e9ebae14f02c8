//! Numbers out of bytes; running out of them is an error and never a panic.

use anyhow::{Context as _, Result, ensure};

/// What is left to read.
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next bytes.
    pub fn take(&mut self, many: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(many).context("it ends too early")?;
        self.0 = rest;
        Ok(taken)
    }

    /// As many bytes as a number in them says.
    pub fn take_long(&mut self, many: u64) -> Result<&'a [u8]> {
        self.take(usize::try_from(many).context("it is too long")?)
    }

    /// Four bytes, the lowest first.
    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into()?))
    }

    /// Eight bytes, the lowest first.
    pub fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into()?))
    }

    /// A number in LEB128.
    pub fn leb(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            let bits = u64::from(byte & 0x7f);
            ensure!(shift < 63 || bits <= 1, "a number is too large");
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        anyhow::bail!("a number does not end")
    }

    /// A number in LEB128 that counts what follows, each of at least one byte.
    pub fn len(&mut self) -> Result<usize> {
        let many = usize::try_from(self.leb()?).context("it is too long")?;
        ensure!(many <= self.0.len(), "it tells of {many} things and has {} bytes", self.0.len());
        Ok(many)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_and_stops_at_the_end() {
        let mut bytes = Bytes(&[0xe5, 0x8e, 0x26, 1, 0, 0, 0, 9]);
        assert_eq!(bytes.leb().unwrap(), 624_485);
        assert_eq!(bytes.u32().unwrap(), 1);
        assert!(bytes.u64().is_err());
        assert!(Bytes(&[0x80]).leb().is_err());
        assert!(Bytes(&[0xff; 12]).leb().is_err());
        assert_eq!(
            Bytes(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]).leb().unwrap(),
            u64::MAX
        );
        assert!(Bytes(&[5, 0]).len().is_err());
    }
}
