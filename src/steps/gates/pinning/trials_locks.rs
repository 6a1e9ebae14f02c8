//! Lock files that are there, missing, and out of step, told by the real tools.

use serde_json::json;

use super::Pinning;
use crate::config::section::NoSettings;
use crate::model::facts::GoVariant;
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

#[tokio::test]
async fn a_wrong_hash_fails_at_its_line_whoever_needs_the_module() {
    let manifest = "module example.com/m\n\ngo 1.21\n\nrequire golang.org/x/text v0.3.8\n";
    let own = "golang.org/x/text v0.3.8/go.mod h1:E6s5w1FMmriuDzIBO73fBruAKo1PCIq6d2Q6DHfQ8WQ=\n";
    let right = "golang.org/x/text v0.3.8 h1:nAL+RVCQ9uMn3vJZbV+MRnydTJFPf8qqY42YiA6MrqY=\n";
    let wrong = right.replace("nAL+", "nBL+");
    let needs = "package main\n\nimport _ \"golang.org/x/text/language\"\n";
    let variant = |os: &str| GoVariant {
        env: [("GOOS", os), ("GOARCH", "amd64"), ("CGO_ENABLED", "0")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..GoVariant::default()
    };
    for (file, sums, words) in [
        ("a_plan9.go", format!("{own}{wrong}"), "go.sum has another hash for golang.org/x/text v0.3.8 than"),
        ("a_test.go", format!("{own}{wrong}"), "go.sum has another hash for golang.org/x/text v0.3.8 than"),
        ("a_plan9.go", own.to_owned(), "go.sum is not in step with its manifest"),
        ("a_test.go", own.to_owned(), "go.sum is not in step with its manifest"),
        ("a_plan9.go", format!("{own}{right}"), ""),
    ] {
        let main = "package main\n\nfunc main() {}\n";
        let files = [("go.mod", manifest), ("main.go", main), (file, needs), ("go.sum", sums.as_str())];
        let mut trial = Trial::of(&files).await;
        trial.facts.variants = vec![variant("linux"), variant("plan9")];
        let planned = trial.plan::<Pinning, NoSettings>(json!({}), json!({})).unwrap();
        let verdict = trial.check(&planned[0]).await.unwrap();
        let told = verdict.problems.first().map(|problem| problem.what.as_str()).unwrap_or_default();
        assert!(told.starts_with(words) && told.is_empty() == words.is_empty(), "{file}: {verdict:?}");
        assert_eq!(verdict.status, if words.is_empty() { Status::Pass } else { Status::Fail });
        if words.contains("hash") {
            assert_eq!(verdict.problems[0].place.as_ref().unwrap().to_string(), "go.sum:2");
            assert!(
                row(&verdict, "go.sum").starts_with("has wrong hashes (go list -deps for the tests and 2")
            );
        }
    }
}

#[tokio::test]
async fn every_manifest_below_has_a_lock_file_or_a_workspace_that_has() {
    let asks = r#"{"dependencies": {"b": "^2.0.0"}}"#;
    let own = r#"{"lockfileVersion": 3, "packages": {"": {"dependencies": {"b": "^2.0.0"}},
        "node_modules/b": {"version": "2.0.1", "integrity": "sha512-x"}}}"#;
    let pnpm = ("pnpm-workspace.yaml", "packages:\n  - 'packages/**'\n  - '!packages/out'\n");
    let with =
        |more: &[(&'static str, &'static str)]| [&[("packages/x/package.json", asks)][..], more].concat();
    let missing = "missing (git ls-files)";
    for (files, lock, status, word) in [
        (with(&[]), "packages/x/package-lock.json", Status::Fail, missing),
        (
            with(&[("packages/x/package-lock.json", own)]),
            "packages/x/package-lock.json",
            Status::Pass,
            "in step (compared)",
        ),
        (
            with(&[("packages/x/package-lock.json", own), ("packages/y/package.json", asks)]),
            "packages/y/package-lock.json",
            Status::Fail,
            missing,
        ),
        // A workspace that does not take it in is none of its.
        (
            with(&[
                ("package.json", r#"{"workspaces": ["packages/*", "!packages/x"]}"#),
                ("yarn.lock", "# yarn lockfile v1\n"),
            ]),
            "packages/x/package-lock.json",
            Status::Fail,
            missing,
        ),
        (
            with(&[
                ("package.json", r#"{"workspaces": {"packages": ["packages/*"]}}"#),
                ("yarn.lock", "# yarn lockfile v1\n\nb@^2.0.0:\n"),
            ]),
            "yarn.lock",
            Status::Pass,
            "there (not compared with package.json)",
        ),
        // One that holds nothing locks nothing of what is asked for.
        (
            with(&[
                ("package.json", r#"{"workspaces": {"packages": ["packages/*"]}}"#),
                ("yarn.lock", "# yarn lockfile v1\n\n"),
            ]),
            "yarn.lock",
            Status::Fail,
            "out of step (not compared with package.json)",
        ),
        (
            with(&[("package.json", "{}"), pnpm, ("pnpm-lock.yaml", "x: 1\n")]),
            "pnpm-lock.yaml",
            Status::Pass,
            "there (not compared with package.json)",
        ),
        (with(&[pnpm]), "package-lock.json", Status::Fail, missing),
        (
            with(&[pnpm, ("pnpm-lock.yaml", "x: 1\n"), ("packages/out/package.json", asks)]),
            "packages/out/package-lock.json",
            Status::Fail,
            missing,
        ),
    ] {
        let verdict = judged(&files).await.unwrap();
        assert_eq!((verdict.status, row(&verdict, lock)), (status, word), "{files:?}: {verdict:?}");
        let wrong = usize::from(status == Status::Fail);
        assert_eq!(verdict.problems.len(), wrong, "{files:?}: {verdict:?}");
    }
    // What others wrote, what tests read, and what asks for nothing.
    let quiet = [
        ("node_modules/b/package.json", asks),
        ("vendor/example.com/m/package.json", asks),
        ("go/testdata/package.json", asks),
        ("esm/package.json", r#"{"type": "module"}"#),
    ];
    assert_eq!(judged(&quiet).await.unwrap().status, Status::Pass);
    let torn = judged(&[("packages/x/package.json", "{")]).await.unwrap_err();
    assert_eq!(torn.place.unwrap().to_string(), "packages/x/package.json:1");
}

/// With a `vendor` folder Go reads no `go.sum`.
#[tokio::test]
async fn what_is_vendored_is_compared_with_its_own_list() {
    let manifest = "module example.com/m\n\ngo 1.21\n\nrequire example.com/x v1.0.0\n";
    let code = "package main\n\nimport _ \"example.com/x\"\n\nfunc main() {}\n";
    let list = "# example.com/x v1.0.0\n## explicit; go 1.21\nexample.com/x\n";
    let stale = list.replace("v1.0.0", "v1.0.1");
    let files = |list| {
        let kept = ("vendor/example.com/x/x.go", "package x\n");
        vec![("go.mod", manifest), ("main.go", code), kept, ("vendor/modules.txt", list)]
    };
    for (list, word) in [(list, "in step (go list -deps)"), (stale.as_str(), "out of step (go list -deps)")] {
        let (mut whole, fine) = (files(list), word.starts_with("in"));
        let verdict = judged(&whole).await.unwrap();
        assert_eq!(verdict.status, Status::Fail, "{verdict:?}");
        assert_eq!(row(&verdict, "vendor/modules.txt"), word);
        assert_eq!(row(&verdict, "go.sum"), "missing (git ls-files)");
        whole.push((
            "go.sum",
            "example.com/x v1.0.0/go.mod h1:E6s5w1FMmriuDzIBO73fBruAKo1PCIq6d2Q6DHfQ8WQ=\n",
        ));
        let verdict = judged(&whole).await.unwrap();
        assert_eq!(verdict.status, if fine { Status::Pass } else { Status::Fail }, "{verdict:?}");
        assert_eq!((row(&verdict, "vendor/modules.txt"), row(&verdict, "go.sum")), (word, ""));
        if !fine {
            let fix = verdict.problems[0].fix.as_deref().unwrap_or_default();
            assert!(fix.contains("go mod vendor"), "{verdict:?}");
        }
    }
}

/// No compiler takes it, but what is released need not hold it; what it imports is asked for all the same.
#[tokio::test]
async fn c_without_cgo_is_no_matter_of_a_lock_file() {
    let manifest = "module example.com/m\n\ngo 1.21\n\nrequire example.com/x v1.0.0\n";
    let sum = "example.com/x v1.0.0/go.mod h1:E6s5w1FMmriuDzIBO73fBruAKo1PCIq6d2Q6DHfQ8WQ=\n";
    for (code, status) in
        [("package c\n", Status::Pass), ("package c\n\nimport _ \"example.com/x\"\n", Status::Fail)]
    {
        let files = [
            ("go.mod", manifest),
            ("main.go", "package main\n\nfunc main() {}\n"),
            ("c/c.go", code),
            ("c/one.c", "int one(void) { return 1; }\n"),
            ("go.sum", sum),
        ];
        let mut trial = Trial::of(&files).await;
        let env = [("GOOS", "linux"), ("GOARCH", "amd64"), ("CGO_ENABLED", "1"), ("GOPROXY", "off")];
        trial.facts.variants = vec![GoVariant {
            env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..GoVariant::default()
        }];
        let planned = trial.plan::<Pinning, NoSettings>(json!({}), json!({})).unwrap();
        let verdict = trial.check(&planned[0]).await.unwrap();
        assert_eq!(verdict.status, status, "{code}: {verdict:?}");
    }
}

/// With `-e`, Go ends well whatever it could not load.
#[tokio::test]
async fn a_module_that_cannot_be_fetched_is_in_step_with_nothing() {
    let manifest = "module example.com/m\n\ngo 1.21\n\nrequire example.com/x v1.0.0\n";
    let sums = "example.com/x v1.0.0 h1:nAL+RVCQ9uMn3vJZbV+MRnydTJFPf8qqY42YiA6MrqY=\nexample.com/x v1.0.0/go.mod h1:E6s5w1FMmriuDzIBO73fBruAKo1PCIq6d2Q6DHfQ8WQ=\n";
    let variant = GoVariant {
        env: [("GOOS", "plan9"), ("GOARCH", "amd64"), ("CGO_ENABLED", "0"), ("GOPROXY", "off")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..GoVariant::default()
    };
    // Go's own `log/syslog` has nothing for Plan 9: that is no matter of a lock file.
    for (needs, fails) in [("example.com/x", true), ("log/syslog", false)] {
        let code = format!("package main\n\nimport _ \"{needs}\"\n");
        let main = "package main\n\nfunc main() {}\n";
        let files =
            [("go.mod", manifest), ("main.go", main), ("a_plan9.go", code.as_str()), ("go.sum", sums)];
        let mut trial = Trial::of(&files).await;
        trial.facts.variants = vec![variant.clone()];
        let planned = trial.plan::<Pinning, NoSettings>(json!({}), json!({})).unwrap();
        match trial.check(&planned[0]).await {
            Err(problem) if fails => {
                let said = problem.causes.join("; ");
                assert!(said.contains("GOPROXY=off") && said.contains("plan9/amd64"), "{problem:?}");
            }
            other => assert_eq!((other.unwrap().status, fails), (Status::Pass, false), "{needs}"),
        }
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
    "node_modules/b": {"version": "2.0.1", "integrity": "sha512-x"},
    "node_modules/b/node_modules/in": {"version": "1.0.0", "inBundle": true},
    "node_modules/g": {"version": "1.0.0", "resolved": "git+ssh://git@example.com/g.git#0123"},
    "node_modules/d": {"version": "3.1.4", "dev": true, "integrity": "sha512-y"}}}"#;

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
        (
            ROOT.to_owned(),
            MEMBER,
            LOCK.replace(", \"integrity\": \"sha512-y\"", ""),
            "node_modules/d has no `integrity`",
        ),
        (ROOT.to_owned(), MEMBER, LOCK.replace("git+ssh:", "https:"), "node_modules/g has no `integrity`"),
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
    assert!(theirs.summary.ends_with("0 of 1 lock files are there and in step, 1 there and not compared"));
    let torn = judged(&[("package.json", ROOT), member, ("package-lock.json", &LOCK[..90])]).await;
    assert!(torn.unwrap_err().what.contains("package-lock.json cannot be read"));
}
