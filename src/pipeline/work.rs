//! One task's work, from its beginning to its outcome.

use std::time::{Duration, Instant};

use crate::model::{Artifact, Event, Kind, Problem, Rank, Step, Task, Verdict};
use crate::steps::room::{Job, Maker, Planned, Site, Target};

use super::budget::Budget;
use super::converge::{Stands, converge};
use super::known::first_other;
use super::retry::{MAKER_ATTEMPTS, pause};
use super::watch::Watch;

/// How long a room may take to end by itself once the run is stopped: its children get SIGINT, 4 s later SIGTERM,
/// 1.5 s later SIGKILL. A second after that the reports are written, before the runner sends SIGTERM.
const GRACE: Duration = Duration::from_millis(6_500);

/// The same in hundredths of what time is left, where SIGTERM came first and that is less.
const GRACE_SHARE: u32 = 65;

/// What came of a task.
pub enum Outcome {
    /// A maker's artifacts.
    Made {
        /// What it promised.
        artifacts: Vec<Artifact>,
        /// How long it took.
        millis: u64,
    },
    /// A check's answer.
    Judged {
        /// The answer.
        verdict: Verdict,
        /// How long it took.
        millis: u64,
    },
    /// The place outside is as the plan wants it.
    There {
        /// How long it took.
        millis: u64,
    },
    /// A person has to act first.
    Held {
        /// What is waited for.
        until: String,
    },
    /// It failed for good.
    Failed {
        /// Why.
        problem: Problem,
        /// How long it took.
        millis: u64,
    },
    /// The run was told to stop before it ended.
    Stopped,
}

/// Does the work.
pub async fn work(planned: &Planned, site: &Site, watch: &Watch, began: Instant, budget: &Budget) -> Outcome {
    let task = &planned.task;
    let started = Event::TaskStarted { task: task.id.clone(), title: task.title.clone(), key: task.key };
    if let Err(problem) = site.listener.take(started) {
        return Outcome::Failed { problem, millis: 0 };
    }
    let millis = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let attempt = async {
        match (&planned.job, task.kind) {
            (Job::Check(check), _) => match check.check(site).await {
                Ok(verdict) => Outcome::Judged { verdict, millis: millis() },
                // No evidence blocks as a failure does.
                Err(problem) => {
                    let verdict = Verdict::error(problem.what.clone()).problem(problem);
                    Outcome::Judged { verdict, millis: millis() }
                }
            },
            (Job::Maker(maker), _) => match make(maker.as_ref(), site, watch).await {
                Ok(artifacts) => Outcome::Made { artifacts, millis: millis() },
                Err(problem) => Outcome::Failed { problem, millis: millis() },
            },
            (Job::Target(target), Kind::Target { rank }) => {
                match placed(target.as_ref(), rank, site, watch).await {
                    Ok(Stands::There) => Outcome::There { millis: millis() },
                    Ok(Stands::Held { until }) => Outcome::Held { until },
                    Err(problem) => Outcome::Failed { problem, millis: millis() },
                }
            }
            (Job::Target(_), _) => {
                let problem = Problem::new("a target without a rank: this is a bug in release-action");
                Outcome::Failed { problem, millis: millis() }
            }
        }
    };
    let stopped = async {
        site.stop.cancelled().await;
        // A call to the world may be dropped at any point: its intent is journalled, and a re-run looks first.
        if !matches!(task.kind, Kind::Target { .. }) {
            tokio::time::sleep(budget.share(GRACE, GRACE_SHARE)).await;
        }
    };
    tokio::select! {
        outcome = attempt => if site.stop.is_cancelled() && !is_good(&outcome) { Outcome::Stopped } else { outcome },
        () = stopped => Outcome::Stopped,
    }
}

/// The outcome, unless the same inputs gave other bytes before: a release of both would be of neither.
pub fn agreed(outcome: Outcome, told: Option<&[Artifact]>) -> Outcome {
    let (Outcome::Made { artifacts, millis }, Some(told)) = (&outcome, told) else { return outcome };
    let Some(other) = first_other(artifacts, told) else { return outcome };
    let problem = Problem::new(format!("{} has other bytes than when it was made before, from the same inputs", other.name))
        .because("files of the earlier run are on the draft already, and the two must not be mixed")
        .because("something that it is made from is not in its key: a hook that writes the time or a random number, say")
        .fix("make it reproducible; or begin anew: `release-action rollback --yes`, then run again");
    Outcome::Failed { problem, millis: *millis }
}

fn is_good(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Made { .. } | Outcome::There { .. })
}

/// Brings the place to what the plan says, which is true of the commit as long as its files are as they were.
async fn placed(target: &dyn Target, rank: Rank, site: &Site, watch: &Watch) -> Result<Stands, Problem> {
    if matches!(site.task.step, Step::Release | Step::Publish) && !site.task.tells {
        watch.settled().await?;
    }
    converge(target, rank, site).await
}

/// Makes it once, of files that stay as they are all the while.
async fn made(maker: &dyn Maker, site: &Site, watch: &Watch) -> Result<Vec<Artifact>, Problem> {
    if site.task.step == Step::Gates {
        // Tests may write what they restore; what they leave behind is no longer what was tested.
        let made = maker.make(site).await?;
        watch.same().await?;
        return Ok(made);
    }
    watch.aside(maker.ready(site)).await?;
    let window = watch.open(site.task.step == Step::Build).await?;
    let made = maker.make(site).await;
    if made.is_err() && site.stop.is_cancelled() {
        return made;
    }
    match (made, watch.close(&window, &site.task.title).await) {
        (made, Ok(())) => made,
        (Ok(_), Err(changed)) => Err(changed),
        // It may have failed for that very reason.
        (Err(problem), Err(changed)) => Err(changed.because(format!("and it failed: {}", problem.what))),
    }
}

async fn make(maker: &dyn Maker, site: &Site, watch: &Watch) -> Result<Vec<Artifact>, Problem> {
    let mut attempt = 1;
    loop {
        match made(maker, site, watch).await {
            Ok(artifacts) => return as_promised(&site.task, artifacts),
            Err(problem) if problem.passing && attempt < MAKER_ATTEMPTS && !site.stop.is_cancelled() => {
                site.listener.take(Event::TaskRetried { task: site.task.id.clone(), attempt, problem })?;
                site.ports.clock.sleep(pause(attempt)).await;
                attempt += 1;
            }
            Err(problem) => return Err(problem),
        }
    }
}

/// What is made is exactly what the plan said, in its order.
fn as_promised(task: &Task, mut artifacts: Vec<Artifact>) -> Result<Vec<Artifact>, Problem> {
    let place = |artifact: &Artifact| {
        task.makes.iter().position(|made| made.name == artifact.name && made.kind == artifact.kind)
    };
    artifacts.sort_by_key(place);
    let kept = artifacts.len() == task.makes.len()
        && artifacts
            .iter()
            .zip(&task.makes)
            .all(|(made, promised)| made.name == promised.name && made.kind == promised.kind);
    if kept {
        return Ok(artifacts);
    }
    let names = |names: Vec<&str>| names.join(", ");
    Err(Problem::new("what was made is not what the plan promised: this is a bug in release-action")
        .because(format!("promised: {}", names(task.makes.iter().map(|made| made.name.as_str()).collect())))
        .because(format!("made: {}", names(artifacts.iter().map(|made| made.name.as_str()).collect()))))
}
