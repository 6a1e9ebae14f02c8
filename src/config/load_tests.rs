//! Layers, origins, the schema, and what no input may do.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::known::Known;
use super::load::{Config, FILES, Sources, choose};
use super::schema::schema;
use super::section::Switch;
use super::shapes_for_tests::{load, shapes};
use super::tree::Origin;
use super::{diagnostic::ConfigErrors, raw};
use crate::model::Step;

fn sources(file: &str, env: &[(&str, &str)], inputs: &[(&str, &str, &str)], sets: &[&str]) -> Sources {
    Sources {
        file: Some((".release.yaml".into(), file.into())),
        env: env.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        inputs: inputs.iter().map(|(a, b, c)| ((*a).into(), (*b).into(), (*c).into())).collect(),
        sets: sets.iter().map(|set| (*set).into()).collect(),
    }
}

fn joined(
    file: &str,
    env: &[(&str, &str)],
    inputs: &[(&str, &str, &str)],
    sets: &[&str],
) -> Result<Config, ConfigErrors> {
    Config::load(sources(file, env, inputs, sets), &shapes())
}

fn with_env(env: &[(&str, &str)]) -> Result<Config, String> {
    joined("", env, &[], &[]).map_err(|errors| errors.lines().join("\n"))
}

fn with_sets(sets: &[&str]) -> Result<Config, String> {
    joined("", &[], &[], sets).map_err(|errors| errors.lines().join("\n"))
}

fn of(config: &Config, path: &str) -> (Value, Origin) {
    let found = config.resolved().into_iter().find(|resolved| resolved.path == path);
    found.map(|resolved| (resolved.value, resolved.origin)).unwrap()
}

const MINIMUM: &str = "gates.coverage.minimum";

#[test]
fn a_flag_wins_over_an_input_over_the_environment_over_the_file_over_what_was_detected() {
    let env = [("RELEASE_ACTION_GATES__COVERAGE__MINIMUM", "92")];
    let input = [(MINIMUM, "coverage-minimum", "93")];
    let set = "gates.coverage.minimum=94";
    let file = "gates:\n  coverage:\n    minimum: 91\n";
    let seen = |mut config: Config| {
        config.detected(MINIMUM, &json!(90), "codecov.yml").unwrap();
        of(&config, MINIMUM)
    };
    let at = |config: Result<Config, ConfigErrors>| seen(config.unwrap());
    assert_eq!(at(joined(file, &env, &input, &[set])), (json!(94), Origin::Flag(set.into())));
    assert_eq!(at(joined(file, &env, &input, &[])), (json!(93), Origin::Input("coverage-minimum".into())));
    assert_eq!(at(joined(file, &env, &[], &[])), (json!(92), Origin::Env(env[0].0.into())));
    assert_eq!(at(joined(file, &[], &[], &[])), (json!(91), Origin::File { line: 3, column: 14 }));
    assert_eq!(at(load("")), (json!(90), Origin::Detected("codecov.yml".into())));
    assert_eq!(of(&load("").unwrap(), MINIMUM), (json!(85), Origin::Default));
}

#[test]
fn variables_name_settings_in_any_case() {
    let config = with_env(&[
        ("RELEASE_ACTION_GATES__COVERAGE__MAX_DROP", "0.5"),
        ("release_action_build__go__CGO", "true"),
        ("RELEASE_ACTION_BUILD__GO__GO_VERSION", "1.10"),
        ("RELEASE_ACTION_BUILD__GO__BINARY", "{{ version }}"),
        ("RELEASE_ACTION_BUILD__TARGETS", "linux/amd64, 1.10"),
        ("RELEASE_ACTION_PUBLISH__HOMEBREW", "false"),
        ("RELEASE_ACTION_PROJECT__NAME", "greeter"),
        ("RELEASE_ACTION_GATES__COVERAGE__MINIMUM", ""),
    ])
    .unwrap();
    assert_eq!(of(&config, "gates.coverage.max_drop").0, json!(0.5));
    assert_eq!(of(&config, "build.go.cgo").0, json!(true));
    assert_eq!(of(&config, "build.go.go_version").0, json!("1.10"), "text stays as it was written");
    assert_eq!(of(&config, "build.go.binary").0, json!("{{ version }}"));
    assert_eq!(of(&config, "build.targets").0, json!(["linux/amd64", "1.10"]));
    assert_eq!(config.room(Step::Publish, "homebrew").0, Switch::Off);
    assert_eq!(config.project().name.as_deref(), Some("greeter"));
    assert_eq!(of(&config, MINIMUM).1, Origin::Default, "an empty variable says nothing");
}

