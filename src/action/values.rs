//! What the outputs say, from what became known.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value, json};

use crate::model::{Artifact, ArtifactKind, Kind, Plan, Rank, State, Status, Step, TakenFrom};
use crate::report::summary::{Outcome as Came, Summary, TaskView};
use crate::report::write::PAGE;

use super::context::Context;
use super::outcome::Seen;

/// What is looked up outside of a run.
#[derive(Debug, Clone, Default)]
pub struct More {
    /// The matrix of builds.
    pub matrix: Option<String>,
    /// This release's notes.
    pub notes: Option<String>,
    /// The release's number and page.
    pub release: Option<(u64, String)>,
}

/// The values by output; what is not known is not set.
#[must_use]
pub fn values(
    seen: &Seen,
    more: More,
    context: &Context,
    is_there: &dyn Fn(&Utf8Path) -> bool,
) -> BTreeMap<&'static str, String> {
    let mut values = BTreeMap::new();
    let mut set = |name: &'static str, value: Option<String>| {
        if let Some(value) = value {
            values.insert(name, value);
        }
    };
    set("tag", seen.facts.as_ref().filter(|facts| !facts.snapshot).map(|facts| facts.tag.clone()));
    set("version", seen.facts.as_ref().map(|facts| facts.version.to_string()));
    set("prerelease", seen.facts.as_ref().map(|_| seen.prerelease.to_string()));
    set("matrix", more.matrix);
    set("plan", seen.plan.as_ref().and_then(|plan| serde_json::to_string(plan).ok()));
    set("changelog", more.notes);
    set("release-id", more.release.as_ref().map(|(id, _)| id.to_string()));
    set("release-url", more.release.map(|(_, url)| url));
    let (Some(plan), Some(ran)) = (&seen.plan, &seen.ran) else { return values };
    let mut summary = Summary::of(&ran.records);
    summary.name_by(plan);
    let place = |artifact: &Artifact| {
        let path = seen.dist.join(&artifact.path);
        is_there(&path).then(|| context.outside(&path))
    };
    let mut made: Vec<&Artifact> =
        ran.artifacts.iter().filter(|made| made.kind != ArtifactKind::Report).collect();
    made.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.path.cmp(&b.path)));
    made.dedup_by(|a, b| a.path == b.path);
    if !made.is_empty() {
        set("artifacts", Some(Value::from_iter(made.iter().map(|made| row(made, place(made)))).to_string()));
    }
    let digests: Map<String, Value> = made
        .iter()
        .filter(|made| made.kind.is_published())
        .map(|made| (made.name.clone(), made.digest.to_string().into()))
        .collect();
    set("digests", (!digests.is_empty()).then(|| Value::Object(digests).to_string()));
    let checksums = made.iter().find(|made| made.kind == ArtifactKind::Checksums);
    set("checksums", checksums.and_then(|made| place(made)).map(Utf8PathBuf::into_string));
    set("coverage", coverage(&summary));
    set("gates", gates(&summary, plan).map(|gates| Value::Object(gates).to_string()));
    let places = published(&summary, plan);
    set("published", (!places.is_empty()).then(|| Value::Object(places).to_string()));
    set("upload-count", uploads(&summary, plan).map(|count| count.to_string()));
    let again = Again { here: ran.began_before, attempt: context.is_rerun() };
    set("resumed", Some(summary.tasks.iter().any(|view| again.resumes(view)).to_string()));
    let page = seen.dist.join(PAGE);
    set("report", is_there(&page).then(|| context.outside(&page).into_string()));
    values
}

/// The published files that lie here, once the release is public; for the runner's own list.
#[must_use]
pub fn declared(seen: &Seen, context: &Context, is_there: &dyn Fn(&Utf8Path) -> bool) -> Vec<Utf8PathBuf> {
    let (Some(plan), Some(ran), Some(facts)) = (&seen.plan, &seen.ran, &seen.facts) else {
        return Vec::new();
    };
    let mut summary = Summary::of(&ran.records);
    summary.name_by(plan);
    let places = published(&summary, plan);
    let public = places.iter().any(|(name, place)| name.starts_with("release/") && place["state"] == "done");
    if facts.snapshot || facts.rehearsal || !public {
        return Vec::new();
    }
    let paths = ran.artifacts.iter().filter(|made| made.kind.is_published());
    let mut paths: Vec<Utf8PathBuf> = paths.map(|made| seen.dist.join(&made.path)).collect();
    paths.retain(|path| is_there(path));
    paths.sort();
    paths.dedup();
    paths.iter().map(|path| context.outside(path)).collect()
}

