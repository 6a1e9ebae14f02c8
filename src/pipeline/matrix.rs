//! The plan's builds as a matrix of jobs: which runner builds what, and why there. Pure.

use serde::Serialize;

use crate::config::load::Config;
use crate::kit::runners::{Runner, Runners};
use crate::model::{Plan, Platform, Problem, Step};

use super::part::leg_of;

/// The most jobs that GitHub runs for one matrix.
pub const MOST_JOBS: usize = 256;

/// What `fromJson` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// The jobs.
    pub include: Vec<Leg>,
}

/// One job of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leg {
    /// Names the job and its part: letters, digits, `.`, `_` and `-`.
    pub name: String,
    /// What it builds, as `build --target` and the input `targets` take it: platforms, a comma between.
    pub target: String,
    /// What stands after `runs-on`.
    pub runner: Runner,
    /// `container`: the Action itself runs there. `binary`: containers do not run there, so the job fetches
    /// our released binary by its digest and runs the same command.
    pub via: Via,
    /// Why there, in a sentence.
    pub why: String,
}

/// How release-action comes to a runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// As the container action.
    Container,
    /// As a released binary.
    Binary,
}

/// The matrix of a plan, with the runners that the configuration names.
///
/// # Errors
///
/// If a pattern of `build.runners` fits nothing, or there are more kinds of runner than jobs.
pub fn matrix(plan: &Plan, config: &Config) -> Result<Matrix, Problem> {
    let named = config.step(Step::Build).get("runners").cloned().unwrap_or_default();
    let runners: Option<Runners> = serde_json::from_value(named)
        .map_err(|error| Problem::new("`build.runners` cannot be used").caused_by(&error))?;
    of(plan, &runners.unwrap_or_default(), MOST_JOBS)
}

/// A platform with its place.
struct Placed {
    platform: String,
    runner: Runner,
    why: String,
}

fn of(plan: &Plan, runners: &Runners, most: usize) -> Result<Matrix, Problem> {
    let platforms = platforms(plan);
    let names: Vec<String> = platforms.iter().map(|(platform, _)| platform.to_string()).collect();
    if let Some(idle) = runners.idle(&names) {
        return Err(Problem::new(format!("`build.runners`: nothing is built for `{idle}`"))
            .because(format!("the targets of this project are: {}", names.join(", ")))
            .fix("write OS/ARCH as in `build.targets`, with `*` for any"));
    }
    let placed: Vec<Placed> =
        platforms.iter().map(|(platform, native)| place(platform, *native, runners)).collect();
    let groups = grouped(&placed, most)?;
    Ok(Matrix { include: groups.iter().map(|group| leg(group, most)).collect() })
}

/// The platforms that something is built for, in the order of the plan, and whether one of their builds
/// wants a machine of its own platform.
fn platforms(plan: &Plan) -> Vec<(Platform, bool)> {
    let mut all: Vec<(Platform, bool)> = Vec::new();
    for task in plan.tasks.iter().filter(|task| task.step == Step::Build) {
        for platform in task.makes.iter().filter_map(|made| made.platform.as_ref()) {
            match all.iter_mut().find(|(known, _)| known == platform) {
                Some((_, native)) => *native |= task.native,
                None => all.push((platform.clone(), task.native)),
            }
        }
    }
    all
}

fn place(platform: &Platform, native: bool, runners: &Runners) -> Placed {
    let name = platform.to_string();
    let (runner, why) = match (runners.of(&name), native, platform.os.as_str(), platform.arch.as_str()) {
        (Some(runner), ..) => (runner.clone(), "`build.runners` names this runner for it.".to_owned()),
        (None, false, ..) => (Runner::one("ubuntu-latest"), "It is cross-compiled, which Linux does.".into()),
        (None, true, "darwin", _) => {
            (Runner::one("macos-latest"), "It has C code, and Apple's compiler runs on macOS only.".into())
        }
        (None, true, "windows", "arm64") => {
            (Runner::one("windows-11-arm"), "It has C code, which is compiled on Windows for Arm.".into())
        }
        (None, true, "windows", _) => {
            (Runner::one("windows-latest"), "It has C code, which is compiled on Windows.".into())
        }
        (None, true, "linux", "arm64") => {
            (Runner::one("ubuntu-24.04-arm"), "It has C code, which is compiled on Linux for Arm.".into())
        }
        (None, true, "linux", "amd64") => {
            (Runner::one("ubuntu-latest"), "It has C code, which is compiled on Linux.".into())
        }
        (None, true, ..) => {
            let why = "It has C code, and no hosted runner is of its kind: name one in `build.runners`.";
            (Runner::one("ubuntu-latest"), why.into())
        }
    };
    Placed { platform: name, runner, why }
}

