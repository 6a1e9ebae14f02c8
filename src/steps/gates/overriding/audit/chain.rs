//! The chain of lines. Each line is written in one form only and holds its own digest, which covers the digest of
//! the line before: no byte of any line can be another one without being seen.

use super::entry::{Entry, FORMAT, Said};
use crate::model::Digest;

/// What the first line follows.
pub const GENESIS: [u8; 32] = [0; 32];

/// What stands before a line's own digest.
const SEAL: &str = ",\"sha256\":\"";

/// What stands after it.
const END: &str = "\"}";

/// Where the chain breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Broken {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// The digest that the first line follows.
pub fn genesis() -> String {
    GENESIS.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The line for this, after so many lines of which the last has this digest; and its own digest.
///
/// # Errors
///
/// If it cannot be written as JSON.
pub fn line_of(said: &Said, seq: u64, head: Digest) -> Result<(String, Digest), serde_json::Error> {
    let entry = Entry { v: FORMAT, seq, said: said.clone(), prev_sha256: head.hex() };
    let body = serde_json::to_string(&entry)?;
    let digest = Digest::of(body.as_bytes());
    // The body is an object: its last byte is the brace that the seal stands before.
    let open = body.strip_suffix('}').unwrap_or(&body);
    Ok((format!("{open}{SEAL}{}{END}\n", digest.hex()), digest))
}

/// Reads a log from its first line, and gives the digest of the last one.
///
/// # Errors
///
/// The first line that is not what was written.
pub fn verify(bytes: &[u8]) -> Result<(Vec<Entry>, Digest), Broken> {
    let mut entries = Vec::new();
    let mut head: Digest = genesis().parse().map_err(|_| broken(0, "no beginning"))?;
    let mut rest = bytes;
    while !rest.is_empty() {
        let line = entries.len() + 1;
        let end = rest.iter().position(|byte| *byte == b'\n');
        let end = end.ok_or_else(|| broken(line, "it is torn: no line feed ends it"))?;
        let (text, after) = rest.split_at(end);
        let text = std::str::from_utf8(text).map_err(|_| broken(line, "it is not UTF-8"))?;
        let (entry, digest) = read(text, line)?;
        if entry.seq != entries.len() as u64 {
            return Err(broken(line, &format!("it says that it is the line with the number {}", entry.seq)));
        }
        if entry.prev_sha256 != head.hex() {
            return Err(broken(line, "it does not follow the line before it"));
        }
        head = digest;
        entries.push(entry);
        rest = &after[1..];
    }
    Ok((entries, head))
}

fn read(text: &str, line: usize) -> Result<(Entry, Digest), Broken> {
    let sealed = text.strip_suffix(END).and_then(|text| text.rsplit_once(SEAL));
    let (open, seal) = sealed.ok_or_else(|| broken(line, "it ends with no digest of its own"))?;
    let body = format!("{open}}}");
    let digest = Digest::of(body.as_bytes());
    if digest.hex() != seal {
        return Err(broken(line, "its digest is not that of its words"));
    }
    let entry: Entry =
        serde_json::from_str(&body).map_err(|error| broken(line, &format!("it is no entry: {error}")))?;
    if entry.v != FORMAT {
        let why = format!("it has the form {}, and {FORMAT} is known: use a later release-action", entry.v);
        return Err(broken(line, &why));
    }
    // One entry is written in one way only.
    match serde_json::to_string(&entry) {
        Ok(same) if same == body => Ok((entry, digest)),
        _ => Err(broken(line, "it is not as release-action writes it")),
    }
}

fn broken(line: usize, why: &str) -> Broken {
    Broken { line, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::steps::gates::overriding::audit::Outcome;

    fn said(reason: &str, outcome: Outcome) -> Said {
        Said {
            id: "i".into(),
            at: DateTime::UNIX_EPOCH,
            outcome,
            repository: "acme/greeter".into(),
            project: String::new(),
            tag: "v1.0.0".into(),
            commit: "c".repeat(40),
            run: Some(7),
            attempt: "1".into(),
            actor: "eve".into(),
            gates: vec!["tests".into()],
            reason: reason.into(),
            ticket: "OPS-1".into(),
            expires: DateTime::UNIX_EPOCH,
            nonce: "ro1-0".into(),
            approver: Some("ada".into()),
            comment: None,
            refused: Vec::new(),
        }
    }

    fn log() -> (Vec<u8>, Digest) {
        let (mut bytes, mut head) = (Vec::new(), genesis().parse().unwrap());
        for (seq, reason) in ["one \"quoted\"", "two ü", "three"].into_iter().enumerate() {
            let outcome = if seq == 1 { Outcome::Refused } else { Outcome::Accepted };
            let (line, next) = line_of(&said(reason, outcome), seq as u64, head).unwrap();
            bytes.extend(line.into_bytes());
            head = next;
        }
        (bytes, head)
    }

    #[test]
    fn reads_what_was_written() {
        let (bytes, head) = log();
        let (entries, read) = verify(&bytes).unwrap();
        assert_eq!((entries.len(), read), (3, head));
        assert_eq!(entries[1].said, said("two ü", Outcome::Refused));
        assert_eq!(verify(b"").unwrap().0, []);
    }

    #[test]
    fn breaks_at_the_line_in_which_any_bit_of_any_byte_is_another_one() {
        let (bytes, _) = log();
        let mut flips = 0;
        for at in 0..bytes.len() {
            let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            for bit in 0..8 {
                let mut other = bytes.clone();
                other[at] ^= 1 << bit;
                let broken = verify(&other).unwrap_err();
                assert_eq!(broken.line, line, "byte {at}, bit {bit}: {broken}");
                flips += 1;
            }
        }
        assert!(flips > 8_000, "{flips}");
    }

    #[test]
    fn breaks_where_a_line_is_missing_doubled_or_another_ones() {
        let (bytes, _) = log();
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let of =
            |order: &[usize]| verify(&order.iter().flat_map(|at| lines[*at]).copied().collect::<Vec<_>>());
        for (order, line) in
            [(&[1, 2][..], 1), (&[0, 2], 2), (&[0, 0], 2), (&[1, 0, 2], 1), (&[0, 1, 1, 2], 3)]
        {
            assert_eq!(of(order).unwrap_err().line, line, "{order:?}");
        }
        // A cut at a line's end leaves a whole log: its head is another one, and that is what evidence names.
        assert_eq!(of(&[0, 1]).unwrap().0.len(), 2);
        assert_ne!(of(&[0, 1]).unwrap().1, of(&[0, 1, 2]).unwrap().1);
        for cut in 1..lines[0].len() {
            assert_eq!(verify(&bytes[..cut]).unwrap_err().line, 1);
        }
        // Whoever writes it anew, digests and all, ends with another head.
        let (forged, _) = line_of(&said("forged", Outcome::Accepted), 0, genesis().parse().unwrap()).unwrap();
        let forged: Vec<u8> = [forged.as_bytes(), lines[1], lines[2]].concat();
        assert_eq!(verify(&forged).unwrap_err().line, 2);
    }
}
