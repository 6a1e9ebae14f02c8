//! One program for all parsers: `PARSER=lcov-tracefile` names the one that it feeds. `PARSER=list` prints their
//! names with the dictionary of each, `PARSER=seeds` writes what they begin with into `SEEDS`.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use release_action_fuzz::{Target, seeds, targets};

static CHOSEN: OnceLock<Target> = OnceLock::new();

fuzz_target!(
    init: {
        CHOSEN.get_or_init(choose);
    },
    |data: &[u8]| {
        if let Some(target) = CHOSEN.get() {
            (target.run)(data);
        }
    }
);

/// The target that is asked for; what is not run ends the program here.
fn choose() -> Target {
    let name = std::env::var("PARSER").unwrap_or_default();
    let all = targets();
    match name.as_str() {
        "list" => all.iter().for_each(|target| println!("{} {}", target.name, target.dictionary)),
        "seeds" => {
            let dir = std::env::var("SEEDS").expect("SEEDS names a folder");
            seeds(dir.as_ref()).expect("the seeds can be written");
        }
        name => {
            if let Some(target) = all.into_iter().find(|target| target.name == name) {
                return target;
            }
            eprintln!("`{name}` is no parser: PARSER=list shows them");
            std::process::exit(2);
        }
    }
    std::process::exit(0)
}
