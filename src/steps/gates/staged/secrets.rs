//! Whether a staged file brings a token or key: by the forms that `scan.secrets` knows, which need no program. The
//! gate `secrets` looks at the whole history with gitleaks.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use chrono::NaiveDate;
use tokio_util::sync::CancellationToken;

use super::{Found, Staged};
use crate::kit::token::{Leak, Seeker, about};
use crate::model::Problem;
use crate::ports::files::Source;
use crate::steps::ignore::Ignore;
use crate::steps::walk::{self, Unread, Walk, Walked, is_packed};

/// The list of what may pass.
const SETTING: &str = "scan.secrets.ignore";

/// The longest file in which lines are counted, in bytes; of a longer one the byte is told.
const COUNTED: u64 = 64 * 1024 * 1024;

/// How many bytes of one file are looked at, unpacked: whoever commits waits for it.
const MOST: u64 = 1024 * 1024 * 1024;

/// Looks at every staged file, whatever it is, and into archives.
pub async fn check(staged: &Staged, ignore: &[Ignore]) -> Result<Found, Problem> {
    if staged.changed.is_empty() {
        return Ok(Found::Skipped("nothing is staged".into()));
    }
    let seeker =
        Seeker::new().map_err(|error| Problem::new("tokens cannot be looked for").caused_by(&error))?;
    let today = staged.ports.clock.now().date_naive();
    let (files, tree, changed) =
        (Arc::clone(&staged.ports.files), staged.tree.clone(), staged.changed.clone());
    let (seeking, stop) = (seeker.clone(), staged.stop.clone());
    let looking = tokio::task::spawn_blocking(move || {
        let mut looked: Vec<(Utf8PathBuf, Walked)> = Vec::new();
        for path in changed {
            let file = files.open(&tree.join(&path))?;
            looked.push((path.clone(), walked(&seeking, stop.clone(), &path, file)));
        }
        Ok::<_, Problem>(looked)
    });
    let looked = looking
        .await
        .map_err(|error| Problem::new("what is staged could not be looked through").caused_by(&error))??;
    let mut bad = Vec::new();
    let mut unread = Vec::new();
    for (path, walked) in looked {
        unread.extend(walked.unread);
        let mut known = None;
        for found in walked.found.iter().filter(|found| !passes(&found.leak, ignore, today)) {
            // Whoever has the repository has what the last commit holds; this one adds nothing to it.
            let known = match &mut known {
                Some(known) => known,
                none => none.insert(before(staged, &seeker, &path).await?),
            };
            if known.insert(found.leak.fingerprint.clone()) {
                bad.push(problem(staged, &path, found)?);
            }
        }
    }
    Ok(if bad.is_empty() { Found::Good(words(staged.changed.len(), &unread)) } else { Found::Bad(bad) })
}

/// A file, and what it holds.
fn walked(seeker: &Seeker, stop: CancellationToken, path: &Utf8Path, file: Box<dyn Source>) -> Walked {
    let mut walk = Walk::new(seeker, stop).within(MOST);
    walk.file(path.as_str(), file);
    walk.done()
}

/// What was looked at. A hook is a help: what it cannot look into stops nobody, and is told.
fn words(files: usize, unread: &[Unread]) -> String {
    match unread {
        [] => format!("{files} files"),
        [first, more @ ..] => {
            let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
            format!("{files} files; not looked into: {} ({}){more}", first.place, first.why)
        }
    }
}

fn passes(leak: &Leak, ignore: &[Ignore], today: NaiveDate) -> bool {
    let named = |ignore: &Ignore| ignore.id == leak.kind || ignore.id == leak.fingerprint;
    ignore.iter().any(|ignore| named(ignore) && ignore.expires >= today)
}

/// The fingerprints in the last commit's file of this name; none where there is no such file.
async fn before(staged: &Staged, seeker: &Seeker, path: &Utf8Path) -> Result<BTreeSet<String>, Problem> {
    let name = format!("HEAD:{path}");
    let Ok(bytes) = staged.ports.git.run(&["cat-file", "blob", &name]).await else {
        return Ok(BTreeSet::new());
    };
    let (seeker, path, stop) = (seeker.clone(), path.to_owned(), staged.stop.clone());
    let looking =
        tokio::task::spawn_blocking(move || walked(&seeker, stop, &path, Box::new(Cursor::new(bytes))).found);
    let found = looking
        .await
        .map_err(|error| Problem::new(format!("{name} could not be looked through")).caused_by(&error))?;
    Ok(found.into_iter().map(|found| found.leak.fingerprint).collect())
}

fn problem(staged: &Staged, path: &Utf8Path, found: &walk::Found) -> Result<Problem, Problem> {
    let leak = &found.leak;
    let whole = staged.tree.join(path);
    let short = staged.ports.files.meta(&whole)?.is_some_and(|meta| meta.len <= COUNTED);
    let bytes = if short { staged.ports.files.read(&whole, COUNTED)? } else { Vec::new() };
    let packed = found.place != path.as_str() || is_packed(&bytes);
    let line = if short && !packed {
        let at = usize::try_from(leak.at).unwrap_or(bytes.len()).min(bytes.len());
        u32::try_from(bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1).ok()
    } else {
        None
    };
    let problem = Problem::new(format!("{} is staged", about(leak.kind))).at(path, line, None).fix(format!(
        "take it out, and revoke it if anybody else can have seen it; what is none passes by `{}` in `{SETTING}`",
        leak.fingerprint
    ));
    Ok(if packed {
        problem.because(format!("it is packed: {} at byte {}", found.place, leak.at))
    } else {
        problem
    })
}