#[test]
fn variables_that_are_no_settings_are_left_alone_and_misspelt_ones_are_not() {
    let others = [
        "RELEASE_ACTION_WEBHOOK_URL",
        "RELEASE_ACTION_WEBHOOK_SECRET",
        "OTHER__THING",
        "RELEASE_ACTION_",
        "RÉ",
    ];
    assert!(with_env(&others.map(|name| (name, "x"))).is_ok());
    let error = with_env(&[("RELEASE_ACTION_GATES__COVERAGE__MINIMUN", "1")]).err().unwrap();
    insta::assert_snapshot!(error, @"environment variable RELEASE_ACTION_GATES__COVERAGE__MINIMUN: unknown key `minimun` in `gates.coverage` (did you mean `RELEASE_ACTION_GATES__COVERAGE__MINIMUM`?)");
    let error = with_env(&[("RELEASE_ACTION_GATES__COVERAGE__MINIMUM", "much")]).err().unwrap();
    insta::assert_snapshot!(error, @"environment variable RELEASE_ACTION_GATES__COVERAGE__MINIMUM: `gates.coverage.minimum`: `much` is no percentage: a number from 0 to 100 with at most four decimals is expected");
}

#[test]
fn flags_reach_into_lists_sections_and_rooms() {
    let config = with_sets(&[
        "build.targets=[a, b]",
        "build.targets.1=c",
        "build.targets.2=d",
        "gates.coverage.packages=[{match: x, minimum: 1}]",
        "gates.coverage.packages.0.minimum=95",
        "build.go={cgo: true}",
        "build.go={tries: 3}",
        "build.go.env.\"A.B\"=1",
        "publish.daggerverse=true",
    ])
    .unwrap();
    assert_eq!(config.step(Step::Build), json!({ "targets": ["a", "c", "d"], "optimise": "release" }));
    assert_eq!(of(&config, "build.targets.1").1, Origin::Flag("build.targets.1=c".into()));
    assert_eq!(of(&config, "gates.coverage.packages.0.minimum").0, json!(95));
    let (switch, go) = config.room(Step::Build, "go");
    assert_eq!(switch, Switch::Auto);
    assert_eq!((&go["cgo"], &go["tries"], &go["env"]), (&json!(true), &json!(3), &json!({ "A.B": "1" })));
    assert_eq!(config.room(Step::Publish, "daggerverse").0, Switch::On);
}