/// Platforms that share a job: as few as the limit allows, only such of one runner, in their order.
fn grouped(placed: &[Placed], most: usize) -> Result<Vec<Vec<&Placed>>, Problem> {
    let mut by_runner: Vec<(&Runner, Vec<&Placed>)> = Vec::new();
    for one in placed {
        match by_runner.iter_mut().find(|(runner, _)| *runner == &one.runner) {
            Some((_, all)) => all.push(one),
            None => by_runner.push((&one.runner, vec![one])),
        }
    }
    if by_runner.len() > most {
        return Err(Problem::new(format!("the builds want {} different runners", by_runner.len()))
            .because(format!("a matrix has at most {most} jobs"))
            .fix("name fewer runners in `build.runners`"));
    }
    let jobs = |size: usize| by_runner.iter().map(|(_, all)| all.len().div_ceil(size)).sum::<usize>();
    let size = (1..=placed.len().max(1)).find(|size| jobs(*size) <= most).unwrap_or(1);
    let mut groups: Vec<Vec<&Placed>> =
        by_runner.iter().flat_map(|(_, all)| all.chunks(size).map(<[_]>::to_vec)).collect();
    // The order of the plan, whatever the runners.
    let at = |one: &Placed| placed.iter().position(|other| std::ptr::eq(other, one));
    groups.sort_by_key(|group| group.first().and_then(|first| at(first)));
    Ok(groups)
}