/// Whether this run looked at the release on the forge or changed it.
#[must_use]
pub fn met_the_release(seen: &Seen) -> bool {
    let real = seen.facts.as_ref().is_some_and(|facts| !facts.snapshot && !facts.rehearsal);
    let of_release = |view: &TaskView| {
        view.task.0.starts_with("release/") && (view.observed.is_some() || view.applied.is_some())
    };
    real && seen.ran.as_ref().is_some_and(|ran| Summary::of(&ran.records).tasks.iter().any(of_release))
}

fn row(made: &Artifact, path: Option<Utf8PathBuf>) -> Value {
    let mut row = json!({ "name": made.name, "type": made.kind, "size": made.size, "digest": made.digest });
    if let Some(path) = path {
        row["path"] = path.as_str().into();
    }
    if let Some(platform) = &made.platform {
        row["os"] = platform.os.as_str().into();
        row["arch"] = platform.arch.as_str().into();
    }
    row
}

/// The number in the first row of the verdict on coverage.
fn coverage(summary: &Summary) -> Option<String> {
    let mine =
        |view: &&TaskView| view.task.0 == "gates/coverage" || view.task.0.starts_with("gates/coverage/");
    let verdict = summary.tasks.iter().filter(mine).find_map(|view| view.verdict.as_ref())?;
    let number: String =
        verdict.rows.first()?.actual.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    (!number.is_empty()).then_some(number)
}

fn gates(summary: &Summary, plan: &Plan) -> Option<Map<String, Value>> {
    let checks = plan.tasks.iter().filter(|task| task.step == Step::Gates && task.kind == Kind::Check);
    let found: Map<String, Value> = checks
        .filter_map(|task| {
            let view = summary.tasks.iter().find(|view| view.task == task.id)?;
            let word = match (&view.verdict, view.outcome) {
                (Some(verdict), _) if verdict.status == Status::Overridden => "overridden",
                (Some(verdict), _) => verdict.status.word(),
                (None, Came::Failed | Came::SoftFailed) => "error",
                (None, _) => "open",
            };
            let name = task.id.0.strip_prefix("gates/").unwrap_or(&task.id.0);
            Some((name.to_owned(), word.into()))
        })
        .collect();
    (!found.is_empty()).then_some(found)
}

/// The places outside, each with the worst state of its tasks.
fn published(summary: &Summary, plan: &Plan) -> Map<String, Value> {
    let mut places: Map<String, Value> = Map::new();
    for task in &plan.tasks {
        let Kind::Target { rank } = task.kind else { continue };
        // A report of the run is no place of the release.
        if task.tells {
            continue;
        }
        let Some(view) = summary.tasks.iter().find(|view| view.task == task.id) else { continue };
        let name = format!("{}/{}", task.step, task.room);
        let (state, at) = state(view);
        let place = places.entry(name).or_insert_with(|| json!({ "state": "done" }));
        let worst = ["failed", "open", "held", "done"];
        let rate = |word: &str| worst.iter().position(|known| *known == word).unwrap_or(worst.len());
        if rate(state) < rate(place["state"].as_str().unwrap_or("done")) {
            place["state"] = state.into();
        }
        // What cannot be taken back is where people look.
        if let Some(at) = at.filter(|_| place.get("at").is_none() || rank == Rank::Irreversible) {
            place["at"] = at.into();
        }
    }
    places
}

fn state(view: &TaskView) -> (&'static str, Option<String>) {
    if matches!(view.outcome, Came::Failed | Came::SoftFailed) {
        return ("failed", None);
    }
    match view.applied.as_ref().or(view.observed.as_ref()) {
        Some(State::Same { proof }) => ("done", Some(proof.clone())),
        Some(State::Held { .. }) => ("held", None),
        _ => ("open", None),
    }
}

