//! Whether a staged file brings a token or key: by the forms that `scan.secrets` knows, which need no program. The
//! gate `secrets` looks at the whole history with gitleaks.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use chrono::NaiveDate;

use super::{Found, Staged};
use crate::kit::token::{Leak, Seeker, about};
use crate::model::Problem;
use crate::steps::ignore::Ignore;

/// The list of what may pass.
const SETTING: &str = "scan.secrets.ignore";

/// The longest file in which lines are counted, in bytes; of a longer one the byte is told.
const COUNTED: u64 = 64 * 1024 * 1024;

/// Looks at every staged file, whatever it is.
pub async fn check(staged: &Staged, ignore: &[Ignore]) -> Result<Found, Problem> {
    if staged.changed.is_empty() {
        return Ok(Found::Skipped("nothing is staged".into()));
    }
    let seeker =
        Seeker::new().map_err(|error| Problem::new("tokens cannot be looked for").caused_by(&error))?;
    let today = staged.ports.clock.now().date_naive();
    let (files, tree, changed) =
        (Arc::clone(&staged.ports.files), staged.tree.clone(), staged.changed.clone());
    let seeking = seeker.clone();
    let looking = tokio::task::spawn_blocking(move || {
        let mut found: Vec<(Utf8PathBuf, Leak)> = Vec::new();
        for path in changed {
            let mut file = files.open(&tree.join(&path))?;
            let seen = seeking.seek(file.as_mut(), &mut |leak| found.push((path.clone(), leak)));
            seen.map_err(|error| Problem::new(format!("{path} cannot be read")).caused_by(&error))?;
        }
        Ok::<_, Problem>(found)
    });
    let found = looking
        .await
        .map_err(|error| Problem::new("what is staged could not be looked through").caused_by(&error))??;
    let mut bad = Vec::new();
    for (path, leak) in found {
        // Whoever has the repository has what the last commit holds; this one adds nothing to it.
        if !passes(&leak, ignore, today) && !before(staged, &seeker, &path).await?.contains(&leak.fingerprint)
        {
            bad.push(problem(staged, &path, &leak)?);
        }
    }
    Ok(if bad.is_empty() { Found::Good(format!("{} files", staged.changed.len())) } else { Found::Bad(bad) })
}

fn passes(leak: &Leak, ignore: &[Ignore], today: NaiveDate) -> bool {
    let named = |ignore: &Ignore| ignore.id == leak.kind || ignore.id == leak.fingerprint;
    ignore.iter().any(|ignore| named(ignore) && ignore.expires >= today)
}

/// The fingerprints in the last commit's file of this name; none where there is no such file.
async fn before(staged: &Staged, seeker: &Seeker, path: &Utf8Path) -> Result<BTreeSet<String>, Problem> {
    let mut known = BTreeSet::new();
    let name = format!("HEAD:{path}");
    let Ok(bytes) = staged.ports.git.run(&["cat-file", "blob", &name]).await else { return Ok(known) };
    seeker
        .seek(&mut bytes.as_slice(), &mut |leak| {
            known.insert(leak.fingerprint);
        })
        .map_err(|error| Problem::new(format!("{name} cannot be read")).caused_by(&error))?;
    Ok(known)
}

fn problem(staged: &Staged, path: &Utf8Path, leak: &Leak) -> Result<Problem, Problem> {
    let whole = staged.tree.join(path);
    let short = staged.ports.files.meta(&whole)?.is_some_and(|meta| meta.len <= COUNTED);
    let line = if short {
        let bytes = staged.ports.files.read(&whole, COUNTED)?;
        let at = usize::try_from(leak.at).unwrap_or(bytes.len()).min(bytes.len());
        u32::try_from(bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1).ok()
    } else {
        None
    };
    Ok(Problem::new(format!("{} is staged", about(leak.kind))).at(path, line, None).fix(format!(
        "take it out, and revoke it if anybody else can have seen it; what is none passes by `{}` in `{SETTING}`",
        leak.fingerprint
    )))
}
