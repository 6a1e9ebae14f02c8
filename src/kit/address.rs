//! Web addresses that may be given data: encrypted, or on this machine.

use url::{Host, Url};

/// Why an address is refused; the address itself is not repeated, since it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsafe {
    /// It does not parse.
    #[error("it is no address; `https://host/path` is expected")]
    NoAddress,
    /// Neither https nor this machine.
    #[error("it is not https; plain http is taken for this machine only (127.0.0.1, ::1, localhost)")]
    NotEncrypted,
    /// It holds a user's name or password, which would end up in logs.
    #[error("it holds a user's name or password before the host")]
    HoldsCredentials,
}

/// The address, if it is https or http on a loopback host.
///
/// # Errors
///
/// If it is anything else.
pub fn safe(text: &str) -> Result<Url, Unsafe> {
    let url = Url::parse(text.trim()).map_err(|_| Unsafe::NoAddress)?;
    let host = url.host().ok_or(Unsafe::NoAddress)?;
    let here = match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Unsafe::HoldsCredentials);
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if here => Ok(url),
        _ => Err(Unsafe::NotEncrypted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_https_and_this_machine_only() {
        for good in
            ["https://daggerverse.dev", "http://127.0.0.1:81/x", "http://[::1]:1/", "http://localhost:3"]
        {
            assert!(safe(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("http://daggerverse.dev", Unsafe::NotEncrypted),
            ("http://localhost.evil.test", Unsafe::NotEncrypted),
            ("http://127.0.0.1.evil.test/", Unsafe::NotEncrypted),
            ("ftp://127.0.0.1/", Unsafe::NotEncrypted),
            ("file:///etc/passwd", Unsafe::NoAddress),
            ("https://u:p@host/", Unsafe::HoldsCredentials),
            ("nonsense", Unsafe::NoAddress),
        ] {
            assert_eq!(safe(bad), Err(why), "{bad}");
        }
    }
}
