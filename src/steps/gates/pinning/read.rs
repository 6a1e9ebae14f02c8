//! What the repository's workflows and actions run: read from their files, and from the Dockerfiles of actions.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::formats::workflow::{Kind, Reference, references};
use crate::kit::dockerfile;
use crate::kit::path::RepoPath;
use crate::model::Problem;
use crate::ports::{Files, Git};

/// The longest file that is read, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// The folder whose files are workflows.
const WORKFLOWS: &str = ".github/workflows";

/// Workflows, actions, and what an action may be built from.
const PATTERNS: [&str; 7] = [
    ".github/workflows/*.yml",
    ".github/workflows/*.yaml",
    "action.yml",
    "action.yaml",
    "**/action.yml",
    "**/action.yaml",
    "**/*ockerfile*",
];

/// Manifests, and files that name images and actions, of which nothing here can tell whether they are pinned.
const UNJUDGED: [&str; 34] = [
    "requirements*.txt",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "Pipfile",
    "environment.yml",
    "Gemfile",
    "*.gemspec",
    "composer.json",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "build.sbt",
    "*.csproj",
    "*.fsproj",
    "*.vbproj",
    "packages.config",
    "deno.json",
    "deno.jsonc",
    "mix.exs",
    "Package.swift",
    "Podfile",
    "pubspec.yaml",
    "conanfile.*",
    "flake.nix",
    "Chart.yaml",
    "*.tf",
    "compose*.yml",
    "compose*.yaml",
    "docker-compose*.y*ml",
    ".gitlab-ci.y*ml",
    "azure-pipelines.y*ml",
    "bitbucket-pipelines.yml",
    "Jenkinsfile",
];

/// Whether a file is one of these.
#[must_use]
pub fn is_pinned_file(path: &Utf8Path) -> bool {
    let workflow = path.parent() == Some(Utf8Path::new(WORKFLOWS));
    let yaml = matches!(path.extension(), Some("yml" | "yaml"));
    let name = path.file_name().unwrap_or_default();
    (workflow && yaml) || matches!(name, "action.yml" | "action.yaml") || name.contains("ockerfile")
}

/// What a file runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
    /// The file, from the repository's root.
    pub path: Utf8PathBuf,
    /// What it names.
    pub references: Vec<Reference>,
}

/// Everything that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// The workflows, actions and Dockerfiles, each once.
    pub files: Vec<Runs>,
    /// Actions whose Dockerfile is not there to be read.
    pub unread: Vec<Problem>,
    /// What is not looked at: Dockerfiles that no action is built from.
    pub others: BTreeSet<Utf8PathBuf>,
}

/// The files of the commit that are looked at: one that is in no commit is run by nobody.
///
/// # Errors
///
/// If Git cannot be asked.
pub async fn listed(git: &dyn Git) -> Result<BTreeSet<Utf8PathBuf>, Problem> {
    list(git, PATTERNS.iter().map(|pattern| format!(":(top,glob){pattern}")).collect()).await
}

/// The files of the commit that may name what moves, and that nothing here judges.
///
/// # Errors
///
/// If Git cannot be asked.
pub async fn unjudged(git: &dyn Git) -> Result<BTreeSet<Utf8PathBuf>, Problem> {
    list(git, UNJUDGED.iter().map(|name| format!(":(top,glob)**/{name}")).collect()).await
}

async fn list(git: &dyn Git, globs: Vec<String>) -> Result<BTreeSet<Utf8PathBuf>, Problem> {
    let args = ["ls-files", "-z", "--full-name", "--"];
    let args: Vec<&str> = args.into_iter().chain(globs.iter().map(String::as_str)).collect();
    let listed = git.text(&args).await?;
    Ok(listed.split('\0').filter(|path| !path.is_empty()).map(Utf8PathBuf::from).collect())
}

