//! The kinds of fault, with their one written form.

use std::fmt;
use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// An HTTP error status with the body GitHub would send; nothing is applied.
    Status(u16),
    /// 403 with `x-ratelimit-remaining: 0` and a reset that many seconds ahead.
    RateLimit(u64),
    /// 403 with `retry-after` in seconds and the words of a secondary limit.
    SecondaryLimit(u64),
    /// Done at once; the answer comes late.
    Delay(Duration),
    /// The connection is reset before anything is handled.
    ResetBefore,
    /// The connection is reset after the headers, in the body; the request is applied.
    ResetAfter,
    /// Half of the body under the full `Content-Length`, then end of stream; applied.
    Torn,
    /// Applied, then the connection is reset without an answer.
    AppliedThenReset,
    /// Applied, then silence for that long, then a reset.
    AppliedThenTimeout(Duration),
    /// Well-formed and of the right length, with other content.
    WrongContent,
    /// The right status with no body at all.
    Empty,
    /// The right status with bytes that are nothing.
    Garbage,
    /// Digests are null, as an older server tells them.
    NoDigest,
    /// JSON that stops in the middle, in a complete HTTP message.
    TruncatedJson,
    /// A read answers as it was before the last write, for that many calls after each write.
    Stale(u32),
    /// An upload answers 502 and leaves an asset in state `starter`.
    Starter,
    /// The repository has another name, `owner/name`: 301 for a read, 307 for a write.
    Moved(String),
    /// The connection stays open without an answer.
    Hang,
}

/// Every written form, for messages and help.
pub(crate) const FORMS: &str = "status:CODE, rate-limit:SECONDS, secondary-limit:SECONDS, delay:DURATION, \
    reset-before, reset-after, torn, applied-then-reset, applied-then-timeout:DURATION, wrong-content, empty, \
    garbage, no-digest, truncated-json, stale:N, starter, moved:OWNER/NAME, hang";

impl FaultKind {
    /// Reads `KIND[:ARG]`; the error is the reason, in words.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (kind, arg) = match text.split_once(':') {
            Some((kind, arg)) => (kind, Some(arg)),
            None => (text, None),
        };
        if let Some(plain) = plain(kind) {
            return match arg {
                None => Ok(plain),
                Some(arg) => Err(format!("`{kind}` takes no argument, got `{arg}`")),
            };
        }
        let need = |what: &str| arg.ok_or_else(|| format!("`{kind}` needs {what}: `{kind}:…`"));
        match kind {
            "status" => status(need("an HTTP status")?).map(Self::Status),
            "rate-limit" => number(need("seconds")?).map(Self::RateLimit),
            "secondary-limit" => number(need("seconds")?).map(Self::SecondaryLimit),
            "stale" => number(need("a number of calls")?).map(Self::Stale),
            "moved" => slug(need("the new name")?).map(Self::Moved),
            "delay" => duration(need("a duration")?).map(Self::Delay),
            "applied-then-timeout" => duration(need("a duration")?).map(Self::AppliedThenTimeout),
            other => Err(format!("`{other}` is no kind of fault")),
        }
    }
}

/// The kinds that stand alone.
fn plain(kind: &str) -> Option<FaultKind> {
    Some(match kind {
        "reset-before" => FaultKind::ResetBefore,
        "reset-after" => FaultKind::ResetAfter,
        "torn" => FaultKind::Torn,
        "applied-then-reset" => FaultKind::AppliedThenReset,
        "wrong-content" => FaultKind::WrongContent,
        "empty" => FaultKind::Empty,
        "garbage" => FaultKind::Garbage,
        "no-digest" => FaultKind::NoDigest,
        "truncated-json" => FaultKind::TruncatedJson,
        "starter" => FaultKind::Starter,
        "hang" => FaultKind::Hang,
        _ => return None,
    })
}

fn status(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(code @ 400..=599) => Ok(code),
        _ => Err(format!("`{text}` is no HTTP error status (400 to 599)")),
    }
}

fn slug(text: &str) -> Result<String, String> {
    let good = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match text.split_once('/') {
        Some((owner, name)) if good(owner) && good(name) => Ok(text.to_owned()),
        _ => Err(format!("`{text}` is no repository; write it as `owner/name`")),
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is no whole number"))
}

/// Reads `250ms`, `3s`, `2m` or plain seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let wrong = || format!("`{text}` is no duration; write it as `250ms`, `3s` or `2m`");
    let count: u64 = count.parse().map_err(|_| wrong())?;
    match unit {
        "ms" => Ok(Duration::from_millis(count)),
        "" | "s" => Ok(Duration::from_secs(count)),
        "m" => count.checked_mul(60).map(Duration::from_secs).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

/// Writes a duration so that [`duration`] reads it back.
fn written(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => format!("{}s", duration.as_secs()),
        _ => format!("{}ms", duration.as_millis()),
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(code) => write!(f, "status:{code}"),
            Self::RateLimit(seconds) => write!(f, "rate-limit:{seconds}"),
            Self::SecondaryLimit(seconds) => write!(f, "secondary-limit:{seconds}"),
            Self::Delay(time) => write!(f, "delay:{}", written(*time)),
            Self::ResetBefore => f.write_str("reset-before"),
            Self::ResetAfter => f.write_str("reset-after"),
            Self::Torn => f.write_str("torn"),
            Self::AppliedThenReset => f.write_str("applied-then-reset"),
            Self::AppliedThenTimeout(time) => write!(f, "applied-then-timeout:{}", written(*time)),
            Self::WrongContent => f.write_str("wrong-content"),
            Self::Empty => f.write_str("empty"),
            Self::Garbage => f.write_str("garbage"),
            Self::NoDigest => f.write_str("no-digest"),
            Self::TruncatedJson => f.write_str("truncated-json"),
            Self::Stale(calls) => write!(f, "stale:{calls}"),
            Self::Starter => f.write_str("starter"),
            Self::Moved(name) => write!(f, "moved:{name}"),
            Self::Hang => f.write_str("hang"),
        }
    }
}
