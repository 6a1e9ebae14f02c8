//! The release.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::action::outcome::Ran;
use crate::model::{ExitCode, Problem, Step, TaskId};
use crate::pipeline::demand::Demand;
use crate::pipeline::hooked::FOLDER;
use crate::pipeline::part::PART;
use crate::pipeline::plan::{Drawn, Publishers};
use crate::pipeline::run::{self, Order, Report};
use crate::pipeline::select::Wish;
use crate::ports::files::FileError;
use crate::steps;

use super::handover::Hand;
use super::project::{Project, Which};
use super::wire::World;
use super::{Failure, baseline, changed, effects, handover, job_summary, overriding, wished};

/// How long what runs in containers may take to end after the run. After a stop it is half of what time is left.
const RESTING: Duration = Duration::from_secs(60);

/// Which release is meant, and how much may run at once.
#[derive(Debug, Clone, Default, Args)]
pub struct Scope {
    /// Release this tag [default: the version tag at HEAD]
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// Release this version; the tag is created when the release is published
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// Make everything and let nothing leave this machine; no tag is needed
    #[arg(long)]
    pub snapshot: bool,
    /// How many tasks run at once [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
}

impl Scope {
    /// Which release is meant.
    #[must_use]
    pub fn which(&self) -> Which {
        Which {
            tag: self.tag.clone(),
            version: self.version.clone(),
            snapshot: self.snapshot,
            ..Which::default()
        }
    }

    /// How many tasks run at once.
    #[must_use]
    pub fn jobs(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.jobs.map_or_else(cores, usize::from)
    }
}

/// Release: picks up where the last run stopped
#[derive(Debug, Clone, Default, Args)]
pub struct Run {
    /// Which release, and how.
    #[command(flatten)]
    pub scope: Scope,
    /// Begin with this step; what it needs runs all the same where it is not done yet
    #[arg(long, value_name = "STEP")]
    pub from: Option<Step>,
    /// End with this step
    #[arg(long, value_name = "STEP")]
    pub to: Option<Step>,
    /// Only these steps, and what they need
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    pub only: Vec<Step>,
    /// Not these steps
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    pub skip: Vec<Step>,
    /// Ask for an emergency override of gates that fail, with the request in this file (docs/override.md)
    #[arg(long = "override", value_name = "FILE")]
    pub request: Option<camino::Utf8PathBuf>,
    /// Build for these platforms only.
    #[arg(skip)]
    pub targets: Vec<String>,
    /// Whether what is built for them goes to the run's artifacts.
    #[arg(skip)]
    pub hand: Hand,
    /// Only these rooms of the steps.
    #[arg(skip)]
    pub rooms: Vec<String>,
    /// Whether what was covered becomes the baseline for the commits after this one.
    #[arg(skip)]
    pub record: bool,
    /// Whether what the gates came to is told on the forge, whatever the settings say.
    #[arg(skip)]
    pub publish: bool,
    /// Settings of the command itself, `path=value`.
    #[arg(skip)]
    pub sets: Vec<String>,
}

impl Run {
    /// One step alone.
    #[must_use]
    pub fn only(step: Step, scope: Scope) -> Self {
        Self { scope, only: vec![step], ..Self::default() }
    }

    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        world.listen()?;
        let wish = self.wish()?;
        let service = handover::ready(&world, self.hand, &wish)?;
        let mut sets = self.sets.clone();
        if let Some(file) = &self.request {
            sets.push(overriding::setting(&world, file)?);
        }
        let which = Which { sets, ..self.scope.which() };
        let stop = world.signals.stop();
        let mut project = tokio::select! {
            project = Project::open(&world, &which) => project?,
            () = stop.cancelled() => return Err(too_early(&world)),
        };
        if self.publish {
            changed::refuse(&project.observed.facts)?;
        }
        if self.only == [Step::Gates] {
            let told = changed::notice(&project.observed.facts);
            project.observed.notices.extend(told);
        }
        refuse_unknown_tag(&self.scope, &project)?;
        let (ports, dist) = (project.ports.clone(), project.dist.clone());
        let publishers = Publishers::of(steps::STREET, &project.config);
        let facts = Arc::new(project.observed.facts.clone());
        if self.record {
            baseline::refuse(&ports, &facts).await?;
        }
        let (code, report) = release(&world, project, wish.clone(), self.scope.jobs()).await?;
        if code != ExitCode::Done {
            return Ok(code);
        }
        if self.record {
            baseline::record(&world, &ports, &dist, &facts, &report).await?;
        }
        if service.is_some() || !wish.targets.is_empty() {
            handover::send(&world, &ports, &dist, &report, &wish, (&publishers, &facts), service).await?;
        } else {
            // It would speak of an earlier build.
            let unwritable = |error: FileError| Failure::new(ExitCode::Step(Step::Build), error.into());
            ports.files.remove(&dist.join(PART)).map_err(unwritable)?;
            ports.files.remove(&dist.join(FOLDER)).map_err(unwritable)?;
        }
        Ok(code)
    }

    fn wish(&self) -> Result<Wish, Failure> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return Err(Failure::usage(
                Problem::new(format!("{from} comes after {to}")).fix("swap --from and --to"),
            ));
        }
        if !self.only.is_empty() && self.only.iter().all(|step| self.skip.contains(step)) {
            return Err(Failure::usage(
                Problem::new("--only and --skip leave nothing").fix("take one of them out"),
            ));
        }
        Ok(Wish {
            from: self.from,
            to: self.to,
            only: self.only.iter().copied().collect(),
            skip: self.skip.iter().copied().collect(),
            targets: self.targets.iter().cloned().collect(),
            rooms: self.rooms.iter().cloned().collect(),
        })
    }
}

