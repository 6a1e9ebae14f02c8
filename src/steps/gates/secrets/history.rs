//! How many commits a scanner must have looked at.

/// What Git is asked for: the commits that `gitleaks git` is made to walk, with the lines that each changes. All
/// files are text: a line in `.gitattributes` could call any of them binary, and hide it.
/// A change of type counts: a link may become a file with a secret.
/// Of a merge, what it brings to its first parent: a secret may be in its resolution alone.
pub const WALK: [&str; 7] = [
    "--full-history",
    "--diff-merges=first-parent",
    "--diff-filter=uxdb",
    "--no-renames",
    "--text",
    "--no-textconv",
    "--no-ext-diff",
];

/// Commits in which text was added or removed, from `git log --numstat --format=%x00`.
pub fn commits(log: &str) -> u64 {
    let touches = |line: &str| {
        let mut fields = line.split('\t');
        let mut number = || fields.next().and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        number() + number() > 0
    };
    log.split('\0').filter(|commit| commit.lines().any(touches)).count() as u64
}

/// How many commits gitleaks says it looked at.
pub fn scanned(said: &str) -> Option<u64> {
    let line = said.lines().rev().find(|line| line.contains(" commits scanned"))?;
    line.split(" commits scanned").next()?.split_whitespace().next_back()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_commits_with_text() {
        let log = "\0\n\n2\t0\ta.go\n-\t-\tb.png\n\0\n\n-\t-\tb.png\n\0\n\n0\t0\tempty\n\0\n\n0\t3\ta b.go\n";
        assert_eq!(commits(log), 2);
        assert_eq!(commits(""), 0);
    }

    #[test]
    fn reads_what_gitleaks_says() {
        let said = "11:14AM INF 12 commits scanned.\n11:14AM INF scanned ~66 bytes (66 bytes) in 42.6ms\n";
        assert_eq!(scanned(said), Some(12));
        assert_eq!(scanned("11:14AM FTL no such thing"), None);
    }
}