#[test]
fn flags_that_lead_nowhere_are_told_all_at_once() {
    let error =
        with_sets(&["build.targets.3=x", "build", "build.gox.cgo=true", "build.optimise.x=1"]).err().unwrap();
    insta::assert_snapshot!(error, @"
    --set build: a value is missing (write `path=value`, as in gates.coverage.minimum=90)
    --set build.gox.cgo=true: unknown key `gox` in `build` (did you mean `go`?)
    --set build.optimise.x=1: `build.optimise` holds nothing under `x`
    --set build.targets.3=x: `build.targets` has 0 items, so there is no item `3` (items count from 0; build.targets.0 adds one)
    ");
}

#[test]
fn a_threshold_that_is_written_asks_for_its_room() {
    for (text, switch) in [
        ("gates:\n  coverage: { minimum: 90 }\n", Switch::On),
        ("gates:\n  coverage: { enabled: auto, minimum: 90 }\n", Switch::Auto),
        ("gates:\n  coverage: { enabled: false, minimum: 90 }\n", Switch::Off),
        ("gates:\n  coverage: { packages: [] }\n", Switch::Auto),
        ("gates:\n  coverage: {}\n", Switch::Auto),
    ] {
        assert_eq!(load(text).unwrap().room(Step::Gates, "coverage").0, switch, "{text}");
    }
    let config = with_sets(&["gates.coverage.minimum=85"]).unwrap();
    assert_eq!(config.room(Step::Gates, "coverage").0, Switch::On);
}

#[test]
fn every_way_to_write_a_switch() {
    let text = "publish:\n  daggerverse: true\n  homebrew: { enabled: false, tap: a/b }\nbuild:\n  go: auto\ngates:\n  coverage:\n";
    let config = load(text).unwrap();
    assert_eq!(config.room(Step::Publish, "daggerverse"), (Switch::On, json!({})));
    assert_eq!(config.room(Step::Publish, "homebrew"), (Switch::Off, json!({ "wrap": null, "tap": "a/b" })));
    assert_eq!(config.room(Step::Build, "go").0, Switch::Auto);
    assert_eq!(config.room(Step::Gates, "coverage").1["minimum"], json!(85));
    assert_eq!(
        of(&config, "publish.daggerverse.enabled"),
        (json!(true), Origin::File { line: 2, column: 16 })
    );
    assert_eq!(config.room(Step::Notify, "nobody"), (Switch::Off, json!({})));
}

#[test]
fn several_projects() {
    let config = load("projects:\n  - dir: a\n  - { dir: b/../c, name: see }\n").unwrap();
    let dirs: Vec<_> = config.projects().iter().map(|project| project.dir.as_path().as_str()).collect();
    assert_eq!(dirs, ["a", "c"]);
    assert_eq!(of(&config, "projects.1.name").0, json!("see"));
    assert!(load("").unwrap().projects().is_empty());
}

#[test]
fn projects_have_names_of_files_and_there_is_one() {
    let told = |text: &str| load(text).err().map(|errors| errors.lines().join("\n")).unwrap_or_default();
    assert!(told("projects: []").contains("`projects` names no project"), "{}", told("projects: []"));
    for name in ["", "../evil", ".x", "-x", "a:b", " a", "a\\nb"] {
        for text in [
            format!("project: {{ name: \"{name}\" }}"),
            format!("projects: [{{ dir: a, name: \"{name}\" }}]"),
        ] {
            assert!(told(&text).contains("cannot be a project's name"), "{text}: {}", told(&text));
        }
    }
    assert_eq!(told("project: { name: my.tool_2 }"), "");
}

#[test]
fn what_is_detected_must_fit_and_changes_nothing_if_it_does_not() {
    let mut config = load("build: { go: { tries: 2 } }").unwrap();
    config.detected("build.go", &json!({ "tries": 9, "cgo": true }), "go.mod").unwrap();
    assert_eq!(of(&config, "build.go.tries").0, json!(2));
    assert_eq!(of(&config, "build.go.cgo"), (json!(true), Origin::Detected("go.mod".into())));
    let before = config.to_yaml();
    assert!(config.detected("build.go.nothing", &json!(1), "x").is_err());
    assert!(config.detected("build.go.go_version", &json!(1), "x").is_err());
    assert_eq!(config.to_yaml(), before);
}

#[test]
fn the_effective_configuration_loads_as_itself() {
    let config = load("gates: { coverage: { minimum: 85.10, packages: [{ match: \"core/**\", minimum: 95 }] } }\nbuild: { go: { env: { A: \"yes\" } } }").unwrap();
    let text = config.to_yaml();
    let again = load(&text).map_err(|errors| format!("{text}\n{}", errors.lines().join("\n"))).unwrap();
    assert_eq!(again.effective(), config.effective());
    assert!(text.contains("    minimum: 85.1\n"), "{text}");
}

#[test]
fn only_one_file_may_be_there() {
    assert_eq!(choose(&[]).unwrap(), None);
    assert_eq!(choose(&[FILES[2].into()]).unwrap(), Some(".config/release.yaml".into()));
    let error = choose(&[FILES[0].into(), FILES[3].into()]).unwrap_err().lines().join("\n");
    insta::assert_snapshot!(error, @"configuration: there are several configurations: `.release.yaml` and `.config/release.yml` (keep one of them, or name one with --config)");
}

#[test]
fn the_schema_takes_good_files_and_refuses_bad_ones() {
    let schema = schema(&shapes());
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let valid = |text: &str| validator.is_valid(&raw::parse(text).unwrap().value());
    for good in [
        "",
        "version: 1\nproject: { name: a, dir: b }",
        "gates: { coverage: { enabled: auto, minimum: 85.5, packages: [{ match: a, minimum: 95 }] } }",
        "gates:\n  coverage:\n    minimum: 90 %\npublish:\n",
        "publish: { daggerverse: true, homebrew: auto }",
        "build: { targets: [linux/amd64], optimise: size, go: { env: { A: b } } }",
        &load("").unwrap().to_yaml(),
    ] {
        assert!(valid(good) && load(good).is_ok(), "{good}");
    }
    for bad in [
        "version: 2",
        "gaets: {}",
        "gates: { coverage: { minimun: 3 } }",
        "gates: { coverage: { minimum: 101 } }",
        "gates: { coverage: { packages: [{ match: a }] } }",
        "publish: { daggerverse: yes }",
        "build: { optimise: tiny }",
        "build: { go: { cgo: 1 } }",
        "projects: [{ name: a }]",
    ] {
        assert!(!valid(bad) && load(bad).is_err(), "{bad}");
    }
    assert_eq!(schema.to_string(), super::schema::schema(&shapes()).to_string(), "the same bytes");
    assert_eq!(schema["properties"]["gates"]["description"], "Is the commit good enough?");
}

#[test]
fn known_settings_come_from_the_schema() {
    let known = Known::of(&shapes());
    let parts = |text: &str| super::layers::path_of(text);
    assert_eq!(known.find(&parts("build.go.GO-VERSION"), true), Ok(parts("build.go.go_version")));
    assert!(known.find(&parts("build.go.GO-VERSION"), false).is_err());
    assert_eq!(known.homes("tap"), ["publish.homebrew"]);
}

#[test]
fn a_bomb_of_aliases_is_refused_at_once() {
    let mut text = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (name, inner) in ('b'..='z').zip('a'..='y') {
        let inner = format!("*{inner}, ").repeat(10);
        text.push_str(&format!("{name}: &{name} [{inner}]\n"));
    }
    // Twenty-five tens multiplied: unless the budget ends it, this ends with the machine's memory.
    let faults = raw::parse(&text).unwrap_err();
    assert_eq!(
        faults[0].what,
        "the configuration holds more than 100000 values, those of its aliases counted"
    );
}

#[test]
fn an_alias_gives_the_value_it_names() {
    let config = load("build: { go: { env: &e { A: b } } }\ngates: { coverage: { packages: [&p { match: x, minimum: 1 }, *p] } }").unwrap();
    assert_eq!(of(&config, "gates.coverage.packages.1.match").0, json!("x"));
}

proptest! {
    #[test]
    fn no_bytes_can_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(errors) = load(&bytes) {
            prop_assert!(errors.lines().iter().all(|line| !line.is_empty()));
        }
    }

    #[test]
    fn no_text_of_yaml_can_harm(text in "([a-z]{1,4}|gates|build|coverage|go|[-:,?&*!|>'\"%@`#{}\\[\\] \n\t]|: |\n  |- |é|&a |\\*a|<<: ){0,60}") {
        if let Err(errors) = load(&text) {
            for error in errors.iter() {
                let rendered = miette::NarratableReportHandler::new();
                let mut out = String::new();
                rendered.render_report(&mut out, error).map_err(|_| TestCaseError::fail("cannot be shown"))?;
                prop_assert!(!out.is_empty());
            }
        }
    }

    #[test]
    fn no_flag_can_harm(set in "(build|gates|go|env|targets|[.=\\[\\]{}\",:0-9a-z ]){0,20}", env in "[A-Z_0-9]{0,20}", value in ".{0,20}") {
        let name = format!("RELEASE_ACTION_BUILD__{env}");
        if let Err(errors) = joined("", &[(&name, &value)], &[], &[&set]) {
            prop_assert!(!errors.lines().is_empty());
        }
    }
}
