//! Whether `go.sum` has the right hash of every module that something released needs, on any of its platforms, and
//! that the tests need.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use futures::future::join_all;
use serde::Deserialize;

use super::locks::{LONGEST, Stand};
use crate::ecosystem::go::flags_in_env;
use crate::model::Problem;
use crate::model::facts::GoVariant;
use crate::ports::process::{Command, Ended};
use crate::steps::room::Site;
use crate::steps::scanner::{failed, last_lines};

/// What a `vendor` folder holds, by its own list.
pub const VENDOR: &str = "vendor/modules.txt";

/// What is asked.
const BY: &str = "go list -deps";

/// How many platforms are asked for at a time.
const AT_A_TIME: usize = 8;

/// How many lines of a message are told.
const LINES: usize = 12;

/// What Go says where `go.mod`, `go.sum` or `vendor` lacks something.
const STALE: [&str; 4] =
    ["missing go.sum entry", "updates to go.mod needed", "inconsistent vendoring", "to add it:"];

/// What it says where a hash is another one, and where the file cannot be read.
const MISMATCH: &str = ": checksum mismatch";
const MALFORMED: &str = "malformed go.sum:";

/// What it says of a package that has nothing for a platform. Nobody needs it there, or the build says so.
const EXCLUDED: &str = "build constraints exclude all Go files";

/// What it says of a package with C and without cgo. What that imports is asked for all the same; whoever compiles it
/// says so.
const STRAY_C: &str = "source files not allowed when not using cgo";

/// A package of which Go says that something is wrong with it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Package {
    error: Option<Broken>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Broken {
    err: String,
}

/// What is wrong, each with the platforms on which it is.
#[derive(Debug, Default)]
struct Wrong {
    /// By module and version, as `go.sum` has them: `example.com/m v1.2.3/go.mod`.
    hashes: BTreeMap<String, (String, BTreeSet<String>)>,
    stale: BTreeMap<String, BTreeSet<String>>,
}

