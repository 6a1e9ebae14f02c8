//! What lies in the project's folder for scanners to look at.

use camino::{Utf8Path, Utf8PathBuf};

use super::plan::SETTING;
use super::settings::{ScannerName, VulnerabilitiesSettings};
use crate::model::{Facts, Problem};
use crate::ports::Files;
use crate::steps::room::{Outlook, Seen};

/// The lock files in a project's folder that OSV-Scanner reads
/// (<https://google.github.io/osv-scanner/supported-languages-and-lockfiles/>).
const LOCK_FILES: [&str; 24] = [
    "Cargo.lock",
    "Gemfile.lock",
    "Pipfile.lock",
    "bun.lock",
    "cabal.project.freeze",
    "composer.lock",
    "conan.lock",
    "deno.lock",
    "gems.locked",
    "go.mod",
    "gradle.lockfile",
    "mix.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "packages.lock.json",
    "pdm.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pom.xml",
    "pubspec.lock",
    "renv.lock",
    "requirements.txt",
    "stack.yaml.lock",
    "uv.lock",
];

/// What npm writes; where both are there it reads the first.
const NPM: [&str; 2] = ["npm-shrinkwrap.json", "package-lock.json"];

/// What was seen, by path from the repository's root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct There {
    /// Cargo's lock file: in the project's folder or, for a member of a workspace, above it.
    pub cargo: Option<Utf8PathBuf>,
    /// npm's.
    pub npm: Option<Utf8PathBuf>,
    /// All that OSV-Scanner can read.
    pub locks: Vec<Utf8PathBuf>,
    /// Manifests without a lock file of their own, so that nobody can tell what they ask for.
    pub bare: Vec<String>,
}

impl There {
    /// What is seen of it in the notes of `look`.
    fn notes(&self) -> Seen {
        let locks = self.locks.iter().map(|path| (format!("lock {path}"), String::new()));
        let one = |name: &str, path: &Option<Utf8PathBuf>| {
            path.as_ref().map(|path| (name.to_owned(), path.to_string()))
        };
        let bare = self.bare.iter().map(|name| (format!("bare {name}"), String::new()));
        locks.chain(one("cargo", &self.cargo)).chain(one("npm", &self.npm)).chain(bare).collect()
    }

    /// What the notes say.
    pub fn of(seen: &Seen) -> Self {
        let all = |prefix: &'static str| seen.keys().filter_map(move |name| name.strip_prefix(prefix));
        Self {
            cargo: seen.get("cargo").map(Into::into),
            npm: seen.get("npm").map(Into::into),
            locks: all("lock ").map(Into::into).collect(),
            bare: all("bare ").map(str::to_owned).collect(),
        }
    }

    /// The scanners that have something to look at by themselves.
    pub fn scanners(&self, settings: &VulnerabilitiesSettings, facts: &Facts) -> Vec<ScannerName> {
        let own = [
            (ScannerName::Govulncheck, facts.ecosystems.go.is_some()),
            (ScannerName::Gosec, facts.ecosystems.go.is_some()),
            (ScannerName::Rustsec, self.cargo.is_some()),
            (ScannerName::NpmAudit, self.npm.is_some()),
            (ScannerName::Semgrep, !settings.semgrep_rules.is_empty()),
        ];
        own.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
    }

    /// What a scanner that was named lacks.
    pub fn lacks(
        &self,
        name: ScannerName,
        settings: &VulnerabilitiesSettings,
        facts: &Facts,
    ) -> Option<Problem> {
        let (there, wanted) = match name {
            ScannerName::Govulncheck | ScannerName::Gosec => {
                (facts.ecosystems.go.is_some(), "the project's folder lacks a go.mod")
            }
            ScannerName::Rustsec => (
                self.cargo.is_some(),
                "the project's folder lacks a Cargo.lock: `cargo generate-lockfile` writes it",
            ),
            ScannerName::NpmAudit => (
                self.npm.is_some(),
                "the project's folder lacks a package-lock.json: `npm install --package-lock-only` writes it",
            ),
            ScannerName::OsvScanner => (
                !self.locks.is_empty() || !settings.images.is_empty(),
                "the project's folder lacks a lock file; name others in `osv_lock_files`",
            ),
            ScannerName::Trivy => (
                !self.locks.is_empty() || !settings.images.is_empty(),
                "the project's folder lacks a lock file, and `images` names none",
            ),
            ScannerName::Semgrep => {
                (!settings.semgrep_rules.is_empty(), "`semgrep_rules` names no rules, and none are fetched")
            }
        };
        (!there).then(|| {
            Problem::new(format!("`{}` of `{SETTING}.scanners` has nothing to look at", name.word()))
                .because(wanted)
                .fix("take it out of the list, or write what it lacks")
                .of_setting(format!("{SETTING}.scanners"))
        })
    }
}

/// Looks through the project's folder; `more` are lock files beside those in it.
///
/// # Errors
///
/// If it cannot be looked at, or one of `more` is not there.
pub fn look(more: &[String], outlook: &Outlook) -> Result<Seen, Problem> {
    let files = outlook.ports.files.as_ref();
    let (root, dir) = (&outlook.facts.root, &outlook.facts.dir);
    let is_file = |path: &Utf8Path| is_file(files, &root.join(path));
    let mut there = There::default();
    for name in LOCK_FILES {
        if is_file(&dir.join(name))? {
            there.locks.push(dir.join(name));
        }
    }
    for name in more {
        let path = crate::kit::path::RepoPath::new(dir.join(name).as_str()).ok();
        let path = path.map(|path| path.as_path().to_owned());
        match path {
            Some(path) if is_file(&path)? => there.locks.push(path),
            _ => {
                return Err(Problem::new(format!("there is no file {name} in the project"))
                    .fix("name lock files by their path from the project's folder")
                    .of_setting(format!("{SETTING}.osv_lock_files")));
            }
        }
    }
    there.locks.sort();
    there.locks.dedup();
    for name in NPM {
        if there.npm.is_none() && is_file(&dir.join(name))? {
            there.npm = Some(dir.join(name));
        }
    }
    if is_file(&dir.join("Cargo.toml"))? || is_file(&dir.join("Cargo.lock"))? {
        for above in dir.ancestors() {
            if there.cargo.is_none() && is_file(&above.join("Cargo.lock"))? {
                there.cargo = Some(above.join("Cargo.lock"));
            }
        }
        if there.cargo.is_none() {
            there.bare.push("Cargo.toml".into());
        }
    }
    if there.npm.is_none() && is_file(&dir.join("package.json"))? {
        there.bare.push("package.json".into());
    }
    Ok(there.notes())
}

fn is_file(files: &dyn Files, path: &Utf8Path) -> Result<bool, Problem> {
    Ok(files.meta(path)?.is_some_and(|meta| !meta.is_dir))
}
