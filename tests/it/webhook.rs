//! Receivers that say nothing or too much, and settings that reach none.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::{forge, greeter};

/// One platform is enough here.
const ONE: [&str; 2] = ["--set", "build.targets=[linux/amd64]"];

#[test]
fn a_silent_receiver_holds_no_release_up() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    // Connections are made by the system and wait here; nobody ever takes them.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", silent.local_addr().unwrap());
    let env = [("RELEASE_ACTION_WEBHOOK_URL", url.as_str())];
    let set = ["--set", "build.targets=[linux/amd64]", "--set", "notify.webhook.timeout=200ms"];
    let run = [&["run", "--skip", "gates"][..], &set].concat();
    let ran = repo.run_with(&world, &env, &run).exits(0);
    let ran = ran.says("the webhook could not be reached").says("was not answered within 200ms");
    assert!(!format!("{}{}", ran.out, ran.err).contains("/hook"), "the address is a secret");
    assert!(!world.release().draft);

    let required = [&["notify", "--set", "notify.required=true"][..], &set].concat();
    repo.run_with(&world, &env, &required).exits(19).says("was not answered within 200ms");
}

/// A receiver that takes every message and answers with more than anybody reads; gives its address and
/// how many messages it has taken.
fn talkative() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let taken = Arc::clone(&count);
    std::thread::spawn(move || {
        'next: for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut part = [0; 4096];
            // The message ends with its JSON.
            while !request.ends_with(b"}}") {
                match stream.read(&mut part) {
                    // It went away before it had said all.
                    Ok(0) | Err(_) => continue 'next,
                    Ok(read) => request.extend_from_slice(&part[..read]),
                }
            }
            taken.fetch_add(1, Ordering::SeqCst);
            let answer =
                format!("HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n{}", "x".repeat(64 * 1024));
            // It may hang up before it has heard all of that.
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    (url, count)
}

#[test]
fn a_receiver_that_says_too_much_is_told_once() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    let (url, taken) = talkative();
    let env = [("RELEASE_ACTION_WEBHOOK_URL", url.as_str())];
    repo.run_with(&world, &env, &[&["run", "--skip", "gates"][..], &ONE].concat()).exits(0);
    repo.run_with(&world, &env, &[&["notify", "--set", "notify.required=true"][..], &ONE].concat()).exits(0);
    assert_eq!(taken.load(Ordering::SeqCst), 1);
}

#[test]
fn a_key_that_signs_nothing_is_told_before_anything_is_public() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    let env =
        [("RELEASE_ACTION_WEBHOOK_SECRET", "tell-nobody"), ("RELEASE_ACTION_WEBHOOK_URL", "http://a.test")];
    let run = [&["run", "--skip", "gates"][..], &ONE].concat();
    let ran = repo.run_with(&world, &env, &[&run[..], &["--set", "notify.required=true"]].concat()).exits(19);
    let ran =
        ran.says("is not of the form of Standard Webhooks").says("RELEASE_ACTION_WEBHOOK_URL cannot be used");
    assert!(!format!("{}{}", ran.out, ran.err).contains("tell-nobody"));
    assert_eq!(world.releases(), [], "nothing was shown to the world");

    // Where nobody insists on it, the release is made all the same.
    let ran = repo.run_with(&world, &env, &run).exits(0);
    drop(ran.says("is not of the form of Standard Webhooks"));
    assert!(!world.release().draft);
}
