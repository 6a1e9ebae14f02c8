//! The program as the runner starts it in a container action: variables in, outputs out.

use serde_json::Value;

use crate::harness::{Repo, forge, forge_with, greeter, sha256};
use crate::runner::{Job, branch_push, pull_request, tag_push};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_whole_release_and_its_outputs() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    let step = tag_push(&repo, "v1.0.0").run(&world);
    step.ran.exits(0);
    let outputs = step.outputs;
    let release = world.release();
    assert_eq!((outputs["tag"].as_str(), outputs["version"].as_str()), ("v1.0.0", "1.0.0"));
    assert_eq!((outputs["prerelease"].as_str(), outputs["resumed"].as_str()), ("false", "false"));
    assert!(outputs["release-id"].parse::<u64>().is_ok() && outputs["release-url"].ends_with("v1.0.0"));
    assert_eq!(outputs["upload-count"], release.assets.len().to_string());
    let digests = json(&outputs["digests"]);
    for (name, digest) in digests.as_object().unwrap() {
        assert_eq!(release.assets[name], digest.as_str().unwrap(), "{name}");
    }
    let checksums = repo.dir.join(&outputs["checksums"]);
    assert_eq!(
        format!("sha256:{}", sha256(&checksums)),
        digests["greeter_1.0.0_checksums.txt"].as_str().unwrap()
    );
    for made in json(&outputs["artifacts"]).as_array().unwrap() {
        let path = made["path"].as_str().unwrap();
        assert!(path.starts_with("dist/"), "a path of the workspace: {path}");
        assert_eq!(made["digest"], format!("sha256:{}", sha256(&repo.dir.join(path))), "{path}");
    }
    assert_eq!(outputs["changelog"], repo.dist("release-notes.md"));
    assert!(outputs["coverage"].parse::<f64>().unwrap() > 50.0, "{}", outputs["coverage"]);
    let gates = json(&outputs["gates"]);
    assert!(gates["coverage"] == "pass" && gates["tests"] == "pass", "{gates}");
    let published = json(&outputs["published"]);
    assert_eq!(published["release/github"]["state"], "done");
    assert_eq!(published["release/github"]["at"], outputs["release-url"]);
    assert!(repo.dir.join(&outputs["report"]).is_file());
    assert_eq!(json(&outputs["plan"])["tag"], "v1.0.0");
    assert_eq!(json(&outputs["matrix"])["include"].as_array().unwrap().len(), 6);
    let named = step.artifacts;
    assert_eq!(named.len(), digests.as_object().unwrap().len());
    for line in &named {
        assert!(repo.dir.join(line.strip_prefix("file://").unwrap()).is_file(), "{line}");
    }
    the_second_attempt(&repo, &world, &outputs["release-id"]);
}

/// On an empty runner: everything is found, nothing is done again.
fn the_second_attempt(repo: &Repo, world: &crate::harness::World, id: &str) {
    let fresh = repo.fresh_clone();
    let effects = world.effects();
    let step = tag_push(&fresh, "v1.0.0").var("GITHUB_RUN_ATTEMPT", "2").run(world);
    step.ran.exits(0);
    assert_eq!(world.effects(), effects);
    assert_eq!((step.outputs["resumed"].as_str(), step.outputs["upload-count"].as_str()), ("true", "0"));
    assert_eq!(step.outputs["release-id"], id);
}

