//! The next version, from the commits since the last one.

use semver::{Prerelease, Version};

use super::conventional::Conventional;

/// A strict SemVer 2.0.0 version, with or without the `v` that tags carry.
#[must_use]
pub fn strict(text: &str) -> Option<Version> {
    Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()
}

/// The smallest version that may follow where the commits ask for none.
#[must_use]
pub fn at_least(previous: Option<&Version>) -> Version {
    previous.map_or(Version::new(0, 1, 0), |previous| {
        Version::new(previous.major, previous.minor, previous.patch + 1)
    })
}

/// How much a commit moves the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Nothing,
    Patch,
    Minor,
    Major,
}

/// The answer of [`next`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// The next version; `None` if no commit asks for a release.
    pub version: Option<Version>,
    /// The commits that decided it, and what they decided: `minor: feat: add x`.
    pub why: Vec<String>,
}

/// Types that change nothing that users get.
const SILENT: [&str; 6] = ["chore", "ci", "docs", "doc", "style", "test"];

/// The longest list of reasons.
const MOST_REASONS: usize = 10;

/// The next SemVer after `previous` for these commit messages.
///
/// A breaking change moves the major version (the minor one under 0.x), a feature the minor one,
/// everything else that reaches users the patch; `chore ci docs style test` alone give no release.
/// Without a previous version it is 0.1.0. With `pre` (`rc`) it is a prerelease: `1.2.0-rc.1`, and
/// `1.2.0-rc.2` after that. After a prerelease without `pre`, the version it prepared is released
/// where the commits ask for no more. The answer is always higher than `previous`.
#[must_use]
pub fn next<'a>(
    previous: Option<&Version>,
    messages: impl IntoIterator<Item = &'a str>,
    pre: Option<&Prerelease>,
) -> Next {
    let pre = pre.filter(|pre| !pre.is_empty());
    let weighed: Vec<(Weight, &str)> = messages
        .into_iter()
        .map(|text| (weigh(text), text))
        .filter(|(weight, _)| *weight > Weight::Nothing)
        .collect();
    let most = weighed.iter().map(|(weight, _)| *weight).max().unwrap_or(Weight::Nothing);
    let finishes = previous.is_some_and(|previous| !previous.pre.is_empty()) && pre.is_none();
    if most == Weight::Nothing && !finishes {
        return Next {
            version: None,
            why: vec!["no commit since the last version changes what users get".into()],
        };
    }
    let core = previous.map_or(Version::new(0, 1, 0), |previous| moved(previous, most));
    let version = match pre {
        None => core,
        Some(word) => numbered(previous, core, word),
    };
    let mut why = reasons(previous, most, &weighed);
    if finishes {
        why.insert(
            0,
            format!("{} was its prerelease", previous.map(ToString::to_string).unwrap_or_default()),
        );
    }
    Next { version: Some(version), why }
}

fn reasons(previous: Option<&Version>, most: Weight, weighed: &[(Weight, &str)]) -> Vec<String> {
    let word = match most {
        Weight::Major if previous.is_some_and(|previous| previous.major == 0) => "minor, breaking under 0.x",
        Weight::Major => "major",
        Weight::Minor => "minor",
        Weight::Patch | Weight::Nothing => "patch",
    };
    let first_line = |text: &str| -> String {
        text.trim().lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(100).collect()
    };
    let deciding = weighed.iter().filter(|(weight, _)| *weight == most);
    let mut why: Vec<String> = deciding
        .clone()
        .take(MOST_REASONS)
        .map(|(_, text)| format!("{word}: {}", first_line(text)))
        .collect();
    let more = deciding.count().saturating_sub(MOST_REASONS);
    if more > 0 {
        why.push(format!("and {more} more"));
    }
    if previous.is_none() {
        why.insert(0, "there is no version yet".into());
    }
    why
}

fn weigh(message: &str) -> Weight {
    let Some(commit) = Conventional::parse(message) else {
        // A merge carries the commits that count; any other plain message changes something.
        let plain = message.trim_start();
        return if plain.is_empty() || plain.starts_with("Merge ") { Weight::Nothing } else { Weight::Patch };
    };
    if commit.breaking {
        Weight::Major
    } else if commit.is(&["feat", "feature"]) {
        Weight::Minor
    } else if commit.is(&SILENT) {
        Weight::Nothing
    } else {
        Weight::Patch
    }
}

/// The version without prerelease that the commits ask for.
fn moved(previous: &Version, weight: Weight) -> Version {
    let Version { major, minor, patch, .. } = *previous;
    let unfinished = !previous.pre.is_empty();
    // A prerelease of X.0.0 has paid for breaking changes already, one of X.Y.0 for features.
    let paid = match (minor, patch) {
        (0, 0) if major > 0 => Weight::Major,
        (_, 0) if major > 0 => Weight::Minor,
        (_, 0) => Weight::Major,
        _ => Weight::Patch,
    };
    if unfinished && weight <= paid {
        return Version::new(major, minor, patch);
    }
    match weight {
        Weight::Major if major > 0 => Version::new(major + 1, 0, 0),
        Weight::Major | Weight::Minor => Version::new(major, minor + 1, 0),
        Weight::Patch | Weight::Nothing => Version::new(major, minor, patch + 1),
    }
}

