//! Which linters have to run here: what the settings ask for, without what a given report stands in for.

use std::sync::Arc;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::settings::LintSettings;
use super::{deno, eslint, golangci};
use crate::formats::findings::golangci::{FORMAT, linters};
use crate::formats::findings::{DENO_LINT, ESLINT, GO_LINT, LINT};
use crate::model::{Facts, Problem};
use crate::ports::Files;
use crate::steps::gates::given::{self, Given};
use crate::steps::room::{Outlook, Scene, Seen};
use crate::steps::scanner::identity_of;

/// The file that makes a folder a Rust project.
const CARGO: &str = "Cargo.toml";

/// Where a configuration of golangci-lint is noted, with the program for it.
const GOLANGCI: &str = "golangci-lint";

/// Where Deno's configuration is noted.
const DENO: &str = "deno";

/// Where ESLint's is.
const ESLINT_CONFIG: &str = "eslint";

/// Where it is noted that a given report holds what `go vet` would find.
const VETTED: &str = "vetted";

/// golangci-lint and what it is asked for with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configured {
    /// Its configuration, from the repository's root.
    pub file: Utf8PathBuf,
    /// The digest of the program; none where it is not installed.
    pub program: Option<String>,
}

/// What Deno is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Deno {
    /// The configuration that makes the folder a Deno project.
    pub file: String,
    /// `deno lint`.
    pub lint: bool,
    /// `deno check`.
    pub check: bool,
    /// `deno fmt`.
    pub format: bool,
}

/// What has to run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Work {
    /// `go vet`.
    pub vet: bool,
    /// `gofmt`.
    pub gofmt: bool,
    /// golangci-lint.
    pub golangci: Option<Configured>,
    /// clippy.
    pub clippy: bool,
    /// rustfmt.
    pub rustfmt: bool,
    /// Deno's own tools.
    pub deno: Option<Deno>,
    /// ESLint, with its configuration from the repository's root.
    pub eslint: Option<Utf8PathBuf>,
}

/// Notes what decides that and is no setting.
///
/// # Errors
///
/// If something is there and cannot be looked at.
pub async fn look(settings: &LintSettings, outlook: &Outlook) -> Result<Seen, Problem> {
    let mut seen = given::look(LINT, outlook).await?;
    if vetted(&seen, outlook).await? {
        seen.insert(VETTED.into(), String::new());
    }
    let (facts, ports) = (&outlook.facts, &outlook.ports);
    if ports.files.meta(&facts.project_dir().join(CARGO))?.is_some() {
        seen.insert(CARGO.into(), String::new());
    }
    if let Some(file) = deno::configuration(ports.files.as_ref(), facts)? {
        seen.insert(DENO.into(), file.into());
    }
    if settings.eslint
        && let Some(file) = eslint::configuration(ports.files.as_ref(), facts)?
    {
        seen.insert(ESLINT_CONFIG.into(), file.into_string());
    }
    if facts.ecosystems.go.is_some()
        && let Some(file) = golangci::configuration(ports.files.as_ref(), facts)?
    {
        // A verdict without it is none on the day that it is installed, and another program finds other things.
        let program = match ports.process.find(&settings.golangci_lint) {
            Some(path) => Some(identity_of(&ports.files, &path).await?),
            None => None,
        };
        let noted = serde_json::to_string(&Configured { file, program })
            .map_err(|error| Problem::new("what was seen cannot be noted").caused_by(&error))?;
        seen.insert(GOLANGCI.into(), noted);
    }
    Ok(seen)
}

/// The first of some files in the project's folder or the nearest above it in the repository, from its root.
///
/// # Errors
///
/// If a folder cannot be looked at.
pub fn nearest(files: &dyn Files, facts: &Facts, names: &[&str]) -> Result<Option<Utf8PathBuf>, Problem> {
    for dir in facts.dir.ancestors() {
        for name in names {
            let file = dir.join(name);
            if files.meta(&facts.root.join(&file))?.is_some_and(|meta| !meta.is_dir) {
                return Ok(Some(file));
            }
        }
    }
    Ok(None)
}

/// Whether a report of golangci-lint is given for which govet ran.
async fn vetted(seen: &Seen, outlook: &Outlook) -> Result<bool, Problem> {
    let reports: Vec<_> =
        given::noted(seen)?.into_iter().filter(|report| report.format == FORMAT.name).collect();
    let (files, root) = (Arc::clone(&outlook.ports.files), outlook.facts.root.clone());
    let looking = tokio::task::spawn_blocking(move || {
        for report in reports {
            let Some((path, _)) = given::find(files.as_ref(), &root, &report.named)? else { continue };
            // What is broken stands in for nothing; the task that judges the reports says what is wrong with it.
            if linters(files.open(&path)?).is_ok_and(|names| names.iter().any(|name| name == "govet")) {
                return Ok(true);
            }
        }
        Ok::<_, Problem>(false)
    });
    looking.await.map_err(|error| Problem::new("the reports could not be looked at").caused_by(&error))?
}

impl Work {
    /// What is left to run. A report never stands in for formatting or for Deno's type checker. One of golangci-lint stands in for that program,
    /// and for `go vet` where govet was among its linters. Messages of cargo do not say whether clippy made them, so
    /// they stand in for nothing.
    ///
    /// # Errors
    ///
    /// If what was noted is not of [`look`].
    pub fn of(settings: &LintSettings, scene: &Scene<'_>, given: Option<&Given>) -> Result<Self, Problem> {
        let (go, rust) = (scene.facts.ecosystems.go.is_some(), scene.seen.contains_key(CARGO));
        let is_given = |formats| given.is_some_and(|given| given.is_any_of(formats));
        let noted = scene.seen.get(GOLANGCI).filter(|_| go && !is_given(GO_LINT));
        let golangci = noted.map(|text| serde_json::from_str(text)).transpose();
        Ok(Self {
            vet: go && settings.vet && !scene.seen.contains_key(VETTED),
            gofmt: go && settings.format,
            golangci: golangci
                .map_err(|error| Problem::new("what was seen cannot be read").caused_by(&error))?,
            clippy: rust && settings.clippy,
            rustfmt: rust && settings.format,
            deno: scene
                .seen
                .get(DENO)
                .map(|file| Deno {
                    file: file.clone(),
                    lint: settings.deno && !is_given(DENO_LINT),
                    check: settings.deno,
                    format: settings.format,
                })
                .filter(|deno| deno.lint || deno.check || deno.format),
            eslint: scene.seen.get(ESLINT_CONFIG).filter(|_| !is_given(ESLINT)).map(Into::into),
        })
    }

    /// Whether nothing has to run.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether any of Rust's linters has to.
    #[must_use]
    pub fn is_rust(&self) -> bool {
        self.clippy || self.rustfmt
    }

    /// Whether its outcome is the same whenever it runs: the versions of cargo, Deno and ESLint are not known here, and
    /// a program that is not installed may be tomorrow.
    #[must_use]
    pub fn lasts(&self) -> bool {
        !self.is_rust()
            && self.deno.is_none()
            && self.eslint.is_none()
            && self.golangci.as_ref().is_none_or(|configured| configured.program.is_some())
    }
}