#[test]
fn a_plan_is_an_output_and_nothing_else() {
    let repo = greeter();
    for (input, value) in [("step", "plan"), ("dry-run", "true")] {
        let step = tag_push(&repo, "v1.0.0").with(input, value).run_alone();
        step.ran.exits(0).says("Nothing was written");
        assert_eq!(json(&step.outputs["plan"])["version"], "1.0.0");
        let matrix = json(&step.outputs["matrix"]);
        assert!(matrix["include"].as_array().unwrap().iter().any(|job| job["target"] == "linux/arm64"));
        assert!(!step.outputs.contains_key("report") && !step.outputs.contains_key("release-id"));
        assert!(!repo.dir.join("dist").exists(), "nothing is written");
    }
    let masked = tag_push(&repo, "v1.0.0").with("step", "plan").var("DEPLOY_TOKEN", "1.0.0").run_alone();
    masked.ran.exits(0).says("the output `version` holds a secret");
    assert!(!masked.outputs.contains_key("version") && masked.outputs.contains_key("prerelease"));
    assert!(masked_first(&tag_push(&repo, "v1.0.0").with("step", "x").with("token", "ghs_0123456789")));
    let unwritable = tag_push(&repo, "v1.0.0").with("step", "plan");
    let unwritable = unwritable.var("GITHUB_OUTPUT", repo.dir.to_str().unwrap()).run_alone();
    unwritable.ran.exits(2).says("the runner's file GITHUB_OUTPUT cannot be written");
    let broken =
        tag_push(&repo, "v1.0.0").var("GITHUB_EVENT_PATH", repo.dir.join("go.mod").to_str().unwrap());
    broken.run_alone().ran.exits(2).says("::error title=release-action::the event's payload cannot be read");
    let narrow = tag_push(&repo, "v1.0.0").with("step", "plan").with("targets", "linux/amd64\nlinux/arm64");
    let step = narrow.run_alone();
    assert_eq!(json(&step.outputs["matrix"])["include"].as_array().unwrap().len(), 2);
}

/// Whether the masks are the first words, also of a step that fails at once.
fn masked_first(job: &Job<'_>) -> bool {
    job.run_alone().ran.exits(2).out.starts_with("::add-mask::ghs_0123456789\n")
}

#[test]
fn inputs_are_a_layer_between_flags_and_the_environment() {
    let repo = greeter();
    let job = tag_push(&repo, "v1.0.0")
        .var("RELEASE_ACTION_GATES__COVERAGE__MINIMUM", "70")
        .with("coverage-minimum", "80")
        .with("draft", "true");
    let resolved = job.call(&["check", "--resolved"]).exits(0);
    let line = |path: &str| {
        let mut lines = resolved.out.lines().filter(|line| line.split_whitespace().next() == Some(path));
        lines.next().unwrap_or_else(|| panic!("{path}: {}", resolved.out)).to_owned()
    };
    assert!(line("gates.coverage.minimum").ends_with("(input: coverage-minimum)"));
    assert!(line("gates.coverage.minimum").contains("80"));
    assert!(line("release.github.draft").ends_with("(input: draft)"));
    let flag = job.call(&["check", "--resolved", "--set", "gates.coverage.minimum=90"]).exits(0);
    assert!(flag.out.contains("(flag: gates.coverage.minimum=90)"));
    let file = tag_push(&repo, "v1.0.0").with("config", "other.yaml").run_alone();
    file.ran.exits(2).says("other.yaml");
    let red = tag_push(&repo, "v1.0.0").with("step", "gates").with("coverage-minimum", "100").run_alone();
    red.ran.exits(11);
    assert_eq!(json(&red.outputs["gates"])["coverage"], "fail", "a failing run has outputs too");
}

#[test]
fn wrong_inputs_are_told_by_their_names() {
    let repo = greeter();
    let refused = |job: Job<'_>, words: &str| {
        let step = job.run_alone();
        let ran = step.ran.exits(2).says(words);
        assert!(ran.err.lines().any(|line| line.starts_with("::error ")), "an annotation: {}", ran.err);
    };
    let job = || tag_push(&repo, "v1.0.0");
    refused(job().with("step", "relaese"), "did you mean `release`?");
    refused(job().with("dry-run", "yes"), "the input `dry-run` is `yes`");
    refused(job().with("jobs", "many"), "the input `jobs` is `many`");
    refused(
        job().with("step", "gates").with("only", "build"),
        "the input `only` means nothing with `step: gates`",
    );
    refused(job().with("fail-on", "hgih"), "set by the input fail-on");
    refused(job().with("working-directory", ".."), "it leaves the workspace");
    refused(job().with("working-directory", "nowhere"), "there is no such folder");
    refused(job().with("set", "gates.coverage.minimun=90"), "set by the input set");
    let warned = job().with("step", "plan").with("coverage minimum", "90").run_alone();
    let ran = warned.ran.exits(0).says("there is no input `coverage_minimum`");
    assert!(ran.out.contains("::warning title=Unknown input::") && ran.out.contains("`coverage-minimum`"));
}

