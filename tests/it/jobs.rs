//! The program as the jobs of a workflow run it.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Ran, Repo, World};

impl Repo {
    /// The program as a workflow starts it: against a forge, with these variables besides.
    pub fn in_workflow(&self, world: &World, env: &[(&str, &str)], args: &[&str]) -> Command {
        let mut command = self.program(args);
        command.envs(world.env()).env("GITHUB_ACTIONS", "true").envs(env.iter().copied());
        command
    }

    /// Runs the program to its end, against a forge, as a job of a workflow run.
    pub fn job(&self, world: &World, run: (u64, u64), args: &[&str]) -> Ran {
        self.job_with(world, run, &[], args)
    }

    /// The same on a machine with these variables besides.
    pub fn job_with(&self, world: &World, run: (u64, u64), env: &[(&str, &str)], args: &[&str]) -> Ran {
        let mut command = self.program(args);
        command.envs(world.env()).envs(env.iter().copied());
        command.env("GITHUB_RUN_ID", run.0.to_string()).env("GITHUB_RUN_ATTEMPT", run.1.to_string());
        Ran::of(command.output().unwrap())
    }

    /// The same for the one attempt of a run, as the job of this name.
    pub fn named_job(&self, world: &World, name: &str, args: &[&str]) -> Ran {
        let mut command = self.program(args);
        command.envs(world.env()).env("GITHUB_JOB", name);
        Ran::of(command.env("GITHUB_RUN_ID", "7").env("GITHUB_RUN_ATTEMPT", "1").output().unwrap())
    }
}

impl World {
    /// The finished artifacts of workflow runs, by name.
    pub fn run_artifacts(&self) -> Vec<String> {
        let dir = self.forge().dir().join("run-artifacts");
        let records = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        let records = records.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
        let read =
            |path: PathBuf| -> Value { serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap() };
        let finished = records.map(read).filter(|record| record["finished"] == true);
        let mut names: Vec<String> =
            finished.map(|record| record["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }
}
