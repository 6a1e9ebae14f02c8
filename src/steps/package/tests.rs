//! The rooms together, as the plan sees them.

use serde_json::{Value, json};

use super::ROOMS;
use crate::model::{Artifact, ArtifactKind, Expected, Facts, Platform, Problem, Step, Use};
use crate::steps::room::{Draft, Maker, Planned, Scene, Seen, Site};

struct Nothing;

#[async_trait::async_trait]
impl Maker for Nothing {
    async fn make(&self, _: &Site) -> Result<Vec<Artifact>, Problem> {
        Ok(Vec::new())
    }
}

fn facts(go: bool) -> Facts {
    let go = if go { json!({ "go": { "path": "example.com/greeter", "commands": [] } }) } else { json!({}) };
    serde_json::from_value(json!({
        "project": "greeter", "dir": "",
        "commit": { "id": "c", "date": "2026-11-21T04:05:06Z", "tree": "t", "dirty": [], "shallow": false, "branch": null },
        "tag": "v1.2.3", "tag_at_head": true, "tag_annotated": true, "version": "1.2.3", "snapshot": false,
        "tags": [], "previous": null, "slug": null, "forge_url": "https://github.com", "ecosystems": go, "tools": {},
        "host": { "os": "linux", "arch": "amd64" }
    }))
    .unwrap()
}

fn builds(made: &[(&str, &str, &str)]) -> Vec<Planned> {
    let task = |(name, os, arch): &(&str, &str, &str)| {
        let platform = Platform { os: (*os).into(), arch: (*arch).into(), variant: String::new() };
        let (name, kind, id) =
            ((*name).to_owned(), ArtifactKind::Binary, name.trim_end_matches(".exe").to_owned());
        let draft = Draft::new(Step::Build, "go", &format!("{id}_{os}_{arch}"), name.clone());
        draft.makes(Expected { name, kind, platform: Some(platform), id }).maker(Nothing)
    };
    made.iter().map(task).collect()
}

/// Plans every room with its settings, each after those before it.
fn plan(
    facts: &Facts,
    made: &[(&str, &str, &str)],
    settings: &Value,
    demanded: bool,
) -> Result<Vec<Planned>, Problem> {
    let mut all = builds(made);
    let built = all.len();
    for room in ROOMS {
        let own = settings.get(room.shape.id).cloned().unwrap_or_else(|| json!({}));
        let scene = Scene { facts, seen: &Seen::new(), step_settings: &Value::Null, before: &all, demanded };
        let planned = (room.plan)(&own, &scene)?;
        all.extend(planned);
    }
    Ok(all.split_off(built))
}

fn names(planned: &[Planned]) -> Vec<&str> {
    planned.iter().flat_map(|one| one.task.makes.iter().map(|made| made.name.as_str())).collect()
}

const BUILDS: [(&str, &str, &str); 3] =
    [("greeter", "linux", "amd64"), ("other", "linux", "amd64"), ("greeter.exe", "windows", "arm64")];

#[test]
fn one_archive_and_bill_a_platform_and_one_list_of_all() {
    let planned = plan(&facts(true), &BUILDS, &json!({}), false).unwrap();
    assert_eq!(
        names(&planned),
        [
            "greeter_1.2.3_linux_amd64.tar.gz",
            "greeter_1.2.3_windows_arm64.zip",
            "greeter_1.2.3_linux_amd64.tar.gz.sbom.json",
            "greeter_1.2.3_windows_arm64.zip.sbom.json",
            "greeter_1.2.3_checksums.txt",
        ]
    );
    let needs = |index: usize| -> Vec<(&str, Use)> {
        planned[index].task.needs.iter().map(|need| (need.task.0.as_str(), need.what)).collect()
    };
    assert_eq!(
        needs(0),
        [("build/go/greeter_linux_amd64", Use::Bytes), ("build/go/other_linux_amd64", Use::Bytes)]
    );
    assert_eq!(needs(2)[0], ("package/archive/linux_amd64", Use::Digests));
    assert_eq!(needs(4).len(), 4);
    assert!(needs(4).iter().all(|(_, what)| *what == Use::Digests), "no bytes are needed for the list");
}

#[test]
fn keys_follow_what_decides_the_bytes_and_nothing_else() {
    let key = |settings: Value, facts: &Facts| plan(facts, &BUILDS, &settings, false).unwrap()[0].task.key;
    let usual = facts(true);
    let first = key(json!({}), &usual);
    assert_eq!(first, key(json!({}), &usual));
    assert_ne!(first, key(json!({ "archive": { "level": 1 } }), &usual));
    assert_ne!(first, key(json!({ "archive": { "files": [] } }), &usual));
    assert_eq!(first, key(json!({ "checksums": { "name": "sums" } }), &usual));
    let mut later = usual.clone();
    later.commit.tree = "other".into();
    assert_ne!(first, key(json!({}), &later));
}

#[test]
fn bare_binaries_have_a_bill_each() {
    let planned = plan(&facts(true), &BUILDS, &json!({ "archive": { "format": "binary" } }), false).unwrap();
    let names = names(&planned);
    assert_eq!(
        names[..3],
        ["greeter_1.2.3_linux_amd64", "other_1.2.3_linux_amd64", "greeter_1.2.3_windows_arm64.exe"]
    );
    assert_eq!(names[4], "other_1.2.3_linux_amd64.sbom.json");
    let bill = &planned[3].task;
    assert!(bill.needs.iter().any(|need| need.task.0 == "build/go/other_linux_amd64"), "{:?}", bill.needs);
}

#[test]
fn two_files_of_one_name_are_a_problem_of_the_plan() {
    let clash = |settings: Value| plan(&facts(true), &BUILDS, &settings, false).err().unwrap();
    let problem =
        clash(json!({ "files": { "files": [{ "from": "a", "name": "Greeter_1.2.3_Checksums.TXT" }] } }));
    assert!(problem.what.contains("would be called"), "{problem}");
    let settings = json!({ "archive": { "name": "same", "format_overrides": [] } });
    assert!(clash(settings).what.contains("`same.tar.gz`"));
}

#[test]
fn nothing_to_do_is_nothing_planned_unless_demanded() {
    assert!(plan(&facts(true), &[], &json!({}), false).unwrap().is_empty());
    assert!(plan(&facts(true), &[], &json!({}), true).err().unwrap().what.contains("no binary is built"));
    let without_go = plan(&facts(false), &BUILDS, &json!({}), false).unwrap();
    assert!(!names(&without_go).iter().any(|name| name.ends_with(".sbom.json")));
}

#[test]
fn every_file_that_cannot_be_published_is_told() {
    let settings = json!({ "files": { "files": [
        { "from": ".git/config" }, { "from": "ok.txt" }, { "from": "../x" }, { "from": "a", "name": ".hidden" },
        { "from": "sub/.GIT/config" }
    ] } });
    let told: Vec<(String, Option<String>)> = plan(&facts(true), &BUILDS, &settings, false)
        .err()
        .unwrap()
        .each()
        .into_iter()
        .map(|problem| (problem.to_string(), problem.setting))
        .collect();
    let at = |index: usize| Some(format!("package.files.files.{index}"));
    assert_eq!(told.len(), 4, "{told:?}");
    for (told, (words, index)) in told.iter().zip([
        ("`.git/config` is not in the repository", 0),
        ("`../x` is not in the repository", 2),
        ("begins with a dot", 3),
        ("`sub/.GIT/config` is not in the repository", 4),
    ]) {
        assert!(told.0.contains(words), "{told:?}");
        assert_eq!(told.1, at(index));
    }
}
