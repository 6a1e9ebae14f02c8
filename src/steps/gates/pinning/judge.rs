//! The verdict on what workflows run: pinned or not, line by line.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::settings::PinningSettings;
use crate::formats::workflow::{Kind, Reference, references};
use crate::model::{Problem, Proof, Row, Status, Verdict};
use crate::steps::room::{Check, Site};

/// The longest workflow that is read, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// How many references are shown one by one.
const SHOWN: usize = 50;

/// Judges the workflows.
pub struct Judge {
    /// What is asked for.
    pub settings: PinningSettings,
}

/// Whether a reference always means the same bytes.
#[derive(Debug, PartialEq, Eq)]
enum Pin {
    /// It does, or it lies in this repository.
    Fixed,
    /// It does not, and policy lets it pass by this entry.
    Allowed(String),
    /// It does not, for this reason.
    Moves(&'static str),
}

#[async_trait::async_trait]
impl Check for Judge {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        // What Git tracks: a file that is in no commit is run by nobody.
        let patterns = [
            ".github/workflows/*.yml",
            ".github/workflows/*.yaml",
            "action.yml",
            "action.yaml",
            "**/action.yml",
            "**/action.yaml",
        ];
        let globs: Vec<String> = patterns.iter().map(|pattern| format!(":(top,glob){pattern}")).collect();
        let args: Vec<&str> =
            ["ls-files", "-z", "--"].into_iter().chain(globs.iter().map(String::as_str)).collect();
        let listed = site.ports.git.text(&args).await?;
        let paths: BTreeSet<Utf8PathBuf> =
            listed.split('\0').filter(|path| !path.is_empty()).map(Utf8PathBuf::from).collect();
        let (files, root) = (Arc::clone(&site.ports.files), site.facts.root.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let mut found = Vec::new();
            for path in paths {
                let bytes = files.read(&root.join(&path), LONGEST)?;
                let text = String::from_utf8(bytes).map_err(|_| {
                    Problem::new(format!("{path} is no text in UTF-8")).fix("save it as UTF-8")
                })?;
                let read = references(&text).map_err(|bad| bad.problem(path.as_str()))?;
                found.push((path, read));
            }
            Ok::<_, Problem>(found)
        });
        let read = reading
            .await
            .map_err(|error| Problem::new("the workflows could not be read").caused_by(&error))??;
        Ok(judge(&read, &self.settings))
    }
}

fn judge(files: &[(Utf8PathBuf, Vec<Reference>)], settings: &PinningSettings) -> Verdict {
    let mut used = BTreeSet::new();
    let mut problems = Vec::new();
    let mut all = 0_usize;
    for (path, references) in files {
        for reference in references {
            all += 1;
            match pin(reference, settings) {
                Pin::Fixed => {}
                Pin::Allowed(entry) => drop(used.insert(entry)),
                Pin::Moves(why) => problems.push(
                    Problem::new(format!("`{}` may mean other code tomorrow: {why}", reference.text))
                        .at(path.as_path(), Some(reference.line), Some(reference.column))
                        .fix(advice(reference)),
                ),
            }
        }
    }
    let unused: Vec<&String> = settings.allow.iter().filter(|entry| !used.contains(*entry)).collect();
    let moving = problems.len();
    let row = Row {
        metric: "references that may move".into(),
        comparator: "=".into(),
        threshold: "0".into(),
        actual: format!("{moving} of {all} in {} files", files.len()),
        ok: moving == 0,
    };
    let summary =
        format!("{} of {all} references are pinned or allowed, in {} files", all - moving, files.len());
    let verdict = if files.is_empty() {
        // Asked for by name, so there has to be something to look at.
        Verdict::error("there is no workflow and no action in this repository")
    } else if !unused.is_empty() {
        let names = unused.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let what = format!("nothing needs {names} in `gates.pinning.allow`");
        problems.push(
            Problem::new(what.clone()).fix("take it out: an exception that nobody needs hides the next one"),
        );
        Verdict::error(what)
    } else if moving > 0 {
        Verdict::fail(summary)
    } else {
        Verdict { status: Status::Pass, ..Verdict::fail(summary) }
    };
    let verdict = verdict.row(row).proof(Proof::seen("git ls-files: workflows and actions"));
    let more = problems.len().saturating_sub(SHOWN);
    let verdict = problems.into_iter().take(SHOWN).fold(verdict, Verdict::problem);
    if more > 0 { verdict.problem(Problem::new(format!("{more} more are not pinned"))) } else { verdict }
}

