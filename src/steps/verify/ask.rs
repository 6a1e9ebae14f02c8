//! Asks a program for its version, as a stranger would who has just got it.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::says;
use crate::model::verdict::Row;
use crate::model::{Problem, Proof, Verdict};
use crate::ports::process::{Command, Keep, ProcessError};
use crate::steps::room::Site;

/// How it is asked.
#[derive(Debug, Clone)]
pub struct Asker {
    /// How long a program may take.
    pub limit: Duration,
    /// The arguments that make it say its version, tried in turn.
    pub arguments: Vec<String>,
    /// Whether a program must say it that has no variable for it.
    pub demanded: bool,
}

/// A program to ask.
#[derive(Debug, Clone)]
pub struct Program {
    /// Where it lies.
    pub path: Utf8PathBuf,
    /// What it is called here.
    pub name: Utf8PathBuf,
    /// Whether it has no variable for its version.
    pub unstamped: bool,
}

/// The exit codes of shells for what cannot be started.
const NO_START: [i32; 2] = [126, 127];

/// Why a program said no version of ours.
enum Unsaid {
    /// It runs, and says another or none.
    Silent(Problem),
    /// It does not run at all.
    Broken(Problem),
}

/// What programs answered.
#[derive(Debug, Default)]
pub struct Answers {
    /// What each said.
    pub rows: Vec<Row>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// Those that say no version, and need not.
    pub silent: Vec<String>,
    /// How many were asked.
    asked: usize,
}

impl Answers {
    /// The verdict on programs that `place` tells of: `1 program(s) for linux/amd64`.
    pub fn verdict(self, place: &str, evidence: &str) -> Verdict {
        let silent = format!("{place}: {} said no version", self.silent.join(", "));
        let mut verdict = if !self.problems.is_empty() {
            Verdict::fail(format!("{place}: {} of {} said no version", self.problems.len(), self.asked))
        } else if self.silent.len() == self.asked {
            Verdict::skipped(silent + ", and its source has no `var version string` for it")
        } else {
            Verdict::pass(format!("{place}: the version was said"), Proof::seen(evidence))
        };
        (verdict.rows, verdict.problems) = (self.rows, self.problems);
        verdict
    }
}

impl Asker {
    /// Asks each program (its path, and what it is called here) from within a folder of its own.
    pub async fn ask_all(&self, site: &Site, dir: &Utf8Path, programs: &[Program]) -> Answers {
        let mut answers = Answers { asked: programs.len(), ..Answers::default() };
        for program in programs {
            match self.ask(site, dir, &program.path, &program.name).await {
                Ok(said) => {
                    let answer = says::read(&said, &site.facts);
                    answers.problems.extend(answer.problems(program.name.as_str()));
                    answers.rows.extend(answer.rows(program.name.as_str(), &site.facts));
                }
                // Nobody could tell it what to say.
                Err(Unsaid::Silent(_)) if program.unstamped && !self.demanded => {
                    answers.rows.push(says::unsaid(program.name.as_str(), &site.facts));
                    answers.silent.push(program.name.to_string());
                }
                Err(Unsaid::Silent(problem) | Unsaid::Broken(problem)) => answers.problems.push(problem),
            }
        }
        answers
    }

    /// What the program prints on both outputs, for the first arguments that it takes.
    async fn ask(
        &self,
        site: &Site,
        dir: &Utf8Path,
        path: &Utf8Path,
        program: &Utf8Path,
    ) -> Result<String, Unsaid> {
        let (mut causes, mut starts) = (Vec::new(), false);
        for argument in &self.arguments {
            let ended = site.ports.process.run(self.command(path, argument, dir), &site.stop, &|_, _| ());
            let ended = ended.await.map_err(|error| {
                // A server, say: it runs, and does not answer.
                let runs = matches!(error, ProcessError::TooLong { .. } | ProcessError::TooMuch { .. });
                let floods = matches!(error, ProcessError::TooMuch { .. });
                let problem = error.limited_by("verify.run.timeout");
                let problem = match floods {
                    true => problem.fix(
                        "let the program print its version and little more, or name what makes it do so in \
                         `verify.run.arguments`",
                    ),
                    false => problem,
                };
                if runs { Unsaid::Silent(problem) } else { Unsaid::Broken(problem) }
            })?;
            starts |= ended.code.is_some_and(|code| !NO_START.contains(&code));
            let said = format!("{}{}", ended.text(), ended.errors());
            if ended.ok() && says::read(&said, &site.facts).version {
                return Ok(said);
            }
            let shown: String = said.chars().filter(|c| !c.is_control() || *c == '\n').take(400).collect();
            let how = match (ended.code, ended.signal) {
                (Some(code), _) => format!("exit code {code}"),
                (None, signal) => format!("signal {}", signal.unwrap_or_default()),
            };
            causes.push(format!("`{program} {argument}` ({how}): {}", shown.trim()));
        }
        let facts = &site.facts;
        let problem = Problem::new(format!("{program} says neither {} nor {}", facts.version, facts.tag));
        let problem = causes.into_iter().fold(problem, Problem::because).fix(
            "let the program print its version, e.g. `-ldflags -X main.version={{ version }}`; or set \
             `verify.run.arguments`, or `verify.run.enabled: false`",
        );
        Err(if starts { Unsaid::Silent(problem) } else { Unsaid::Broken(problem) })
    }

    /// The program with nothing of ours: a stranger's machine has none of it.
    pub fn command(&self, path: &Utf8Path, argument: &str, dir: &Utf8Path) -> Command {
        let mut command = Command::new(path.as_str(), dir).args([argument]).apart().limit(self.limit);
        command.keep = Keep::Whole(1024 * 1024);
        command
    }
}
