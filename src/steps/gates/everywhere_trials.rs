//! Which code is looked at, and what becomes of what cannot be.

use std::sync::Mutex;

use serde_json::json;

use super::everywhere::{Everywhere, Look, everywhere};
use super::lint::Lint;
use super::settings::GatesSettings;
use crate::ecosystem::go::{EVERYTHING, Scope};
use crate::model::facts::GoVariant;
use crate::model::{Problem, Status, Verdict};
use crate::steps::room::Site;
use crate::steps::trial::Trial;

const MOD: (&str, &str) = ("go.mod", "module example.com/m\n\ngo 1.21\n");
const MAIN: (&str, &str) = ("main.go", "package main\n\nfunc main() {}\n");
const PLATFORMS: [&str; 6] =
    ["linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"];

/// A variant, written `os/arch`, that builds the project's folder.
fn variant(platform: &str, tags: &[&str], cgo: bool) -> GoVariant {
    let (os, arch) = platform.split_once('/').unwrap();
    let env = [("GOOS", os), ("GOARCH", arch), ("CGO_ENABLED", if cgo { "1" } else { "0" })];
    GoVariant {
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        packages: [".".to_owned()].into(),
    }
}

/// A tool that notes what it is shown, and cannot look at everything on these platforms.
#[derive(Default)]
struct Noted {
    refuses: &'static [&'static str],
    refuses_all: bool,
    shown: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Look for Noted {
    type Said = ();

    async fn look(
        &self,
        variant: &GoVariant,
        packages: &[String],
        at: usize,
        _: &Site,
    ) -> Result<(), Problem> {
        let name = variant.to_string();
        let refused = self.refuses.contains(&name.as_str()) && (self.refuses_all || packages == [EVERYTHING]);
        self.shown.lock().unwrap().push(format!("{at} {name} {}", packages.join(" ")));
        if refused { Err(Problem::new("it does not compile")) } else { Ok(()) }
    }
}

/// A project whose host is linux/amd64, released for these.
async fn project(files: &[(&str, &str)], variants: Vec<GoVariant>) -> Trial {
    let files: Vec<(&str, &str)> = [MOD, MAIN].iter().chain(files).copied().collect();
    let mut trial = Trial::of(&files).await;
    (trial.facts.host.os, trial.facts.host.arch) = ("linux".into(), "amd64".into());
    trial.facts.variants = variants;
    trial
}

fn released() -> Vec<GoVariant> {
    PLATFORMS.iter().map(|platform| variant(platform, &[], false)).collect()
}

async fn look(trial: &Trial, scope: Scope, tool: &Noted) -> Result<Everywhere<()>, Problem> {
    // The tasks of a room give the site; what they do is of no matter here.
    let planned = trial.looked::<Lint, GatesSettings>(json!({}), json!({})).await.unwrap();
    everywhere("x", scope, tool, &trial.site(&planned[0])).await
}

/// What is looked at, each code by the platforms that take it.
async fn codes(trial: &Trial, scope: Scope) -> Vec<String> {
    let all = look(trial, scope, &Noted::default()).await.unwrap();
    all.heard.iter().map(|heard| heard.names.iter().cloned().collect::<Vec<_>>().join(" ")).collect()
}

#[tokio::test]
async fn what_takes_the_same_code_is_looked_at_once() {
    let trial = project(&[], released()).await;
    let mut all = PLATFORMS;
    all.sort_unstable();
    assert_eq!(codes(&trial, Scope::Own).await, [all.join(" ")]);
    // Go's own packages do something else on each system.
    let systems = ["linux/amd64 linux/arm64", "darwin/amd64 darwin/arm64", "windows/amd64 windows/arm64"];
    assert_eq!(codes(&trial, Scope::Needed).await, systems);
    let own = ("sub/a_windows_arm64.go", "package sub\n");
    let trial = project(&[own, ("sub/sub.go", "package sub\n")], released()).await;
    let apart = ["darwin/amd64 darwin/arm64 linux/amd64 linux/arm64 windows/amd64", "windows/arm64"];
    assert_eq!(codes(&trial, Scope::Own).await, apart);
    let assembly = ("a_arm64.s", "TEXT ·x(SB),0,$0\n");
    let trial = project(&[assembly], released()).await;
    assert_eq!(codes(&trial, Scope::Own).await.len(), 1, "Go alone counts");
    assert_eq!(codes(&trial, Scope::Tested).await.len(), 2);
    let small = [variant("linux/amd64", &[], false), variant("linux/386", &[], false)];
    let trial = project(&[], small.into()).await;
    assert_eq!(codes(&trial, Scope::Own).await, ["linux/amd64", "linux/386"]);
}