/// How many assets this run brought up; none where the plan has no release in it.
fn uploads(summary: &Summary, plan: &Plan) -> Option<usize> {
    let of_release = |task: &str| task.starts_with("release/");
    plan.tasks.iter().find(|task| of_release(&task.id.0))?;
    let is_asset = |task: &str| {
        let part = task.splitn(3, '/').nth(2).unwrap_or_default();
        of_release(task) && (part.starts_with("asset/") || part == "evidence")
    };
    let up = |effect: &&crate::report::summary::Effect| {
        !effect.earlier && is_asset(&effect.task.0) && effect.after.as_ref().is_some_and(State::is_same)
    };
    Some(summary.effects.iter().filter(up).count())
}

/// What there was before this run.
struct Again {
    /// A run in this dist folder. Without one, what lies there are the parts of this very release.
    here: bool,
    /// An attempt of the workflow run. Without one, what is remembered was judged beside this job.
    attempt: bool,
}

impl Again {
    /// Whether a task goes on from an earlier run.
    fn resumes(&self, view: &TaskView) -> bool {
        match view.taken_from {
            None => false,
            Some(TakenFrom::Release) => true,
            Some(TakenFrom::Dist) => self.here,
            Some(TakenFrom::Attempt) => self.attempt,
            // Something that is not made again was the reason, of a run before or of a job beside this one.
            Some(TakenFrom::NotNeeded) => self.here || self.attempt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, Event, Proof, Record, Row, Task, TaskId, Verdict};

    fn task(id: &str, step: Step, kind: Kind) -> Task {
        Task {
            id: TaskId(id.into()),
            step,
            room: id.split('/').nth(1).unwrap_or_default().into(),
            kind,
            title: id.into(),
            key: Digest::of(id.as_bytes()),
            shared: None,
            needs: Vec::new(),
            makes: Vec::new(),
            soft: false,
            keeps: false,
            native: false,
            tells: false,
            overrides: false,
        }
    }

    fn target(id: &str, rank: Rank) -> Task {
        task(id, Step::Release, Kind::Target { rank })
    }

    fn plan() -> Plan {
        Plan {
            format: 1,
            project: "greeter".into(),
            version: "1.0.0".into(),
            tag: "v1.0.0".into(),
            commit: "c".repeat(40),
            snapshot: false,
            tasks: vec![
                task("gates/coverage", Step::Gates, Kind::Check),
                task("gates/tests", Step::Gates, Kind::Check),
                target("release/github/draft", Rank::Reversible),
                target("release/github/asset/a.tar.gz", Rank::Reversible),
                target("release/github/publish", Rank::Irreversible),
            ],
        }
    }

    fn seen(events: Vec<Event>, artifacts: Vec<Artifact>) -> Seen {
        let at = chrono::DateTime::UNIX_EPOCH;
        let records = events.into_iter().enumerate();
        let records = records.map(|(seq, event)| Record { v: 1, seq: seq as u64, at, event }).collect();
        let ran = super::super::outcome::Ran { records, artifacts, began_before: false };
        Seen { dist: "/ws/dist".into(), plan: Some(plan()), ran: Some(ran), ..Seen::default() }
    }

    fn judged(id: &str, verdict: Verdict) -> Event {
        Event::Judged { task: TaskId(id.into()), key: Digest::of(b""), verdict }
    }

    fn same(proof: &str) -> State {
        State::Same { proof: proof.into() }
    }

    fn brought(id: &str, rank: Rank, proof: &str) -> [Event; 2] {
        let task = TaskId(id.into());
        let intent = Event::Intent { task: task.clone(), rank, before: State::Absent };
        [intent, Event::Applied { task, after: same(proof) }]
    }

    fn of(seen: &Seen) -> BTreeMap<&'static str, String> {
        let context = Context { workspace: Some("/ws".into()), ..Context::default() };
        values(seen, More::default(), &context, &|path| path.as_str().contains("a.tar.gz"))
    }

