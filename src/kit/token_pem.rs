//! Private keys as text: PEM (RFC 7468), OpenSSH's and PGP's.

use super::token::Candidate;

/// The longest label: `-----BEGIN LABEL-----`.
const LABEL: usize = 48;

/// A key has at least so many characters of base 64. Programs that read keys hold the line that one begins with, and
/// examples break off.
const LEAST: usize = 64;

/// How long a private key is, if it is one.
pub fn private_key(candidate: &Candidate) -> Option<usize> {
    let bytes = candidate.bytes;
    let label = bytes.get(11..bytes.len().min(11 + LABEL))?;
    let end = label.windows(5).position(|dashes| dashes == b"-----")?;
    let label = &label[..end];
    if !label.ends_with(b"PRIVATE KEY") && !label.ends_with(b"PRIVATE KEY BLOCK") {
        return None;
    }
    let start = 11 + end + 5;
    let body = &bytes[start..];
    let stop = body.windows(5).position(|dashes| dashes == b"-----").unwrap_or(body.len());
    (base64(&body[..stop]) >= LEAST).then_some(start + stop)
}

/// How many characters of base 64 stand in lines of nothing else. Line ends may be written out, as in JSON, and before
/// the key there may be lines `Name: value`.
fn base64(body: &[u8]) -> usize {
    let text = String::from_utf8_lossy(body).replace("\\r", "").replace("\\n", "\n").replace('\r', "\n");
    let trimmed = |line: &str, more: &str| {
        let around = |c: char| c.is_whitespace() || "\"'`,;\\#*".contains(c) || more.contains(c);
        line.trim_matches(around).to_owned()
    };
    let is_key = |line: &str| {
        !line.is_empty()
            && line.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
    };
    let mut count = 0;
    for line in text.lines() {
        // `+` and `/` are of a language around the key only where the line is no key with them.
        let whole = trimmed(line, "");
        let line = if is_key(&whole) { whole } else { trimmed(line, "+/") };
        if is_key(&line) {
            count += line.len();
        } else if count > 0 && !line.is_empty() {
            break;
        }
    }
    count
}
