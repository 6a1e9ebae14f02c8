//! What a room is: settings in, tasks out, and one of three kinds of work.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::Utf8PathBuf;
use futures::future::BoxFuture;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::config::section::{RoomShape, Settings, Shape};
use crate::model::{
    Artifact, Event, Expected, Facts, Problem, State, Step, Stream, Task, TaskId, Undone, Use, Verdict,
};
use crate::ports::Ports;

pub use super::draft::Draft;

/// Is it good? Never changes anything.
#[async_trait::async_trait]
pub trait Check: Send + Sync {
    /// Looks, and answers. A `Problem` is an error verdict: no evidence.
    async fn check(&self, site: &Site) -> Result<Verdict, Problem>;
}

/// What comes from these inputs? Same key, same bytes.
#[async_trait::async_trait]
pub trait Maker: Send + Sync {
    /// What has to be done before, once for all tasks that want it: commands that may write what is used. What they
    /// do to the source is looked at by whoever runs them; while a task makes, nothing of it may change.
    async fn ready(&self, _: &Site) -> Result<(), Problem> {
        Ok(())
    }

    /// Makes exactly what its task promises, under the dist folder.
    async fn make(&self, site: &Site) -> Result<Vec<Artifact>, Problem>;
}

/// Is that place outside as the plan wants it? Only the engine calls these verbs, in this order.
#[async_trait::async_trait]
pub trait Target: Send + Sync {
    /// Looks without changing anything.
    async fn observe(&self, site: &Site) -> Result<State, Problem>;

    /// Makes it so. Runs again after any failure, so it must be safe to repeat.
    async fn apply(&self, site: &Site, seen: &State) -> Result<(), Problem>;

    /// Takes it back, as far as that goes; without `really` it only tells what would become of it.
    async fn undo(&self, site: &Site, really: bool) -> Result<Undone, Problem>;

    /// What a person who asks where the release stands is told in place of what was seen: of what a run leaves as
    /// it is, and of what cannot be compared on this machine. Most places have nothing to add.
    async fn remark(&self, _: &Site, _: &State) -> Result<Option<State>, Problem> {
        Ok(None)
    }

    /// The run ends, however it went: lets go of what was held while it worked. Most targets hold nothing.
    async fn leave(&self, _: &Site) -> Result<(), Problem> {
        Ok(())
    }
}

/// The work behind a task.
#[derive(Clone)]
pub enum Job {
    /// A check.
    Check(Arc<dyn Check>),
    /// A maker.
    Maker(Arc<dyn Maker>),
    /// A target.
    Target(Arc<dyn Target>),
}

/// A task with its work.
#[derive(Clone)]
pub struct Planned {
    /// The task, as the plan prints it.
    pub task: Task,
    /// The work.
    pub job: Job,
}

/// Takes the events of the whole run.
pub trait Listener: Send + Sync {
    /// Takes one event.
    ///
    /// # Errors
    ///
    /// If it must be on disk and is not: the run has to stop.
    fn take(&self, event: Event) -> Result<(), Problem>;
}

/// The outcomes of all tasks that are done.
pub trait Shelf: Send + Sync {
    /// What this task made, or what is known of it.
    fn of(&self, task: &TaskId) -> Option<Vec<Artifact>>;

    /// What this check answered.
    fn verdict(&self, task: &TaskId) -> Option<Verdict>;
}

/// What a room gets to work with.
#[derive(Clone)]
pub struct Site {
    /// The task that runs.
    pub task: Task,
    /// What was observed once.
    pub facts: Arc<Facts>,
    /// The world.
    pub ports: Ports,
    /// The dist folder.
    pub dist: Utf8PathBuf,
    /// What others made.
    pub shelf: Arc<dyn Shelf>,
    /// Where events go.
    pub listener: Arc<dyn Listener>,
    /// Cancelled when the run must stop.
    pub stop: CancellationToken,
    /// The digest of the whole plan.
    pub plan: Arc<crate::model::Plan>,
}

impl Site {
    /// The artifacts of every task that this one needs, in the order of its needs.
    #[must_use]
    pub fn inputs(&self) -> Vec<Artifact> {
        let needs = self.task.needs.iter().filter(|need| need.what != Use::Order);
        needs.filter_map(|need| self.shelf.of(&need.task)).flatten().collect()
    }

    /// The path of an artifact on this machine.
    #[must_use]
    pub fn path_of(&self, artifact: &Artifact) -> Utf8PathBuf {
        self.dist.join(&artifact.path)
    }

    /// Tells how far the task is.
    pub fn progress(&self, done: u64, total: Option<u64>, unit: &str) {
        self.tell(Event::TaskProgress { task: self.task.id.clone(), done, total, unit: unit.into() });
    }

    /// Hands on a line of a tool.
    pub fn output(&self, stream: Stream, line: &str) {
        self.tell(Event::TaskOutput { task: self.task.id.clone(), stream, line: line.into() });
    }

    /// Tells a person something that stops nothing.
    pub fn notice(&self, problem: Problem) {
        self.tell(Event::Notice { task: Some(self.task.id.clone()), problem });
    }

    /// These three are for watching only: a listener that cannot take them loses no state.
    fn tell(&self, event: Event) {
        if let Err(problem) = self.listener.take(event) {
            tracing::debug!(%problem, "an event was lost");
        }
    }
}

