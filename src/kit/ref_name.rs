//! Which names Git takes for a tag: the rules of `git check-ref-format`, and that of `git tag`.

/// Why Git takes no tag of this name; none where it does.
#[must_use]
pub fn refused(name: &str) -> Option<String> {
    let has = |what: &str| Some(format!("there is {what} in it"));
    if let Some(bad) = name.chars().find(|c| c.is_ascii_control() || " ~^:?*[\\".contains(*c)) {
        return match bad {
            ' ' => has("a space"),
            bad if bad.is_ascii_control() => has("a control character"),
            bad => has(&format!("`{bad}`")),
        };
    }
    if let Some(bad) = ["..", "@{", "//"].into_iter().find(|bad| name.contains(bad)) {
        return has(&format!("`{bad}`"));
    }
    if name.starts_with('-') {
        return Some("it begins with `-`".to_owned());
    }
    if name.is_empty() || name.starts_with('/') || name.ends_with(['/', '.']) || name == "@" {
        return Some("it is no whole name".to_owned());
    }
    let parts = || name.split('/');
    if let Some(part) = parts().find(|part| part.starts_with('.')) {
        return Some(format!("`{part}` begins with a dot"));
    }
    parts().find(|part| part.ends_with(".lock")).map(|part| format!("`{part}` ends with `.lock`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_git_takes() {
        for name in ["v1.2.3", "v1.0.0-rc.1+b.7", "tools/x/v1.0.0", "tools/mÿ-cli_ü/v1.0.0", "a@b/v1.0.0"] {
            assert_eq!(refused(name), None, "{name}");
        }
    }

    #[test]
    fn refuses_what_git_refuses() {
        for (name, why) in [
            ("my cli/v1.0.0", "a space"),
            ("a\u{7f}/v1.0.0", "a control character"),
            ("a\t/v1.0.0", "a control character"),
            ("a~/v1.0.0", "`~`"),
            ("a^b/v1.0.0", "`^`"),
            ("a:b/v1.0.0", "`:`"),
            ("a?/v1.0.0", "`?`"),
            ("a*/v1.0.0", "`*`"),
            ("a[b]/v1.0.0", "`[`"),
            ("a\\b/v1.0.0", "`\\`"),
            ("a..b/v1.0.0", "`..`"),
            ("a@{b}/v1.0.0", "`@{`"),
            ("a//v1.0.0", "`//`"),
            ("-a/v1.0.0", "begins with `-`"),
            (".a/v1.0.0", "`.a` begins with a dot"),
            ("x/.a/v1.0.0", "`.a` begins with a dot"),
            ("a.lock/v1.0.0", "`a.lock` ends with `.lock`"),
            ("v1.0.0-rc.lock", "ends with `.lock`"),
            ("v1.0.0.", "no whole name"),
            ("/v1.0.0", "no whole name"),
            ("", "no whole name"),
        ] {
            let told = refused(name).unwrap_or_else(|| panic!("{name} was taken"));
            assert!(told.contains(why), "{name}: {told}");
        }
    }
}
