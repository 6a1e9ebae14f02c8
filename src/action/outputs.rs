//! The Action's outputs: one table, which `action.yml` and the reference page are compared with; and
//! how their values are made to fit.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::kit::secret::Redactor;
use crate::model::Problem;

/// One output.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// Its name in a workflow.
    pub name: &'static str,
    /// One sentence, as `action.yml` has it.
    pub about: &'static str,
    /// The ending of the file that a value goes to where the outputs are too large; none for what is
    /// always short, and for what is of no use in a file.
    pub file: Option<&'static str>,
}

const fn output(name: &'static str, file: Option<&'static str>, about: &'static str) -> Output {
    Output { name, about, file }
}

/// Every output, in the order of `action.yml`.
pub const OUTPUTS: &[Output] = &[
    output("tag", None, "The tag of the release; not set for a snapshot."),
    output("version", None, "The version without a leading v."),
    output("prerelease", None, "true if the release is a prerelease."),
    output("matrix", None, "A matrix of builds for strategy.matrix, read with fromJSON."),
    output("plan", Some("json"), "The whole plan as JSON: tasks with keys, needs and promises."),
    output("release-id", None, "The numeric id of the release on the forge."),
    output("release-url", None, "The page of the release."),
    output("upload-count", None, "How many assets this run uploaded; 0 where all of them were up already."),
    output(
        "artifacts",
        Some("json"),
        "JSON list of what was made: name, path, type, os, arch, size, digest.",
    ),
    output("checksums", None, "The path of the checksums file."),
    output("changelog", Some("md"), "This release's notes as Markdown."),
    output("coverage", None, "The coverage of statements in percent, as in 91.2."),
    output(
        "gates",
        Some("json"),
        "JSON object: each gate with pass, fail, error, skipped, overridden or open.",
    ),
    output(
        "published",
        Some("json"),
        "JSON object by target: its state (done, held, failed, open) and where it is.",
    ),
    output("resumed", None, "true if anything was taken over from an earlier run."),
    output("report", None, "The path of the HTML report."),
    output("digests", Some("json"), "JSON object: each published file with its digest."),
];

/// The most that all outputs together may hold, in bytes of UTF-16: GitHub takes 1 MiB a job, and other
/// steps have outputs too.
pub const MOST: usize = 900_000;

/// What begins a value that is in a file.
pub const IN_FILE: &str = "file:";

/// The folder of such files, relative to the dist folder.
pub const FOLDER: &str = "report/outputs";

/// Outputs that fit, and the files beside them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fitted {
    /// Name and value, in the order of the table.
    pub values: Vec<(&'static str, String)>,
    /// Files to write: the path below the dist folder, and the text.
    pub files: Vec<(Utf8PathBuf, String)>,
    /// Worth telling: what went to a file, what was left out.
    pub notices: Vec<Problem>,
}

/// Makes values fit: what holds a secret is left out, and the largest go to files until the rest is small
/// enough. `dist` is the dist folder as later steps see it.
#[must_use]
pub fn fit(
    values: BTreeMap<&'static str, String>,
    dist: &Utf8Path,
    redactor: &Redactor,
    most: usize,
) -> Fitted {
    let mut fitted = Fitted::default();
    for output in OUTPUTS {
        let Some(value) = values.get(output.name) else { continue };
        if redactor.clean(value) == *value {
            fitted.values.push((output.name, value.clone()));
        } else {
            fitted.notices.push(
                Problem::new(format!("the output `{}` holds a secret: it is left out", output.name))
                    .fix("take the secret out of what is released"),
            );
        }
    }
    while fitted.values.iter().map(size).sum::<usize>() > most {
        let ending = |name: &str| OUTPUTS.iter().find(|output| output.name == name)?.file;
        let large = fitted
            .values
            .iter_mut()
            .filter(|(name, value)| ending(name).is_some() && !value.starts_with(IN_FILE));
        let Some((name, value)) = large.max_by_key(|(_, value)| value.len()) else { break };
        let path = Utf8PathBuf::from(FOLDER).join(format!("{name}.{}", ending(name).unwrap_or("txt")));
        let told = format!("{IN_FILE}{}", dist.join(&path));
        fitted.notices.push(Problem::new(format!("the output `{name}` is large: it says `{told}`")));
        fitted.files.push((path, std::mem::replace(value, told)));
    }
    fitted
}

/// As GitHub measures it.
fn size((name, value): &(&'static str, String)) -> usize {
    2 * (name.encode_utf16().count() + value.encode_utf16().count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::secret::Secret;

    fn values(of: &[(&'static str, &str)]) -> BTreeMap<&'static str, String> {
        of.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    }

    #[test]
    fn the_largest_goes_to_a_file_first() {
        let large = "é".repeat(300);
        let given = values(&[("plan", &large), ("changelog", &"x".repeat(200)), ("tag", "v1.0.0")]);
        let fitted = fit(given, "dist".into(), &Redactor::default(), 600);
        assert_eq!(
            fitted.values,
            [
                ("tag", "v1.0.0".to_owned()),
                ("plan", "file:dist/report/outputs/plan.json".to_owned()),
                ("changelog", "x".repeat(200)),
            ]
        );
        assert_eq!(fitted.files, [("report/outputs/plan.json".into(), large)]);
        assert_eq!(fitted.notices.len(), 1);
    }

    #[test]
    fn what_fits_stays_and_what_is_short_never_goes() {
        let given = values(&[("plan", "{}"), ("matrix", &"m".repeat(1000))]);
        let fitted = fit(given.clone(), "dist".into(), &Redactor::default(), MOST);
        assert!(fitted.files.is_empty() && fitted.values.len() == 2);
        let fitted = fit(given, "dist".into(), &Redactor::default(), 100);
        assert_eq!(fitted.values[0].1.len(), 1000, "a matrix in a file is of no use");
    }

    #[test]
    fn a_secret_is_no_output() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("t0psecret"));
        let fitted =
            fit(values(&[("changelog", "a t0psecret b"), ("tag", "v1")]), "d".into(), &redactor, MOST);
        assert_eq!(fitted.values, [("tag", "v1".to_owned())]);
        assert!(fitted.notices[0].what.contains("`changelog`"));
    }
}