/// What a room looks at before it plans: files and tools that decide what it makes, and that neither the
/// commit nor the settings hold. It is all the same to its plan what they are, only that they are the same.
pub type Seen = BTreeMap<String, String>;

/// What a room may use to look.
#[derive(Clone)]
pub struct Outlook {
    /// What was observed.
    pub facts: Arc<Facts>,
    /// The world.
    pub ports: Ports,
    /// The dist folder.
    pub dist: Utf8PathBuf,
    /// The settings of the room's step that stand beside its rooms.
    pub step_settings: Value,
}

impl Outlook {
    /// The step's own settings.
    ///
    /// # Errors
    ///
    /// If the type is not that of the step.
    pub fn step<T: Settings>(&self) -> Result<T, Problem> {
        own_settings(&self.step_settings)
    }
}

/// A step's own settings.
///
/// # Errors
///
/// If the type is not that of the step.
pub fn own_settings<T: Settings>(value: &Value) -> Result<T, Problem> {
    serde_json::from_value(value.clone())
        .map_err(|error| Problem::new("the step's settings do not fit").caused_by(&error))
}

/// What a room may know while it plans.
pub struct Scene<'a> {
    /// What was observed.
    pub facts: &'a Facts,
    /// What the room saw when it looked.
    pub seen: &'a Seen,
    /// The settings of the room's step that stand beside its rooms.
    pub step_settings: &'a Value,
    /// The tasks planned before this room, in the order of the street.
    pub before: &'a [Planned],
    /// True where the room is `enabled: true` and not only `auto`.
    pub demanded: bool,
}

impl Scene<'_> {
    /// The step's own settings.
    ///
    /// # Errors
    ///
    /// If the type is not that of the step.
    pub fn step<T: Settings>(&self) -> Result<T, Problem> {
        own_settings(self.step_settings)
    }

    /// What earlier rooms promise to make, with the task that makes it.
    pub fn expected(&self) -> impl Iterator<Item = (&TaskId, &Expected)> {
        self.before.iter().flat_map(|planned| planned.task.makes.iter().map(|made| (&planned.task.id, made)))
    }
}

/// A room: one section of the configuration, and the tasks that follow from it.
pub trait Room: 'static {
    /// The section's name.
    const ID: &'static str;
    /// One sentence for help and reference.
    const ABOUT: &'static str;
    /// The section's settings.
    type Settings: Settings + Send + Sync;
    /// The keys of its section that demand it by being written, as `enabled: true` does; most rooms have none.
    const ASKED_BY: &'static [&'static str] = &[];

    /// Looks at what decides its outcome beside commit, facts and settings; most rooms have no such thing.
    ///
    /// # Errors
    ///
    /// If it is there and cannot be looked at.
    fn look(_: &Self::Settings, _: &Outlook) -> impl Future<Output = Result<Seen, Problem>> + Send {
        std::future::ready(Ok(Seen::new()))
    }

    /// The files beside the commit's own that its tasks publish, by path below the repository's root, as they
    /// are now: a job that builds nothing must be brought those that hooks made. Most rooms have none.
    ///
    /// # Errors
    ///
    /// If they cannot be looked for.
    fn publishes(_: &Self::Settings, _: &Outlook) -> Result<BTreeSet<Utf8PathBuf>, Problem> {
        Ok(BTreeSet::new())
    }

    /// The tasks, from facts and settings alone. None where the room has nothing to do; where it is
    /// `demanded` and cannot, that is a problem.
    ///
    /// # Errors
    ///
    /// If the settings ask for what cannot be.
    fn plan(settings: &Self::Settings, scene: &Scene) -> Result<Vec<Planned>, Problem>;
}

/// A room without its type, as the lists hold it.
#[derive(Clone, Copy)]
pub struct RoomEntry {
    /// Its section.
    pub shape: RoomShape,
    /// What it looks at.
    pub look: fn(Value, Outlook) -> BoxFuture<'static, Result<Seen, Problem>>,
    /// The files that it publishes.
    pub publishes: fn(Value, &Outlook) -> Result<BTreeSet<Utf8PathBuf>, Problem>,
    /// Its tasks.
    pub plan: fn(&Value, &Scene) -> Result<Vec<Planned>, Problem>,
}

impl RoomEntry {
    /// The entry of a room.
    #[must_use]
    pub const fn of<R: Room>() -> Self {
        Self {
            shape: RoomShape {
                id: R::ID,
                about: R::ABOUT,
                shape: Shape::of::<R::Settings>(),
                asked_by: R::ASKED_BY,
            },
            look: |value, outlook| {
                Box::pin(async move { R::look(&settings_of::<R>(&value)?, &outlook).await })
            },
            publishes: |value, outlook| R::publishes(&settings_of::<R>(&value)?, outlook),
            plan: |value, scene| R::plan(&settings_of::<R>(value)?, scene),
        }
    }
}

fn settings_of<R: Room>(value: &Value) -> Result<R::Settings, Problem> {
    serde_json::from_value(value.clone())
        .map_err(|error| Problem::new(format!("the settings of `{}` do not fit", R::ID)).caused_by(&error))
}

/// A step of the street: its own settings and its rooms in order.
#[derive(Clone, Copy)]
pub struct StepEntry {
    /// The step.
    pub step: Step,
    /// One sentence.
    pub about: &'static str,
    /// The settings beside its rooms.
    pub shape: Shape,
    /// Its rooms.
    pub rooms: &'static [RoomEntry],
}