#[tokio::test]
async fn tags_count_where_they_choose_files_and_tests_where_they_run() {
    let here = |tags: &[&str]| variant("linux/amd64", tags, false);
    let tagged = ("x.go", "//go:build x\n\npackage main\n");
    let trial = project(&[tagged], vec![here(&[]), here(&["x"]), here(&["x", "y"])]).await;
    assert_eq!(codes(&trial, Scope::Own).await, ["linux/amd64", "linux/amd64 with x linux/amd64 with x,y"]);
    let test = ("y_test.go", "//go:build y\n\npackage main\n");
    let variants = vec![here(&[]), here(&["y"]), variant("darwin/arm64", &["y"], false)];
    let trial = project(&[test, ("a_test.go", "package main\n")], variants).await;
    assert_eq!(codes(&trial, Scope::Own).await.len(), 1);
    let apart = ["darwin/arm64 with y linux/amd64", "linux/amd64 with y"];
    assert_eq!(codes(&trial, Scope::Tested).await, apart);
}

#[tokio::test]
async fn the_row_names_all_platforms() {
    let trial = project(&[], released()).await;
    let all = look(&trial, Scope::Needed, &Noted::default()).await.unwrap();
    let row = all.row.unwrap();
    let told = "6: linux/amd64, linux/arm64; darwin/amd64, darwin/arm64; windows/amd64, windows/arm64";
    assert_eq!((row.metric.as_str(), row.threshold.as_str()), ("platforms that x looked at", "6"));
    assert_eq!(row.actual, told);
}

#[tokio::test]
async fn what_cannot_be_looked_at_is_an_error_where_it_is_built() {
    let other = ("tool/t.go", "package main\n\nfunc main() {}\n");
    let mut variants = released();
    let trial = project(&[other], variants.clone()).await;
    let tool = Noted { refuses: &["windows/amd64"], ..Noted::default() };
    let all = look(&trial, Scope::Needed, &tool).await.unwrap();
    // What is built there compiles, so it was looked at alone: the package in the project's folder.
    let shown = tool.shown.lock().unwrap().clone();
    assert_eq!(shown[2..], ["2 windows/amd64 ./...", "2 windows/amd64 example.com/m"]);
    assert!(all.row.unwrap().actual.contains("windows/arm64 (only what is built there)"));
    let tool = Noted { refuses: &["windows/amd64"], refuses_all: true, ..Noted::default() };
    let refused = look(&trial, Scope::Needed, &tool).await.unwrap_err();
    assert!(refused.to_string().contains("it is about windows/amd64"), "{refused}");
    let tool = Noted { refuses: &["linux/amd64"], ..Noted::default() };
    assert!(look(&trial, Scope::Needed, &tool).await.is_err(), "on this machine there is no other way");

    for variant in &mut variants {
        variant.packages.clear();
    }
    let trial = project(&[other], variants.clone()).await;
    let tool = Noted { refuses: &["windows/amd64"], ..Noted::default() };
    let refused = look(&trial, Scope::Needed, &tool).await.unwrap_err();
    assert!(refused.to_string().contains("it is about windows/amd64"), "it compiles there: {refused}");
    let other = ("tool/t.go", "package main\n\nimport \"syscall\"\n\nfunc main() { _ = syscall.Kill }\n");
    let trial = project(&[other], variants.clone()).await;
    let all = look(&trial, Scope::Needed, &tool).await.unwrap();
    let row = all.row.unwrap();
    assert!(row.actual.starts_with("4: linux/amd64, "), "{row:?}");
    assert!(row.actual.ends_with("left out, since nothing is built for it: windows/amd64, windows/arm64"));
    let trial = project(&[other], variants[4..].to_vec()).await;
    assert!(look(&trial, Scope::Needed, &tool).await.is_err(), "nothing was looked at");
}

const C: (&str, &str) =
    ("c.go", "package main\n\n// int one() { return 1; }\nimport \"C\"\n\nvar one = C.one()\n");

