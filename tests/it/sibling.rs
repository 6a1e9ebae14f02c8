//! Commands in a container end as they do on this machine: the same port, a real engine.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use release_action::kit::secret::{Redactor, Secret};
use release_action::ports::container::{Containers as _, Limits, Mount, Sibling, Spec};
use release_action::ports::process::{Command, ProcessError};
use release_action::ports::real::{Env, RealContainers};
use tokio_util::sync::CancellationToken;

use crate::container::GOLANG;

fn shell(script: &str) -> Command {
    Command::new("sh", "/tmp").args(["-c", script])
}

/// A container for commands that print `t0psecret`.
async fn container() -> Arc<dyn Sibling> {
    let redactor = Redactor::default();
    redactor.learn(&Secret::new("t0psecret"));
    let containers = RealContainers::new(&Env::capture(), redactor);
    let image = containers.image(GOLANG).await.unwrap();
    assert!(image.digest.starts_with("sha256:"), "{image:?}");
    let volume = Mount::Volume { name: "release-action-test".into(), at: "/kept".into() };
    let limits = Limits { cpus: Some(1.0), memory: Some(256 << 20) };
    let spec = Spec { image, mounts: vec![volume], user: (1001, 121), limits, network: Some("none".into()) };
    containers.start(spec).await.unwrap()
}

#[tokio::test]
async fn commands_end_as_they_do_here() {
    let sibling = container().await;
    let never = CancellationToken::new();
    let quiet = |_, _: &str| ();

    let heard = Mutex::new(Vec::new());
    let hear = |stream, line: &str| heard.lock().unwrap().push(format!("{stream:?} {line}"));
    let command = shell("id -u; touch /kept/file; cat; echo t0psecret >&2; exit 3").env("A", "b");
    let ended = sibling.run(Command { input: b"in\n".to_vec(), ..command }, &never, &hear).await.unwrap();
    assert_eq!((ended.code, ended.signal, ended.text().as_str()), (Some(3), None, "1001\nin\n"));
    let mut heard = heard.into_inner().unwrap();
    heard.sort();
    assert_eq!(heard, ["Err ***", "Out 1001", "Out in"]);

    let ended = sibling.run(shell("kill -9 $$"), &never, &quiet).await.unwrap();
    assert_eq!((ended.code, ended.signal), (None, Some(9)));
    let missing = sibling.run(Command::new("no-such-program", "/tmp"), &never, &quiet).await.unwrap_err();
    assert!(
        matches!(&missing, ProcessError::Missing { program } if program == "no-such-program"),
        "{missing}"
    );
    let long = shell("sleep 300; sleep 300").limit(Duration::from_millis(200));
    let late = sibling.run(long, &never, &quiet).await.unwrap_err();
    assert!(matches!(late, ProcessError::TooLong { .. }), "{late}");
    let left = sibling.run(shell("ls /proc | grep -c '^[0-9]' "), &never, &quiet).await.unwrap();
    assert!(left.text().trim().parse::<u32>().unwrap() <= 6, "a killed command runs on: {}", left.text());
    let mut secret = shell("true");
    secret.secrets.insert("TOKEN".into(), Secret::new("t0psecret"));
    assert!(sibling.run(secret, &never, &quiet).await.is_err(), "no secret goes in");

    assert!(sibling.is_up());
    sibling.end().await;
    assert!(!sibling.is_up());
    assert!(sibling.run(shell("true"), &never, &quiet).await.is_err());
}

#[tokio::test]
async fn a_container_takes_as_many_commands_as_come_and_keeps_nothing_of_them() {
    let sibling = container().await;
    let never = CancellationToken::new();
    for round in 0..38 {
        // Eight side by side, as a build with many targets does.
        let commands = (0..8).map(|at| sibling.run(shell(&format!("echo {at}")), &never, &|_, _: &str| ()));
        for (at, ended) in futures::future::join_all(commands).await.into_iter().enumerate() {
            let ended = ended.unwrap();
            assert_eq!((ended.code, ended.text()), (Some(0), format!("{at}\n")), "round {round}");
        }
    }
    let leaves = shell("sleep 1000 >/dev/null 2>&1 & echo $!");
    let left = sibling.run(leaves, &never, &|_, _: &str| ()).await.unwrap().text();
    // The container hears of a command's end beside the next ones.
    let looks = format!("ls /run/release-action | wc -l; grep -c sleep /proc/{}/cmdline", left.trim());
    let mut seen = String::new();
    for _ in 0..50 {
        seen = sibling.run(shell(&looks), &never, &|_, _: &str| ()).await.unwrap().text();
        if seen == "1\n0\n" || seen == "1\n" {
            break;
        }
    }
    assert!(seen == "1\n0\n" || seen == "1\n", "the look's own note is all that is there: {seen}");
    sibling.end().await;
}
