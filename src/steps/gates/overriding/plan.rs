//! The tasks of an override: the decision after all gates, then the log, then the issue.

use std::sync::Arc;

use super::case::Case;
use super::check::Decide;
use super::issue::Demand;
use super::judge::bare;
use super::record::Record;
use super::request::Request;
use super::settings::OverrideSettings;
use crate::model::{Kind, Problem, Rank, Step, Use};
use crate::steps::gates::{ROOMS, is_no_gate};
use crate::steps::room::{Draft, Planned, Room, Scene};

/// The room.
pub struct Overriding;

/// What a request is called in messages.
const NAME: &str = "the override request";

/// Refuses names in `never` that no gate has: they would protect nothing.
fn refuse_unknown(settings: &OverrideSettings) -> Result<(), Problem> {
    let known: Vec<&str> = ROOMS.iter().map(|room| room.shape.id).filter(|id| !is_no_gate(id)).collect();
    let first = |name: &str| bare(name).split('/').next().unwrap_or_default().to_owned();
    match settings.never.iter().find(|name| !known.contains(&first(name).as_str())) {
        None => Ok(()),
        Some(name) => {
            Err(Problem::new(format!("`gates.override.never` names `{name}`, and there is no such gate"))
                .fix(format!("name some of {}", known.join(", "))))
        }
    }
}

/// An override leaves a line in the log and an issue, and nothing of a snapshot may leave the machine.
fn of_snapshot() -> Problem {
    Problem::new("an override is asked for, and this is a snapshot")
        .because("a snapshot lets nothing leave this machine; an override stands in the log and opens an issue")
        .because("what is overridden is the release of a tag; `step: gates` without a tag at HEAD is a snapshot too")
        .fix("leave --override (the input `override`) out here, or run without --snapshot where the version tag is at HEAD")
        .of_setting("gates.override.request")
}

impl Room for Overriding {
    const ID: &'static str = "override";
    const ABOUT: &'static str =
        "Whether gates that failed are overridden, by a person who has no part in the change";
    type Settings = OverrideSettings;

    fn plan(settings: &OverrideSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let request = match settings.request.trim() {
            "" => None,
            text => Some(Request::parse(text, NAME)?),
        };
        if scene.facts.snapshot {
            return if request.is_some() { Err(of_snapshot()) } else { Ok(Vec::new()) };
        }
        let in_workflow = scene.facts.env.get("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        if request.is_none() && (settings.approvers.is_empty() || !in_workflow) {
            let problem = || {
                Problem::new("`gates.override` is on, and `approvers` names nobody")
                    .fix("name who may approve an override: gates.override.approvers: [ada]")
            };
            let nobody = scene.demanded && settings.approvers.is_empty();
            return if nobody { Err(problem()) } else { Ok(Vec::new()) };
        }
        refuse_unknown(settings)?;
        if request.is_some() && !in_workflow {
            return Err(Problem::new("no workflow runs this, so nobody can have approved an override")
                .fix("override in a workflow: its runs are what an environment's reviewers approve"));
        }
        let case = Arc::new(Case::default());
        // The request decides whether it is granted, and not what is granted: that is the same on every re-run.
        let fixed = OverrideSettings { request: String::new(), ..settings.clone() };
        let is_gate = |other: &&Planned| other.task.step == Step::Gates && other.task.kind == Kind::Check;
        let gates = scene.before.iter().filter(is_gate);
        let draft = Draft::new(Step::Gates, Self::ID, "", "emergency override").overrides();
        let draft = draft.keyed("settings", &fixed);
        let draft = gates.fold(draft, |draft, gate| draft.needs(&gate.task.id, Use::Digests, scene));
        let asked = request.is_some();
        let check = Decide { settings: settings.clone(), request, case: Arc::clone(&case) };
        let check = draft.check(check);
        if !asked {
            return Ok(vec![check]);
        }
        let after = |part: &str, title: &str| {
            Draft::new(Step::Gates, Self::ID, part, title).tells().keyed("settings", &fixed)
        };
        // By its rank and step it comes before everything that a release does outside.
        let record = after("audit", "audit log of overrides")
            .needs_own(&check, Use::Order)
            .target(Rank::Reversible, Record(Arc::clone(&case)));
        let issue = after("issue", "issue that asks for a review")
            .needs_own(&check, Use::Order)
            .needs_own(&record, Use::Order)
            .target(Rank::Compensable, Demand::new(case, &settings.author));
        Ok(vec![check, record, issue])
    }
}
