//! Names of release assets: what GitHub makes of them, and what may be a file's name at all.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The longest file name that every usual file system takes, in bytes.
const LONGEST: usize = 255;

/// Names that the dist folder keeps for its own files and folders, in lower case: an asset of that name
/// would be written over, or write over what a re-run and `verify` rest on. Names that begin with a dot
/// are all ours there, and GitHub would rename them anyway.
const RESERVED: [&str; 11] = [
    "artifacts.json",
    "changelog.md",
    "config.yaml",
    "forge",
    "journal.jsonl",
    "metadata.json",
    "plan.json",
    "release-evidence.json",
    "release-notes.md",
    "report",
    "verify",
];

/// Names that are devices on Windows, with any extension: a file of that name cannot be downloaded there
/// (learn.microsoft.com, Naming Files, Paths, and Namespaces).
const DEVICES: [&str; 4] = ["aux", "con", "nul", "prn"];

/// Whether a name is that of a device on Windows.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let port =
        |kind: &str| stem.strip_prefix(kind).is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']));
    DEVICES.contains(&stem) || port("com") || port("lpt")
}

/// The name that GitHub gives an asset uploaded under this one; the same name if it keeps it.
///
/// As `gh release upload` expects it of the platform: diacritics go, a leading dot becomes
/// `default.`, every run of other characters than ASCII letters, digits and `-_+@` becomes one dot,
/// dots at both ends go, and a name of which only an extension is left begins with `default.`.
#[must_use]
pub fn github_name(name: &str) -> String {
    let plain: String = name.nfd().filter(|char| !is_combining_mark(*char)).nfc().collect();
    let plain = if plain.starts_with('.') { format!("default{plain}") } else { plain };
    let mut clean = String::with_capacity(plain.len());
    for char in plain.chars() {
        if char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '+' | '@') {
            clean.push(char);
        } else if !clean.ends_with('.') {
            clean.push('.');
        }
    }
    let clean = clean.trim_matches('.');
    if clean != name && !clean.contains('.') { format!("default.{clean}") } else { clean.to_owned() }
}

/// Whether the dist folder keeps this name for a file or folder of its own, in any case.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name.to_lowercase().as_str())
}

/// Why a text cannot be the name of an asset in the dist folder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing.
    #[error("the name is empty")]
    Empty,
    /// `/`, `\`, `:`, a control character or the like.
    #[error("the name `{0}` holds `{1}`, which no file name may hold on every system")]
    Character(String, String),
    /// `.`, `..`, or a dot or blank at its end.
    #[error("the name `{0}` is `.` or `..`, or ends in a dot or a blank")]
    Ending(String),
    /// Too long.
    #[error("the name `{0}…` is longer than 255 bytes")]
    Long(String),
    /// One of the dist folder's own.
    #[error(
        "the name `{0}` belongs to a file or folder that release-action writes itself in the dist folder"
    )]
    Reserved(String),
    /// A dot at its beginning.
    #[error(
        "the name `{0}` begins with a dot: GitHub would rename it, and in the dist folder such names are release-action's own"
    )]
    Hidden(String),
    /// A device.
    #[error("the name `{0}` is that of a device on Windows, where nobody could download it")]
    Device(String),
}

/// Takes a name that can be a file of its own in the dist folder, on every system.
///
/// # Errors
///
/// If it cannot.
pub fn check(name: &str) -> Result<(), BadName> {
    if name.is_empty() {
        return Err(BadName::Empty);
    }
    if let Some(bad) = name.chars().find(|char| char.is_control() || r#"/\:*?"<>|"#.contains(*char)) {
        return Err(BadName::Character(name.escape_debug().to_string(), bad.escape_debug().to_string()));
    }
    if name.len() > LONGEST {
        return Err(BadName::Long(name.chars().take(40).collect()));
    }
    if name == ".." || name.ends_with(['.', ' ']) {
        return Err(BadName::Ending(name.to_owned()));
    }
    if name.starts_with('.') {
        return Err(BadName::Hidden(name.to_owned()));
    }
    if is_reserved(name) {
        return Err(BadName::Reserved(name.to_owned()));
    }
    if is_device(&name.to_lowercase()) {
        return Err(BadName::Device(name.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usual_names_stay() {
        for name in
            ["greeter_1.2.3_linux_amd64.tar.gz", "a+b@c-d_e.zip", "greeter", "x_1.0.0-rc.1_checksums.txt"]
        {
            assert_eq!(github_name(name), name);
        }
    }

    #[test]
    fn other_names_change_as_on_github() {
        for (name, becomes) in [
            ("my file.txt", "my.file.txt"),
            ("a~b (1).zip", "a.b.1.zip"),
            (".env", "default.env"),
            ("müßig.txt", "mu.ig.txt"),
            ("日本.txt", "default.txt"),
            ("a..b.", "a.b"),
            ("naïve", "default.naive"),
        ] {
            assert_eq!(github_name(name), becomes, "{name}");
        }
    }

    #[test]
    fn refuses_what_is_no_file_name() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "a\\b",
            "a\nb",
            "C:x",
            "a ",
            "Artifacts.JSON",
            "plan.json",
            "verify",
            ".lock",
            ".hidden",
            "NUL.tar.gz",
            "com1",
            &"x".repeat(256),
        ] {
            assert!(check(name).is_err(), "{name:?}");
        }
        for name in
            ["a", "greeter_1.0.0_linux_amd64.tar.gz", "console.zip", "com10", "verify.txt", "日本.txt"]
        {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_github_gives_it_keeps(name in "\\PC{0,40}") {
            let once = github_name(&name);
            // Nothing left but the default: GitHub itself then does not settle.
            prop_assume!(once != "default.");
            prop_assert_eq!(&github_name(&once), &once);
            prop_assert!(once.chars().all(|c| c.is_ascii_alphanumeric() || "-_+@.".contains(c)), "{}", once);
            prop_assert!(!once.contains(".."));
        }
    }
}
