//! Lock files that are there, missing, and out of step, told by the real tools.

use serde_json::json;

use super::Pinning;
use crate::config::section::NoSettings;
use crate::model::{Problem, Status, Verdict};
use crate::steps::trial::Trial;

async fn judged(files: &[(&str, &str)]) -> Result<Verdict, Problem> {
    let trial = Trial::of(files).await;
    let planned = trial.plan::<Pinning, NoSettings>(json!({}), json!({}))?;
    trial.check(&planned[0]).await
}

/// The row of a lock file.
fn row<'a>(verdict: &'a Verdict, lock: &str) -> &'a str {
    verdict.rows.iter().find(|row| row.metric == lock).map(|row| row.actual.as_str()).unwrap_or_default()
}

const CARGO: &str = "[package]\nname = \"m\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n";
const CARGO_LOCK: &str = "version = 3\n\n[[package]]\nname = \"m\"\nversion = \"0.1.0\"\n";

#[tokio::test]
async fn cargo_says_whether_its_lock_file_is_in_step() {
    let stale = CARGO_LOCK.replace("0.1.0", "0.0.9");
    for (lock, status, word) in [
        (Some(CARGO_LOCK), Status::Pass, "in step (cargo metadata --locked)"),
        (Some(stale.as_str()), Status::Fail, "out of step (cargo metadata --locked)"),
        (None, Status::Fail, "missing (git ls-files)"),
    ] {
        let mut files = vec![("Cargo.toml", CARGO), ("src/lib.rs", "")];
        files.extend(lock.map(|lock| ("Cargo.lock", lock)));
        let verdict = judged(&files).await.unwrap();
        assert_eq!((verdict.status, row(&verdict, "Cargo.lock")), (status, word), "{verdict:?}");
    }
    let broken = judged(&[("Cargo.toml", "[package\n"), ("Cargo.lock", CARGO_LOCK)]).await.unwrap_err();
    assert!(broken.what.contains("cargo metadata --locked"), "{broken:?}");
}

#[tokio::test]
async fn go_says_whether_its_sums_are_all_there() {
    let manifest = "module example.com/m\n\ngo 1.21\n\nrequire golang.org/x/text v0.3.8\n";
    let sums = "golang.org/x/text v0.3.8 h1:nAL+RVCQ9uMn3vJZbV+MRnydTJFPf8qqY42YiA6MrqY=\ngolang.org/x/text v0.3.8/go.mod h1:E6s5w1FMmriuDzIBO73fBruAKo1PCIq6d2Q6DHfQ8WQ=\n";
    let code = "package main\n\nimport \"golang.org/x/text/language\"\n\nfunc main() { println(language.English.String()) }\n";
    let half: String = sums.lines().skip(1).map(|line| format!("{line}\n")).collect();
    for (sums, status, word) in [
        (Some(sums), Status::Pass, "in step (go list -deps)"),
        (Some(half.as_str()), Status::Fail, "out of step (go list -deps)"),
        (None, Status::Fail, "missing (git ls-files)"),
    ] {
        let mut files = vec![("go.mod", manifest), ("main.go", code)];
        files.extend(sums.map(|sums| ("go.sum", sums)));
        let verdict = judged(&files).await.unwrap();
        assert_eq!((verdict.status, row(&verdict, "go.sum")), (status, word), "{verdict:?}");
    }
}

const ROOT: &str = r#"{"name": "m", "workspaces": ["packages/*"], "dependencies": {"b": "^2.0.0"},
    "optionalDependencies": {"o": "1"}, "devDependencies": {"d": "~3.1.0"}}"#;
const MEMBER: &str = r#"{"name": "a", "version": "1.0.0", "dependencies": {"b": "^2.0.0"}}"#;
const LOCK: &str = r#"{"lockfileVersion": 3, "packages": {
    "": {"name": "m", "workspaces": ["packages/*"], "dependencies": {"b": "^2.0.0"},
         "optionalDependencies": {"o": "1"}, "devDependencies": {"d": "~3.1.0"}},
    "packages/a": {"version": "1.0.0", "dependencies": {"b": "^2.0.0"}},
    "node_modules/a": {"resolved": "packages/a", "link": true},
    "node_modules/b": {"version": "2.0.1"}, "node_modules/d": {"version": "3.1.4", "dev": true}}}"#;

#[tokio::test]
async fn npms_lock_file_is_compared_with_every_manifest() {
    let member = ("packages/a/package.json", MEMBER);
    let fine = judged(&[("package.json", ROOT), member, ("package-lock.json", LOCK)]).await.unwrap();
    assert_eq!(
        (fine.status, row(&fine, "package-lock.json")),
        (Status::Pass, "in step (compared)"),
        "{fine:?}"
    );
    let other = MEMBER.replace("^2.0.0", "^2.1.0");
    for (root, member, lock, words) in [
        (ROOT.replace("~3.1.0", "~3.2.0"), MEMBER, LOCK.to_owned(), "d ~3.2.0, the lock file for ~3.1.0"),
        (ROOT.replace("\"b\": \"^2.0.0\"", ""), MEMBER, LOCK.to_owned(), "the lock file asks for b"),
        (ROOT.to_owned(), &other, LOCK.to_owned(), "packages/a/package.json asks for b ^2.1.0"),
        (
            ROOT.to_owned(),
            MEMBER,
            LOCK.replace("\"packages/a\":", "\"packages/z\":"),
            "nothing of the workspace packages/a",
        ),
        (ROOT.to_owned(), MEMBER, LOCK.replace("node_modules/d", "node_modules/e"), "no entry for d"),
        (ROOT.replace("packages/*", "packages/a"), MEMBER, LOCK.to_owned(), "the workspaces [packages/a]"),
    ] {
        let files = [
            ("package.json", root.as_str()),
            ("packages/a/package.json", member),
            ("package-lock.json", &lock),
        ];
        let verdict = judged(&files).await.unwrap();
        assert_eq!(verdict.status, Status::Fail, "{words}: {verdict:?}");
        let causes = verdict.problems[0].causes.join("; ");
        assert!(causes.contains(words), "{words}: {causes}");
    }
    let none = judged(&[("package.json", ROOT), member]).await.unwrap();
    assert_eq!((none.status, row(&none, "package-lock.json")), (Status::Fail, "missing (git ls-files)"));
    let theirs = judged(&[("package.json", ROOT), member, ("pnpm-lock.yaml", "x: 1\n")]).await.unwrap();
    assert_eq!(theirs.status, Status::Pass, "{theirs:?}");
    assert!(row(&theirs, "pnpm-lock.yaml").contains("not compared"), "{theirs:?}");
    let torn = judged(&[("package.json", ROOT), member, ("package-lock.json", &LOCK[..90])]).await;
    assert!(torn.unwrap_err().what.contains("package-lock.json cannot be read"));
}
