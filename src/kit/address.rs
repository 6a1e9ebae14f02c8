//! Web addresses that may be given data: encrypted, or on this machine.

use url::{Host, Url};

use crate::model::Problem;
use crate::model::facts::Slug;

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

/// Where a stranger finds an asset of a public release: every part quoted, so that none of them can be
/// taken for more than one part, for a query, or for another host.
///
/// # Errors
///
/// If the forge's own address is none.
pub fn download(forge: &str, repo: &Slug, tag: &str, name: &str) -> Result<Url, Problem> {
    let wrong =
        || Problem::new(format!("`{forge}` is no web address")).fix("see the remote of this repository");
    let mut url = Url::parse(forge).map_err(|_| wrong())?;
    url.path_segments_mut().map_err(|()| wrong())?.pop_if_empty().extend([
        repo.owner.as_str(),
        &repo.name,
        "releases",
        "download",
        tag,
        name,
    ]);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_downloads_are_quoted() {
        let repo = Slug { owner: "o".into(), name: "r".into() };
        let of =
            |tag: &str, name: &str| download("http://127.0.0.1:8", &repo, tag, name).unwrap().to_string();
        assert_eq!(
            of("a/v1.0.0", "x+y_1.0.0.tar.gz"),
            "http://127.0.0.1:8/o/r/releases/download/a%2Fv1.0.0/x+y_1.0.0.tar.gz"
        );
        assert_eq!(of("v1", "a?b#c%2F"), "http://127.0.0.1:8/o/r/releases/download/v1/a%3Fb%23c%252F");
        assert_eq!(of("v1", "//evil/x"), "http://127.0.0.1:8/o/r/releases/download/v1/%2F%2Fevil%2Fx");
        assert!(download("nonsense", &repo, "v1", "x").is_err());
    }

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
