//! Which owner and repository names may become folders.

/// First path segments with a meaning of their own, so that no owner may have them.
const RESERVED: [&str; 5] = ["api", "daggerverse", "repos", "storage", "webhook"];

/// GitHub's rule for account names, which also keeps them inside the state folder.
pub(crate) fn owner_is_valid(owner: &str) -> bool {
    (1..=39).contains(&owner.len())
        && !owner.starts_with('-')
        && owner.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
        && !RESERVED.contains(&owner.to_ascii_lowercase().as_str())
}

/// GitHub's rule for repository names.
pub(crate) fn name_is_valid(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && name != "."
        && name != ".."
        && !name.to_ascii_lowercase().ends_with(".git")
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_leaves_the_folder_is_a_name() {
        for bad in ["", ".", "..", "a/b", "a\\b", "a\0", "x.git", "é", "a b", "..%2f"] {
            assert!(!name_is_valid(bad), "{bad:?}");
        }
        for bad in ["", ".", "..", "a/b", "-a", "api", "Webhook", "a.b", "a_b"] {
            assert!(!owner_is_valid(bad), "{bad:?}");
        }
        assert!(name_is_valid(".github") && name_is_valid("a.b_c-D") && owner_is_valid("Acme-1"));
    }
}
