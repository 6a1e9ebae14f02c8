//! All YAML that people run or copy: action.yml, workflows, templates, and the blocks of the docs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::harness::root;

/// What a piece of YAML is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The Action's own description.
    Action,
    /// A whole workflow.
    Workflow,
    /// Some steps of a job: the docs leave out what is around them.
    Steps,
    /// Some keys of a job.
    Job,
    /// A `.release.yaml`.
    Config,
}

/// A piece of YAML.
#[derive(Debug, Clone)]
pub struct Piece {
    /// A file name of its own, which tells where it stands: `docs-action.md-L12.yml`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The text.
    pub text: String,
}

/// Every YAML block of the pages that people read.
pub fn blocks() -> Vec<Piece> {
    let mut pages = vec!["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"];
    pages.retain(|page| root().join(page).is_file());
    let mut paths: Vec<PathBuf> = pages.iter().map(|page| root().join(page)).collect();
    for folder in ["docs", "examples"] {
        let all = walkdir::WalkDir::new(root().join(folder)).sort_by_file_name();
        let files = all.into_iter().map(|entry| entry.unwrap().into_path());
        paths.extend(files.filter(|path| path.extension().is_some_and(|end| end == "md")));
    }
    let found: Vec<Piece> = paths.iter().flat_map(|path| blocks_of(path)).collect();
    assert!(found.len() > 12, "only {} blocks were found", found.len());
    found
}

fn blocks_of(path: &Path) -> Vec<Piece> {
    let page = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('/', "-");
    let text = std::fs::read_to_string(path).unwrap();
    let mut found = Vec::new();
    let mut open: Option<(usize, usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        let bare = line.trim_start();
        match &mut open {
            Some((began, _, text)) if bare == "```" => {
                let name = format!("{page}-L{}.yml", *began + 1);
                found.push(Piece { kind: kind_of(&name, text), name, text: std::mem::take(text) });
                open = None;
            }
            Some((_, indent, text)) => {
                text.push_str(line.get(*indent..).unwrap_or_default());
                text.push('\n');
            }
            None if bare == "```yaml" || bare == "```yml" => {
                open = Some((number + 1, line.len() - bare.len(), String::new()));
            }
            None => {}
        }
    }
    assert!(open.is_none(), "{page}: a block is never closed");
    found
}

/// What a block that shows a job without its surroundings begins with.
const JOB_KEYS: [&str; 6] = ["permissions:", "environment:", "env:", "steps:", "uses:", "runs-on:"];

/// What a block is, by its first words.
fn kind_of(name: &str, text: &str) -> Kind {
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    let first = text.lines().find(|line| !line.starts_with('#') && !line.is_empty()).unwrap_or_default();
    if text.starts_with("# .release.yaml") {
        Kind::Config
    } else if has("on:") && has("jobs:") {
        Kind::Workflow
    } else if first.starts_with("- ") {
        Kind::Steps
    } else if JOB_KEYS.iter().any(|key| first.starts_with(key)) {
        Kind::Job
    } else {
        panic!(
            "{name}: begin a configuration with `# .release.yaml`; steps and keys of a job are known too\n{text}"
        )
    }
}

/// Everything that GitHub would read: files of the repository and blocks of the docs.
pub fn for_github() -> Vec<Piece> {
    let mut all = Vec::new();
    let action = root().join("action.yml");
    let text =
        std::fs::read_to_string(&action).unwrap_or_else(|error| panic!("{}: {error}", action.display()));
    all.push(Piece { name: "action.yml".into(), kind: Kind::Action, text });
    for folder in [".github/workflows", "workflows-templates"] {
        let mut names: Vec<PathBuf> =
            std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.retain(|path| path.extension().is_some_and(|end| end == "yml" || end == "yaml"));
        names.sort();
        assert!(names.len() >= 4, "only {} workflows in {folder}", names.len());
        for path in names {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let name = if folder.starts_with('.') { name } else { format!("template-{name}") };
            all.push(Piece { name, kind: Kind::Workflow, text: std::fs::read_to_string(&path).unwrap() });
        }
    }
    all.extend(blocks().into_iter().filter(|piece| piece.kind != Kind::Config).map(whole));
    all
}

