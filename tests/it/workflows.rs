//! What GitHub reads from us is right, and so is what the docs tell people to write.

use std::collections::BTreeSet;
use std::process::Output;

use serde_json::Value;

use crate::harness::{greeter, root};
use crate::yaml::{self, Kind, Piece};

/// The most lines of a template: it has to be short enough to read before it is used.
const LONGEST_TEMPLATE: usize = 40;

#[track_caller]
fn is_silent(output: &Output) {
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
}

fn made_up(text: &str) -> Vec<Piece> {
    vec![Piece { name: "made-up.yml".into(), kind: Kind::Workflow, text: text.into() }]
}

/// A workflow with one step, which is wrong in some way.
fn with_step(step: &str) -> Vec<Piece> {
    let steps = Piece { name: "made-up.yml".into(), kind: Kind::Steps, text: step.into() };
    vec![yaml::whole(steps)]
}

#[test]
fn actionlint_finds_nothing() {
    let all = yaml::for_github();
    is_silent(&yaml::actionlint(yaml::as_local(&all).path()));

    // What it has to find: an input and an output that we don't have, and no workflow at all.
    for wrong in [
        with_step("- uses: org/release-action@v1\n  with:\n    tagg: v1\n"),
        with_step("- uses: org/release-action@v1\n  id: x\n- run: echo '${{ steps.x.outputs.tagg }}'\n"),
        made_up("on: push\n"),
    ] {
        let pieces: Vec<Piece> =
            all.iter().filter(|piece| !piece.name.contains('-')).cloned().chain(wrong).collect();
        let found = yaml::actionlint(yaml::as_local(&pieces).path());
        let said = String::from_utf8_lossy(&found.stdout).into_owned();
        assert!(
            !found.status.success() && said.contains("made-up.yml"),
            "{}: nothing found: {said}",
            pieces.last().unwrap().text
        );
    }
}

#[test]
fn zizmor_finds_only_what_has_a_reason() {
    let all = yaml::for_github();
    let repository = yaml::as_written(&all);
    let config = root().join("zizmor.yml");
    let config = config.to_str().unwrap();
    is_silent(&yaml::zizmor(repository.path(), &["--config", config]));

    // Every entry still excuses something.
    let bare = yaml::zizmor(repository.path(), &["--no-config", "--format", "json"]);
    let found: Value = serde_json::from_slice(&bare.stdout).unwrap();
    let found: BTreeSet<&str> =
        found.as_array().unwrap().iter().map(|finding| finding["ident"].as_str().unwrap()).collect();
    let text = std::fs::read_to_string(config).unwrap();
    let excused: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with([' ', '#']))
        .collect();
    assert_eq!(found, excused);

    // What it has to find: an action by a tag, a title in a script, a token left in the tree.
    for (wrong, audit) in [
        ("- uses: actions/cache@v4\n", "unpinned-uses"),
        ("- run: echo '${{ github.event.pull_request.title }}'\n", "template-injection"),
        ("- uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2\n", "artipacked"),
    ] {
        let repository = yaml::as_written(&with_step(wrong));
        let found = yaml::zizmor(repository.path(), &["--config", config]);
        let said = String::from_utf8_lossy(&found.stdout).into_owned();
        assert!(!found.status.success() && said.contains(audit), "{wrong}: {said}");
    }
}

/// A page that a comment sends people to is there.
#[test]
fn every_page_that_is_named_exists() {
    let mut named = 0;
    for folder in [
        ".github",
        "workflows-templates",
        "scripts",
        ".ci",
        "examples",
        "benches",
        "action.yml",
        "Makefile",
        "zizmor.yml",
    ] {
        for entry in walkdir::WalkDir::new(root().join(folder)) {
            let path = entry.unwrap().into_path();
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            for (at, _) in text.match_indices("docs/") {
                let rest = &text[at..];
                let end = rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && !"/._-".contains(c))
                    .unwrap_or(rest.len());
                let page = rest[..end].trim_end_matches('.');
                if page.ends_with(".md") {
                    named += 1;
                    assert!(root().join(page).is_file(), "{} names {page}", path.display());
                }
            }
        }
    }
    assert!(named >= 5, "only {named} were found");
}

#[test]
fn configurations_in_the_docs_are_accepted() {
    let repo = greeter();
    let configs: Vec<Piece> = yaml::blocks().into_iter().filter(|piece| piece.kind == Kind::Config).collect();
    assert!(configs.len() > 8, "only {} were found", configs.len());
    for piece in configs {
        // Folders that an example speaks of are there in its reader's repository.
        for folder in piece.text.lines().filter_map(|line| line.trim_start().strip_prefix("- dir: ")) {
            std::fs::create_dir_all(repo.dir.join(folder.trim())).unwrap();
        }
        repo.write("block.yaml", &piece.text);
        let ran = repo.call(&["check", "--config", "block.yaml"]);
        assert_eq!(ran.code, 0, "{}\n{}", piece.name, ran.err);
    }
    repo.write("block.yaml", "# .release.yaml\nversion: 1\nbiuld: {}\n");
    repo.call(&["check", "--config", "block.yaml"]).exits(2).says("build");
}

#[test]
fn every_template_is_whole_short_and_explained() {
    let folder = root().join("workflows-templates");
    let page = std::fs::read_to_string(root().join("docs/workflows.md")).unwrap();
    let mut stems = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        stems.insert(name.split('.').next().unwrap().to_owned());
    }
    for stem in &stems {
        let read = |end: &str| {
            let path = folder.join(format!("{stem}.{end}"));
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let template = read("yml");
        let lines = template.lines().count();
        assert!(lines <= LONGEST_TEMPLATE, "{stem}.yml has {lines} lines");
        assert!(template.starts_with("# "), "{stem}.yml says what it is for");
        let told: Value = serde_json::from_str(&read("properties.json")).unwrap();
        for key in ["name", "description"] {
            assert!(told[key].as_str().is_some_and(|text| text.len() > 10), "{stem}: {key}");
        }
        assert_eq!(told["iconName"], stem.as_str());
        assert!(told["categories"].as_array().is_some_and(|all| !all.is_empty()), "{stem}");
        for pattern in told["filePatterns"].as_array().unwrap() {
            regex::Regex::new(pattern.as_str().unwrap()).unwrap();
        }
        assert!(read("svg").starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""), "{stem}.svg");
        assert!(page.contains(&format!("`{stem}.yml`")), "docs/workflows.md does not explain {stem}.yml");
    }
    assert!(stems.len() >= 4, "{stems:?}");
}

#[test]
fn the_workflow_of_init_is_what_we_recommend() {
    let repo = greeter();
    repo.call(&["init", "--no-tests"]).exits(0);
    let text = std::fs::read_to_string(repo.dir.join(".github/workflows/release.yml")).unwrap();
    let action = yaml::for_github().remove(0);
    assert_eq!(action.kind, Kind::Action);
    let pieces = [action, made_up(&text).remove(0)];
    is_silent(&yaml::actionlint(yaml::as_local(&pieces).path()));
    let config = root().join("zizmor.yml");
    is_silent(&yaml::zizmor(yaml::as_written(&pieces).path(), &["--config", config.to_str().unwrap()]));
    // The docs show the same one, to the letter.
    for page in ["README.md", "docs/action.md"] {
        let shown = std::fs::read_to_string(root().join(page)).unwrap();
        assert!(
            shown.contains(&format!("```yaml\n# .github/workflows/release.yml\n{text}```\n")),
            "{page} shows another one:\n{text}"
        );
    }
}
