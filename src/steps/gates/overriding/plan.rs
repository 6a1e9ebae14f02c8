//! The tasks of an override: the decision after all gates, then the log, then the issue.

use std::sync::Arc;

use super::case::Case;
use super::check::Decide;
use super::issue::Demand;
use super::record::Record;
use super::request::Request;
use super::settings::OverrideSettings;
use crate::model::{Kind, Problem, Rank, Step, Use};
use crate::steps::room::{Draft, Planned, Room, Scene};

/// The room.
pub struct Overriding;

/// What a request is called in messages.
const NAME: &str = "the override request";

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
        let in_workflow = scene.facts.env.get("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        if request.is_none() && (settings.approvers.is_empty() || !in_workflow) {
            let problem = || {
                Problem::new("`gates.override` is on, and `approvers` names nobody")
                    .fix("name who may approve an override: gates.override.approvers: [ada]")
            };
            let nobody = scene.demanded && settings.approvers.is_empty();
            return if nobody { Err(problem()) } else { Ok(Vec::new()) };
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
