//! What a branch demands.

use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::journal::Journal;
use crate::model::{ExitCode, Kind, Problem, Step};
use crate::pipeline::bus::Bus;
use crate::pipeline::converge::{Stands, converge};
use crate::pipeline::run::{JOURNAL, hold};
use crate::pipeline::shelf::RunShelf;
use crate::steps::gates::protection::{Demand, Looked, Place, Way, ask};
use crate::steps::room::{Job, Planned, Site};

use super::Failure;
use super::project::{Project, Which};
use super::wire::World;

/// The number of GitHub Actions among the apps of github.com.
const ACTIONS: u64 = 15368;

/// The address for which that number holds.
const GITHUB: &str = "https://github.com";

/// By what it is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum With {
    /// Branch protection where that demands checks already, else a ruleset.
    Auto,
    /// A ruleset.
    Ruleset,
    /// Classic branch protection.
    BranchProtection,
}

/// Show what makes a branch demand the gates (the check `release-gate`); with --apply, make it so
#[derive(Debug, Args)]
pub struct Protect {
    /// Do it; needs a token that may administer the repository
    #[arg(long)]
    pub apply: bool,
    /// The branch [default: the repository's default branch]
    #[arg(long, value_name = "BRANCH")]
    pub branch: Option<String>,
    /// The check [default: release-gate]
    #[arg(long, value_name = "NAME")]
    pub check: Option<String>,
    /// The number of the app that the check must come from, or `any` [default: GitHub Actions on github.com,
    /// else any]
    #[arg(long, value_name = "APP")]
    pub app: Option<String>,
    /// By what it is demanded
    #[arg(long, value_name = "WAY", default_value = "auto")]
    pub with: With,
}

impl Protect {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let which = Which { snapshot: true, ..Which::default() };
        let project = Project::open(&world, &which).await?;
        let failed = |problem: Problem| Failure::new(ExitCode::Step(Step::Gates), problem);
        let demand = self.demand(&project).await?;
        let planned = Place::planned(demand.clone());
        let looked = {
            let bus = Arc::new(Bus::new(None, 0, Vec::new(), Arc::clone(&project.ports.clock)));
            let site = site(&world, &project, &planned, bus)?;
            Place::look(demand.clone(), &site).await.map_err(failed)?
        };
        world.print(&self.shown(&project, &demand, &looked))?;
        if !self.apply || looked.demanded.is_some() {
            return Ok(ExitCode::Done);
        }
        let files = project.ports.files.as_ref();
        let _held = hold(files, &project.dist).map_err(|halt| Failure::new(halt.code, *halt.problem))?;
        let (journal, earlier) =
            Journal::open(files, &project.dist.join(JOURNAL), Arc::clone(&project.ports.clock))
                .map_err(failed)?;
        let journal = journal.redacting(world.redactor.clone());
        let clock = Arc::clone(&project.ports.clock);
        let bus = Arc::new(Bus::new(Some(journal), earlier.len() as u64, Vec::new(), clock));
        let site = site(&world, &project, &planned, bus)?;
        let (Job::Target(target), Kind::Target { rank }) = (&planned.job, planned.task.kind) else {
            return Err(failed(Problem::new("this is no target: this is a bug in release-action")));
        };
        let stop = world.signals.stop();
        let stands = tokio::select! {
            stands = converge(target.as_ref(), rank, &site) => stands.map_err(failed)?,
            () = stop.cancelled() => {
                let problem = Problem::new("stopped before it was done").fix("run it again: it looks first");
                return Err(Failure::new(world.signals.code(), problem));
            }
        };
        let words = match stands {
            Stands::There => format!("{} demands {} now.\n", demand.branch, demand.context),
            Stands::Held { until } => format!("It waits until {until}.\n"),
        };
        Failure::after_words(ExitCode::Done, world.print(&words))
    }

    async fn demand(&self, project: &Project) -> Result<Demand, Failure> {
        let facts = &project.observed.facts;
        let app = match self.app.as_deref() {
            Some("any") => None,
            Some(number) => Some(number.parse::<u64>().map_err(|error| {
                let problem =
                    Problem::new(format!("`--app {number}` is no number of an app")).caused_by(&error);
                Failure::usage(problem.fix("give the number that GitHub shows on the app's page, or `any`"))
            })?),
            None => (facts.forge_url == GITHUB).then_some(ACTIONS),
        };
        let branch = match (&self.branch, &facts.slug) {
            (Some(branch), _) => branch.clone(),
            (None, Some(slug)) => {
                let access = project.ports.forge.access(slug).await;
                access
                    .map_err(|error| Failure::new(ExitCode::Step(Step::Gates), error.into()))?
                    .default_branch
            }
            (None, None) => {
                let problem = Problem::new("it is not known which repository is meant");
                return Err(Failure::usage(
                    problem.fix("set GITHUB_REPOSITORY=OWNER/NAME, or add a remote `origin`"),
                ));
            }
        };
        let way = match self.with {
            With::Auto => Way::Auto,
            With::Ruleset => Way::Ruleset,
            With::BranchProtection => Way::BranchProtection,
        };
        let context = self.check.clone().unwrap_or_else(|| Place::context(facts));
        Ok(Demand { branch, context, app, way })
    }

    fn shown(&self, project: &Project, demand: &Demand, looked: &Looked) -> String {
        let slug = project.observed.facts.slug.as_ref();
        let name = slug.map(ToString::to_string).unwrap_or_default();
        let mut text = format!("{name}, branch {}, check {}\n", demand.branch, demand.context);
        if let Some(by) = &looked.demanded {
            return text + &format!("It is demanded already, by {by}. Nothing is to be done.\n");
        }
        if let Some((place, lines)) = &looked.change {
            text.push_str(&format!("It is not demanded. What would be written is {place}:\n"));
            lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
            text.push_str("Then nothing comes into the branch, by a push either, whose commit the gates did not find good.\n");
        }
        if let Some(app) = demand.app {
            text.push_str(&format!(
                "Only the app {app} can say that it is good; `--app any` lets any token say so.\n"
            ));
        }
        if let (Some(why), Some(slug)) = (&looked.hidden, slug) {
            text.push_str(&format!(
                "This token does not see the branch protection: {why}.\nTo have it done, {}.\n",
                ask(slug, demand)
            ));
        }
        if !self.apply {
            text.push_str("Nothing was changed. `release-action protect --apply` does it.\n");
        }
        text
    }
}

fn site(world: &World, project: &Project, planned: &Planned, bus: Arc<Bus>) -> Result<Site, Failure> {
    let drawn = project.draw()?;
    Ok(Site {
        task: planned.task.clone(),
        facts: Arc::new(project.observed.facts.clone()),
        ports: project.ports.clone(),
        dist: project.dist.clone(),
        shelf: Arc::new(RunShelf::default()),
        listener: bus as _,
        stop: world.signals.stop(),
        plan: Arc::new(drawn.plan),
    })
}
