//! The written form of a fault: `[METHOD ]PATH-PATTERN[#N[-M]]=KIND[:ARG]`.

use super::kind::{FORMS, FaultKind};
use std::fmt;
use std::str::FromStr;

/// One fault: which requests, the how-manieth of them, and what goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// HTTP method, upper case; `None`: any.
    pub method: Option<String>,
    /// Pattern over the path; `*` also crosses `/`, `{n}` is a number.
    pub pattern: String,
    /// First and last matching call that is hit, counted from 1; `None`: every one.
    pub calls: Option<(u64, u64)>,
    /// What goes wrong.
    pub kind: FaultKind,
}

/// Why a written fault can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "fault `{spec}`: {reason}. Write `[METHOD ]PATH-PATTERN[#N[-M]]=KIND[:ARG]`, e.g. `POST */assets#2=status:502`; kinds: {FORMS}"
)]
pub struct FaultError {
    /// What was written.
    pub spec: String,
    /// What is wrong with it.
    pub reason: String,
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(spec: &str) -> Result<Self, FaultError> {
        parse(spec.trim()).map_err(|reason| FaultError { spec: spec.to_owned(), reason })
    }
}

fn parse(spec: &str) -> Result<Fault, String> {
    let (place, kind) = spec.rsplit_once('=').ok_or("there is no `=KIND`")?;
    let kind = FaultKind::parse(kind.trim())?;
    let (place, calls) = match place.rsplit_once('#') {
        Some((place, calls)) => (place, Some(range(calls)?)),
        None => (place, None),
    };
    let (method, pattern) = match place.trim().split_once(' ') {
        Some((method, pattern)) => (Some(verb(method)?), pattern.trim()),
        None => (None, place.trim()),
    };
    if pattern.is_empty() {
        return Err("the path pattern is missing; `*` is any path".to_owned());
    }
    if !pattern.starts_with(['/', '*', '?']) {
        return Err(format!("the path pattern `{pattern}` can't match: begin it with `/` or `*`"));
    }
    Ok(Fault { method, pattern: pattern.to_owned(), calls, kind })
}

fn verb(text: &str) -> Result<String, String> {
    const KNOWN: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
    let upper = text.to_ascii_uppercase();
    match KNOWN.contains(&upper.as_str()) {
        true => Ok(upper),
        false => Err(format!("`{text}` is no method; known: {}", KNOWN.join(", "))),
    }
}

fn range(text: &str) -> Result<(u64, u64), String> {
    let wrong = || format!("`#{text}` is no count; write `#2` or `#2-5`, counted from 1");
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let first: u64 = first.parse().map_err(|_| wrong())?;
    let last: u64 = last.parse().map_err(|_| wrong())?;
    if first == 0 || last < first { Err(wrong()) } else { Ok((first, last)) }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = &self.method {
            write!(f, "{method} ")?;
        }
        f.write_str(&self.pattern)?;
        match self.calls {
            Some((first, last)) if first == last => write!(f, "#{first}")?,
            Some((first, last)) => write!(f, "#{first}-{last}")?,
            None => {}
        }
        write!(f, "={}", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_round_trips() {
        for kind in [
            "status:502",
            "rate-limit:3",
            "secondary-limit:60",
            "delay:250ms",
            "delay:3s",
            "reset-before",
            "reset-after",
            "torn",
            "applied-then-reset",
            "applied-then-timeout:10s",
            "wrong-content",
            "empty",
            "garbage",
            "truncated-json",
            "stale:2",
            "starter",
            "moved:acme/new",
            "hang",
        ] {
            for place in ["*", "POST */assets#2", "PATCH */releases/*#2-5", "/repos/a?c"] {
                let spec = format!("{place}={kind}");
                assert_eq!(spec.parse::<Fault>().unwrap().to_string(), spec);
            }
        }
        assert_eq!("get *=delay:2m".parse::<Fault>().unwrap().to_string(), "GET *=delay:120s");
    }

    #[test]
    fn a_bad_fault_says_what_is_wrong_and_lists_the_kinds() {
        for (spec, reason) in [
            ("", "there is no `=KIND`"),
            ("*", "there is no `=KIND`"),
            ("=torn", "the path pattern is missing"),
            ("assets=torn", "begin it with `/` or `*`"),
            ("*=explode", "`explode` is no kind of fault"),
            ("*=status", "`status` needs an HTTP status"),
            ("*=status:200", "`200` is no HTTP error status"),
            ("*=torn:1", "`torn` takes no argument"),
            ("*=delay:soon", "`soon` is no duration"),
            ("*#0=torn", "`#0` is no count"),
            ("*#5-2=torn", "`#5-2` is no count"),
            ("FETCH *=torn", "`FETCH` is no method"),
            ("*=moved:new", "`new` is no repository"),
            ("*=stale:-1", "`-1` is no whole number"),
        ] {
            let error = spec.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(reason), "{spec}: {error}");
            assert!(error.contains("applied-then-timeout:DURATION"), "{error}");
        }
    }
}
