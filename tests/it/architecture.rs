//! The house stays a house: who may import whom, how long a file may be, and no room undeclared.
//!
//! Every rule is also fed a made-up file that breaks it, so that a rule which finds nothing any more
//! is seen.

use std::collections::BTreeMap;
use std::path::Path;

/// The most lines a source file may have.
const LONGEST: usize = 400;

/// A source file: its path below the repository's root, and its text without test modules.
type Sources = BTreeMap<String, String>;

fn sources() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Sources::new();
    for folder in ["src", "crates", "tests", "benches"] {
        collect(root, &root.join(folder), &mut all);
    }
    assert!(all.len() > 100, "only {} sources were found", all.len());
    all
}

fn collect(root: &Path, dir: &Path, all: &mut Sources) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            collect(root, &path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            all.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// The text before its first test module; empty for a file that is one.
fn product<'a>(path: &str, text: &'a str, all: &Sources) -> &'a str {
    if is_test_file(path, all) {
        return "";
    }
    // A test module in the file itself stands at its end; one that is only declared hides nothing.
    let mut ends = text.match_indices("#[cfg(test)]\nmod ").filter(|(at, words)| {
        text[at + words.len()..].lines().next().is_some_and(|line| line.trim_end().ends_with('{'))
    });
    ends.next().map_or(text, |(at, _)| &text[..at])
}

fn is_test_file(path: &str, all: &Sources) -> bool {
    let Some((dir, file)) = path.rsplit_once('/') else { return false };
    let name = file.trim_end_matches(".rs");
    let declared = format!("#[cfg(test)]\nmod {name};");
    let declared_public = format!("#[cfg(test)]\npub mod {name};");
    let by = |parent: &str| {
        all.get(parent).is_some_and(|text| text.contains(&declared) || text.contains(&declared_public))
    };
    let by_path = format!("#[cfg(test)]\n#[path = \"{file}\"]");
    let siblings =
        all.iter().filter(|(other, _)| other.rsplit_once('/').is_some_and(|(folder, _)| folder == dir));
    path.starts_with("tests/")
        || (path.starts_with("crates/") && dir.contains("/tests"))
        || siblings.into_iter().any(|(_, text)| text.contains(&by_path))
        || by(&format!("{dir}/mod.rs"))
        || by(&format!("{dir}/lib.rs"))
        || by(&format!("{dir}.rs"))
}

/// Lines of code, comments left out.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn too_long(all: &Sources) -> Vec<String> {
    let lines = all.iter().map(|(path, text)| (path, text.lines().count()));
    lines
        .filter(|(_, count)| *count > LONGEST)
        .map(|(path, count)| format!("{path}: {count} lines"))
        .collect()
}

/// What a layer must not name.
struct Rule {
    layer: &'static str,
    never: &'static [&'static [&'static str]],
    except: &'static [&'static str],
}

/// A rule without exceptions.
const fn rule(layer: &'static str, never: &'static [&'static [&'static str]]) -> Rule {
    Rule { layer, never, except: &[] }
}

/// What runs the steps.
const ABOVE: &[&str] = &["crate::steps", "crate::pipeline", "crate::cli", "crate::action"];
const REPORT: &[&str] = &["crate::report"];
const JOURNAL: &[&str] = &["crate::journal"];
const CONFIG: &[&str] = &["crate::config"];
const REAL: &[&str] = &["ports::real"];
const WORLD: &[&str] = &[
    "std::env",
    "std::process",
    "std::fs",
    "tokio::fs",
    "tokio::process",
    "println!",
    "eprintln!",
    "print!(",
];

const RULES: &[Rule] = &[
    Rule { layer: "src/cli/", never: &[REAL], except: &["src/cli/wire.rs"] },
    Rule { layer: "src/", never: &[&["release_rehearsal"]], except: &["src/cli/rehearse.rs"] },
    rule("src/action/", &[&["crate::cli"], REAL]),
    rule("src/pipeline/", &[&["crate::cli", "crate::action"], REPORT, REAL]),
    rule("src/steps/", &[&["crate::cli", "crate::action", "crate::pipeline"], JOURNAL, REPORT, REAL, WORLD]),
    rule("src/ecosystem/", &[ABOVE, REPORT, JOURNAL, REAL]),
    rule("src/formats/", &[ABOVE, REPORT, JOURNAL, REAL]),
    rule("src/report/", &[ABOVE, JOURNAL, CONFIG, REAL]),
    rule("src/journal/", &[ABOVE, REPORT, CONFIG, REAL]),
    rule("src/config/", &[ABOVE, REPORT, JOURNAL, REAL]),
    rule("src/ports/", &[ABOVE, REPORT, JOURNAL, CONFIG]),
    rule(
        "src/kit/",
        &[ABOVE, REPORT, JOURNAL, CONFIG, &["crate::ports", "crate::ecosystem", "crate::formats"]],
    ),
    rule("crates/rehearsal/src/", &[&["release_action", "octocrab"]]),
    rule("crates/lines/src/", &[&["release_action", "release_model", "release_rehearsal"]]),
    rule("crates/model/src/", &[&["tokio", "reqwest", "octocrab", "release_action"]]),
];

fn forbidden(all: &Sources) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in all {
        let text = product(path, text, all);
        for rule in
            RULES.iter().filter(|rule| path.starts_with(rule.layer) && !rule.except.contains(&path.as_str()))
        {
            for (line, words) in code(text) {
                found.extend(
                    rule.never
                        .iter()
                        .copied()
                        .flatten()
                        .filter(|never| words.contains(*never))
                        .map(|never| format!("{path}:{line}: {never}")),
                );
            }
        }
    }
    found
}

