//! The same commit gives the same bytes, wherever and by whomever it is built.

use std::process::Command;

use crate::harness::greeter;

#[test]
fn other_folders_time_zones_and_umasks_give_the_same_bytes() {
    let (one, other) = (greeter(), greeter());
    one.call(&["run", "--snapshot", "--skip", "gates"]).exits(0);
    let mut shell = Command::new("sh");
    shell.current_dir(&other.dir).env("TZ", "Pacific/Kiritimati").env("LC_ALL", "C").env("USER", "somebody");
    let program = env!("CARGO_BIN_EXE_release-action");
    shell.args(["-c", "umask 077; exec \"$0\" run --snapshot --skip gates --jobs 1", program]);
    let ran = shell.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    let (one, other) = (one.checksums(), other.checksums());
    assert!(one.len() >= 13, "{one:?}");
    assert_eq!(one, other);
}
