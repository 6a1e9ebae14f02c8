//! Whether an override counts: pure functions over what was asked for, what the gates came to, and what the forge
//! tells. Each reason to refuse is said by itself, and all of them are said.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::nonce::is_in;
use super::request::Request;
use super::settings::OverrideSettings;
use crate::model::{Problem, Status, Step, Verdict};
use crate::ports::oversight::{Environment, People, Review, WorkflowRun};
use crate::steps::gates::KNOWN;

/// How far ahead a request may end, and how old the run may be in which it is approved.
pub const LONGEST: TimeDelta = TimeDelta::hours(24);

/// Gates that nobody can override.
const NEVER: [(&str, &str); 2] = [
    (KNOWN, "a report that cannot be read is no evidence"),
    ("secrets", "what is published with a secret in it cannot be called back"),
];

/// A gate that blocks.
#[derive(Debug, Clone)]
pub struct Blocking {
    /// Its name, as in `coverage`.
    pub name: String,
    /// What it came to; none where it could not even look.
    pub verdict: Option<Verdict>,
}

/// Who approved it, and in which words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// The login.
    pub by: String,
    /// The comment.
    pub comment: String,
}

/// Why this gate cannot be overridden, if it cannot.
#[must_use]
pub fn never(gate: &Blocking, settings: &OverrideSettings) -> Option<String> {
    let room = gate.name.split('/').next().unwrap_or(&gate.name);
    if let Some((_, why)) = NEVER.iter().find(|(name, _)| *name == room) {
        return Some(format!("the gate `{}` can never be overridden: {why}", gate.name));
    }
    if settings.never.iter().map(|name| bare(name)).any(|name| name == room || name == gate.name) {
        return Some(format!("`gates.override.never` says that `{}` is never overridden", gate.name));
    }
    match gate.verdict.as_ref().map(|verdict| verdict.status) {
        Some(Status::Fail) => None,
        Some(status) => Some(format!(
            "the gate `{}` came to no answer ({}): nobody can answer for what was not looked at",
            gate.name,
            status.word()
        )),
        None => {
            Some(format!("the gate `{}` came to no answer: what it looks at could not be made", gate.name))
        }
    }
}

/// A gate's name as people write it: verdicts show it with its step.
#[must_use]
pub fn bare(name: &str) -> &str {
    name.trim().trim_start_matches("gates/")
}

/// What is wrong with the request, whoever approves it.
#[must_use]
pub fn request(
    request: &Request,
    settings: &OverrideSettings,
    blocking: &[Blocking],
    commit: &str,
) -> Vec<Problem> {
    let mut wrong = Vec::new();
    if settings.approvers.is_empty() {
        wrong.push(
            Problem::new("overrides are off: `gates.override.approvers` names nobody").fix(
                "name in .release.yaml who may approve one, and let that be reviewed before it is needed",
            ),
        );
    }
    if request.sha != commit {
        wrong.push(
            Problem::new(format!("the request is for the commit {}, and this is {commit}", request.sha))
                .fix("ask for this commit, if it is the one that is meant"),
        );
    }
    for name in &request.gates {
        if !blocking.iter().any(|gate| gate.name == *name) {
            wrong.push(unasked(name));
        }
    }
    for gate in blocking {
        if !request.gates.contains(&gate.name) {
            let what = format!("the gate `{}` blocks too, and the request does not name it", gate.name);
            wrong.push(Problem::new(what).fix("mend it, or ask for all gates that block"));
        } else if let Some(why) = never(gate, settings) {
            wrong.push(Problem::new(why).fix("mend what it found; there is no way past it"));
        }
    }
    wrong
}

/// The request names what does not block.
fn unasked(name: &str) -> Problem {
    let room = name.split('/').next().unwrap_or(name);
    if NEVER.iter().any(|(never, _)| *never == room) {
        return Problem::new(format!("the gate `{name}` can never be overridden, and it does not block"))
            .fix("take it out of the request");
    }
    if room.parse::<Step>().is_ok() {
        return Problem::new(format!("`{name}` is no gate: what other steps check is never overridden"))
            .because("preflight, tags, signatures and provenance are what a release is known by")
            .fix("take it out of the request, and mend what that step found");
    }
    Problem::new(format!("the request names the gate `{name}`, which does not block here"))
        .fix("ask for exactly the gates that block")
}

/// What is wrong with the request's time, by the forge's clock.
#[must_use]
pub fn time(request: &Request, now: DateTime<Utc>) -> Option<Problem> {
    let at = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let clock = format!("by the forge's clock it is {}", at(now));
    if request.expires <= now {
        let problem = Problem::new(format!("the request expired at {}", at(request.expires)));
        return Some(problem.because(clock).fix("ask again, with a later `expires`"));
    }
    (request.expires - now > LONGEST).then(|| {
        Problem::new(format!(
            "the request would hold until {}, and 24 hours are the most",
            at(request.expires)
        ))
        .because(clock)
        .fix("ask with an earlier `expires`")
    })
}