/// The lines that stand where the runner reads commands.
fn outside_of_fences(out: &str) -> Vec<&str> {
    let mut outside = Vec::new();
    let mut fence: Option<String> = None;
    for line in out.lines() {
        match (&fence, line.strip_prefix("::stop-commands::")) {
            (None, Some(token)) => fence = Some(format!("::{token}::")),
            (Some(end), _) if line == end => fence = None,
            (None, None) => outside.push(line),
            _ => {}
        }
    }
    assert_eq!(fence, None, "the fence is closed");
    outside
}

#[test]
fn foreign_words_never_stand_outside_a_fence() {
    let repo = greeter();
    repo.commit("fix: ##[error]of a commit");
    let planned = branch_push(&repo).with("step", "plan").run_alone();
    let planned = planned.ran.exits(0).says("[error]of a commit");
    repo.write(".release.yaml", "\"##[error]of a file\": 1\n");
    let refused = branch_push(&repo).with("step", "plan").run_alone();
    let refused = refused.ran.exits(2).says("[error]of a file");
    for out in [planned.out, refused.err] {
        let outside = outside_of_fences(&out);
        assert!(!outside.iter().any(|line| line.contains("##[")), "{outside:?}");
    }
}

#[test]
fn a_checkout_that_nothing_can_be_released_from() {
    let repo = greeter();
    let refused = |job: Job<'_>, words: &[&str]| {
        let mut ran = job.run_alone().ran.exits(10);
        for words in words {
            ran = ran.says(words);
        }
        assert!(!repo.dir.join("dist").exists(), "nothing is begun");
    };
    refused(
        tag_push(&repo, "v7.0.0"),
        &["of the tag v7.0.0, and the checkout has no such tag", "fetch-tags: true"],
    );
    let head = repo.git(&["rev-parse", "HEAD"]);
    repo.write(".git/shallow", format!("{head}\n"));
    refused(
        tag_push(&repo, "v1.0.0"),
        &["this checkout is shallow", "`fetch-depth: 0` and `fetch-tags: true`"],
    );
    refused(tag_push(&repo, "v1.0.0").with("step", "plan"), &["this checkout is shallow"]);
    std::fs::remove_file(repo.dir.join(".git/shallow")).unwrap();
    repo.commit("fix: more");
    refused(branch_push(&repo), &["no version tag at HEAD", "of the branch main", "on: push: tags"]);
    repo.git(&["checkout", "-q", "--detach"]);
    repo.commit("fix: on no branch");
    let lost = branch_push(&repo).with("version", "1.0.1");
    refused(lost, &["HEAD is detached at", "ref: ${{ github.ref }}"]);
}

#[test]
fn preflight_names_the_files_and_the_permission() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    repo.write("left-behind.txt", "x");
    let dirty = tag_push(&repo, "v1.0.0").run(&world);
    dirty.ran.exits(10).says("left-behind.txt");
    assert_eq!(dirty.outputs["tag"], "v1.0.0", "what is known is set");
    std::fs::remove_file(repo.dir.join("left-behind.txt")).unwrap();
    let reader = tag_push(&repo, "v1.0.0").with("token", world.reader_token()).run(&world);
    reader.ran.exits(10).says("permissions: { contents: write }");
    assert_eq!(world.releases(), []);
}

#[test]
fn a_pull_request_runs_the_gates_and_writes_nothing() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    for from in ["acme/greeter", "eve/greeter"] {
        let step = pull_request(&repo, from).run(&world);
        let ran = step.ran.exits(0).says("only the gates run: this is the pull request #7");
        assert_eq!(ran.out.contains("from the fork eve/greeter"), from == "eve/greeter");
        assert_eq!(json(&step.outputs["gates"])["tests"], "pass");
        assert!(!step.outputs.contains_key("published") && !step.outputs.contains_key("tag"));
        let refused = pull_request(&repo, from).with("step", "release").run(&world);
        refused.ran.exits(2).says("if: github.event_name != 'pull_request'");
    }
    let again = pull_request(&repo, "eve/greeter").with("step", "rollback").run(&world);
    again.ran.exits(2);
    assert_eq!(world.releases(), []);
    let writes: usize =
        ["POST", "PATCH", "PUT", "DELETE"].iter().map(|method| world.requests(method, "/repos/")).sum();
    assert_eq!(writes, 0);
}

