//! Where the release stands, place by place, observed now.

use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use crate::model::{ExitCode, Problem, State, Step};
use crate::pipeline::bus::Bus;
use crate::pipeline::known::{Known, Unproven};
use crate::pipeline::{outstanding, run::JOURNAL, select, shelf::RunShelf};
use crate::report::problem::notice_text;
use crate::steps::room::{Job, Planned, Site, Target};

use super::Failure;
use super::project::Project;
use super::run::Scope;
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

/// One place.
#[derive(Debug, Serialize)]
struct Place {
    task: String,
    title: String,
    state: String,
    detail: String,
}

impl Status {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let project = Project::open(&world, &self.scope.which()).await?;
        let drawn = project.draw()?;
        let bug = |problem: Problem| Failure::new(ExitCode::Bug, problem);
        let ports = &project.ports;
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
    let (state, detail) = match target.observe(site).await {
        Ok(State::Same { proof }) => ("same", proof),
        Ok(State::Absent) => ("absent", String::new()),
        Ok(State::Differs { how }) => ("differs", how),
        Ok(State::Held { until }) => ("held", format!("until {until}")),
        Ok(State::Broken { why, fix }) => ("broken", format!("{why}; {fix}")),
        // What was not made yet cannot be compared.
        Err(problem) => ("unknown", problem.to_string()),
    };
    let task = &planned.task;
    Place { task: task.id.0.clone(), title: task.title.clone(), state: state.into(), detail }
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
    let open = places.iter().filter(|place| place.state != "same").count();
    text.push_str(&match open {
        0 => "Everything is as the plan wants it.\n".to_owned(),
        n => format!("{n} of {} places are still to be brought there: release-action run\n", places.len()),
    });
    text
}
