//! Decides whether the gates that block are overridden. It changes nothing: the log and the issue are targets, and
//! what a verdict becomes is the scheduler's.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};

use super::audit::{self, Entry, Log, Outcome, Said};
use super::case::{Attempt, Case};
use super::judge::{self, Approved, Blocking, Told};
use super::nonce::nonce;
use super::place::{blocking, found, repository, run_of, said};
use super::request::Request;
use super::settings::OverrideSettings;
use super::tell::how;
use crate::kit::plain::{cut, visible};
use crate::model::{Digest, Override, Problem, Proof, Status, TaskId, Verdict};
use crate::ports::forge::ForgeError;
use crate::steps::gates::judged::judged_the_commit;
use crate::steps::room::{Check, Site};

/// The longest comment that the log keeps, in characters.
const COMMENT: usize = 500;

/// The check.
pub struct Decide {
    /// The settings.
    pub settings: OverrideSettings,
    /// What is asked for, if anything is.
    pub request: Option<Request>,
    /// What the others of this override need of it.
    pub case: Arc<Case>,
}

/// Why it is not granted.
enum Refusal {
    /// It must not be.
    Wrong(Vec<Problem>),
    /// It cannot be known whether it may be, which is no yes.
    Unknown(Box<Problem>),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Unknown(Box::new(problem))
    }
}

impl From<ForgeError> for Refusal {
    fn from(error: ForgeError) -> Self {
        let denied = matches!(error, ForgeError::Denied { status: 403, .. });
        let problem = Problem::from(error);
        Self::Unknown(Box::new(if denied {
            let rights = "{ actions: read, contents: write, issues: write, pull-requests: read }";
            problem.fix(format!("give the job `permissions: {rights}`"))
        } else {
            problem
        }))
    }
}

/// What was granted.
struct Granted {
    approved: Approved,
    /// What stands in the log of this very use, where it was accepted before.
    before: Option<Said>,
    after: Digest,
}

#[async_trait::async_trait]
impl Check for Decide {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let blocking = blocking(site);
        if blocking.is_empty() {
            return Ok(Verdict::skipped("no gate blocks: there is nothing to override"));
        }
        let found = found(&blocking);
        let gates: Vec<(&TaskId, &Verdict)> = found.iter().map(|(id, verdict)| (id, verdict)).collect();
        let run = run_of(&site.facts);
        let nonce = run.map(|run| nonce(&site.facts, run, &gates));
        let Some(request) = &self.request else {
            if let Some(nonce) = &nonce {
                site.notice(how(&site.facts, &self.settings, &blocking, nonce));
            }
            return Ok(Verdict::skipped("nobody asked for an override"));
        };
        let now = site.ports.forge.now().await;
        let told = now.as_ref().ok().copied().flatten();
        let mut words = self.words(site, request, run, nonce.clone().unwrap_or_default());
        words.at = told.unwrap_or(words.at);
        let decided = match now {
            Ok(now) => self.decide(site, request, &blocking, (run, nonce.as_deref()), now, &words).await,
            Err(error) => Err(error.into()),
        };
        Ok(match decided {
            Ok(granted) => self.accepted(request, &blocking, granted, words),
            Err(refusal) => self.refused(site, refusal, words),
        })
    }
}

impl Decide {
    async fn decide(
        &self,
        site: &Site,
        request: &Request,
        blocking: &[Blocking],
        (run, nonce): (Option<u64>, Option<&str>),
        now: Option<DateTime<Utc>>,
        words: &Said,
    ) -> Result<Granted, Refusal> {
        let commit = &site.facts.commit.id;
        let mut wrong = judge::request(request, &self.settings, blocking, commit);
        let now = now.ok_or_else(|| Problem::new("the forge does not tell what time it is"))?;
        wrong.extend(judge::time(request, now));
        wrong.extend(judged_the_commit(&site.facts).err());
        let (Some(run), Some(nonce)) = (run, nonce) else {
            wrong.push(
                Problem::new("no workflow runs this, so nobody can have approved it")
                    .fix("override in a workflow: its runs are what an environment's reviewers approve"),
            );
            return Err(Refusal::Wrong(wrong));
        };
        if !wrong.is_empty() {
            return Err(Refusal::Wrong(wrong));
        }
        let (repo, forge) = (repository(&site.facts)?, &site.ports.forge);
        if !forge.has_token() {
            return Err(Problem::new("there is no token to ask who approved the override").into());
        }
        let (workflow_run, people) =
            (forge.workflow_run(repo, run).await?, forge.people(repo, commit).await?);
        let environment = forge.environment(repo, &self.settings.environment).await?;
        let log = audit::read(site.ports.git.as_ref()).await?;
        let before = used(&log, words)?;
        let mut reviews = forge.reviews(repo, run).await?;
        // Whoever may push can write a line: it names who approved only where the forge names the same one.
        if let Some((said, _)) = &before {
            let by = said.approver.as_deref().unwrap_or_default();
            reviews.retain(|review| review.user.eq_ignore_ascii_case(by));
        }
        let told = Told {
            run: &workflow_run,
            people: &people,
            environment: environment.as_ref(),
            reviews: &reviews,
            now,
        };
        let approved = judge::approval(&told, &self.settings, commit, nonce).map_err(Refusal::Wrong)?;
        // What people write goes to a public branch.
        let comment = cut(&site.ports.secrets.clean(&visible(&approved.comment)), COMMENT);
        let approved = Approved { comment, ..approved };
        Ok(Granted {
            approved,
            after: before.as_ref().map_or(log.head, |(_, after)| *after),
            before: before.map(|(said, _)| said),
        })
    }

