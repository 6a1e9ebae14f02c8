//! The forms of tokens.

use super::token::{Candidate, Form};

/// All of them.
pub const FORMS: &[Form] = &[
    // https://github.blog/engineering/behind-githubs-new-authentication-token-formats
    Form {
        kind: "github-token",
        about: "a token of GitHub",
        starts: &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        length: |it| checked(it, 36),
    },
    Form {
        kind: "github-fine-grained-token",
        about: "a fine-grained token of GitHub",
        starts: &["github_pat_"],
        length: github_pat,
    },
    Form { kind: "npm-token", about: "a token of npm", starts: &["npm_"], length: |it| checked(it, 36) },
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html: base 32 follows.
    Form { kind: "aws-access-key", about: "an access key of AWS", starts: &["AKIA"], length: aws },
    Form {
        kind: "private-key",
        about: "a private key",
        starts: &["-----BEGIN "],
        length: super::token_pem::private_key,
    },
    Form {
        kind: "slack-token",
        about: "a token of Slack",
        starts: &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xapp-"],
        length: slack,
    },
    Form {
        kind: "slack-webhook",
        about: "a webhook of Slack",
        starts: &["hooks.slack.com/services/T"],
        length: slack_webhook,
    },
    Form { kind: "google-api-key", about: "an API key of Google", starts: &["AIza"], length: google },
    Form {
        kind: "gitlab-token",
        about: "a token of GitLab",
        starts: &["glpat-"],
        length: |it| strong(it, 6, 20, is_url64),
    },
    Form {
        kind: "stripe-key",
        about: "a live key of Stripe",
        starts: &["sk_live_", "rk_live_"],
        length: |it| strong(it, 8, 24, is_alnum),
    },
    // A macaroon of pypi.org always begins so.
    Form {
        kind: "pypi-token",
        about: "a token of PyPI",
        starts: &["pypi-AgEIcHlwaS5vcmc"],
        length: |it| strong(it, 20, 50, is_url64),
    },
    Form {
        kind: "docker-token",
        about: "a token of Docker Hub",
        starts: &["dckr_pat_"],
        length: |it| strong(it, 9, 27, is_url64),
    },
    Form { kind: "sendgrid-key", about: "a key of SendGrid", starts: &["SG."], length: sendgrid },
    Form {
        kind: "age-key",
        about: "a secret key of age",
        starts: &["AGE-SECRET-KEY-1"],
        length: |it| strong(it, 16, 58, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()),
    },
];

fn is_alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Base 64 as in addresses.
fn is_url64(byte: u8) -> bool {
    is_alnum(byte) || byte == b'-' || byte == b'_'
}

/// How many bytes at the beginning are of a set.
fn run(bytes: &[u8], of: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !of(*byte)).unwrap_or(bytes.len())
}

/// Exactly so many bytes of a set, from there on.
fn part(bytes: &[u8], from: usize, count: usize, of: impl Fn(u8) -> bool) -> Option<&[u8]> {
    let part = bytes.get(from..from + count)?;
    part.iter().all(|byte| of(*byte)).then_some(part)
}

/// Whether chance made it: digits and letters of both cases, and many different ones. Examples are not.
fn mixed(bytes: &[u8]) -> bool {
    let count = |of: fn(&u8) -> bool| bytes.iter().filter(|byte| of(byte)).count();
    distinct(bytes) >= bytes.len().min(24) / 2
        && count(u8::is_ascii_digit) >= 2
        && count(u8::is_ascii_uppercase) >= 2
        && count(u8::is_ascii_lowercase) >= 2
}

fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    bytes.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    seen.iter().filter(|seen| **seen).count()
}

/// Whether something else than a word stands before it.
fn begins(candidate: &Candidate) -> bool {
    !candidate.before.is_some_and(is_url64)
}