/// What the forge tells of a run and of who approved it.
pub struct Told<'a> {
    /// The run.
    pub run: &'a WorkflowRun,
    /// The people of the commit.
    pub people: &'a People,
    /// The environment, if there is one.
    pub environment: Option<&'a Environment>,
    /// What was said in the run.
    pub reviews: &'a [Review],
    /// The time by the forge's clock.
    pub now: DateTime<Utc>,
}

/// Who approved this, if anybody did who may.
///
/// # Errors
///
/// Every reason why it is not approved.
pub fn approval(
    told: &Told<'_>,
    settings: &OverrideSettings,
    commit: &str,
    nonce: &str,
) -> Result<Approved, Vec<Problem>> {
    let mut wrong = protection(told, settings);
    if told.run.head != commit {
        wrong.push(
            Problem::new(format!(
                "the workflow run is of the commit {}, and this is {commit}",
                told.run.head
            ))
            .fix("let the run check out the commit that it was begun for: a pull request's merge is none"),
        );
    }
    if told.now - told.run.created > LONGEST {
        wrong.push(
            Problem::new("the workflow run began more than 24 hours ago, and its approvals ended with that")
                .fix("begin a new run, and have that one approved"),
        );
    }
    let name = &settings.environment;
    let of_ours = |review: &&Review| review.environments.iter().any(|other| other.eq_ignore_ascii_case(name));
    let (yes, no): (Vec<&Review>, Vec<&Review>) =
        told.reviews.iter().filter(of_ours).partition(|review| review.state == "approved");
    let mut approved = None;
    let mut refused = Vec::new();
    for review in &yes {
        match faults(review, told, settings, nonce) {
            faults if faults.is_empty() => {
                approved.get_or_insert(Approved { by: review.user.clone(), comment: review.comment.clone() });
            }
            faults => refused.extend(faults),
        }
    }
    match approved {
        Some(approved) if wrong.is_empty() => return Ok(approved),
        Some(_) => {}
        None => {
            wrong.extend(refused);
            wrong.extend(no.iter().map(|review| {
                let what = format!("{} said no to `{name}` ({})", review.user, review.state);
                Problem::new(what).fix("ask why, before anybody else is asked")
            }));
            if yes.is_empty() && no.is_empty() {
                let what = format!("nobody has approved the environment `{name}` in this workflow run");
                wrong.push(
                    Problem::new(what).because("a label, a variable or a message approves nothing").fix(
                        format!(
                            "one of {} approves it, with the comment {nonce}",
                            settings.approvers.join(", ")
                        ),
                    ),
                );
            }
        }
    }
    Err(wrong)
}

/// Whether the environment lets only others approve.
fn protection(told: &Told<'_>, settings: &OverrideSettings) -> Vec<Problem> {
    let name = &settings.environment;
    let fix =
        "in the repository's settings, let the environment have required reviewers and prevent self-review";
    let Some(environment) = told.environment else {
        return vec![Problem::new(format!("there is no environment `{name}`")).fix(fix)];
    };
    let mut wrong = Vec::new();
    if environment.reviewers == 0 {
        wrong.push(Problem::new(format!("the environment `{name}` waits for nobody's review")).fix(fix));
    }
    if !environment.prevents_self_review {
        wrong.push(
            Problem::new(format!("the environment `{name}` lets people approve what they began")).fix(fix),
        );
    }
    wrong
}

/// What is wrong with this approval.
fn faults(review: &Review, told: &Told<'_>, settings: &OverrideSettings, nonce: &str) -> Vec<Problem> {
    let by = &review.user;
    let same = |login: &str| login.eq_ignore_ascii_case(by);
    let mut wrong = Vec::new();
    let mut own = |what: &str| {
        let problem = Problem::new(format!("{by} approved it, and {by} {what}"));
        wrong.push(problem.fix("let somebody approve it who has no part in it"));
    };
    if same(&told.run.actor) {
        own("began the workflow run");
    }
    if same(&told.run.triggering_actor) {
        own("began this attempt of the run");
    }
    let mut part = |login: Option<&String>, did: &str| match login {
        Some(login) if same(login) => own(did),
        Some(_) => {}
        None => own(&format!("may be who {did}: the forge knows no account for the mail address")),
    };
    part(told.people.author.as_ref(), "wrote the commit");
    part(told.people.committer.as_ref(), "committed it");
    if told.people.openers.iter().any(|login| same(login)) {
        own("opened the pull request that it came by");
    }
    if !settings.approvers.iter().any(|login| same(login)) {
        let what = format!("{by} approved it, and `gates.override.approvers` does not name {by}");
        wrong.push(Problem::new(what).fix(format!("ask one of {}", settings.approvers.join(", "))));
    }
    if !is_in(&review.comment, nonce) {
        wrong.push(
            Problem::new(format!("the comment of {by} does not hold {nonce}"))
                .because("what is approved is exactly this run, this commit, these gates and what they found")
                .fix("have it approved again, with that word in the comment"),
        );
    }
    wrong
}
