//! Data of programs that really ran, beside the coverage of their tests and alone.

use camino::Utf8PathBuf;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::Coverage;
use crate::model::{Problem, Status, Verdict};
use crate::ports::process::Command;
use crate::steps::gates::GatesSettings;
use crate::steps::gates::tests::Tests;
use crate::steps::trial::Trial;

const MAIN: &str = "package main\n\nimport (\n\t\"os\"\n\n\t\"example.com/m/core\"\n)\n\nfunc main() {\n\tprintln(core.Sign(-len(os.Args)))\n}\n";
const CORE: &str =
    "package core\n\nfunc Sign(n int) int {\n\tif n < 0 {\n\t\treturn -1\n\t}\n\treturn 1\n}\n";
const TEST: &str = "package core\n\nimport \"testing\"\n\nfunc TestSign(t *testing.T) {\n\tif Sign(3) != 1 {\n\t\tt.Fatal()\n\t}\n}\n";
const FILES: [(&str, &str); 4] = [
    ("go.mod", "module example.com/m\n\ngo 1.21\n"),
    ("main.go", MAIN),
    ("core/core.go", CORE),
    ("core/core_test.go", TEST),
];

/// A project whose program was built with `-cover` and ran once into `out`.
async fn ran() -> Trial {
    let trial = Trial::of(&FILES).await;
    call(&trial, Command::new("go", &trial.root).args(["build", "-cover", "-o", "program", "."])).await;
    let out = trial.root.join("out");
    trial.ports.files.make_dir(&out).unwrap();
    let program = trial.root.join("program");
    call(&trial, Command::new(program, &trial.root).env("GOCOVERDIR", out.as_str())).await;
    trial
}

async fn call(trial: &Trial, command: Command) {
    let ended = trial.ports.process.run(command, &CancellationToken::new(), &|_, _| {}).await.unwrap();
    assert!(ended.ok(), "{}", ended.errors());
}

async fn judged(trial: &Trial, room: Value) -> Result<Verdict, Problem> {
    let planned = trial.looked::<Coverage, GatesSettings>(room, json!({})).await?;
    trial.check(&planned[0]).await
}

fn data(trial: &Trial) -> Vec<Utf8PathBuf> {
    let out = trial.root.join("out");
    trial.ports.files.list(&out).unwrap().into_iter().map(|name| out.join(name)).collect()
}

#[tokio::test]
async fn what_a_built_program_ran_through_counts_beside_its_tests() {
    let mut trial = ran().await;
    let planned = trial.planned::<Tests, GatesSettings>(json!({ "race": false }), json!({}));
    trial.make(&planned[0]).await.unwrap();
    // The tests reach two of core's three statements, and none of main's one.
    let alone = judged(&trial, json!({ "minimum": 100 })).await.unwrap();
    assert_eq!(alone.summary, "50.00 % of statements (2 of 4)");
    let room = json!({ "minimum": 100, "gocoverdir": ["functional=out"] });
    let both = judged(&trial, room).await.unwrap();
    assert_eq!((both.status, both.summary.as_str()), (Status::Pass, "100 % of statements (4 of 4)"));
    let only = both.rows.iter().find(|row| row.metric.starts_with("covered only by functional")).unwrap();
    assert_eq!(only.actual, "core/core.go (1 statement), main.go (1 statement)");
    let proof = both.evidence.iter().find(|proof| proof.what.starts_with("out ")).unwrap();
    assert_eq!(proof.what, "out (GOCOVERDIR of 1 processes)");
    assert!(proof.digest.is_some() && proof.tool.as_deref().is_some_and(|tool| tool.starts_with("go1")));
}

#[tokio::test]
async fn it_may_be_all_there_is() {
    let trial = ran().await;
    let verdict = judged(&trial, json!({ "minimum": 75, "gocoverdir": ["out"] })).await.unwrap();
    assert_eq!((verdict.status, verdict.summary.as_str()), (Status::Pass, "75.00 % of statements (3 of 4)"));
}

#[tokio::test]
async fn what_proves_nothing_is_an_error() {
    let trial = ran().await;
    let room = json!({ "gocoverdir": ["out"] });
    let refused = judged(&trial, json!({ "gocoverdir": ["elsewhere"] })).await.unwrap_err();
    assert!(refused.to_string().contains("go build -cover"), "{refused}");
    let all = data(&trial);
    for path in &all {
        call(&trial, Command::new("touch", &trial.root).args(["-d", "2020-01-01", path.as_str()])).await;
    }
    let refused = judged(&trial, room.clone()).await.unwrap_err();
    assert!(refused.to_string().contains("older than the commit"), "{refused}");
    for path in all.iter().filter(|path| path.as_str().contains("covcounters")) {
        trial.ports.files.remove(path).unwrap();
    }
    let refused = judged(&trial, room.clone()).await.unwrap_err();
    assert!(refused.to_string().contains("no program came to its end"), "{refused}");
}

#[tokio::test]
async fn data_of_the_commit_is_refused_and_so_is_data_that_changed() {
    let trial = ran().await;
    let room = json!({ "gocoverdir": ["out"] });
    let planned = trial.looked::<Coverage, GatesSettings>(room.clone(), json!({})).await.unwrap();
    let meta = data(&trial).into_iter().find(|path| path.as_str().contains("covcounters")).unwrap();
    let more = format!("{}9", meta.as_str());
    call(&trial, Command::new("cp", &trial.root).args([meta.as_str(), &more])).await;
    let refused = trial.check(&planned[0]).await.unwrap_err();
    assert!(refused.to_string().contains("changed while"), "{refused}");
    trial.ports.git.run(&["add", "-f", "out"]).await.unwrap();
    let refused = judged(&trial, room).await.unwrap_err();
    assert!(refused.to_string().contains("part of the commit"), "{refused}");
}