/// A room's step and its own name: `("gates", "coverage")`.
fn room_of(path: &str) -> Option<(&str, &str)> {
    let (step, rest) = path.strip_prefix("src/steps/")?.split_once('/')?;
    Some((step, rest.split('/').next()?.trim_end_matches(".rs")))
}

/// What `steps/<step>/mod.rs` hands to its rooms beside rooms: modules that are no room.
fn rooms(all: &Sources) -> BTreeMap<String, Vec<String>> {
    let mut rooms: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in all.keys() {
        let Some((step, name)) = room_of(path) else { continue };
        let is_room =
            all.iter().any(|(other, text)| room_of(other) == Some((step, name)) && implements_room(text));
        let known = rooms.entry(step.to_owned()).or_default();
        if is_room && !known.contains(&name.to_owned()) {
            known.push(name.to_owned());
        }
    }
    rooms
}

fn implements_room(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("impl Room for "))
}

/// Rooms that name another step or a neighbouring room.
fn nosy(all: &Sources) -> Vec<String> {
    let rooms = rooms(all);
    let mut found = Vec::new();
    for (path, text) in all {
        let Some((step, name)) = room_of(path) else { continue };
        if name == "mod" {
            continue;
        }
        for (line, words) in code(product(path, text, all)) {
            for (other_step, names) in &rooms {
                if other_step != step && names_module(words, &format!("steps::{other_step}")) {
                    found.push(format!("{path}:{line}: the step {other_step}"));
                }
                if other_step != step {
                    continue;
                }
                for other in names.iter().filter(|other| *other != name) {
                    let from_inside = path.trim_start_matches("src/steps/").matches('/').count() == 2;
                    let neighbour = [format!("steps::{step}::{other}::"), format!("super::super::{other}::")];
                    let direct = !from_inside && words.contains(&format!("super::{other}::"));
                    if direct || neighbour.iter().any(|neighbour| words.contains(neighbour)) {
                        found.push(format!("{path}:{line}: the room {other}"));
                    }
                }
            }
        }
    }
    found
}

/// Whether a line names this module, and not one whose name only begins like it.
fn names_module(words: &str, path: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    words.match_indices(path).any(|(at, _)| !goes_on(&words[at + path.len()..]))
}

/// Files below `steps/` that no `mod` declares, and rooms that no list holds.
fn undeclared(all: &Sources) -> Vec<String> {
    let mut found = Vec::new();
    for path in all.keys() {
        let Some((step, name)) = room_of(path) else { continue };
        let Some(list) = all.get(&format!("src/steps/{step}/mod.rs")) else { continue };
        if name != "mod"
            && !is_test_file(path, all)
            && !list.lines().any(|line| line.trim_end().ends_with(&format!("mod {name};")))
        {
            found.push(format!("{path}: no `mod {name};` in its step"));
        }
    }
    for (step, names) in rooms(all) {
        let list = &all[&format!("src/steps/{step}/mod.rs")];
        found.extend(
            names
                .iter()
                .filter(|name| !list.contains(&format!("RoomEntry::of::<{name}::")))
                .map(|name| format!("{step}/{name}: in no list")),
        );
    }
    found
}

#[test]
fn files_stay_under_400_lines() {
    assert_eq!(too_long(&sources()), Vec::<String>::new());
    let long = Sources::from([("src/x.rs".into(), "\n".repeat(LONGEST + 1))]);
    assert_eq!(too_long(&long).len(), 1, "the rule finds nothing any more");
}

#[test]
fn layers_name_only_what_is_below() {
    assert_eq!(forbidden(&sources()), Vec::<String>::new());
    for rule in RULES {
        for never in rule.never.iter().copied().flatten() {
            let broken = Sources::from([(format!("{}made_up.rs", rule.layer), format!("use {never}::x;\n"))]);
            assert!(!forbidden(&broken).is_empty(), "{}: {never} is not found any more", rule.layer);
        }
    }
}

#[test]
fn no_room_knows_another() {
    assert_eq!(nosy(&sources()), Vec::<String>::new());
    let room = "impl Room for Made {}\n".to_owned();
    for line in [
        "use super::tree::Tree;",
        "use crate::steps::release::github;",
        "use crate::steps::preflight::tree::Tree;",
    ] {
        let mut broken = Sources::from([
            ("src/steps/preflight/tree.rs".into(), room.clone()),
            ("src/steps/release/github.rs".into(), room.clone()),
        ]);
        broken.insert("src/steps/preflight/made_up.rs".into(), format!("{line}\n{room}"));
        assert_eq!(nosy(&broken).len(), 1, "{line} is not found any more");
    }
}

#[test]
fn no_room_is_undeclared() {
    assert_eq!(undeclared(&sources()), Vec::<String>::new());
    let broken = Sources::from([
        ("src/steps/gates/mod.rs".into(), "mod tests;\n".into()),
        ("src/steps/gates/tests.rs".into(), "impl Room for Tests {}\n".into()),
        ("src/steps/gates/lost.rs".into(), String::new()),
    ]);
    assert_eq!(undeclared(&broken).len(), 2, "the rule finds nothing any more");
}

#[test]
fn the_model_stays_plain() {
    let manifest =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/model/Cargo.toml"))
            .unwrap();
    for never in ["tokio", "reqwest", "octocrab"] {
        assert!(!manifest.contains(never), "crates/model depends on {never}");
    }
}
