//! `gates --explain`: every gate in full, from what was judged of this commit already where that is there.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use crate::config::load::Config;
use crate::config::section::Switch;
use crate::config::tree::Origin;
use crate::journal::replay;
use crate::model::{Digest, Event, ExitCode, Kind, Problem, Record, Status, Step, Task, TaskId, Verdict};
use crate::pipeline::known::rests;
use crate::pipeline::plan::Drawn;
use crate::pipeline::run::JOURNAL;
use crate::report::explain::{Answer, Explained, Page, Set, text};
use crate::report::look::Look;
use crate::report::text::clean_value;
use crate::steps::gates::{ROOMS, is_no_gate};
use crate::steps::room::{RoomEntry, Scene, Seen};

use super::Failure;
use super::args::LogFormat;
use super::project::{Project, Which};
use super::run::Run;
use super::wire::World;

/// The longest journal that is read, in bytes.
const LONGEST: u64 = 1024 * 1024 * 1024;

/// An answer that was given.
struct Given {
    key: Digest,
    verdict: Verdict,
    /// When it was given, where that happened in this folder.
    at: Option<DateTime<Utc>>,
    /// Which run said it last, and which one came to it.
    said: usize,
    judged: usize,
}

/// What a journal holds.
#[derive(Default)]
struct Heard {
    given: HashMap<TaskId, Given>,
    /// How many runs there were.
    runs: usize,
}

/// Explains these gates, or all; `anew` where they shall run whatever is known.
pub(super) async fn call(
    world: World,
    mut run: Run,
    names: Vec<String>,
    anew: bool,
) -> Result<ExitCode, Failure> {
    refuse_unknown(&names)?;
    if run.rooms.is_empty() {
        run.rooms.clone_from(&names);
    }
    let which = Which { sets: run.sets.clone(), ..run.scope.which() };
    let project = Project::open(&world, &which).await?;
    let drawn = project.draw()?;
    let wanted: Vec<RoomEntry> = ROOMS
        .iter()
        .filter(|room| !is_no_gate(room.shape.id))
        .filter(|room| names.is_empty() || names.iter().any(|name| name == room.shape.id))
        .copied()
        .collect();
    let tasks: Vec<&Task> = drawn
        .plan
        .tasks
        .iter()
        .filter(|task| task.step == Step::Gates && task.kind == Kind::Check)
        .filter(|task| wanted.iter().any(|room| room.shape.id == task.room))
        .collect();
    let mut heard = heard_in(&project)?;
    let dirty = !project.observed.facts.commit.dirty.is_empty();
    let earlier =
        !anew && !dirty && !tasks.is_empty() && tasks.iter().all(|task| holds(task, &heard.given, &project));
    let mut code = None;
    let before = heard.runs;
    if !earlier && !tasks.is_empty() {
        // What is asked for by name and is off would be refused; that it is off is the answer.
        let on = |name: &String| tasks.iter().any(|task| &task.room == name);
        run.rooms.retain(on);
        code = Some(run.call(world.clone()).await?);
        heard = heard_in(&project)?;
        // What an earlier run said, and this one did not, was so then.
        let now = heard.runs;
        heard.given.retain(|_, given| given.said == now);
    }
    let given = heard.given;
    let page = Page {
        commit: project.observed.facts.commit.id.clone(),
        now: project.ports.clock.now(),
        gates: explained(&wanted, &project, &drawn, &given, before),
    };
    show(&world, &page)?;
    Ok(code.unwrap_or_else(|| verdict(&tasks, &given)))
}

fn show(world: &World, page: &Page) -> Result<(), Failure> {
    let page = clean_value(page, &world.redactor).ok_or_else(|| {
        let problem = Problem::new("the gates cannot be explained without a secret in it");
        Failure::new(ExitCode::Bug, problem.fix("see `dist/report/index.html`"))
    })?;
    if world.globals.log_format == LogFormat::Json {
        let line = serde_json::to_string(&page).map_err(|error| {
            Failure::new(ExitCode::Bug, Problem::new("the gates cannot be written as JSON").caused_by(&error))
        })?;
        return world.print(&(line + "\n"));
    }
    let look = Look { color: world.color_on_stdout(), ..Look::plain() };
    world.print(&text(&page, &look))
}

