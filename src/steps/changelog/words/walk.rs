//! The one walk of the history: a single `git log`, split into commits.

use std::collections::HashSet;

use crate::model::Problem;
use crate::ports::Git;

/// A commit as the changelog needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// The full id.
    pub id: String,
    /// Its parents' ids.
    pub parents: Vec<String>,
    /// The author's name, by `.mailmap` if there is one.
    pub author: String,
    /// The author's address; never printed.
    pub email: String,
    /// The author's time, seconds since 1970.
    pub authored: i64,
    /// The committer's name.
    pub committer: String,
    /// The committer's address; never printed.
    pub committer_email: String,
    /// The committer's time, seconds since 1970.
    pub committed: i64,
    /// The message, cut at [`LONGEST`], broken UTF-8 replaced.
    pub message: String,
}

/// The longest message that is looked at, in bytes.
const LONGEST: usize = 64 * 1024;

/// The fields of one commit, each ended by NUL, which neither names nor messages can hold.
const FORMAT: &str = "--format=tformat:%H%x00%P%x00%aN%x00%aE%x00%at%x00%cN%x00%cE%x00%ct%x00%B";
const FIELDS: usize = 9;

/// Reads the commits of a range, children before parents.
///
/// # Errors
///
/// If Git refuses or its answer makes no sense.
pub async fn walk(git: &dyn Git, range: &str) -> Result<Vec<Entry>, Problem> {
    let fixed =
        ["--topo-order", "--no-color", "--no-notes", "--no-show-signature", "--encoding=UTF-8", "-z", FORMAT];
    let mut args = vec!["log"];
    args.extend(fixed);
    args.extend(["--end-of-options", range, "--"]);
    let output = git.run(&args).await.map_err(unreadable)?;
    entries(&output)
}

/// The ids of the commits of a range that touch any of these paths (Git pathspecs).
///
/// # Errors
///
/// If Git refuses.
pub async fn touching(git: &dyn Git, range: &str, paths: &[String]) -> Result<HashSet<String>, Problem> {
    let mut args = vec!["rev-list", "--full-history", "--end-of-options", range, "--"];
    args.extend(paths.iter().map(String::as_str));
    let text = git.text(&args).await.map_err(unreadable)?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn unreadable(error: crate::ports::git::GitError) -> Problem {
    let cause: Problem = error.into();
    let problem = Problem { passing: cause.passing, ..Problem::new("the history cannot be read") };
    Problem { causes: std::iter::once(cause.what).chain(cause.causes).collect(), ..problem }
        .fix("see whether `git log` works here; on GitHub use actions/checkout with `fetch-depth: 0`")
}

/// Splits the answer of `git log`.
fn entries(output: &[u8]) -> Result<Vec<Entry>, Problem> {
    if output.is_empty() {
        return Ok(Vec::new());
    }
    let fields: Vec<&[u8]> = output.strip_suffix(b"\0").unwrap_or(output).split(|byte| *byte == 0).collect();
    if !fields.len().is_multiple_of(FIELDS) {
        return Err(
            Problem::new("the history cannot be read").because("`git log` answered in an unknown form")
        );
    }
    fields.chunks_exact(FIELDS).map(entry).collect()
}

fn entry(fields: &[&[u8]]) -> Result<Entry, Problem> {
    let text = |at: usize| String::from_utf8_lossy(fields[at]).into_owned();
    let id = text(0);
    if !matches!(id.len(), 40 | 64) || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Problem::new("the history cannot be read")
            .because("`git log` gave no commit id where one should be"));
    }
    // A hostile time outside 64 bits counts as 1970.
    let time = |at: usize| text(at).trim().parse().unwrap_or(0);
    let message = &fields[8][..fields[8].len().min(LONGEST)];
    Ok(Entry {
        id,
        parents: text(1).split_ascii_whitespace().map(str::to_owned).collect(),
        author: text(2),
        email: text(3),
        authored: time(4),
        committer: text(5),
        committer_email: text(6),
        committed: time(7),
        message: String::from_utf8_lossy(message).trim_end().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fields_whatever_is_in_them() {
        let id = "a".repeat(40);
        let mut bytes = format!("{id}\0p1 p2\0Zoë\0z@x\010\0C\0c@x\020\0feat: x\n\nbody\n\0").into_bytes();
        bytes.extend(format!("{id}\0\0\0\0\0\0\0x\0").bytes().chain(*b"bro\xffken\0"));
        let read = entries(&bytes).unwrap();
        assert_eq!(read[0].parents, ["p1", "p2"]);
        assert_eq!((read[0].author.as_str(), read[0].authored, read[0].committed), ("Zoë", 10, 20));
        assert_eq!(read[0].message, "feat: x\n\nbody");
        assert_eq!((read[1].message.as_str(), read[1].committed), ("bro\u{fffd}ken", 0));
    }

    #[test]
    fn cuts_long_messages_and_refuses_nonsense() {
        let id = "b".repeat(40);
        let bytes = format!("{id}\0\0n\0e\01\0n\0e\01\0{}\0", "x".repeat(1 << 20)).into_bytes();
        assert_eq!(entries(&bytes).unwrap()[0].message.len(), LONGEST);
        assert!(entries(b"one\0two\0").is_err());
        assert!(entries(&b"x\0\0\0\0\0\0\0\0\0"[..]).is_err());
        assert!(entries(b"").unwrap().is_empty());
    }
}