/// Four bytes, then a payload whose last six are the CRC-32 of the rest in base 62. Compilers put texts beside one
/// another, so with a checksum nothing need stand around it. Without, it has to stand alone and look like chance.
fn checked(candidate: &Candidate, length: usize) -> Option<usize> {
    const START: usize = 4;
    let bytes = candidate.bytes;
    let payload = part(bytes, START, length, is_alnum)?;
    let (random, sum) = payload.split_at(length - 6);
    let alone = || begins(candidate) && !bytes.get(START + length).copied().is_some_and(is_url64);
    (base62(crc32(random)) == sum || alone() && mixed(payload)).then_some(START + length)
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Six digits, the highest first.
fn base62(mut number: u32) -> [u8; 6] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = [b'0'; 6];
    for digit in text.iter_mut().rev() {
        *digit = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    text
}

fn github_pat(candidate: &Candidate) -> Option<usize> {
    let bytes = candidate.bytes;
    part(bytes, 11, 22, is_alnum)?;
    let secret = part(bytes, 34, 59, is_alnum)?;
    (bytes[33] == b'_' && mixed(secret)).then_some(93)
}

fn aws(candidate: &Candidate) -> Option<usize> {
    let id = part(candidate.bytes, 4, 16, |byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte))?;
    // The keys in AWS's own documentation end so.
    let example = id.windows(7).any(|part| part == b"EXAMPLE");
    let chance = distinct(id) >= 8 && id.iter().any(u8::is_ascii_digit);
    (chance && !example).then_some(20)
}

fn slack(candidate: &Candidate) -> Option<usize> {
    let rest = &candidate.bytes[5..];
    let length = run(rest, |byte| is_alnum(byte) || byte == b'-');
    let text = &rest[..length];
    let numbers = text
        .split(|byte| *byte == b'-')
        .filter(|part| part.len() >= 9 && part.iter().all(u8::is_ascii_digit));
    let secret = text.rsplit(|byte| *byte == b'-').next().unwrap_or_default();
    (numbers.count() >= 1 && secret.len() >= 24 && distinct(secret) >= 10).then_some(5 + length)
}

fn slack_webhook(candidate: &Candidate) -> Option<usize> {
    let start = "hooks.slack.com/services/".len();
    let rest = &candidate.bytes[start..];
    let length = run(rest, |byte| is_alnum(byte) || byte == b'/');
    let parts: Vec<&[u8]> = rest[..length].split(|byte| *byte == b'/').collect();
    let [team, hook, secret, ..] = parts.as_slice() else { return None };
    let fits = team.len() >= 9 && hook.len() >= 9 && hook.starts_with(b"B") && secret.len() >= 24;
    (fits && mixed(&secret[..24])).then(|| start + team.len() + hook.len() + secret.len() + 2)
}

fn google(candidate: &Candidate) -> Option<usize> {
    let secret = part(candidate.bytes, 4, 35, is_url64)?;
    // Long base 64 holds such by chance.
    let ends = !candidate.bytes.get(39).copied().is_some_and(is_url64);
    (begins(candidate) && ends && mixed(secret)).then_some(39)
}

fn sendgrid(candidate: &Candidate) -> Option<usize> {
    let bytes = candidate.bytes;
    part(bytes, 3, 22, is_url64)?;
    let secret = part(bytes, 26, 43, is_url64)?;
    (bytes[25] == b'.' && begins(candidate) && mixed(secret)).then_some(69)
}

/// A beginning of so many bytes that nothing else has, then at least so many of a set which look like chance.
fn strong(candidate: &Candidate, start: usize, least: usize, of: fn(u8) -> bool) -> Option<usize> {
    let rest = &candidate.bytes[start..];
    let length = run(rest, of);
    let secret = rest.get(..least).filter(|_| length >= least)?;
    (distinct(secret) >= least.min(24) / 2 && !is_words(secret)).then_some(start + length)
}

/// Whether these are words that a linker put beside one another, as Go's does with all texts of a program: no digit,
/// and long runs of one case. Of 10,000 tokens of 20 bytes, chance makes about one so.
fn is_words(bytes: &[u8]) -> bool {
    let changes =
        bytes.windows(2).filter(|pair| pair[0].is_ascii_lowercase() != pair[1].is_ascii_lowercase());
    !bytes.iter().any(u8::is_ascii_digit) && changes.count() <= 3
}