fn refuse_unknown(names: &[String]) -> Result<(), Failure> {
    let known: Vec<&str> = ROOMS.iter().map(|room| room.shape.id).filter(|room| !is_no_gate(room)).collect();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let problem = Problem::new(format!("`{name}` is no gate"))
                .because(format!("the gates are: {}", known.join(", ")));
            Err(Failure::usage(problem.fix("name one of these")))
        }
    }
}

/// The last answer of each gate that the journal in the dist folder holds of this commit.
fn heard_in(project: &Project) -> Result<Heard, Failure> {
    let failed = |problem: Problem| Failure::new(ExitCode::Step(Step::Gates), problem);
    let files = project.ports.files.as_ref();
    let path = project.dist.join(JOURNAL);
    if files.meta(&path).map_err(|error| failed(error.into()))?.is_none() {
        return Ok(Heard::default());
    }
    let bytes = files.read(&path, LONGEST).map_err(|error| failed(error.into()))?;
    Ok(heard(&replay(&bytes).map_err(failed)?, &project.observed.facts.commit.id))
}

fn heard(records: &[Record], commit: &str) -> Heard {
    let mut given: HashMap<TaskId, Given> = HashMap::new();
    let (mut ours, mut runs) = (false, 0);
    for record in records {
        let (task, key, verdict) = match &record.event {
            Event::RunStarted { commit: of, .. } => {
                ours = of == commit;
                runs += 1;
                continue;
            }
            Event::Judged { task, key, verdict } => (task, key, verdict),
            // The answer that was taken over is the older one, and known already where it is of this folder.
            Event::TaskTakenOver { task, key, verdict: Some(verdict), .. } => (task, key, verdict),
            _ => continue,
        };
        if !ours {
            continue;
        }
        let taken = matches!(record.event, Event::TaskTakenOver { .. });
        match given.get_mut(task) {
            Some(old) if taken && old.key == *key && old.verdict == *verdict => old.said = runs,
            _ => {
                let (at, judged) = if taken { (None, 0) } else { (Some(record.at), runs) };
                let new = Given { key: *key, verdict: verdict.clone(), at, said: runs, judged };
                given.insert(task.clone(), new);
            }
        }
    }
    Heard { given, runs }
}

/// Whether what was answered still holds: it is of the same inputs, nothing else decides it, and what it rests on is
/// still what it was. What was skipped or came to nothing lacked something that may be there now; and a database, the
/// age of a report or the day may make another answer of the same inputs.
fn holds(task: &Task, given: &HashMap<TaskId, Given>, project: &Project) -> bool {
    given.get(&task.id).is_some_and(|given| {
        task.keeps
            && given.key == task.key
            && matches!(given.verdict.status, Status::Pass | Status::Fail)
            && rests(&given.verdict, project.ports.files.as_ref(), &project.dist, &|_| true)
    })
}

/// The exit code that the answers have.
fn verdict(tasks: &[&Task], given: &HashMap<TaskId, Given>) -> ExitCode {
    let blocks =
        |task: &&Task| !task.soft && given.get(&task.id).is_none_or(|given| given.verdict.status.blocks());
    if tasks.iter().any(blocks) { ExitCode::Step(Step::Gates) } else { ExitCode::Done }
}

fn explained(
    wanted: &[RoomEntry],
    project: &Project,
    drawn: &Drawn,
    given: &HashMap<TaskId, Given>,
    before: usize,
) -> Vec<Explained> {
    let mut settings = settings(&project.config);
    let one = |room: &RoomEntry| {
        let id = room.shape.id;
        let own = |task: &&Task| task.step == Step::Gates && task.kind == Kind::Check && task.room == id;
        let answers: Vec<Answer> = drawn
            .plan
            .tasks
            .iter()
            .filter(own)
            .map(|task| {
                let answer = given.get(&task.id);
                Answer {
                    task: task.id.0.clone(),
                    verdict: answer.map(|given| given.verdict.clone()),
                    at: answer.and_then(|given| given.at),
                    earlier: answer.is_some_and(|given| given.judged <= before),
                }
            })
            .collect();
        Explained {
            gate: id.into(),
            about: room.shape.about.into(),
            off: answers.is_empty().then(|| why_off(room, project, drawn)),
            settings: settings.remove(id).unwrap_or_default(),
            answers,
        }
    };
    let mut all: Vec<Explained> = wanted.iter().map(one).collect();
    all.sort_by_key(Explained::rank);
    all
}

