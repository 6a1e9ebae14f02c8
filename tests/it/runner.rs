//! GitHub's runner, as far as a container action meets it: variables, the event, the file commands and how
//! they are read back (actions/runner: src/Runner.Worker/FileCommandManager.cs).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;

use release_action::action::inputs::INPUTS;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Ran, Repo, World};
use crate::running::Running;

/// A job with one step: ours.
pub struct Job<'a> {
    repo: &'a Repo,
    dir: TempDir,
    vars: BTreeMap<String, String>,
}

/// A step that ended.
pub struct Step {
    /// What it said.
    pub ran: Ran,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// The files that it named.
    pub artifacts: Vec<String>,
    /// Its part of the job's summary.
    pub summary: String,
}

/// The push of a tag, with the repository as the workspace.
pub fn tag_push<'a>(repo: &'a Repo, tag: &str) -> Job<'a> {
    Job::new(repo, "push", &json!({ "repository": { "full_name": "acme/greeter" } }))
        .var("GITHUB_REF", &format!("refs/tags/{tag}"))
        .var("GITHUB_REF_TYPE", "tag")
        .var("GITHUB_REF_NAME", tag)
}

/// The push of a branch.
pub fn branch_push(repo: &Repo) -> Job<'_> {
    Job::new(repo, "push", &json!({ "repository": { "full_name": "acme/greeter" } }))
        .var("GITHUB_REF", "refs/heads/main")
        .var("GITHUB_REF_TYPE", "branch")
        .var("GITHUB_REF_NAME", "main")
}

/// A pull request from a repository.
pub fn pull_request<'a>(repo: &'a Repo, from: &str) -> Job<'a> {
    let payload = json!({ "number": 7, "repository": { "full_name": "acme/greeter" },
        "pull_request": { "number": 7, "head": { "repo": { "full_name": from } } } });
    Job::new(repo, "pull_request", &payload)
        .var("GITHUB_REF", "refs/pull/7/merge")
        .var("GITHUB_REF_TYPE", "branch")
        .var("GITHUB_REF_NAME", "7/merge")
}

impl<'a> Job<'a> {
    fn new(repo: &'a Repo, event: &str, payload: &Value) -> Self {
        let dir = TempDir::new().unwrap();
        let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        std::fs::create_dir_all(dir.path().join("file_commands")).unwrap();
        std::fs::write(at("event.json"), payload.to_string()).unwrap();
        let mut vars = BTreeMap::new();
        for (name, value) in [
            ("GITHUB_ACTIONS", "true"),
            ("CI", "true"),
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_EVENT_PATH", &at("event.json")),
            ("GITHUB_REPOSITORY", "acme/greeter"),
            ("GITHUB_ACTOR", "ada"),
            ("GITHUB_RUN_ID", "4711"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_SHA", &repo.git(&["rev-parse", "HEAD"])),
            ("GITHUB_WORKSPACE", repo.dir.to_str().unwrap()),
            ("RUNNER_OS", "Linux"),
            ("RUNNER_ARCH", "X64"),
        ] {
            vars.insert(name.to_owned(), value.to_owned());
        }
        for file in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ARTIFACTS"] {
            let path = dir.path().join("file_commands").join(file.to_lowercase());
            std::fs::write(&path, "").unwrap();
            vars.insert(file.into(), path.to_str().unwrap().into());
        }
        // Declared inputs are always there; what has no default is empty.
        for input in INPUTS.iter().filter(|input| input.name != "token") {
            vars.insert(input.variable(), input.default.unwrap_or_default().into());
        }
        Self { repo, dir, vars }
    }