/// How `go.sum` stands; with a `vendor` folder, how its list does: then Go reads no `go.sum`.
///
/// # Errors
///
/// If Go does not come to an answer.
pub async fn look(lock: Utf8PathBuf, vendored: bool, site: &Site) -> Result<Stand, Problem> {
    let facts = &site.facts;
    let flags = match flags_in_env(&facts.env).as_str() {
        "-mod=vendor" => "-mod=vendor",
        _ if vendored => "-mod=vendor",
        _ => "-mod=readonly",
    };
    let lock = if flags == "-mod=vendor" { facts.dir.join(VENDOR) } else { lock };
    // Tests run on this machine alone, as it compiles by itself.
    let usual = GoVariant::default();
    let mut wrong = ask(&usual, true, flags, site).await?;
    for variants in facts.variants.chunks(AT_A_TIME) {
        for answer in join_all(variants.iter().map(|variant| ask(variant, false, flags, site))).await {
            wrong.join(answer?);
        }
    }
    let by = match facts.variants.len() {
        0 => BY.to_owned(),
        count => format!("{BY} for the tests and {count} platforms"),
    };
    if wrong.hashes.is_empty() && wrong.stale.is_empty() {
        return Ok(Stand::good(lock, "in step", by));
    }
    let text = match site.ports.files.read(&facts.root.join(&lock), LONGEST) {
        Ok(text) => String::from_utf8_lossy(&text).into_owned(),
        Err(error) if error.is_missing() => String::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(wrong.stand(lock, by, &text))
}

async fn ask(variant: &GoVariant, tests: bool, flags: &str, site: &Site) -> Result<Wrong, Problem> {
    let mut command = Command::new("go", site.facts.project_dir())
        .args(["list", "-e", "-deps", "-json=Error"])
        .args(tests.then_some("-test"))
        .args(variant.tag_flag())
        .args(["./..."]);
    command.env.clone_from(&variant.env);
    let command = command.env("GOFLAGS", flags);
    let ended = site.ports.process.run(command, &site.stop, &|_, _| {}).await?;
    let mut wrong = Wrong::default();
    for message in messages(&ended)? {
        let explained = (!tests && message.contains(EXCLUDED)) || message.contains(STRAY_C);
        if !wrong.take(&message, &variant.to_string()) && !explained {
            let flag = if tests { " -test" } else { "" };
            return Err(Problem::new(format!("`{BY}` cannot load all packages"))
                .because(first_lines(&message))
                .because(format!("it was asked for {variant}"))
                .fix(format!("run `{BY}{flag} ./...` in the project's folder")));
        }
    }
    if !ended.ok() && wrong.is_none() {
        return Err(failed(BY, &ended)
            .because(format!("it was asked for {variant}"))
            .fix(format!("run `{BY} ./...` in the project's folder")));
    }
    Ok(wrong)
}

/// Everything that Go has against packages or files.
fn messages(ended: &Ended) -> Result<Vec<String>, Problem> {
    let mut found = Vec::new();
    for package in serde_json::Deserializer::from_slice(&ended.stdout).into_iter::<Package>() {
        let package = package
            .map_err(|error| Problem::new("`go list -json` answered what is no JSON").caused_by(&error))?;
        found.extend(package.error.map(|broken| broken.err).filter(|words| !words.is_empty()));
    }
    let said = ended.errors();
    if !ended.ok() && !said.trim().is_empty() && found.is_empty() {
        found.push(said);
    }
    Ok(found)
}

fn first_lines(text: &str) -> String {
    text.lines().take(LINES).collect::<Vec<_>>().join("\n")
}

impl Wrong {
    fn is_none(&self) -> bool {
        self.hashes.is_empty() && self.stale.is_empty()
    }

    /// Takes what Go says; false for what is of no lock file.
    fn take(&mut self, message: &str, platform: &str) -> bool {
        let mismatch = message.lines().find_map(|line| {
            let (before, _) = line.split_once(MISMATCH)?;
            let (_, module) = before.rsplit_once("verifying ")?;
            let (path, version) = module.trim_start_matches("module ").split_once('@')?;
            Some(format!("{path} {version}"))
        });
        if let Some(module) = mismatch {
            let known = self.hashes.entry(module).or_insert_with(|| (hashes(message), BTreeSet::new()));
            known.1.insert(platform.to_owned());
            return true;
        }
        let stale = message.contains(MALFORMED) || STALE.iter().any(|words| message.contains(words));
        if stale {
            let words = last_lines(&first_lines(message));
            self.stale.entry(words).or_default().insert(platform.to_owned());
        }
        stale
    }

    fn join(&mut self, other: Self) {
        for (module, (words, on)) in other.hashes {
            self.hashes.entry(module).or_insert_with(|| (words, BTreeSet::new())).1.extend(on);
        }
        for (words, on) in other.stale {
            self.stale.entry(words).or_default().extend(on);
        }
    }

    fn stand(self, lock: Utf8PathBuf, by: String, text: &str) -> Stand {
        let word = if self.hashes.is_empty() { "out of step" } else { "has wrong hashes" };
        let mut wrong: Vec<Problem> =
            self.hashes.into_iter().map(|(module, said)| other_hash(&lock, text, &module, &said)).collect();
        if !self.stale.is_empty() {
            let causes = self.stale.into_iter().map(|(words, on)| format!("{words}\n{}", needed(&on)));
            let fix = match lock.ends_with(VENDOR) {
                true => "bring it in step: `go mod vendor`",
                false => "bring it in step: `go mod tidy`",
            };
            wrong.extend(Stand::stale(lock.clone(), by.clone(), causes.collect(), fix).wrong);
        }
        Stand { lock, word, by, wrong }
    }
}

/// What a message says of the two hashes.
fn hashes(message: &str) -> String {
    let tells = |line: &&str| ["downloaded:", "go.sum:"].iter().any(|start| line.starts_with(start));
    let lines: Vec<String> = message
        .lines()
        .map(str::trim)
        .filter(tells)
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    lines.join("; ")
}

fn needed(on: &BTreeSet<String>) -> String {
    format!("needed for {}", on.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
}

/// The line of `go.sum` that has the hash, as a finding.
fn other_hash(lock: &Utf8Path, text: &str, module: &str, said: &(String, BTreeSet<String>)) -> Problem {
    let is_it = |line: &str| line.split_whitespace().take(2).eq(module.split(' '));
    let line = text.lines().position(is_it).and_then(|at| u32::try_from(at + 1).ok());
    let (hashes, on) = said;
    Problem::new(format!("{lock} has another hash for {module} than what is fetched"))
        .because(hashes.clone())
        .because(needed(on))
        .at(lock, line, None)
        .fix(
            "if the line was changed by mistake, take it back from before (`git log -p -- go.sum`); if the module was \
             changed behind its version, use another version of it",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "verifying example.com/m@v1.2.3: checksum mismatch\n\tdownloaded: h1:aaa=\n\tgo.sum:     h1:bbb=\n\nSECURITY ERROR\n";

    #[test]
    fn a_wrong_hash_is_told_with_its_line() {
        let mut wrong = Wrong::default();
        assert!(wrong.take(SAID, "linux/amd64") && wrong.take(SAID, "windows/amd64"));
        let graph = format!("go: example.com/x@v1.0.0: {}", SAID.replace("v1.2.3", "v1.2.3/go.mod"));
        assert!(wrong.take(&graph, "this machine"));
        assert!(!wrong.take("x.go:1:1: expected 'package'", "this machine"));
        let text =
            "example.com/a v1.0.0 h1:x=\nexample.com/m v1.2.3 h1:bbb=\nexample.com/m v1.2.3/go.mod h1:c=\n";
        let stand = wrong.stand("sub/go.sum".into(), "x".into(), text);
        let told: Vec<String> =
            stand.wrong.iter().map(|one| one.place.as_ref().unwrap().to_string()).collect();
        assert_eq!(told, ["sub/go.sum:2", "sub/go.sum:3"]);
        assert!(stand.wrong[0].what.contains("another hash for example.com/m v1.2.3 than"));
        let causes = ["downloaded: h1:aaa=; go.sum: h1:bbb=", "needed for linux/amd64, windows/amd64"];
        assert_eq!(stand.wrong[0].causes, causes);
    }
}