/// Told to stop while it was still looking around.
fn too_early(world: &World) -> Failure {
    let problem = Problem::new("stopped before anything began");
    Failure::new(world.signals.code(), problem.fix("run the same command again"))
}

/// A tag that is named is there: only `--version` asks for a new one, and what is published under a slip of
/// the pen stays.
fn refuse_unknown_tag(scope: &Scope, project: &Project) -> Result<(), Failure> {
    let facts = &project.observed.facts;
    let Some(tag) =
        scope.tag.as_ref().filter(|_| scope.version.is_none() && !scope.snapshot && !facts.tag_at_head)
    else {
        return Ok(());
    };
    let problem = Problem::new(format!("there is no tag {tag} here"))
        .because("publishing would make the forge create it at this commit")
        .fix(format!(
            "fetch it (git fetch --tags), or push it first (git tag -a {tag} -m {tag} && git push origin {tag}); \
             `--version {}` asks for a new tag",
            facts.version
        ));
    Err(Failure::new(ExitCode::Step(Step::Preflight), problem))
}

/// Gates of which none looked at the commit are no pass.
fn nothing_looked_at() -> Demand {
    let problem = Problem::new("no gate looked at anything")
        .because("every gate is off, has nothing to look at here, or lacks its tool: that is no evidence of anything")
        .fix(
            "install the tools that are named above, turn a gate on under `gates` in .release.yaml, give a report \
             that there is (`gates.reports`), or say that there is nothing to judge (`gates.allow_none: true`)",
        );
    Demand {
        step: Step::Gates,
        is_beside: steps::gates::is_no_gate,
        task: TaskId("gates/evidence".into()),
        problem,
    }
}

/// Plans and runs, tells it, and writes every report.
pub(super) async fn release(
    world: &World,
    project: Project,
    mut wish: Wish,
    jobs: usize,
) -> Result<(ExitCode, Report), Failure> {
    let drawn = project.draw()?;
    wished::refuse_unknown(&project, &drawn.plan, &wish)?;
    overriding::refuse(&project.config, &drawn.plan, &wish)?;
    if !wish.rooms.is_empty() {
        // A report that no room took because it is broken must not go unseen.
        wish.rooms.insert(steps::gates::KNOWN.into());
    }
    let (process, root) = (Arc::clone(&project.ports.process), project.observed.facts.root.clone());
    let dist = project.dist.clone();
    let outcome = work(world, project, drawn, wish, jobs).await;
    // Also after a failure: nothing runs on beside us, and nothing is left that its owner cannot remove.
    let signals = &world.signals;
    if signals.budget().within((RESTING, 50), &signals.stop(), process.rest()).await.is_err() {
        world.tell("containers of this run are still being ended: the next run ends what is left of them\n");
    }
    // The result stands all the same, and so does its exit code.
    if let Err(failure) = world.hand_over(&root, &dist) {
        for problem in &failure.problems {
            world.tell(&crate::report::problem::notice_text(problem, world.color_on_stderr()));
        }
    }
    outcome
}

async fn work(
    world: &World,
    project: Project,
    drawn: Drawn,
    wish: Wish,
    jobs: usize,
) -> Result<(ExitCode, Report), Failure> {
    let Project { ports, dist, config, observed, .. } = project;
    let facts = observed.facts.clone();
    // A run needs no matrix: what is wrong with it is only told.
    let idle = super::plan::note(world, &drawn.plan, &config).err().map(|failure| failure.problems);
    let (ears, tellers) = effects::ears(world, &drawn.plan, &dist);
    let plan = drawn.plan.clone();
    let signals = world.signals.clone();
    // A job of a matrix hands its journal on with its part.
    let whole = wish.targets.is_empty();
    let (memory, forgotten) = if whole {
        handover::recall(world, ports.files.as_ref(), &plan, &dist).await
    } else {
        (Vec::new(), None)
    };
    // Whoever asks for the gates alone takes the exit code for their answer.
    let allowed = config.step(Step::Gates)["allow_none"] == true;
    let demand = (wish.only == [Step::Gates].into() && !allowed).then(nothing_looked_at);
    let order = Order {
        facts: observed.facts,
        drawn,
        wish,
        ports: ports.clone(),
        dist: dist.clone(),
        jobs,
        name: world.run_name(ports.clock.now()),
        notices: observed.notices.into_iter().chain(forgotten).chain(idle.unwrap_or_default()).collect(),
        memory,
        demand,
        ears,
        redactor: world.redactor.clone(),
        stop: signals.stop(),
        budget: signals.budget(),
        stop_code: Arc::new(move || signals.code()),
    };
    let report = match run::run(order).await {
        Ok(report) => report,
        Err(halt) => {
            if let Err(unheard) = effects::break_off(tellers) {
                unheard.tell(Some(world));
            }
            return Err(Failure::new(halt.code, *halt.problem));
        }
    };
    world.outcome.note(|seen| {
        seen.ran = Some(Ran {
            records: report.records.clone(),
            artifacts: report.artifacts.clone(),
            began_before: !report.earlier.is_empty(),
        });
    });
    // First of all, since a runner that cancels gives little time.
    job_summary::add_run(world, &effects::summary(&plan, &report, &facts));
    let written = effects::write(world, &ports, &dist, &facts, &plan, &config, &report);
    let told = effects::finish(tellers);
    if whole {
        handover::keep(world, &plan.project, &dist).await;
    }
    written?;
    Ok((Failure::after_words(report.exit, told)?, report))
}