/// A block of the docs as the workflow that its reader has around it.
pub fn whole(piece: Piece) -> Piece {
    let indented =
        |by: usize| -> String { piece.text.lines().map(|line| format!("{:by$}{line}\n", "")).collect() };
    let head = "name: Block\non: push\npermissions: {}\nconcurrency:\n  group: block\n  cancel-in-progress: false\n\
                jobs:\n  block:\n    name: block\n";
    let text = match piece.kind {
        Kind::Action | Kind::Workflow | Kind::Config => return piece,
        Kind::Steps => format!("{head}    runs-on: ubuntu-latest\n    steps:\n{}", indented(6)),
        Kind::Job => {
            let has = |key: &str| piece.text.lines().any(|line| line.starts_with(key));
            let runner = if has("runs-on:") || has("uses:") { "" } else { "    runs-on: ubuntu-latest\n" };
            let steps = if has("steps:") || has("uses:") { "" } else { "    steps:\n      - run: make\n" };
            format!("{head}{runner}{}{steps}", indented(4))
        }
    };
    Piece { kind: Kind::Workflow, text, ..piece }
}

/// A tool that `scripts/setup` installs.
///
/// # Panics
///
/// If it is not there: a test that skips in silence would prove nothing.
pub fn tool(path: &str) -> PathBuf {
    let tool = root().join("target/tools").join(path);
    assert!(tool.is_file(), "{} is missing: `scripts/setup test` installs it", tool.display());
    tool
}

/// A repository that holds these pieces as its workflows, as they are.
pub fn as_written(pieces: &[Piece]) -> TempDir {
    let dir = TempDir::new().unwrap();
    let workflows = dir.path().join(".github/workflows");
    std::fs::create_dir_all(&workflows).unwrap();
    std::fs::create_dir(dir.path().join(".git")).unwrap();
    for piece in pieces {
        let folder = if piece.kind == Kind::Action { dir.path() } else { &workflows };
        std::fs::write(folder.join(&piece.name), &piece.text).unwrap();
    }
    dir
}

/// The same, with every use of us turned into one of this repository, so that inputs, secrets and
/// outputs are compared with action.yml and the reusable workflows.
pub fn as_local(pieces: &[Piece]) -> TempDir {
    let local = |piece: &Piece| {
        let text = piece.text.replace(
            "org/release-action/.github/workflows/release.yml@v1",
            "./.github/workflows/release.yml",
        );
        let text =
            text.replace("org/release-action/.github/workflows/ci.yml@v1", "./.github/workflows/ci.yml");
        Piece { text: text.replace("org/release-action@v1", "./"), ..piece.clone() }
    };
    let pieces: Vec<Piece> = pieces.iter().map(local).collect();
    for piece in &pieces {
        let left = piece.text.lines().find(|line| line.contains("uses: org/release-action"));
        assert_eq!(left, None, "{}", piece.name);
    }
    let dir = as_written(&pieces);
    // The linter looks for the file that action.yml names.
    let dockerfile = root().join("Dockerfile");
    if dockerfile.is_file() {
        std::fs::copy(dockerfile, dir.path().join("Dockerfile")).unwrap();
    }
    dir
}

/// Runs actionlint over the workflows of a repository.
pub fn actionlint(repository: &Path) -> Output {
    let mut files: Vec<PathBuf> = std::fs::read_dir(repository.join(".github/workflows"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    Command::new(tool("actionlint"))
        .current_dir(repository)
        // Other linters that happen to be on a machine would make the outcome depend on it.
        .args(["-shellcheck=", "-pyflakes=", "-no-color"])
        .args(files)
        .output()
        .unwrap()
}

/// Runs zizmor as its strictest persona over a repository.
pub fn zizmor(repository: &Path, more: &[&str]) -> Output {
    let mut zizmor = Command::new(tool("zizmor/bin/zizmor"));
    for token in ["GH_TOKEN", "GITHUB_TOKEN", "ZIZMOR_GITHUB_TOKEN", "GH_HOST"] {
        zizmor.env_remove(token);
    }
    zizmor
        .current_dir(repository)
        .args(["--offline", "--persona", "auditor", "--no-progress", "--color", "never"])
        .args(more)
        .arg(".")
        .output()
        .unwrap()
}
