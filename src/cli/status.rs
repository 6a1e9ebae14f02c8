//! Where the release stands, place by place, observed now.

use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use crate::model::facts::Commit;
use crate::model::{ExitCode, Problem, State, Step};
use crate::pipeline::bus::Bus;
use crate::pipeline::known::{Known, Unproven};
use crate::pipeline::{outstanding, run::JOURNAL, select, shelf::RunShelf};
use crate::report::problem::notice_text;
use crate::steps::room::{Job, Planned, Site, Target};

use super::Failure;
use super::project::Project;
use super::run::Scope;
use super::untouched::Untouched;
use super::wire::World;

/// Show where this release stands, place by place, observed now
#[derive(Debug, Args)]
pub struct Status {
    /// Which release.
    #[command(flatten)]
    pub scope: Scope,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// The state of a place that is as the plan wants it.
const SAME: &str = "same";

/// The state of a place where a person has to act.
const BROKEN: &str = "broken";

/// The state of a place that could not be asked or compared.
const UNKNOWN: &str = "unknown";

/// One place.
#[derive(Debug, Serialize)]
struct Place {
    task: String,
    title: String,
    state: String,
    detail: String,
    /// Whether a run would change something there.
    #[serde(skip)]
    open: bool,
}

impl Status {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let project = Project::open(&world, &self.scope.which()).await?;
        let drawn = project.draw()?;
        let bug = |problem: Problem| Failure::new(ExitCode::Bug, problem);
        let ports = &project.ports;
        let _untouched = Untouched::of(&ports.files, &project.dist);
        let plan = Arc::new(drawn.plan.clone());
        let records = read_journal(&project)?;
        let files = Arc::clone(&ports.files);
        let here = Known::here(records, Arc::clone(&plan), files, project.dist.clone()).await;
        let mut known = here.map_err(bug)?;
        let mut code = ExitCode::Done;
        match known.add_release(&project.observed.facts, &plan, ports, &project.dist).await {
            Ok(()) => {}
            // The places that do not need the forge still answer, and the others say that they cannot.
            Err(Unproven::Unasked(problem)) => {
                let what = format!("the release could not be looked at: {}", problem.what);
                world.tell(&notice_text(&Problem { what, ..problem }, world.color_on_stderr()));
                code = ExitCode::Step(Step::Preflight);
            }
            Err(Unproven::Broken(problem)) => {
                return Err(Failure::new(ExitCode::Step(Step::Release), problem));
            }
        }
        let chosen = select::choose(&plan, &select::Wish::default());
        let shelf = Arc::new(RunShelf::default());
        for (task, decision) in outstanding::decide(&plan, &chosen, &known) {
            if let outstanding::Decision::Take { artifacts, verdict, .. } = decision {
                shelf.put(task.clone(), artifacts);
                if let Some(verdict) = verdict {
                    shelf.judge(task, verdict);
                }
            }
        }
        let bus = Arc::new(Bus::new(None, 0, Vec::new(), Arc::clone(&ports.clock)));
        let facts = Arc::new(project.observed.facts.clone());
        let mut places = Vec::new();
        for planned in &drawn.planned {
            let Job::Target(target) = &planned.job else { continue };
            // What the gates came to is of the commit, not of its release.
            if planned.task.tells {
                continue;
            }
            let site = Site {
                task: planned.task.clone(),
                facts: Arc::clone(&facts),
                ports: ports.clone(),
                dist: project.dist.clone(),
                shelf: Arc::clone(&shelf) as _,
                listener: Arc::clone(&bus) as _,
                stop: world.signals.stop(),
                plan: Arc::clone(&plan),
            };
            places.push(look(planned, target.as_ref(), &site).await);
        }
        let text = if self.json { json(&places)? } else { shown(&project, &places) };
        Failure::after_words(code, world.print(&text))
    }
}

