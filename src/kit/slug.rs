//! Repository names out of remote addresses.

use crate::model::facts::Slug;

/// `owner/name` as people write it.
#[must_use]
pub fn parse(text: &str) -> Option<Slug> {
    let (owner, name) = text.split_once('/')?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    let plain = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.len() <= 100
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    (plain(owner) && plain(name)).then(|| Slug { owner: owner.into(), name: name.into() })
}

/// The repository of a remote's address: `https://host/owner/name.git`, `git@host:owner/name`,
/// `ssh://git@host/owner/name`. A path on this machine is no repository of a forge.
#[must_use]
pub fn of_remote(address: &str) -> Option<Slug> {
    let path = match address.split_once("://") {
        Some(("http" | "https" | "ssh" | "git", rest)) => rest.split_once('/')?.1,
        Some(_) => return None,
        None => {
            let (host, path) = address.split_once(':')?;
            if host.contains('/') || host.len() < 2 {
                return None;
            }
            path
        }
    };
    parse(path.trim_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_usual_forms() {
        for address in [
            "https://github.com/acme/greeter.git",
            "https://user:pw@github.com/acme/greeter",
            "git@github.com:acme/greeter.git",
            "ssh://git@github.com:22/acme/greeter.git/",
            "http://127.0.0.1:8080/acme/greeter",
        ] {
            assert_eq!(of_remote(address).unwrap().to_string(), "acme/greeter", "{address}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for address in [
            "/srv/git/x.git",
            "../x",
            "file:///a/b",
            "C:\\a\\b",
            "https://h/a/b/c",
            "https://h/a",
            "h:..//x",
            "git@h:a/..",
        ] {
            assert!(of_remote(address).is_none(), "{address}");
        }
    }
}
