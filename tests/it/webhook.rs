//! A receiver that takes the connection and never says a word.

use std::net::TcpListener;

use crate::harness::{forge, greeter};

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