/// Reads them.
///
/// # Errors
///
/// If one cannot be read, or is not what its name says.
pub fn read(files: &dyn Files, root: &Utf8Path, listed: &BTreeSet<Utf8PathBuf>) -> Result<Read, Problem> {
    let mut read = Read::default();
    let mut dockerfiles = BTreeSet::new();
    for path in listed.iter().filter(|path| !is_dockerfile(path.as_str())) {
        let all = references(&text(files, root, path)?).map_err(|bad| bad.problem(path.as_str()))?;
        let mut kept = Vec::new();
        for reference in all {
            match dockerfile_of(path, &reference, listed) {
                Built::Not => kept.push(reference),
                Built::From(dockerfile) => {
                    dockerfiles.insert(dockerfile);
                    // The image of an action is the Dockerfile and nothing beside it.
                    if reference.kind == Kind::Uses {
                        kept.push(reference);
                    }
                }
                Built::Nowhere => read.unread.push(unread(path, &reference)),
            }
        }
        read.files.push(Runs { path: path.clone(), references: kept });
    }
    let of_dockerfiles = listed.iter().filter(|path| is_dockerfile(path.as_str()));
    read.others = of_dockerfiles.filter(|path| !dockerfiles.contains(*path)).cloned().collect();
    for path in dockerfiles {
        let images = dockerfile::images(&text(files, root, &path)?).map_err(|bad| {
            Problem::new(format!("{path} cannot be read"))
                .because(bad.why)
                .at(path.as_path(), Some(bad.line), None)
                .fix("mend the Dockerfile: an action is built from it")
        })?;
        let of = |image: dockerfile::Image| Reference {
            kind: Kind::Image,
            text: image.name,
            line: image.line,
            column: 1,
        };
        read.files.push(Runs { path, references: images.into_iter().map(of).collect() });
    }
    Ok(read)
}

/// Whether a reference is to something that is built here.
enum Built {
    /// It is not.
    Not,
    /// From this Dockerfile.
    From(Utf8PathBuf),
    /// From one that is in no commit.
    Nowhere,
}

fn dockerfile_of(path: &Utf8Path, reference: &Reference, listed: &BTreeSet<Utf8PathBuf>) -> Built {
    let name = reference.text.trim();
    match reference.kind {
        // Only an action's own image may be a file, by its path from the action's folder; the container of a job is
        // always an image.
        Kind::Image if is_dockerfile(name) && !path.starts_with(WORKFLOWS) => {
            let folder = path.parent().unwrap_or(Utf8Path::new(""));
            let inside = RepoPath::new(folder.join(name).as_str()).map(|path| path.as_path().to_owned());
            inside.ok().filter(|path| listed.contains(path)).map_or(Built::Nowhere, Built::From)
        }
        // A folder without a description of its action is built from its Dockerfile.
        Kind::Uses if name.starts_with("./") => {
            let Ok(folder) = RepoPath::new(name) else { return Built::Not };
            let lies = |name: &str| {
                let path = folder.as_path().join(name);
                listed.contains(&path).then_some(path)
            };
            match (lies("action.yml").or_else(|| lies("action.yaml")), lies("Dockerfile"), lies("dockerfile"))
            {
                (None, Some(path), _) | (None, None, Some(path)) => Built::From(path),
                _ => Built::Not,
            }
        }
        _ => Built::Not,
    }
}

/// Whether GitHub's runner takes this for a Dockerfile and not for an image (`DockerUtil.IsDockerfile`).
fn is_dockerfile(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    let starts = ["Dockerfile.", "dockerfile."].iter().any(|start| last.starts_with(start));
    let ends = ["Dockerfile", "dockerfile"].iter().any(|end| last.ends_with(end));
    !name.to_ascii_lowercase().starts_with("docker://") && (starts || ends)
}

fn unread(path: &Utf8Path, reference: &Reference) -> Problem {
    Problem::new(format!("what the action is built from cannot be told: `{}`", reference.text.trim()))
        .because("no such file is in the commit, seen from the action's folder")
        .at(path, Some(reference.line), Some(reference.column))
        .fix("commit the Dockerfile, or name an image: `docker://IMAGE@sha256:…`")
}

fn text(files: &dyn Files, root: &Utf8Path, path: &Utf8Path) -> Result<String, Problem> {
    let bytes = files.read(&root.join(path), LONGEST)?;
    String::from_utf8(bytes)
        .map_err(|_| Problem::new(format!("{path} is no text in UTF-8")).fix("save it as UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dockerfiles_are_known_as_the_runner_knows_them() {
        for name in ["Dockerfile", "a/Dockerfile", "./x.Dockerfile", "dockerfile.arm", "../Dockerfile"] {
            assert!(is_dockerfile(name), "{name}");
        }
        for name in ["docker://x/Dockerfile", "debian:12", "./debian", "Dockerfile/x", "DOCKERFILE"] {
            assert!(!is_dockerfile(name), "{name}");
        }
    }
}
