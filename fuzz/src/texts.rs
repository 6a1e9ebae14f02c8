//! Readers of files and words that people and forges write. A target panics where a reader is wrong: by that libFuzzer
//! hears of it.

use std::collections::BTreeMap;
use std::hint::black_box;

use release_action::config::load::{Config, Sources};
use release_action::ecosystem::dependencies::npm;
use release_action::formats::workflow;
use release_action::journal::replay;
use release_action::kit::claim::Claim;
use release_action::kit::conventional::Conventional;
use release_action::kit::entry_path::{self, Entries};
use release_action::kit::licence::{self, Policy};
use release_action::kit::span::Span;
use release_action::kit::template::{Names, Template};
use release_action::kit::threshold::Percent;
use release_action::kit::{address, asset_name, dockerfile, plain, slug, version};
use release_action::model::Evidence;
use release_action::steps::shapes;

use super::Target;

pub(super) fn targets() -> Vec<Target> {
    let known = shapes();
    vec![
        Target::new("config", "yaml", move |data| {
            let sources =
                Sources { file: Some((".release.yaml".into(), data.to_vec())), ..Sources::default() };
            config(sources, &known);
        }),
        Target::new("settings", "yaml", settings),
        Target::new("workflow", "yaml", |data| text(data, |text| drop(workflow::references(text)))),
        Target::new("dockerfile", "lines", |data| text(data, |text| drop(dockerfile::images(text)))),
        Target::new("npm-lock", "json", |data| drop(npm::read(data))),
        Target::new("journal", "json", journal),
        Target::new("evidence", "json", evidence),
        Target::new("template", "yaml", |data| text(data, template)),
        Target::new("words", "lines", |data| text(data, words)),
        Target::new("licence", "lines", |data| text(data, licences)),
    ]
}

fn text(data: &[u8], feed: impl Fn(&str)) {
    if let Ok(text) = std::str::from_utf8(data) {
        feed(text);
    }
}

fn config(sources: Sources, known: &[release_action::config::section::StepShape]) {
    match Config::load(sources, known) {
        Ok(config) => {
            // What is written out is read again, and is the same.
            let written = config.to_yaml();
            // Words for people must be found, whatever they are.
            black_box(config.resolved());
            let file = Some((".release.yaml".into(), written.clone().into_bytes()));
            let again = Config::load(Sources { file, ..Sources::default() }, known);
            let again =
                again.unwrap_or_else(|errors| panic!("what we wrote is refused: {errors}\n{written}"));
            assert_eq!(again.effective(), config.effective(), "{written}");
        }
        Err(errors) => {
            assert!(errors.iter().count() > 0, "it is refused without a reason");
            black_box((errors.to_string(), errors.lines(), errors.problems()));
        }
    }
}

/// Lines of `path=value` as `--set`, as the environment and as inputs have them.
fn settings(data: &[u8]) {
    let known = shapes();
    text(data, |text| {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let pairs = lines.iter().filter_map(|line| line.split_once('='));
        let env = pairs.clone().map(|(name, value)| (format!("RELEASE_ACTION_{name}"), value.to_owned()));
        let inputs = pairs.map(|(name, value)| (name.to_owned(), "input".to_owned(), value.to_owned()));
        for sources in [
            Sources { env: env.collect(), ..Sources::default() },
            Sources { inputs: inputs.collect(), ..Sources::default() },
            Sources { sets: lines.clone(), ..Sources::default() },
        ] {
            if let Err(errors) = Config::load(sources, &known) {
                black_box(errors.to_string());
            }
        }
    });
}

/// A journal that lost its end gives the records before it.
fn journal(data: &[u8]) {
    let Ok(records) = replay(data) else { return };
    let cut = data.len() / 2;
    let before = replay(&data[..cut]).expect("what was whole before it was cut");
    assert!(before.len() <= records.len() && before.iter().zip(&records).all(|(one, other)| one == other));
}

fn evidence(data: &[u8]) {
    let Ok(read) = serde_json::from_slice::<Evidence>(data) else { return };
    let written = read.to_json().expect("what was read can be written");
    let again: Evidence = serde_json::from_str(&written).expect("what was written can be read");
    assert_eq!(again, read);
    black_box(read.artifacts().count());
}

fn template(text: &str) {
    let Ok(template) = Template::new(text) else { return };
    let names = Names {
        project: "greeter".into(),
        version: "1.2.3".into(),
        tag: "v1.2.3".into(),
        commit: "0123456789abcdef0123456789abcdef01234567".into(),
        commit_date: "2026-05-01T08:00:00Z".into(),
        env: BTreeMap::from([("A".to_owned(), "b".to_owned())]),
        ..Names::default()
    };
    if let Ok(rendered) = template.render(&names) {
        assert!(rendered.len() <= 64 * 1024, "it gives more than it may");
    }
}

/// All that is one word or a line.
fn words(text: &str) {
    if let Some(version) = version::strict(text) {
        assert_eq!(version::strict(&version.to_string()), Some(version));
    }
    if let Ok(percent) = Percent::parse(text) {
        assert_eq!(Percent::parse(&percent.to_string().replace(" %", "")), Ok(percent));
        assert!(percent.reached_by(7, 7) && percent.missing(7, 7) == 0);
    }
    if let Ok(span) = text.parse::<Span>() {
        assert_eq!(span.to_string().parse::<Span>(), Ok(span));
    }
    if let Some(claim) = Claim::read(text) {
        assert_eq!(Claim::read(&claim.label(1)), Some(claim));
    }
    black_box((
        slug::of_remote(text),
        slug::parse(text),
        Conventional::parse(text),
        address::safe(text).is_ok(),
    ));
    black_box((plain::visible(text), plain::one_line(text)));
    let name = asset_name::github_name(text);
    // Of a name without a letter nothing is left, and what GitHub makes of that nobody has seen.
    assert!(name == "default." || asset_name::github_name(&name) == name, "{text} is renamed twice");
    black_box(asset_name::check(text).is_ok());
    let mut entries = Entries::default();
    for line in text.lines() {
        let known = entries.count();
        match entries.add(line) {
            Ok(()) => {
                assert!(entry_path::check(line).is_ok() && entries.count() == known + 1);
                assert!(entries.add(line).is_err(), "one name twice");
            }
            Err(error) => assert!(!error.to_string().is_empty() && entries.count() == known),
        }
    }
}

fn licences(text: &str) {
    let policy = Policy::new(&["MIT".to_owned(), "Apache-2.0".to_owned()], &[]).expect("both are licences");
    black_box(policy.judge(text));
    if text.len() < 4096 {
        black_box(licence::of_text(text));
    }
}
