//! Whether the staged files are formatted: `gofmt` and `rustfmt`, on those files alone.

use camino::{Utf8Path, Utf8PathBuf};

use super::manifest::edition;
use super::{Found, Staged};
use crate::model::Problem;
use crate::ports::process::Command;

/// The longest source that is looked at, in bytes.
const LONGEST: u64 = 4 * 1024 * 1024;

/// How many files are given to one `gofmt`.
const FILES: usize = 500;

/// Looks.
pub async fn check(staged: &Staged) -> Result<Found, Problem> {
    let go: Vec<&Utf8Path> = staged.with_end("go").into_iter().filter(|path| is_ours(path)).collect();
    let rust = staged.with_end("rs");
    if go.is_empty() && rust.is_empty() {
        return Ok(Found::Skipped("no file of Go or Rust is staged".into()));
    }
    let mut left_out = Vec::new();
    let mut bad = Vec::new();
    for (files, tool) in [(&go, "gofmt"), (&rust, "rustfmt")] {
        if files.is_empty() {
            continue;
        }
        if staged.ports.process.find(tool).is_none() {
            left_out.push(format!("`{tool}` is not on the PATH"));
        } else if tool == "gofmt" {
            bad.extend(gofmt(staged, files).await?);
        } else {
            bad.extend(rustfmt(staged, files).await?);
        }
    }
    if !bad.is_empty() {
        return Ok(Found::Bad(bad));
    }
    let words = format!("{} files", go.len() + rust.len());
    Ok(match left_out.len() {
        0 => Found::Good(words),
        _ => Found::Skipped(left_out.join(", ")),
    })
}

/// Data for tests and what comes from elsewhere is nobody's to format.
fn is_ours(path: &Utf8Path) -> bool {
    !path.components().any(|part| matches!(part.as_str(), "vendor" | "testdata"))
}

async fn gofmt(staged: &Staged, files: &[&Utf8Path]) -> Result<Vec<Problem>, Problem> {
    let mut bad = Vec::new();
    for files in files.chunks(FILES) {
        let paths = files.iter().map(|path| format!("./{path}"));
        let command = Command::new("gofmt", staged.tree.clone()).args(["-l"]).args(paths);
        let ended = staged.run(command).await?;
        if !ended.ok() {
            bad.push(
                Problem::new("gofmt cannot read what is staged")
                    .because(staged.plain(ended.errors().trim()))
                    .fix("mend the syntax, and stage it"),
            );
        }
        bad.extend(ended.text().lines().map(|path| unformatted(path.trim_start_matches("./"), "gofmt -w")));
    }
    Ok(bad)
}

fn unformatted(path: &str, tool: &str) -> Problem {
    Problem::new("not formatted as it is staged")
        .at(path, None, None)
        .fix(format!("`{tool} {path} && git add {path}`"))
}

async fn rustfmt(staged: &Staged, files: &[&Utf8Path]) -> Result<Vec<Problem>, Problem> {
    let mut bad = Vec::new();
    for path in files {
        let whole = staged.tree.join(path);
        // From there on it looks for its settings.
        let dir = whole.parent().map_or_else(|| staged.tree.clone(), Utf8PathBuf::from);
        let edition = edition(staged, path)?;
        // By standard input it looks at this file and not at the modules that it declares.
        let mut command = Command::new("rustfmt", dir);
        command = command.args(["--check", "--quiet", "--edition", edition.as_str()]);
        command.input = staged.ports.files.read(&whole, LONGEST)?;
        let ended = staged.run(command).await?;
        // What it reads from standard input it ends with 0 for, also where it shows a difference.
        if !ended.stdout.is_empty() {
            bad.push(unformatted(path.as_str(), &format!("rustfmt --edition {edition}")));
        } else if !ended.ok() {
            bad.push(
                Problem::new("rustfmt cannot read what is staged")
                    .at(*path, None, None)
                    .because(staged.plain(ended.errors().trim()))
                    .fix("mend the syntax, and stage it"),
            );
        }
    }
    Ok(bad)
}
