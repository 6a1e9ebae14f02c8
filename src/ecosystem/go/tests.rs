//! Detection by the `go` on the PATH.

use camino::Utf8PathBuf;
use tokio_util::sync::CancellationToken;

use super::{KNOWN, detect, tool};
use crate::kit::secret::Redactor;
use crate::model::facts::GoModule;
use crate::model::{Platform, Problem};
use crate::ports::process::Command;
use crate::ports::real::{Env, RealFiles, RealProcess};
use crate::ports::{Files, Process};

const MAIN: &str = "package main\n\nfunc main() {}\n";

fn platform(os: &str) -> Platform {
    Platform { os: os.into(), arch: "amd64".into(), variant: String::new() }
}

struct Project {
    _home: tempfile::TempDir,
    dir: Utf8PathBuf,
}

impl Project {
    fn of(files: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::try_from(home.path().to_owned()).unwrap();
        for (path, text) in files {
            RealFiles.write(&dir.join(path), text.as_bytes()).unwrap();
        }
        Self { _home: home, dir }
    }

    async fn detect(&self) -> Result<Option<GoModule>, Problem> {
        self.detect_on("linux").await
    }

    async fn detect_on(&self, os: &str) -> Result<Option<GoModule>, Problem> {
        let process = RealProcess::new(Env::capture(), Redactor::default());
        detect(&RealFiles, &process, &self.dir, &platform(os)).await
    }
}

#[tokio::test]
async fn finds_products_and_leaves_helpers_out() {
    let project = Project::of(&[
        (
            "go.mod",
            "module example.com/greeter/v2 // here\n\ngo 1.21\n\nrequire example.com/nowhere v1.0.0\n",
        ),
        ("main.go", "package main\n\nimport _ \"example.com/nowhere\"\n\nfunc main() {}\n"),
        ("cmd/hello/main.go", MAIN),
        ("cmd/c/main.go", "package main\n\nimport \"C\"\n\nfunc main() {}\n"),
        ("lib/lib.go", "package lib\n"),
        ("gen/gen.go", "//go:build ignore\n\npackage main\n\nfunc main() {}\n"),
        ("examples/a/main.go", MAIN),
        ("internal/b/main.go", MAIN),
        ("tools/c/main.go", MAIN),
        ("x/testdata/d/main.go", MAIN),
        ("vendor/e/main.go", MAIN),
        ("nested/go.mod", "module other\n"),
        ("nested/main.go", MAIN),
        ("cmd/broken/main.go", "package main\n\nfunc main( {\n"),
    ]);
    let module = project.detect().await.unwrap().unwrap();
    assert_eq!(module.path, "example.com/greeter/v2");
    let commands: Vec<_> = module.commands.iter().map(|c| (c.binary.as_str(), c.package.as_str())).collect();
    // A command that does not parse is still one: the build says what is wrong with it.
    assert_eq!(
        commands,
        [("greeter", "."), ("broken", "cmd/broken"), ("c", "cmd/c"), ("hello", "cmd/hello")]
    );
}

#[tokio::test]
async fn commands_are_those_of_the_named_platform_wherever_this_runs() {
    let project = Project::of(&[
        ("go.mod", "module example.com/tray\n\ngo 1.21\n"),
        ("cmd/all/main.go", MAIN),
        ("cmd/mac/main_darwin.go", MAIN),
        ("cmd/win/main_windows.go", MAIN),
    ]);
    for (os, expected) in [("linux", &["all"][..]), ("darwin", &["all", "mac"]), ("windows", &["all", "win"])]
    {
        let found = project.detect_on(os).await.unwrap().unwrap().commands;
        assert_eq!(found.iter().map(|one| one.binary.as_str()).collect::<Vec<_>>(), expected, "{os}");
    }
}

#[tokio::test]
async fn says_what_is_wrong_with_a_module() {
    assert_eq!(Project::of(&[("main.go", MAIN)]).detect().await.unwrap(), None);
    let problem = Project::of(&[("go.mod", "go 1.21\nmodule a b\n")]).detect().await.unwrap_err();
    assert_eq!(problem.place.unwrap().to_string(), "go.mod:2");
    let problem = Project::of(&[("go.mod", "module a\n\nfoo bar\n")]).detect().await.unwrap_err();
    assert!(problem.to_string().contains("unknown directive: foo"), "{problem}");
}

#[tokio::test]
async fn without_go_it_says_how_to_get_it() {
    let project = Project::of(&[("go.mod", "module a\n")]);
    let process = RealProcess::new(Env::of([("PATH", project.dir.as_str())]), Redactor::default());
    let problem = detect(&RealFiles, &process, &project.dir, &platform("linux")).await.unwrap_err();
    assert!(problem.fix.unwrap().contains("apt-get install golang-go"));
}

#[tokio::test]
async fn known_targets_are_those_of_the_tool() {
    let project = Project::of(&[]);
    let process = RealProcess::new(Env::capture(), Redactor::default());
    let found = tool(&process, &project.dir).await.unwrap();
    assert!(
        found.version.starts_with("go1.") && KNOWN.contains(&found.host.to_string().as_str()),
        "{found:?}"
    );
    let command = Command::new("go", &project.dir).args(["tool", "dist", "list"]);
    let list = process.run(command, &CancellationToken::new(), &|_, _| {}).await.unwrap().text();
    let list: Vec<&str> = list.lines().collect();
    let unknown: Vec<_> = list.iter().filter(|target| !KNOWN.contains(target)).collect();
    assert!(unknown.is_empty(), "this Go compiles for more: {unknown:?}");
    if found.version.starts_with("go1.26") {
        assert_eq!(list, KNOWN);
    }
}

#[tokio::test]
async fn a_wrong_go_sum_hides_no_command() {
    let sums = "golang.org/x/text v0.3.8 h1:nAL+RVCQ9uMn3vJZbV+MRnydTJFPf8qqY42YiA6MrqY= more words\n";
    let project = Project::of(&[
        ("go.mod", "module example.com/m\n\ngo 1.21\n\nrequire golang.org/x/text v0.3.8\n"),
        ("go.sum", sums),
        ("main.go", "package main\n\nimport _ \"golang.org/x/text/language\"\n\nfunc main() {}\n"),
        ("cmd/x/main.go", MAIN),
        ("other/go.mod", "module example.com/other\n"),
        ("other/cmd/y/main.go", MAIN),
    ]);
    let module = project.detect().await.unwrap().unwrap();
    let packages: Vec<&str> = module.commands.iter().map(|command| command.package.as_str()).collect();
    assert_eq!(packages, [".", "cmd/x"]);
}