fn leg(group: &[&Placed], most: usize) -> Leg {
    let targets: Vec<String> = group.iter().map(|one| one.platform.clone()).collect();
    let runner = group.first().map_or_else(|| Runner::one("ubuntu-latest"), |one| one.runner.clone());
    let mut why = group.first().map(|one| one.why.clone()).unwrap_or_default();
    if group.len() > 1 {
        why = format!("{why} {} targets share a job: a matrix has at most {most}.", group.len());
    }
    let via = if runner.is_linux() { Via::Container } else { Via::Binary };
    Leg { name: leg_of(&targets), target: targets.join(","), runner, via, why }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::{ArtifactKind, Digest, Expected, Kind, Task, TaskId};

    fn plan(targets: &[(&str, bool)]) -> Plan {
        let task = |(number, (target, native)): (usize, &(&str, bool))| {
            let mut parts = target.split('/').map(str::to_owned);
            let mut part = || parts.next().unwrap_or_default();
            let platform = Platform { os: part(), arch: part(), variant: part() };
            Task {
                id: TaskId(format!("build/go/{number}")),
                step: Step::Build,
                room: "go".into(),
                kind: Kind::Maker,
                title: (*target).to_owned(),
                key: Digest::of(target.as_bytes()),
                shared: None,
                needs: Vec::new(),
                makes: vec![Expected {
                    name: "x".into(),
                    kind: ArtifactKind::Binary,
                    platform: Some(platform),
                    id: String::new(),
                }],
                soft: false,
                keeps: true,
                native: *native,
                tells: false,
                overrides: false,
            }
        };
        Plan {
            format: 1,
            project: "x".into(),
            version: "1.0.0".into(),
            tag: "v1.0.0".into(),
            commit: "c".into(),
            snapshot: false,
            tasks: targets.iter().enumerate().map(task).collect(),
        }
    }

    fn runners(text: &str) -> Runners {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn c_code_goes_to_its_own_system_and_settings_win() {
        let plan = plan(&[
            ("linux/amd64", false),
            ("linux/arm64", true),
            ("darwin/arm64", true),
            ("windows/amd64", true),
            ("windows/arm64", true),
            ("freebsd/amd64", true),
            ("darwin/amd64", true),
            // A second command for a platform that is there makes no second job.
            ("linux/amd64", false),
        ]);
        let matrix = of(&plan, &runners(r#"{"darwin/amd64":["self-hosted","macOS"]}"#), 256).unwrap();
        let shown: Vec<String> = matrix
            .include
            .iter()
            .map(|leg| format!("{} {} {:?} {}", leg.name, leg.runner, leg.via, leg.why))
            .collect();
        assert_eq!(
            shown,
            [
                "linux-amd64 ubuntu-latest Container It is cross-compiled, which Linux does.",
                "linux-arm64 ubuntu-24.04-arm Container It has C code, which is compiled on Linux for Arm.",
                "darwin-arm64 macos-latest Binary It has C code, and Apple's compiler runs on macOS only.",
                "windows-amd64 windows-latest Binary It has C code, which is compiled on Windows.",
                "windows-arm64 windows-11-arm Binary It has C code, which is compiled on Windows for Arm.",
                "freebsd-amd64 ubuntu-latest Container It has C code, and no hosted runner is of its kind: name one in `build.runners`.",
                "darwin-amd64 self-hosted, macOS Binary `build.runners` names this runner for it.",
            ]
        );
    }

    #[test]
    fn three_hundred_targets_are_grouped_below_the_limit() {
        let names: Vec<String> = (0..300).map(|number| format!("linux/arch{number}")).collect();
        let native: Vec<(&str, bool)> = names.iter().map(|name| (name.as_str(), false)).collect();
        let mut with_macs = native.clone();
        with_macs[150] = ("darwin/arm64", true);
        for targets in [native, with_macs] {
            let matrix = of(&plan(&targets), &Runners::default(), MOST_JOBS).unwrap();
            assert!(
                matrix.include.len() <= MOST_JOBS && matrix.include.len() >= 150,
                "{}",
                matrix.include.len()
            );
            let all: Vec<&str> = matrix.include.iter().flat_map(|leg| leg.target.split(',')).collect();
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 300, "each target once");
            assert_eq!(all.len(), 300);
            assert_eq!(all[0], targets[0].0);
            let unique: BTreeSet<&str> = matrix.include.iter().map(|leg| leg.name.as_str()).collect();
            assert_eq!(unique.len(), matrix.include.len(), "each leg has a name of its own");
            assert!(matrix.include[0].why.ends_with("2 targets share a job: a matrix has at most 256."));
            assert_eq!(of(&plan(&targets), &Runners::default(), MOST_JOBS).unwrap(), matrix);
        }
    }

    #[test]
    fn two_hundred_and_fifty_six_are_a_job_each() {
        let names: Vec<String> = (0..256).map(|number| format!("linux/arch{number}")).collect();
        let targets: Vec<(&str, bool)> = names.iter().map(|name| (name.as_str(), false)).collect();
        let matrix = of(&plan(&targets), &Runners::default(), MOST_JOBS).unwrap();
        assert_eq!(matrix.include.len(), 256);
    }

    #[test]
    fn what_fits_nothing_is_a_slip_of_the_pen() {
        let plan = plan(&[("linux/amd64", false), ("darwin/arm64", false)]);
        let problem = of(&plan, &runners(r#"{"darwn/*":"macos-14"}"#), 256).unwrap_err();
        assert_eq!(problem.what, "`build.runners`: nothing is built for `darwn/*`");
        let two = runners(r#"{"linux/*":"a","darwin/*":"b"}"#);
        assert_eq!(of(&plan, &two, 1).unwrap_err().what, "the builds want 2 different runners");
        assert_eq!(
            serde_json::to_string(&of(&super::tests::plan(&[]), &Runners::default(), 256).unwrap()).unwrap(),
            r#"{"include":[]}"#
        );
    }
}