/// The settings of each gate, and who set them.
fn settings(config: &Config) -> BTreeMap<String, Vec<Set>> {
    let mut all: BTreeMap<String, Vec<Set>> = BTreeMap::new();
    for one in config.resolved() {
        let mut parts = one.path.split('.');
        let (Some("gates"), Some(room), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let from = match (&one.origin, config.file()) {
            (Origin::File { line, column }, Some(file)) => format!("{file}:{line}:{column}"),
            (origin, _) => origin.to_string(),
        };
        let default = one.origin == Origin::Default;
        let set = Set { path: one.path.clone(), value: one.value, from, default };
        all.entry(room.to_owned()).or_default().push(set);
    }
    all
}

/// Why a gate has nothing to do: it is switched off, it is on only where somebody wants it, or what it lacks.
fn why_off(room: &RoomEntry, project: &Project, drawn: &Drawn) -> String {
    let id = room.shape.id;
    let (switch, value) = project.config.room(Step::Gates, id);
    if switch == Switch::Off {
        return format!("`gates.{id}.enabled` is false");
    }
    let nothing = Seen::new();
    let seen = match project.views.get(&(Step::Gates, id)) {
        Some(Ok(seen)) => seen,
        _ => &nothing,
    };
    let step_settings = project.config.step(Step::Gates);
    // What it would say if somebody insisted on it.
    let scene = Scene {
        facts: &project.observed.facts,
        seen,
        step_settings: &step_settings,
        before: &drawn.planned,
        demanded: true,
    };
    match (room.plan)(&value, &scene) {
        Ok(_) => format!("it is on only where `gates.{id}.enabled` is true"),
        Err(problem) => {
            let words: Vec<String> = problem.each().iter().map(ToString::to_string).collect();
            format!("it is `auto`, and {}", words.join("; "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Proof;

    #[test]
    fn the_last_answer_of_this_commit_counts_and_one_taken_over_keeps_its_time() {
        let at = |minute: u32| format!("2026-11-21T12:{minute:02}:00Z").parse::<DateTime<Utc>>().unwrap();
        let task = TaskId("gates/tests".into());
        let start = |commit: &str| Event::RunStarted {
            run: "r".into(),
            tool: "t".into(),
            project: "p".into(),
            tag: "v1".into(),
            commit: commit.into(),
            plan: Digest::of(b""),
            tasks: 1,
        };
        let key = Digest::of(b"k");
        let good = Verdict::pass("good", Proof::seen("x"));
        let judged = |verdict: &Verdict| Event::Judged { task: task.clone(), key, verdict: verdict.clone() };
        let taken = Event::TaskTakenOver {
            task: task.clone(),
            key,
            from: crate::model::TakenFrom::Dist,
            artifacts: Vec::new(),
            verdict: Some(good.clone()),
        };
        let events = [
            start("other"),
            judged(&Verdict::fail("of another commit")),
            start("c"),
            judged(&Verdict::fail("first")),
            start("c"),
            judged(&good),
            start("c"),
            taken,
        ];
        let record = |(index, event): (usize, Event)| {
            let minute = u32::try_from(index).unwrap();
            Record { v: 1, seq: index as u64, at: at(minute), event }
        };
        let records: Vec<Record> = events.into_iter().enumerate().map(record).collect();
        let heard_all = heard(&records, "c");
        let given = &heard_all.given[&task];
        assert_eq!((given.verdict.summary.as_str(), given.at), ("good", Some(at(5))));
        assert_eq!((given.judged, given.said, heard_all.runs), (3, 4, 4));
        assert!(heard(&records[..2], "c").given.is_empty());
        // A run that came to no answer leaves the one of before what it was.
        let silent = heard(&records[..7], "c");
        assert_eq!((silent.given[&task].said, silent.runs), (3, 4));
    }
}
