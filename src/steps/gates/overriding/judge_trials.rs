//! Forged overrides, each refused for its own reason, and a genuine one.

use chrono::{DateTime, TimeDelta, Utc};

use super::judge::{Approved, Blocking, Told, approval, never, request, time};
use super::request::Request;
use super::settings::OverrideSettings;
use crate::model::{Problem, Verdict};
use crate::ports::oversight::{Environment, People, Review, WorkflowRun};

const NONCE: &str = "ro1-0123456789abcdef0123456789abcdef";

fn now() -> DateTime<Utc> {
    "2026-01-31T03:00:00Z".parse().unwrap()
}

/// Everything that a genuine override rests on; a test spoils one thing of it.
struct Scene {
    settings: OverrideSettings,
    request: Request,
    blocking: Vec<Blocking>,
    run: WorkflowRun,
    people: People,
    environment: Option<Environment>,
    reviews: Vec<Review>,
    commit: String,
    now: DateTime<Utc>,
}

fn genuine() -> Scene {
    let text = |text: &str| text.to_owned();
    let commit = "c".repeat(40);
    Scene {
        settings: OverrideSettings {
            approvers: ["ada", "actor", "again", "author", "committer", "opener"].map(text).to_vec(),
            never: vec!["licences".into()],
            ..OverrideSettings::default()
        },
        request: Request {
            gates: ["tests".to_owned()].into(),
            reason: "the registry's certificate ends tonight".into(),
            ticket: "OPS-1".into(),
            expires: now() + TimeDelta::hours(2),
            sha: commit.clone(),
        },
        blocking: vec![Blocking { name: "tests".into(), verdict: Some(Verdict::fail("1 failed")) }],
        run: WorkflowRun {
            head: commit.clone(),
            actor: "actor".into(),
            triggering_actor: "again".into(),
            created: now() - TimeDelta::minutes(5),
        },
        people: People {
            author: Some("author".into()),
            committer: Some("committer".into()),
            openers: vec!["Opener".into()],
        },
        environment: Some(Environment { reviewers: 1, prevents_self_review: true }),
        reviews: vec![Review {
            environments: vec!["release-override".into()],
            state: "approved".into(),
            user: "Ada".into(),
            comment: format!("yes, {NONCE}"),
        }],
        commit,
        now: now(),
    }
}

impl Scene {
    fn decided(&self) -> Result<Approved, Vec<Problem>> {
        let mut wrong = request(&self.request, &self.settings, &self.blocking, &self.commit);
        wrong.extend(time(&self.request, self.now));
        let told = Told {
            run: &self.run,
            people: &self.people,
            environment: self.environment.as_ref(),
            reviews: &self.reviews,
            now: self.now,
        };
        let approved = approval(&told, &self.settings, &self.commit, NONCE);
        if wrong.is_empty() {
            return approved;
        }
        wrong.extend(approved.err().unwrap_or_default());
        Err(wrong)
    }
}

type Forge = fn(&mut Scene);