fn pin(reference: &Reference, settings: &PinningSettings) -> Pin {
    let text = reference.text.trim();
    let image = match (reference.kind, text.strip_prefix("docker://")) {
        (_, Some(image)) => Some(image),
        // An action's own Dockerfile lies beside it; a job's container is an image always.
        (Kind::Image, None) if text.ends_with("Dockerfile") || text.starts_with("./") => return Pin::Fixed,
        (Kind::Image, None) => Some(text),
        (Kind::Uses, None) => None,
    };
    if let Some(image) = image {
        return match image.rsplit_once("@sha256:") {
            Some((_, digest)) if is_hex(digest, 64) => Pin::Fixed,
            _ if image.contains("${{") => Pin::Moves("an expression decides which image it is"),
            _ => Pin::Moves("an image without a digest"),
        };
    }
    if text.starts_with("./") || text.starts_with("../") {
        return Pin::Fixed;
    }
    let Some((action, version)) = text.rsplit_once('@') else {
        return Pin::Moves("it names no commit");
    };
    if is_hex(version, 40) || is_hex(version, 64) {
        Pin::Fixed
    } else if let Some(entry) = settings.allowing(action) {
        Pin::Allowed(entry.to_owned())
    } else {
        Pin::Moves("a tag or a branch can be moved")
    }
}

/// A whole object name, or a digest.
fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn advice(reference: &Reference) -> String {
    let text = reference.text.trim();
    match (reference.kind, text.rsplit_once('@')) {
        (Kind::Uses, Some((action, version))) if !text.starts_with("docker://") => {
            let repository = action.split('/').take(2).collect::<Vec<_>>().join("/");
            format!(
                "write the commit that {version} is now, and the name behind it: `{action}@COMMIT # {version}`; `git ls-remote https://github.com/{repository} {version}` tells it"
            )
        }
        _ => format!(
            "write its digest: `{}@sha256:…`; `docker buildx imagetools inspect` tells it",
            text.trim_start_matches("docker://")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, text: &str) -> Pin {
        let settings = PinningSettings { allow: vec!["actions/*".into()] };
        pin(&Reference { kind, text: text.into(), line: 1, column: 1 }, &settings)
    }

    #[test]
    fn only_whole_object_names_and_digests_are_pins() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let digest = "0".repeat(64);
        for text in [
            format!("a/b@{commit}"),
            format!("a/b/c@{digest}"),
            "./x".into(),
            format!("docker://i:1@sha256:{digest}"),
        ] {
            assert_eq!(of(Kind::Uses, &text), Pin::Fixed, "{text}");
        }
        for text in [
            "a/b@v1",
            "a/b",
            "a/b@main",
            &format!("a/b@{}", &commit[..39]),
            &format!("a/b@{}", commit.to_uppercase()),
            "docker://i:1",
            "docker://i@sha256:00",
        ] {
            assert!(matches!(of(Kind::Uses, text), Pin::Moves(_)), "{text}");
        }
        assert_eq!(of(Kind::Uses, "actions/checkout@v4"), Pin::Allowed("actions/*".into()));
        assert_eq!(of(Kind::Image, "Dockerfile"), Pin::Fixed);
        assert_eq!(of(Kind::Image, "./tools/Dockerfile"), Pin::Fixed);
        for image in ["debian:12", "${{ matrix.image }}", "debian@sha256:xyz"] {
            assert!(matches!(of(Kind::Image, image), Pin::Moves(_)), "{image}");
        }
    }
}
