//! Commands in a container end as they do on this machine: the same port, a real engine.

use std::sync::Mutex;
use std::time::Duration;

use release_action::kit::secret::{Redactor, Secret};
use release_action::ports::container::{Containers as _, Limits, Mount, Spec};
use release_action::ports::process::{Command, ProcessError};
use release_action::ports::real::{Env, RealContainers};
use tokio_util::sync::CancellationToken;

use crate::container::GOLANG;

fn shell(script: &str) -> Command {
    Command::new("sh", "/tmp").args(["-c", script])
}

#[tokio::test]
async fn commands_end_as_they_do_here() {
    let redactor = Redactor::default();
    redactor.learn(&Secret::new("t0psecret"));
    let containers = RealContainers::new(&Env::capture(), redactor);
    let image = containers.image(GOLANG).await.unwrap();
    assert!(image.digest.starts_with("sha256:"), "{image:?}");
    let volume = Mount::Volume { name: "release-action-test".into(), at: "/kept".into() };
    let limits = Limits { cpus: Some(1.0), memory: Some(256 << 20) };
    let spec = Spec { image, mounts: vec![volume], user: (1001, 121), limits, network: Some("none".into()) };
    let sibling = containers.start(spec).await.unwrap();
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
