//! A task for each way of telling, after all gates and however they ended.

use super::super::context::context;
use super::check::CheckPlace;
use super::comment::CommentPlace;
use super::scanning::ScanPlace;
use super::settings::PublishSettings;
use super::subject::{self, Subject};
use crate::model::{Kind, Problem, Rank, Step, Use};
use crate::steps::room::{Draft, Outlook, Planned, Room, Scene, Seen};

/// The room.
pub struct Publish;

/// The sections that tell where there is nothing else to tell with.
const WAYS: &str = "set `check`, `comment` or `code_scanning` of `gates.publish` to true";

/// Whether anything is told at all.
fn is_asked(settings: &PublishSettings) -> bool {
    settings.check || settings.comment || settings.code_scanning
}

impl Room for Publish {
    const ID: &'static str = "publish";
    const ABOUT: &'static str =
        "What the gates came to, told on the forge: the check `release-gate`, a comment, code scanning";
    type Settings = PublishSettings;

    async fn look(settings: &PublishSettings, outlook: &Outlook) -> Result<Seen, Problem> {
        if is_asked(settings) { subject::look(outlook).await } else { Ok(Seen::new()) }
    }

    fn plan(settings: &PublishSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        if !is_asked(settings) {
            let problem = || Problem::new("`gates.publish` is on, and nothing is to be told").fix(WAYS);
            return if scene.demanded { Err(problem()) } else { Ok(Vec::new()) };
        }
        let facts = scene.facts;
        let in_workflow = facts.env.get("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        if facts.snapshot && !in_workflow && !settings.snapshot {
            return Ok(Vec::new());
        }
        let gates: Vec<_> = scene
            .before
            .iter()
            .filter(|other| other.task.step == Step::Gates && other.task.kind == Kind::Check)
            .map(|other| other.task.id.clone())
            .collect();
        let subject = Subject::of(facts, scene.seen);
        let draft = |part: &str, title: String| {
            let draft = Draft::new(Step::Gates, Self::ID, part, title).tells();
            let draft = draft.keyed("commit", &subject.commit).keyed("settings", settings);
            let draft = gates.iter().fold(draft, |draft, id| draft.needs(id, Use::Digests, scene));
            // A token that can only read fails nobody: what is not told leaves the branch closed.
            if subject.read_only.is_some() { draft.soft() } else { draft }
        };
        let context = context(&facts.dir);
        let mut planned = Vec::new();
        if settings.check {
            let place = CheckPlace::new(subject.clone(), context.clone());
            planned.push(draft("check", format!("check {context}")).target(Rank::Compensable, place));
        }
        if let Some(pull) = subject.pull.filter(|_| settings.comment) {
            let place = CommentPlace::new(pull, &subject, &context, settings);
            planned.push(draft("comment", format!("comment in #{pull}")).target(Rank::Compensable, place));
        }
        if settings.code_scanning {
            let git_ref = subject.git_ref(facts);
            let title = format!("code scanning of {}", git_ref.as_deref().unwrap_or("the commit"));
            let place = ScanPlace::new(subject.clone(), git_ref, context.clone(), settings);
            planned.push(draft("code_scanning", title).target(Rank::Compensable, place));
        }
        Ok(planned)
    }
}