    /// The words for the log, as far as nothing is decided yet.
    fn words(&self, site: &Site, request: &Request, run: Option<u64>, nonce: String) -> Said {
        let facts = &site.facts;
        // What people write goes to a public branch.
        let clean = |text: &str| site.ports.secrets.clean(&visible(text));
        Said {
            id: crate::kit::random::token(),
            at: site.ports.clock.now(),
            outcome: Outcome::Refused,
            repository: facts.slug.as_ref().map(ToString::to_string).unwrap_or_default(),
            project: facts.dir.to_string(),
            tag: facts.tag.clone(),
            commit: facts.commit.id.clone(),
            run,
            attempt: clean(&said(facts, "GITHUB_RUN_ATTEMPT")),
            actor: clean(&said(facts, "GITHUB_TRIGGERING_ACTOR")),
            gates: request.gates.iter().map(|gate| clean(gate)).collect(),
            reason: clean(&request.reason),
            ticket: clean(&request.ticket),
            expires: request.expires,
            nonce,
            approver: None,
            comment: None,
            refused: Vec::new(),
        }
    }

    fn accepted(&self, request: &Request, blocking: &[Blocking], granted: Granted, words: Said) -> Verdict {
        let Granted { approved, before, after } = granted;
        let words = before.unwrap_or_else(|| Said {
            outcome: Outcome::Accepted,
            approver: Some(approved.by.clone()),
            comment: Some(approved.comment.clone()),
            ..words
        });
        let by = Override {
            gates: blocking.iter().map(|gate| TaskId(format!("gates/{}", gate.name))).collect(),
            by: words.approver.clone().unwrap_or(approved.by),
            reason: words.reason.clone(),
            ticket: words.ticket.clone(),
            expires: words.expires,
            nonce: words.nonce.clone(),
            run: words.run.unwrap_or_default(),
            audit_after: after,
        };
        let names: Vec<&str> = request.gates.iter().map(String::as_str).collect();
        let until = by.expires.to_rfc3339_opts(SecondsFormat::Secs, true);
        let summary = format!("{}: {}; {} ({})", by.title(), names.join(", "), by.reason, by.ticket);
        let verdict = Verdict { status: Status::Overridden, ..Verdict::fail(summary) };
        let verdict = verdict
            .proof(Proof::seen(format!(
                "approved by {} in the workflow run {} with {}",
                by.by, by.run, by.nonce
            )))
            .proof(Proof::seen(format!("asked for until {until}")))
            .proof(Proof::seen(format!("the audit log, after {after}")));
        self.case.decide(Attempt { said: words, accepted: Some(by.clone()), after });
        Verdict { overridden: Some(Box::new(by)), ..verdict }
    }

    fn refused(&self, site: &Site, refusal: Refusal, words: Said) -> Verdict {
        let (verdict, problems) = match refusal {
            Refusal::Wrong(problems) => {
                let first = problems.first().map(|problem| problem.what.clone()).unwrap_or_default();
                (Verdict::fail(format!("the override is refused: {first}")), problems)
            }
            Refusal::Unknown(problem) => {
                let what = format!("the override is refused, for it cannot be checked: {}", problem.what);
                (Verdict::error(what), vec![*problem])
            }
        };
        let clean = |problem: &Problem| site.ports.secrets.clean(&visible(&problem.to_string()));
        let refused = problems.iter().map(clean).collect();
        let said = Said { refused, ..words };
        self.case.decide(Attempt { said, accepted: None, after: Digest::of(b"") });
        problems.into_iter().fold(verdict, Verdict::problem)
    }
}