/// What is forged, how, and what is said.
const FORGED: &[(&str, Forge, &str)] = &[
    ("by the actor", |s| s.reviews[0].user = "ACTOR".into(), "ACTOR began the workflow run"),
    ("by the triggering actor", |s| s.reviews[0].user = "again".into(), "again began this attempt"),
    ("by the author", |s| s.reviews[0].user = "author".into(), "author wrote the commit"),
    ("by the committer", |s| s.reviews[0].user = "committer".into(), "committer committed it"),
    ("by the opener", |s| s.reviews[0].user = "opener".into(), "opener opened the pull request"),
    ("of an unknown author", |s| s.people.author = None, "may be who wrote the commit"),
    ("of an unknown committer", |s| s.people.committer = None, "may be who committed it"),
    ("by somebody else", |s| s.reviews[0].user = "mallory".into(), "does not name mallory"),
    ("with no approvers", |s| s.settings.approvers.clear(), "overrides are off"),
    ("expired", |s| s.request.expires = s.now, "expired at 2026-01-31T03:00:00Z"),
    (
        "too long",
        |s| s.request.expires = s.now + TimeDelta::hours(24) + TimeDelta::seconds(1),
        "24 hours are the most",
    ),
    ("of an old run", |s| s.run.created = s.now - TimeDelta::hours(25), "began more than 24 hours ago"),
    ("of another commit", |s| s.request.sha = "d".repeat(40), "the request is for the commit ddd"),
    ("in a run of another commit", |s| s.run.head = "d".repeat(40), "the workflow run is of the commit ddd"),
    (
        "of another gate",
        |s| s.request.gates = ["lint".to_owned()].into(),
        "names the gate `lint`, which does not block",
    ),
    (
        "of too few gates",
        |s| s.blocking.push(Blocking { name: "lint".into(), verdict: Some(Verdict::fail("x")) }),
        "`lint` blocks too",
    ),
    (
        "of secrets",
        |s| (s.request.gates, s.blocking[0].name) = (["secrets".to_owned()].into(), "secrets".into()),
        "`secrets` can never be overridden",
    ),
    (
        "of what the settings exclude",
        |s| (s.request.gates, s.blocking[0].name) = (["licences".to_owned()].into(), "licences".into()),
        "`gates.override.never` says",
    ),
    ("of preflight", |s| s.request.gates = ["preflight/tag".to_owned()].into(), "`preflight/tag` is no gate"),
    (
        "of a signature",
        |s| s.request.gates = ["verify/signature".to_owned()].into(),
        "`verify/signature` is no gate",
    ),
    ("of an error", |s| s.blocking[0].verdict = Some(Verdict::error("torn")), "came to no answer (error)"),
    ("of what was not looked at", |s| s.blocking[0].verdict = None, "could not be made"),
    (
        "replayed from another run",
        |s| s.reviews[0].comment = "ro1-ffffffffffffffffffffffffffffffff".into(),
        "does not hold ro1-0123",
    ),
    (
        "with an edited comment",
        |s| {
            s.reviews[0].comment.pop();
        },
        "does not hold ro1-0123",
    ),
    ("without a comment", |s| s.reviews[0].comment.clear(), "does not hold ro1-0123"),
    ("without an environment", |s| s.environment = None, "there is no environment `release-override`"),
    ("without reviewers", |s| s.environment.as_mut().unwrap().reviewers = 0, "waits for nobody's review"),
    (
        "with self-review",
        |s| s.environment.as_mut().unwrap().prevents_self_review = false,
        "approve what they began",
    ),
    (
        "of another environment",
        |s| s.reviews[0].environments = vec!["production".into()],
        "nobody has approved the environment",
    ),
    ("rejected", |s| s.reviews[0].state = "rejected".into(), "Ada said no to `release-override` (rejected)"),
    ("pending", |s| s.reviews[0].state = "pending".into(), "(pending)"),
    ("with nothing but a label", |s| s.reviews.clear(), "a label, a variable or a message approves nothing"),
];

#[test]
fn what_is_forged_is_refused_for_its_own_reason() {
    assert_eq!(genuine().decided().unwrap().by, "Ada");
    for (kind, forge, said) in FORGED {
        let mut scene = genuine();
        forge(&mut scene);
        let wrong = scene.decided().expect_err(kind);
        let words: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert!(words.iter().any(|words| words.contains(said)), "{kind}: {words:?}");
        assert!(wrong.iter().all(|problem| problem.fix.is_some()), "{kind}: what to do is said");
    }
}

#[test]
fn one_good_approval_counts_beside_bad_ones() {
    let mut scene = genuine();
    let bad = |user: &str, state: &str| Review {
        user: user.into(),
        state: state.into(),
        ..scene.reviews[0].clone()
    };
    let more = [bad("mallory", "approved"), bad("bob", "rejected")];
    scene.reviews.splice(0..0, more);
    assert_eq!(scene.decided().unwrap().by, "Ada");
    scene.request.expires = now() + TimeDelta::hours(24);
    assert!(scene.decided().is_ok(), "24 hours to the second");
}

#[test]
fn what_passed_is_no_reason_to_override() {
    let blocking = Blocking { name: "tests".into(), verdict: Some(Verdict::skipped("off")) };
    assert!(never(&blocking, &OverrideSettings::default()).is_some());
    let part = Blocking { name: "secrets/history".into(), verdict: Some(Verdict::fail("x")) };
    assert!(never(&part, &OverrideSettings::default()).unwrap().contains("never"), "parts too");
}
