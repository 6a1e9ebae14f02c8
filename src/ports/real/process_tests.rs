//! Real children.

use std::sync::Mutex;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::{PidfdFlags, pidfd_open};

use super::*;
use crate::kit::secret::Secret;
use crate::ports::real::kept::ERRORS;

fn process() -> RealProcess {
    let vars = Env::capture();
    let own = [("MY_TOKEN", "t0psecret"), ("INPUT_STEP", "run"), ("ORDINARY", "yes")];
    let all = vars.iter().chain(own).map(|(name, value)| (name.to_owned(), value.to_owned()));
    RealProcess::new(Env::of(all.collect::<Vec<_>>()), Redactor::default())
}

fn sh(script: &str) -> Command {
    Command::new("sh", "/").args(["-c", script])
}

async fn run(command: Command) -> (Result<Ended, ProcessError>, Vec<(Stream, String)>) {
    let seen = Mutex::new(Vec::new());
    let line = |stream, text: &str| seen.lock().unwrap().push((stream, text.to_owned()));
    let ended = process().run(command, &CancellationToken::new(), &line).await;
    (ended, seen.into_inner().unwrap())
}

/// Waits until a killed process has ended, as the system tells it.
fn dies(pid: &str) {
    let id = Pid::from_raw(pid.parse().unwrap()).unwrap();
    let process = match pidfd_open(id, PidfdFlags::empty()) {
        Err(Errno::SRCH) => return,
        process => process.unwrap(),
    };
    let patience = Timespec { tv_sec: 60, tv_nsec: 0 };
    let ended = retry_on_intr(|| poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&patience)));
    assert_eq!(ended, Ok(1), "process {pid} still lives");
}

#[tokio::test]
async fn gives_output_code_and_lines() {
    let (ended, lines) = run(sh("echo one; echo two >&2; printf 'th\\377ree'; exit 3")).await;
    let ended = ended.unwrap();
    assert_eq!((ended.code, ended.signal), (Some(3), None));
    assert_eq!(ended.stdout, b"one\nth\xffree");
    assert_eq!(ended.errors(), "two\n");
    for line in [(Stream::Out, "one"), (Stream::Err, "two"), (Stream::Out, "th\u{fffd}ree")] {
        assert!(lines.iter().any(|(stream, text)| (*stream, text.as_str()) == line), "{lines:?}");
    }
}

#[tokio::test]
async fn writes_input_while_it_reads() {
    // More than both pipes hold, so that writing first and reading later would hang for ever.
    let input = vec![b'a'; 3 * 1024 * 1024];
    let command = Command { input: input.clone(), ..sh("cat") };
    assert_eq!(run(command).await.0.unwrap().stdout, input);
    let command = Command { input, ..sh("exit 0") };
    assert!(run(command).await.0.unwrap().ok());
}

#[tokio::test]
async fn withholds_secrets_unless_they_are_given() {
    let script = "echo ${MY_TOKEN-none} ${INPUT_STEP-none} ${ORDINARY-none} ${GIVEN_TOKEN-none}";
    let (ended, _) = run(sh(script)).await;
    assert_eq!(ended.unwrap().text(), "none none yes none\n");

    let mut command = sh(&format!("{script}; echo $GIVEN_TOKEN >&2"));
    command.secrets.insert("GIVEN_TOKEN".into(), Secret::new("giv3n-secret"));
    let (ended, lines) = run(command).await;
    let ended = ended.unwrap();
    assert_eq!(ended.text(), "none none yes giv3n-secret\n");
    assert_eq!(ended.errors(), "***\n");
    assert!(lines.iter().all(|(_, line)| !line.contains("giv3n")), "{lines:?}");
}

#[tokio::test]
async fn keeps_no_more_than_it_may() {
    let command = Command { keep: Keep::Whole(10), ..sh("echo 123456789; echo more") };
    let (ended, lines) = run(command).await;
    assert!(matches!(ended, Err(ProcessError::TooMuch { keep: 10, .. })), "{ended:?}");
    assert_eq!(lines.last().unwrap().1, "more");
    let command = Command { keep: Keep::Whole(4), ..sh("printf 123456789abcdef >&2; echo abc") };
    assert_eq!(run(command).await.0.unwrap().errors(), "cdef");
    let command = Command { keep: Keep::End(5), ..sh("echo 123456789; echo more; echo words >&2") };
    let ended = run(command).await.0.unwrap();
    assert_eq!((ended.text().as_str(), ended.errors().as_str()), ("more\n", "words\n"));
}

