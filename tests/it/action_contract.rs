//! `action.yml`, the two tables and the reference page say the same, in both directions.

use std::collections::BTreeMap;

use release_action::action::inputs::INPUTS;
use release_action::action::outputs::OUTPUTS;
use serde_json::Value;

use crate::harness::root;

fn action_yml() -> Value {
    let text = std::fs::read_to_string(root().join("action.yml")).unwrap();
    release_action::config::raw::parse(&text).unwrap().value()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Name to description and default.
type Rows = BTreeMap<String, (String, Option<String>)>;

fn rows_of(section: &Value) -> Rows {
    let row = |(name, one): (&String, &Value)| {
        (name.clone(), (text(&one["description"]).unwrap(), text(&one["default"])))
    };
    section.as_object().unwrap().iter().map(row).collect()
}

/// The rows of a table of the reference page: its cells without back quotes.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(root().join("docs/reference/action.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with(heading)).expect("a section");
    let rows = section.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = |line: &str| {
        let inner = line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`').to_owned());
        inner.collect::<Vec<_>>()
    };
    rows.map(cells).collect()
}

#[test]
fn inputs_agree() {
    let yml = rows_of(&action_yml()["inputs"]);
    let own = |text: &str| text.to_owned();
    let code: Rows =
        INPUTS.iter().map(|input| (own(input.name), (own(input.about), input.default.map(own)))).collect();
    assert_eq!(yml, code);
    let page: Rows = table("Inputs")
        .into_iter()
        .map(|row| {
            let default = (!row[1].is_empty()).then(|| row[1].clone());
            (row[0].clone(), (row[4].clone(), default))
        })
        .collect();
    assert_eq!(page, code);
}

#[test]
fn outputs_agree() {
    let yml = rows_of(&action_yml()["outputs"]);
    let code: Rows =
        OUTPUTS.iter().map(|output| (output.name.to_owned(), (output.about.to_owned(), None))).collect();
    assert_eq!(yml, code);
    let page: Rows =
        table("Outputs").into_iter().map(|row| (row[0].clone(), (row[1].clone(), None))).collect();
    assert_eq!(page, code);
}

/// What users rely on; a name goes away with a major version only.
#[test]
fn the_contract_is_kept() {
    let names = |section: &str| {
        action_yml()[section].as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        names("inputs"),
        "step token config working-directory tag version targets from only skip snapshot prerelease draft \
         coverage-minimum fail-on override dry-run set jobs log-format"
    );
    assert_eq!(
        names("outputs"),
        "tag version prerelease matrix plan release-id release-url upload-count artifacts checksums changelog \
         coverage gates published resumed report digests"
    );
}

#[test]
fn it_is_a_container_action_without_arguments() {
    let yml = action_yml();
    let runs = yml["runs"].as_object().unwrap();
    assert_eq!(runs.keys().collect::<Vec<_>>(), ["using", "image"], "no args, no entrypoint, no env");
    assert_eq!(runs["using"], "docker");
    // On main the Dockerfile is built; a released tag names its image by digest.
    let image = runs["image"].as_str().unwrap();
    let digest = image.rsplit_once("@sha256:").map_or("", |(_, digest)| digest);
    let pinned = image.starts_with("docker://") && digest.len() == 64;
    assert!(image == "Dockerfile" || pinned, "{image}");
    assert!(yml["branding"]["icon"].is_string() && yml["branding"]["color"].is_string());
}