fn read_journal(project: &Project) -> Result<Vec<crate::model::Record>, Failure> {
    let path = project.dist.join(JOURNAL);
    match project.ports.files.read(&path, 1024 * 1024 * 1024) {
        Ok(bytes) => crate::journal::replay(&bytes).map_err(Failure::usage),
        Err(error) if error.is_missing() => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

async fn look(planned: &Planned, target: &dyn Target, site: &Site) -> Place {
    let seen = target.observe(site).await;
    let open = matches!(seen, Ok(State::Absent | State::Differs { .. } | State::Held { .. }));
    let told = match seen {
        Ok(seen) => target.remark(site, &seen).await.map(|remark| remark.unwrap_or(seen)),
        Err(problem) => Err(problem),
    };
    let (state, detail) = match told {
        Ok(State::Same { proof }) => (SAME, proof),
        Ok(State::Absent) => ("absent", String::new()),
        Ok(State::Differs { how }) => ("differs", how),
        Ok(State::Held { until }) => ("held", format!("until {until}")),
        Ok(State::Broken { why, fix }) => (BROKEN, format!("{why}; {fix}")),
        // What was not made yet cannot be compared.
        Err(problem) => (UNKNOWN, format!("cannot be told here: {problem}")),
    };
    let task = &planned.task;
    Place { task: task.id.0.clone(), title: task.title.clone(), state: state.into(), detail, open }
}

fn json(places: &[Place]) -> Result<String, Failure> {
    serde_json::to_string_pretty(places).map(|text| text + "\n").map_err(|error| {
        Failure::new(ExitCode::Bug, Problem::new("the status cannot be written").caused_by(&error))
    })
}

fn shown(project: &Project, places: &[Place]) -> String {
    let facts = &project.observed.facts;
    let mut text = format!(
        "{} {} at {}\n",
        facts.project,
        facts.tag,
        facts.commit.id.get(..12).unwrap_or(&facts.commit.id)
    );
    let width = places.iter().map(|place| place.title.chars().count()).max().unwrap_or(0);
    for place in places {
        text.push_str(&format!("  {:width$}  {:8}  {}\n", place.title, place.state, place.detail));
    }
    text.push_str(&summed_up(places, &facts.commit));
    text
}

/// What is left to do, and for whom. A run is recommended only where it would change something.
fn summed_up(places: &[Place], commit: &Commit) -> String {
    let all = places.len();
    let count = |counts: &dyn Fn(&Place) -> bool| places.iter().filter(|place| counts(place)).count();
    let mut text = String::new();
    let open = count(&|place| place.open);
    if open > 0 {
        let first = if commit.dirty.is_empty() { "" } else { ", once the tree is the commit again" };
        text.push_str(&format!(
            "{open} of {all} places are still to be brought there: release-action run{first}\n"
        ));
    }
    let broken = count(&|place| place.state == BROKEN);
    if broken > 0 {
        text.push_str(&format!("{broken} of {all} places need a person: what to do is said beside them\n"));
    }
    let unknown = count(&|place| place.state == UNKNOWN && !place.open);
    if unknown > 0 {
        let why = match commit.dirty.as_slice() {
            [] if open == 0 => "`release-action run` makes what is not here, and compares".to_owned(),
            [] => "a run finds out".to_owned(),
            [first, more @ ..] => format!(
                "the tree is not the commit ({}{}), so it is not known what this release holds; ask in a clean clone",
                first.get(3..).unwrap_or(first),
                if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) }
            ),
        };
        text.push_str(&format!("{unknown} of {all} places cannot be told here: {why}\n"));
    }
    if text.is_empty() {
        let left = count(&|place| place.state != SAME);
        text.push_str(&match left {
            0 => "Everything is as the plan wants it.\n".to_owned(),
            n => format!("Nothing is left to do; {n} of {all} places differ and stay as they are.\n"),
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(state: &str, open: bool) -> Place {
        Place { task: "t".into(), title: "t".into(), state: state.into(), detail: String::new(), open }
    }

    fn commit(dirty: &[&str]) -> Commit {
        Commit {
            id: "c".into(),
            date: chrono::DateTime::UNIX_EPOCH,
            tree: "t".into(),
            bytes: std::collections::BTreeMap::new(),
            dirty: dirty.iter().map(|&entry| entry.to_owned()).collect(),
            hidden: std::collections::BTreeMap::new(),
            absent: Vec::new(),
            shallow: false,
            branch: None,
        }
    }

    #[test]
    fn a_run_is_recommended_where_it_would_change_something() {
        let told = |places: &[Place], dirty: &[&str]| summed_up(places, &commit(dirty));
        let same = || place(SAME, false);
        assert_eq!(told(&[same()], &[]), "Everything is as the plan wants it.\n");
        let edited = told(&[same(), place("differs", false)], &[]);
        assert_eq!(edited, "Nothing is left to do; 1 of 2 places differ and stay as they are.\n");
        let changed = told(&[same(), place(UNKNOWN, false)], &[" M main.go", "?? x"]);
        assert!(changed.starts_with(
            "1 of 2 places cannot be told here: the tree is not the commit (main.go and 1 more)"
        ));
        assert!(!changed.contains("release-action run"), "{changed}");
        let begun = told(&[place("absent", true), place(UNKNOWN, true), place(BROKEN, false)], &[]);
        assert_eq!(
            begun,
            "2 of 3 places are still to be brought there: release-action run\n\
             1 of 3 places need a person: what to do is said beside them\n"
        );
    }
}