    #[test]
    fn a_release_is_told_place_by_place() {
        let row = Row {
            metric: "statements covered".into(),
            comparator: ">=".into(),
            threshold: "85 %".into(),
            actual: "91.20 % (114 of 125)".into(),
            ok: true,
        };
        let mut events = vec![judged("gates/coverage", Verdict::pass("good", Proof::seen("x")).row(row))];
        events.push(Event::Observed { task: TaskId("release/github/draft".into()), state: same("draft 1") });
        events.extend(brought("release/github/asset/a.tar.gz", Rank::Reversible, "sha256:1"));
        events.extend(brought("release/github/notes", Rank::Reversible, "title and notes"));
        events.extend(brought("release/github/publish", Rank::Irreversible, "http://127.0.0.1/r"));
        let artifact = Artifact {
            name: "a.tar.gz".into(),
            kind: ArtifactKind::Archive,
            path: "a.tar.gz".into(),
            platform: None,
            size: 3,
            digest: Digest::of(b"abc"),
            extra: BTreeMap::new(),
        };
        let values = of(&seen(events, vec![artifact]));
        assert_eq!(values["coverage"], "91.20");
        assert_eq!(values["gates"], r#"{"coverage":"pass"}"#);
        assert_eq!(values["published"], r#"{"release/github":{"state":"done","at":"http://127.0.0.1/r"}}"#);
        assert_eq!((values["upload-count"].as_str(), values["resumed"].as_str()), ("1", "false"));
        assert!(values["artifacts"].contains(r#""path":"dist/a.tar.gz""#), "{}", values["artifacts"]);
        assert_eq!(values["digests"], format!(r#"{{"a.tar.gz":"{}"}}"#, Digest::of(b"abc")));
        assert!(!values.contains_key("report") && !values.contains_key("checksums"));
    }

    #[test]
    fn the_worst_task_decides_and_a_taken_over_one_resumes() {
        let task = TaskId("release/github/asset/a.tar.gz".into());
        let problem = crate::model::Problem::new("gone");
        let taken = Event::TaskTakenOver {
            task: TaskId("gates/tests".into()),
            key: Digest::of(b""),
            from: TakenFrom::Release,
            artifacts: Vec::new(),
            verdict: Some(Verdict::fail("red")),
        };
        let mut events = brought("release/github/draft", Rank::Reversible, "draft 1").to_vec();
        events.extend([Event::TaskFailed { task, millis: 1, problem, soft: false }, taken]);
        let values = of(&seen(events, Vec::new()));
        assert_eq!(values["published"], r#"{"release/github":{"state":"failed","at":"draft 1"}}"#);
        assert_eq!(values["gates"], r#"{"tests":"fail"}"#);
        assert_eq!((values["upload-count"].as_str(), values["resumed"].as_str()), ("0", "true"));
    }

    #[test]
    fn only_what_was_before_is_resumed() {
        let resumed = |from: TakenFrom, began_before: bool, attempt: u32| {
            let taken = Event::TaskTakenOver {
                task: TaskId("gates/tests".into()),
                key: Digest::of(b""),
                from,
                artifacts: Vec::new(),
                verdict: None,
            };
            let mut seen = seen(vec![taken], Vec::new());
            seen.ran.as_mut().unwrap().began_before = began_before;
            let context = Context { attempt, ..Context::default() };
            values(&seen, More::default(), &context, &|_| false)["resumed"].clone()
        };
        // The parts of a matrix, and the verdict of the job beside this one.
        for from in [TakenFrom::Dist, TakenFrom::Attempt, TakenFrom::NotNeeded] {
            assert_eq!(resumed(from, false, 1), "false", "{from:?}");
        }
        for (from, before, attempt) in [
            (TakenFrom::Dist, true, 1),
            (TakenFrom::NotNeeded, true, 1),
            (TakenFrom::NotNeeded, false, 2),
            (TakenFrom::Attempt, false, 2),
            (TakenFrom::Release, false, 1),
        ] {
            assert_eq!(resumed(from, before, attempt), "true", "{from:?}");
        }
    }

    #[test]
    fn nothing_known_is_nothing_set() {
        assert!(of(&Seen::default()).is_empty());
    }
}