/// `X-rc.N`: one more than the last prerelease of the same version and word, else `X-rc.1`; of the
/// next patch where that would not be higher (`beta` after `rc`).
fn numbered(previous: Option<&Version>, core: Version, word: &Prerelease) -> Version {
    let of_same_core =
        previous.filter(|p| (p.major, p.minor, p.patch) == (core.major, core.minor, core.patch));
    let count = of_same_core
        .and_then(|previous| {
            previous.pre.as_str().strip_prefix(word.as_str())?.strip_prefix('.')?.parse::<u64>().ok()
        })
        .map_or(1, |count| count.saturating_add(1));
    let with = |count: u64| {
        Prerelease::new(&format!("{word}.{count}")).expect("a number after a dot keeps a prerelease valid")
    };
    let version = Version { pre: with(count), ..core };
    match previous {
        Some(previous) if version.cmp_precedence(previous).is_le() => {
            Version { patch: version.patch + 1, pre: with(1), ..version }
        }
        _ => version,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(previous: &str, messages: &[&str], pre: Option<&str>) -> String {
        let previous = (!previous.is_empty()).then(|| Version::parse(previous).unwrap());
        let pre = pre.map(|pre| Prerelease::new(pre).unwrap());
        let next = next(previous.as_ref(), messages.iter().copied(), pre.as_ref());
        next.version.map_or("none".into(), |version| version.to_string())
    }

    #[test]
    fn moves_as_the_commits_ask() {
        for (previous, messages, expected) in [
            ("1.2.3", &["fix: a"][..], "1.2.4"),
            ("1.2.3", &["fix: a", "feat: b"], "1.3.0"),
            ("1.2.3", &["feat!: a", "fix: b"], "2.0.0"),
            ("1.2.3", &["fix: a\n\nBREAKING CHANGE: b"], "2.0.0"),
            ("0.2.3", &["feat!: a"], "0.3.0"),
            ("0.2.3", &["feat: a"], "0.3.0"),
            ("1.2.3", &["an ordinary message"], "1.2.4"),
            ("1.2.3", &["chore: a", "docs: b", "ci: c", "Merge branch 'x'"], "none"),
            ("1.2.3", &[], "none"),
            ("", &["docs: a", "feat: b"], "0.1.0"),
        ] {
            assert_eq!(after(previous, messages, None), expected, "{previous} {messages:?}");
        }
    }

    #[test]
    fn counts_prereleases_and_finishes_them() {
        for (previous, message, pre, expected) in [
            ("1.2.3", "feat: a", Some("rc"), "1.3.0-rc.1"),
            ("1.3.0-rc.1", "fix: a", Some("rc"), "1.3.0-rc.2"),
            ("1.3.0-rc.2", "feat: a", None, "1.3.0"),
            ("1.3.0-rc.2", "chore: a", None, "1.3.0"),
            ("1.3.0-rc.2", "feat!: a", None, "2.0.0"),
            ("1.2.4-rc.1", "feat: a", Some("rc"), "1.3.0-rc.1"),
            ("1.3.0-rc.2", "fix: a", Some("beta"), "1.3.1-beta.1"),
            ("1.3.0-rc", "fix: a", Some("rc"), "1.3.0-rc.1"),
            ("", "feat: a", Some("rc"), "0.1.0-rc.1"),
        ] {
            assert_eq!(after(previous, &[message], pre), expected, "{previous} {message} {pre:?}");
        }
    }

    #[test]
    fn says_why() {
        let previous = Version::new(0, 3, 0);
        let next = next(Some(&previous), ["fix: a", "feat!: b\n\nbody"], None);
        assert_eq!(next.why, ["minor, breaking under 0.x: feat!: b"]);
    }

    proptest! {
        #[test]
        fn the_next_version_is_higher(
            (major, minor, patch) in (0_u64..5, 0_u64..5, 0_u64..5),
            last in prop_oneof![Just(""), Just("rc.1"), Just("rc.9"), Just("beta.2"), Just("alpha")],
            pre in prop_oneof![Just(""), Just("rc"), Just("beta")],
            messages in proptest::collection::vec("(feat|fix|chore)(!)?: [a-z]{1,8}", 0..6),
        ) {
            let pre = Prerelease::new(pre).unwrap();
            let previous = Version { pre: Prerelease::new(last).unwrap(), ..Version::new(major, minor, patch) };
            let first = next(Some(&previous), messages.iter().map(String::as_str), Some(&pre));
            if let Some(version) = &first.version {
                prop_assert!(version.cmp_precedence(&previous).is_gt(), "{version} after {previous}");
                prop_assert_eq!(version.pre.is_empty(), pre.is_empty());
            } else {
                prop_assert!(messages.iter().all(|message| message.starts_with("chore:")));
            }
            // The order of the commits decides nothing.
            let turned = next(Some(&previous), messages.iter().rev().map(String::as_str), Some(&pre));
            prop_assert_eq!(first.version, turned.version);
        }
    }
}