/// What the log says of this very use, and what that line follows; none where it was not accepted before.
fn used(log: &Log, words: &Said) -> Result<Option<(Said, Digest)>, Refusal> {
    let accepted =
        |entry: &&Entry| entry.said.outcome == Outcome::Accepted && entry.said.nonce == words.nonce;
    let mut before = None;
    for entry in log.entries.iter().filter(accepted) {
        if !entry.said.is_same_use(words) {
            let what = format!("{} was used already, for something else", words.nonce);
            let line = format!("line {} of the audit log is of {}", entry.seq + 1, entry.said.commit);
            let problem = Problem::new(what).because(line);
            return Err(Refusal::Wrong(vec![problem.fix("begin a new run, and have that one approved")]));
        }
        if (&entry.said.reason, &entry.said.ticket, entry.said.expires)
            != (&words.reason, &words.ticket, words.expires)
        {
            let line = format!("line {} of the audit log gives others", entry.seq + 1);
            let problem = Problem::new("reason, ticket or end are not those of the first time").because(line);
            let fix = "give the same request again, or begin a new run and have that one approved";
            return Err(Refusal::Wrong(vec![problem.fix(fix)]));
        }
        let after = entry.prev_sha256.parse();
        let after = after.map_err(|error: crate::model::digest::NotADigest| {
            Refusal::from(Problem::new("the audit log cannot be read").caused_by(&error))
        })?;
        // The same use goes on: what was written of it first holds, with its time and its place.
        before = before.or(Some((entry.said.clone(), after)));
    }
    Ok(before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::gates::overriding::audit::{line_of, verify};

    fn said(nonce: &str, tag: &str, reason: &str) -> Said {
        Said {
            id: "i".into(),
            at: DateTime::UNIX_EPOCH,
            outcome: Outcome::Accepted,
            repository: "acme/greeter".into(),
            project: String::new(),
            tag: tag.into(),
            commit: "c".into(),
            run: Some(7),
            attempt: String::new(),
            actor: String::new(),
            gates: vec!["tests".into()],
            reason: reason.into(),
            ticket: "t".into(),
            expires: DateTime::UNIX_EPOCH,
            nonce: nonce.into(),
            approver: None,
            comment: None,
            refused: Vec::new(),
        }
    }

    fn log(all: &[Said]) -> Log {
        let (_, mut head) = verify(b"").unwrap();
        let mut bytes = Vec::new();
        for (seq, said) in all.iter().enumerate() {
            let (line, next) = line_of(said, seq as u64, head).unwrap();
            bytes.extend(line.into_bytes());
            head = next;
        }
        Log::of(bytes).unwrap()
    }

    #[test]
    fn a_name_is_used_for_one_thing_and_the_same_use_keeps_its_first_words() {
        let words = said("n", "v1.0.0", "now");
        let none = log(&[]);
        assert_eq!(used(&none, &words).ok().unwrap(), None);
        let refused = Said { outcome: Outcome::Refused, ..said("n", "v2.0.0", "before") };
        let log_of = |more: &[Said]| log(&[&[refused.clone(), said("m", "v2.0.0", "x")][..], more].concat());
        assert_eq!(
            used(&log_of(&[]), &words).ok().unwrap(),
            None,
            "refused ones and other names are no use of it"
        );
        let first = Said { id: "first".into(), ..said("n", "v1.0.0", "now") };
        let again = log_of(&[first, said("n", "v1.0.0", "now")]);
        let (first, after) = used(&again, &words).ok().unwrap().unwrap();
        assert_eq!((first.id.as_str(), after.hex()), ("first", again.entries[2].prev_sha256.clone()));
        let Err(Refusal::Wrong(wrong)) = used(&log_of(&[said("n", "v1.0.0", "other")]), &words) else {
            panic!("a line with other words is no use of this request")
        };
        assert!(wrong[0].what.contains("not those of the first time"), "{wrong:?}");
        let Err(Refusal::Wrong(wrong)) = used(&log_of(&[said("n", "v1.0.1", "x")]), &words) else {
            panic!("a replay must be refused")
        };
        assert!(wrong[0].what.contains("used already, for something else"), "{wrong:?}");
    }
}
