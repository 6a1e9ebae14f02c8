//! A source that is written.

use super::*;
use crate::steps::trial::Trial;

/// A project, and who watches over it.
async fn watched() -> (Trial, Watch) {
    let mut trial = Trial::of(&[("a.txt", "one"), ("b.txt", "two"), ("d/c.txt", "three")]).await;
    trial.facts.commit.id = trial.ports.git.text(&["rev-parse", "HEAD"]).await.unwrap();
    let watch = Watch::new(&Arc::new(trial.facts.clone()), &trial.ports, &trial.dist());
    (trial, watch)
}

fn write(trial: &Trial, path: &str, text: &str) {
    trial.ports.files.write(&trial.root.join(path), text.as_bytes()).unwrap();
}

#[tokio::test]
async fn what_was_written_meanwhile_is_named_and_nothing_else() {
    let (trial, watch) = watched().await;
    let window = watch.open(false).await.unwrap();
    watch.close(&window, "it").await.unwrap();
    write(&trial, "d/c.txt", "x");
    let changed = watch.close(&window, "it").await.unwrap_err();
    assert_eq!((changed.causes, changed.passing), (vec!["d/c.txt is not as it was committed".into()], false));
    write(&trial, "d/c.txt", "three");
    let written = watch.close(&window, "it").await.unwrap_err();
    assert!(written.causes[0] == "d/c.txt was written" && written.causes.len() == 2 && written.passing);
    // A window that was opened after that sees nothing; one in whose folder a report comes and goes neither.
    let window = watch.open(false).await.unwrap();
    write(&trial, "d/report.txt", "x");
    watch.close(&window, "it").await.unwrap();
    write(&trial, "d/new.go", "package d");
    let new = watch.close(&window, "it").await.unwrap_err();
    assert_eq!(new.causes, ["d/new.go is new"]);
}

#[tokio::test]
async fn before_targets_it_is_looked_at_until_it_is_good() {
    let (trial, watch) = watched().await;
    write(&trial, "a.txt", "x");
    watch.settled().await.unwrap_err();
    write(&trial, "a.txt", "one");
    watch.settled().await.unwrap();
    write(&trial, "a.txt", "x");
    watch.settled().await.unwrap();
    watch.same().await.unwrap_err();
}

#[tokio::test]
async fn a_file_of_a_submodule_is_seen_that_is_written_in_its_place() {
    let (mut trial, _) = watched().await;
    write(&trial, "lib/c.txt", "three");
    let git = trial.ports.git.clone();
    let person = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"];
    for args in [
        &["-C", "lib", "init", "-q"][..],
        &["-C", "lib", "add", "c.txt"],
        &[&["-C", "lib"], &person[..], &["commit", "-qm", "lib"]].concat(),
        &["submodule", "--quiet", "add", "https://lib.invalid/lib", "lib"],
        &[&person[..], &["commit", "-qm", "with lib"]].concat(),
    ] {
        git.run(args).await.unwrap();
    }
    trial.facts.commit.id = git.text(&["rev-parse", "HEAD"]).await.unwrap();
    let watch = Watch::new(&Arc::new(trial.facts.clone()), &trial.ports, &trial.dist());
    let window = watch.open(false).await.unwrap();
    watch.close(&window, "it").await.unwrap();
    // Its folder's time stays as it is.
    trial.ports.files.log(&trial.root.join("lib/c.txt")).unwrap().append(b"x\n").unwrap();
    watch.close(&window, "it").await.unwrap_err();
}