#[tokio::test]
async fn hears_without_keeping() {
    let (ended, lines) = run(sh("yes | head -n 3000; yes | head -c 600000 >&2").heard()).await;
    let ended = ended.unwrap();
    assert_eq!(ended.stdout, b"");
    assert_eq!(ended.stderr.len(), ERRORS, "the end of standard error, and no more");
    assert_eq!(lines.iter().filter(|(stream, _)| *stream == Stream::Out).count(), 3000);
}

#[tokio::test]
async fn names_what_is_missing() {
    let (ended, _) = run(Command::new("no-such-program", "/")).await;
    assert_eq!(ended.unwrap_err().to_string(), "`no-such-program` is not on the PATH");
    let (ended, _) = run(Command::new("sh", "/no/such/folder")).await;
    assert!(ended.unwrap_err().to_string().contains("/no/such/folder"));
    assert!(process().find("sh").unwrap().is_absolute());
    assert_eq!(process().find("no-such-program"), None);
}

#[tokio::test]
async fn stops_the_whole_group() {
    let stop = CancellationToken::new();
    let grandchild = Mutex::new(String::new());
    let line = |_, text: &str| {
        text.clone_into(&mut grandchild.lock().unwrap());
        stop.cancel();
    };
    // A background child of a shell ignores SIGINT, so it only goes with the group's end.
    let ended = process().run(sh("sleep 600 & echo $!; wait"), &stop, &line).await;
    assert!(matches!(ended, Err(ProcessError::Stopped { .. })), "{ended:?}");
    let pid = grandchild.into_inner().unwrap();
    assert!(!pid.is_empty());
    dies(&pid);
}

#[tokio::test]
async fn ends_what_takes_too_long_with_all_it_started() {
    let script = "trap '' INT; sleep 600 & echo $!; wait; sleep 600";
    let (ended, lines) = run(sh(script).limit(Duration::from_secs(3))).await;
    let error = ended.unwrap_err();
    assert!(matches!(error, ProcessError::TooLong { .. }), "{error:?}");
    let problem = error.limited_by("build.timeout");
    assert!(problem.fix.unwrap().contains("`build.timeout`") && !problem.passing);
    dies(&lines[0].1);
}

#[tokio::test]
async fn leaves_no_grandchild_behind() {
    let (ended, _) = run(sh("sleep 600 & echo $!")).await;
    let pid = ended.unwrap().text();
    dies(pid.trim());
}

#[tokio::test]
async fn a_dropped_call_kills_its_child() {
    let (send, receive) = tokio::sync::oneshot::channel();
    let send = Mutex::new(Some(send));
    let line = |_, text: &str| {
        if let Some(send) = send.lock().unwrap().take() {
            send.send(text.to_owned()).unwrap();
        }
    };
    let (process, stop) = (process(), CancellationToken::new());
    let pid = tokio::select! {
        _ = process.run(sh("echo $$; exec sleep 600"), &stop, &line) => panic!("it ended by itself"),
        pid = receive => pid.unwrap(),
    };
    dies(&pid);
}

#[tokio::test]
async fn ends_what_has_left_the_group_too() {
    let (ended, lines) = run(sh("setsid sleep 600 & echo $!; wait").limit(Duration::from_secs(10))).await;
    assert!(matches!(ended, Err(ProcessError::TooLong { .. })), "{ended:?}");
    dies(&lines[0].1);
}

#[tokio::test]
async fn what_runs_apart_has_nothing_of_ours() {
    let script =
        "id -u; touch \"$HOME/made\" && ls \"$PWD\" \"$HOME\"; env; cat /proc/$PPID/environ | tr '\\0' '\\n'";
    let folder = tempfile::tempdir().unwrap();
    let mut command = sh(script).apart();
    command.dir = Utf8PathBuf::try_from(folder.path().to_owned()).unwrap();
    let ended = run(command).await.0.unwrap();
    let (text, errors) = (ended.text(), ended.errors());
    assert!(!text.contains("ORDINARY") && !text.contains("t0psecret"), "{text}");
    let own = rustix::process::geteuid();
    let (account, files) = if own.is_root() { (NOBODY, "made\nsh\n") } else { (own.as_raw(), "made\n") };
    assert!(text.starts_with(&format!("{account}\n")) && text.matches(files).count() == 2, "{text}{errors}");
    // Of nobody's account we can hide all that we have.
    assert_eq!(own.is_root(), errors.contains("Permission denied"), "{errors}");
    assert_eq!(folder.path().read_dir().unwrap().count(), usize::from(!own.is_root()));
}