#[test]
fn a_cancelled_step_leaves_its_outputs_and_says_what_comes_next() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let world = forge_with(&["POST */assets#4=delay:600s"]);
        let repo = greeter();
        world.seed(&repo);
        let job = tag_push(&repo, "v1.0.0").with("skip", "gates");
        // The fourth is done at once, and never answered.
        let uploaded = || world.effects().iter().filter(|words| words.contains("uploaded to")).count() >= 4;
        let step = job.cancel_when(&world, signal, uploaded);
        step.ran.exits(code).says("A re-run continues");
        assert_eq!(step.outputs["tag"], "v1.0.0");
        assert!(step.outputs["release-id"].parse::<u64>().is_ok(), "the draft is known");
        assert_eq!(json(&step.outputs["published"])["release/github"]["state"], "open");
        assert_eq!(step.artifacts, Vec::<String>::new(), "nothing is named that is not public");
        assert_eq!(repo.journal().pop().unwrap()["event"], "run_finished");
    }
}

#[test]
fn a_rehearsal_keeps_the_token_to_itself() {
    let repo = greeter();
    let job = tag_push(&repo, "v1.0.0").with("step", "rehearse").with("skip", "gates");
    let step = job.with("token", "ghs_0123456789abcdefghij").run_alone();
    let ran = step.ran.exits(0).says("Effects, in order");
    assert!(
        !ran.out.replace("::add-mask::ghs_0123456789abcdefghij", "").contains("ghs_0123456789"),
        "{}",
        ran.out
    );
    assert_eq!(step.outputs["version"], "1.0.0");
    assert!(!step.outputs.contains_key("release-id"), "that release is gone");
}

#[test]
fn a_rollback_asks_nobody() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    let job = || tag_push(&repo, "v1.0.0");
    job().with("skip", "gates").with("draft", "true").run(&world).ran.exits(0);
    assert_eq!(world.releases().len(), 1);
    job().with("step", "rollback").with("dry-run", "true").run(&world).ran.exits(0).says("would remove");
    assert_eq!(world.releases().len(), 1);
    job().with("step", "rollback").run(&world).ran.exits(0).says("removed");
    assert_eq!(world.releases(), []);
    // What everybody has seen stays, and the page of the job says so and what to do.
    job().with("skip", "gates").run(&world).ran.exits(0);
    let step = job().with("step", "rollback").run(&world);
    step.ran.exits(20).says("::error").says("not all of the release is undone");
    assert!(step.summary.contains("not all of the release is undone"), "{}", step.summary);
    assert!(step.summary.contains("instead"), "{}", step.summary);
    let looked = job().with("step", "rollback").with("dry-run", "true").run(&world);
    assert!(!looked.ran.exits(0).out.contains("--yes"), "a workflow has inputs");
}

#[test]
fn a_workspace_of_another_owner_is_trusted_without_a_setting() {
    let repo = greeter();
    let home = tempfile::tempdir().unwrap();
    let job = tag_push(&repo, "v1.0.0")
        .var("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
        .var("HOME", home.path().to_str().unwrap())
        .with("step", "plan")
        .with("working-directory", "internal");
    let config = std::fs::read(repo.dir.join(".git/config")).unwrap();
    job.run_alone().ran.exits(0);
    assert_eq!(std::fs::read(repo.dir.join(".git/config")).unwrap(), config);
    for file in [".gitconfig", ".config/git"] {
        assert!(!home.path().join(file).exists(), "{file} is left behind");
    }
}

#[test]
fn a_job_with_debug_logging_tells_of_calls_made_again() {
    let world = forge_with(&["GET */assets*#1=status:502"]);
    let repo = greeter();
    world.seed(&repo);
    let step = tag_push(&repo, "v1.0.0").var("RUNNER_DEBUG", "1").run(&world);
    let err = &step.ran.exits(0).err;
    assert!(err.contains("release_action::ports::real::policy: a call is made again"), "{err}");
}