    /// Sets a variable.
    pub fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.insert(name.into(), value.into());
        self
    }

    /// Gives an input, in the runner's way.
    pub fn with(self, input: &str, value: &str) -> Self {
        let name = format!("INPUT_{}", input.replace(' ', "_").to_uppercase());
        self.var(&name, value)
    }

    fn command(&self, world: Option<&World>, args: &[&str]) -> std::process::Command {
        let mut command = self.repo.program(args);
        let mut vars = BTreeMap::new();
        for (name, value) in world.iter().flat_map(|world| world.env()) {
            // A container action gets the token as an input only.
            let name = if name == "GITHUB_TOKEN" { "INPUT_TOKEN".to_owned() } else { name };
            vars.insert(name, value);
        }
        vars.extend(self.vars.clone());
        command.envs(vars);
        command
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join("file_commands").join(name)).unwrap()
    }

    fn step(&self, ran: Ran) -> Step {
        let outputs = read_outputs(&self.file("github_output")).unwrap();
        let artifacts = self.file("github_artifacts").lines().map(str::to_owned).collect();
        let summary = self.file("github_step_summary");
        Step { ran, outputs, artifacts, summary }
    }

    /// Runs the step against a forge.
    pub fn run(&self, world: &World) -> Step {
        self.step(Ran::of(self.command(Some(world), &["action"]).output().unwrap()))
    }

    /// Runs the step with no forge to speak to.
    pub fn run_alone(&self) -> Step {
        self.step(Ran::of(self.command(None, &["action"]).output().unwrap()))
    }

    /// Runs another command of the program with the same variables.
    pub fn call(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(None, args).output().unwrap())
    }

    /// Runs the step and cancels it as the runner does once something is so: an interrupt, 7.5 s later a
    /// termination, 2.5 s later the end (actions/runner: src/Runner.Sdk/ProcessInvoker.cs).
    pub fn cancelled_by_the_runner(&self, world: &World, so: impl FnMut() -> bool) -> Step {
        self.stopped(world, so, &[("INT", 7_500), ("TERM", 2_500)])
    }

    /// Runs the step and cancels it with a signal once something is so.
    pub fn cancel_when(&self, world: &World, signal: &str, so: impl FnMut() -> bool) -> Step {
        self.stopped(world, so, &[(signal, 60_000)])
    }

    fn stopped(&self, world: &World, so: impl FnMut() -> bool, ladder: &[(&str, u64)]) -> Step {
        let log = |name: &str| -> PathBuf { self.dir.path().join(name) };
        let file = |name: &str| Stdio::from(std::fs::File::create(log(name)).unwrap());
        let mut command = self.command(Some(world), &["action"]);
        let child = command.stdout(file("out")).stderr(file("err")).spawn().unwrap();
        let code = Running(child)
            .stop_when("the step came to the place to cancel it", so, ladder)
            .expect("it ended by itself, before it was killed");
        let said = |name: &str| String::from_utf8_lossy(&std::fs::read(log(name)).unwrap()).into_owned();
        self.step(Ran { code, out: said("out"), err: said("err") })
    }
}

/// The outputs in a file, by the runner's grammar. A line is ended by a line feed alone.
pub fn read_outputs(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut outputs = BTreeMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = next_line(rest);
        rest = after;
        if line.is_empty() {
            continue;
        }
        let (equals, marks) = (line.find('='), line.find("<<"));
        match (equals, marks) {
            (Some(at), _) if marks.is_none_or(|marks| at < marks) => {
                outputs.insert(line[..at].to_owned(), line[at + 1..].to_owned());
            }
            (_, Some(at)) => {
                let (name, mark) = (&line[..at], &line[at + 2..]);
                if name.is_empty() || mark.is_empty() {
                    return Err(format!("no name or no mark: {line}"));
                }
                let mut lines = Vec::new();
                loop {
                    if rest.is_empty() {
                        return Err(format!("{mark} is missing"));
                    }
                    let (line, after) = next_line(rest);
                    rest = after;
                    if line == mark {
                        break;
                    }
                    lines.push(line);
                }
                outputs.insert(name.to_owned(), lines.join("\n"));
            }
            _ => return Err(format!("neither `=` nor `<<`: {line}")),
        }
    }
    Ok(outputs)
}

fn next_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

#[test]
fn the_grammar_is_the_runners() {
    let text = "a=b<<c\n\nd<<M\n1\n\n2=3\r\nM\ne<<N\nN\n";
    let outputs = read_outputs(text).unwrap();
    let rows: Vec<(&str, &str)> =
        outputs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(rows, [("a", "b<<c"), ("d", "1\n\n2=3\r"), ("e", "")]);
    for wrong in ["x\n", "x<<\n", "<<M\nM\n", "x<<M\n1\n"] {
        assert!(read_outputs(wrong).is_err(), "{wrong}");
    }
}