#[tokio::test]
async fn c_for_another_machine_is_an_error_that_says_what_to_do() {
    let with_c = || variant("darwin/arm64", &[], true);
    let trial = project(&[C], vec![with_c()]).await;
    let refused = look(&trial, Scope::Needed, &Noted::default()).await.unwrap_err();
    assert!(refused.what.contains("darwin/arm64 and cgo cannot be looked at"), "{refused}");
    assert!(refused.fix.as_deref().is_some_and(|fix| fix.contains("build.go.env")), "{refused}");
    let mut named = with_c();
    named.env.insert("CC".into(), "zig cc".into());
    let trial = project(&[C], vec![named]).await;
    assert_eq!(codes(&trial, Scope::Needed).await, ["darwin/arm64 and cgo"]);
    // Where the project has no C, what it compiles is the same without.
    let trial = project(&[], vec![with_c()]).await;
    let tool = Noted::default();
    let all = look(&trial, Scope::Needed, &tool).await.unwrap();
    assert_eq!(tool.shown.lock().unwrap()[0], "0 darwin/arm64 ./...");
    assert!(all.heard[0].names.contains("darwin/arm64 and cgo"));
}

async fn linted(files: &[(&str, &str)], variants: Vec<GoVariant>) -> Verdict {
    let trial = project(files, variants).await;
    let planned = trial.looked::<Lint, GatesSettings>(json!({ "format": false }), json!({})).await.unwrap();
    trial.check(&planned[0]).await.unwrap()
}

#[tokio::test]
async fn vet_looks_at_what_another_platform_compiles() {
    let wrong = "package main\n\nimport \"fmt\"\n\nfunc init() { fmt.Printf(\"%d\\n\", \"x\") }\n";
    let files = [("a_windows.go", wrong)];
    let verdict = linted(&files, vec![variant("linux/amd64", &[], false)]).await;
    assert_eq!(verdict.status, Status::Pass, "nothing is released for Windows: {verdict:?}");
    let verdict = linted(&files, released()).await;
    assert_eq!((verdict.status, verdict.problems.len()), (Status::Fail, 1), "{verdict:?}");
    assert_eq!(verdict.problems[0].place.as_ref().unwrap().to_string(), "a_windows.go:5:27");
    assert_eq!(verdict.problems[0].causes, ["found by go vet for windows/amd64, windows/arm64"]);
    let row = verdict.rows.iter().find(|row| row.metric == "platforms that go vet looked at").unwrap();
    assert!(row.actual.ends_with("windows/amd64, windows/arm64 (only what is built there)"), "{row:?}");
}

#[tokio::test]
async fn tests_are_looked_at_on_this_machine_whatever_is_released() {
    let test = (
        "a_test.go",
        "package main\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) { t.Errorf(\"%d\", \"x\") }\n",
    );
    let verdict = linted(&[test], vec![variant("windows/amd64", &[], false)]).await;
    assert_eq!((verdict.status, verdict.problems.len()), (Status::Fail, 1), "{verdict:?}");
    assert_eq!(verdict.problems[0].place.as_ref().unwrap().file, "a_test.go");
    let row = verdict.rows.iter().find(|row| row.metric == "platforms that go vet looked at").unwrap();
    assert_eq!(row.actual, "1: windows/amd64 (only what is built there); beside them: this machine");
    let trial = project(&[], vec![variant("windows/amd64", &[], false)]).await;
    assert_eq!(codes(&trial, Scope::Own).await, ["windows/amd64"]);
}

#[tokio::test]
async fn what_is_not_built_for_a_platform_need_not_compile_there() {
    let mut files = [
        ("a_windows.go", "package main\n"),
        (
            "a_test.go",
            "package main\n\nimport (\n\t\"syscall\"\n\t\"testing\"\n)\n\nfunc TestA(*testing.T) { _ = syscall.Kill }\n",
        ),
        ("agent/a.go", "package main\n\nimport \"syscall\"\n\nfunc main() { _ = syscall.Kill }\n"),
    ];
    let verdict = linted(&files, released()).await;
    assert_eq!((verdict.status, verdict.problems.len()), (Status::Pass, 0), "{verdict:?}");
    // And it hides nothing of what is built.
    files[0].1 = "package main\n\nimport \"fmt\"\n\nfunc init() { fmt.Printf(\"%d\\n\", \"x\") }\n";
    let verdict = linted(&files, released()).await;
    assert_eq!((verdict.status, verdict.problems.len()), (Status::Fail, 1), "{verdict:?}");
    assert_eq!(verdict.problems[0].place.as_ref().unwrap().to_string(), "a_windows.go:5:27");
}
