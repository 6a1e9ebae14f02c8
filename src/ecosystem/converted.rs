//! Tracked files that Git takes for unchanged and that have other bytes than the commit: it converts the ends of
//! lines as this machine's settings say (`core.autocrlf`, `core.eol`, `.git/info/attributes`), and compares what it
//! converted back. What the commit's own `.gitattributes` ask for is the same on every machine, and no change.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::hidden::Tracked;
use crate::model::Problem;
use crate::ports::{Files, Git};

/// How Git is asked for the lengths of what is committed: a conversion that leaves the length as it was is none.
const LENGTHS: [&str; 2] = ["cat-file", "--batch-check=%(objectsize)"];

/// How Git is asked what the commit says of files. What a person's own list says of them is left out.
const ATTRIBUTES: [&str; 10] = [
    "-c",
    "core.attributesFile=/dev/null",
    "check-attr",
    "-z",
    "--stdin",
    "text",
    "eol",
    "filter",
    "ident",
    "working-tree-encoding",
];

/// The longest list of attributes that is read, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// The paths among these files that were converted.
///
/// # Errors
///
/// If Git cannot be asked or a file cannot be read.
pub(super) async fn find<'a>(
    git: &dyn Git,
    files: &dyn Files,
    root: &Utf8Path,
    tracked: impl Iterator<Item = Tracked<'a>>,
) -> Result<BTreeSet<String>, Problem> {
    let mut here = Vec::new();
    for file in tracked {
        if let Some(meta) = files.meta(&root.join(file.path))?.filter(|meta| !meta.is_dir && !meta.is_link) {
            here.push((file, meta.len));
        }
    }
    if here.is_empty() {
        return Ok(BTreeSet::new());
    }
    let input: String = here.iter().map(|(file, _)| format!("{}\n", file.id)).collect();
    let told = git.fed(&LENGTHS, input.into_bytes()).await?;
    let told = String::from_utf8_lossy(&told);
    let lengths: Vec<Option<u64>> = told.lines().map(|line| line.parse().ok()).collect();
    if lengths.len() != here.len() {
        return Err(Problem::new("git cat-file did not answer for every file"));
    }
    let other =
        here.iter().zip(lengths).filter(|((_, now), length)| length.is_some_and(|length| length != *now));
    let mut other: BTreeSet<String> = other.map(|((file, _), _)| file.path.to_owned()).collect();
    if other.is_empty() || has_own_attributes(git, files, root).await? {
        return Ok(other);
    }
    let input: String = other.iter().map(|path| format!("{path}\0")).collect();
    let told = git.fed(&ATTRIBUTES, input.into_bytes()).await?;
    let told = String::from_utf8_lossy(&told);
    let fields: Vec<&str> = told.split('\0').collect();
    for three in fields.chunks_exact(3) {
        if converts(three[1], three[2]) {
            other.remove(three[0]);
        }
    }
    Ok(other)
}

/// Whether this attribute has Git write other bytes than it holds, on every machine.
fn converts(name: &str, value: &str) -> bool {
    match name {
        "eol" => value == "crlf",
        "filter" | "ident" | "working-tree-encoding" => !matches!(value, "unspecified" | "unset"),
        _ => false,
    }
}

/// Whether attributes are set that are in no commit: Git does not tell apart who said what.
async fn has_own_attributes(git: &dyn Git, files: &dyn Files, root: &Utf8Path) -> Result<bool, Problem> {
    let path = root.join(git.text(&["rev-parse", "--git-path", "info/attributes"]).await?);
    if files.meta(&path)?.is_none() {
        return Ok(false);
    }
    let bytes = files.read(&path, LONGEST)?;
    let text = String::from_utf8_lossy(&bytes);
    let says = |line: &str| !line.is_empty() && !line.starts_with('#');
    Ok(text.lines().map(str::trim).any(says))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_commit_asks_for_is_told_from_what_is_not_said() {
        for (name, value, is) in [
            ("eol", "crlf", true),
            ("eol", "lf", false),
            ("filter", "lfs", true),
            ("filter", "unspecified", false),
            ("ident", "set", true),
            ("ident", "unset", false),
            ("text", "auto", false),
        ] {
            assert_eq!(converts(name, value), is, "{name}={value}");
        }
    }
}
