//! The verdict as a check run of the commit; as a commit status where the token may not write checks.

use std::sync::atomic::{AtomicBool, Ordering};

use super::super::context::run_page;
use super::denied::{explained, lacks_right, repository};
use super::outcome::Outcome;
use super::page::page;
use super::remarks::{digest, missing, remarks};
use super::subject::Subject;
use crate::kit::plain::cut;
use crate::model::facts::Slug;
use crate::model::{Problem, State, Undone};
use crate::ports::forge::ForgeError;
use crate::ports::review::{ANNOTATIONS_A_CALL, Annotation, CheckRun, CheckWanted, CommitStatus};
use crate::steps::room::{Site, Target};

/// The longest summary, in bytes; GitHub takes 65,535 characters.
const SUMMARY: usize = 65_000;

/// The longest description of a status, in characters.
const DESCRIPTION: usize = 140;

/// The right that a check run needs.
const CHECKS: &str = "checks: write";

/// The target.
pub struct CheckPlace {
    subject: Subject,
    context: String,
    /// The token may not write checks: found out by trying, once a run.
    as_status: AtomicBool,
}

/// What is to be told.
struct Told {
    wanted: CheckWanted,
    /// The same while remarks are still missing: whoever finds this goes on.
    begun: CheckWanted,
    remarks: Vec<Annotation>,
}

impl Told {
    /// What is written while so many remarks are still to come.
    fn with(&self, left: usize) -> &CheckWanted {
        if left == 0 { &self.wanted } else { &self.begun }
    }
}

impl CheckPlace {
    /// The place of this name at this commit.
    #[must_use]
    pub fn new(subject: Subject, context: String) -> Self {
        Self { subject, context, as_status: AtomicBool::new(false) }
    }

    fn told(&self, site: &Site) -> Told {
        let outcome = Outcome::of(site);
        let (remarks, more) = remarks(&outcome);
        // By this it is seen without reading them whether the remarks are there.
        let end = format!("\n<!-- remarks {} -->\n", digest(&remarks));
        let cut = match more {
            0 => String::new(),
            more => format!("\n> {more} further remarks are cut, none worse than those shown.\n"),
        };
        let page = page(&outcome, SUMMARY - end.len() - cut.len()) + &cut;
        let summary = format!("{page}{end}");
        let wanted = CheckWanted {
            name: self.context.clone(),
            commit: self.subject.commit.clone(),
            external_id: format!("release-action/{}", self.context),
            success: outcome.is_good(),
            title: outcome.title(),
            summary,
            details: run_page(&site.facts),
        };
        let begun = CheckWanted { summary: page, ..wanted.clone() };
        Told { wanted, begun, remarks }
    }

    /// The check runs that are ours by their mark, newest first. Of another app's with our mark the forge lets
    /// us change nothing, and then one of our own is made.
    async fn ours(&self, site: &Site, slug: &Slug, told: &Told) -> Result<Vec<CheckRun>, ForgeError> {
        let wanted = &told.wanted;
        let mut found = site.ports.forge.checks(slug, &wanted.commit, &wanted.name).await?;
        found.retain(|check| check.external_id == wanted.external_id);
        Ok(found)
    }

    async fn tell_check(&self, site: &Site, slug: &Slug, told: &Told) -> Result<(), ForgeError> {
        let forge = &site.ports.forge;
        let mut check = None;
        let mut left = Vec::new();
        if let Some(newest) = self.ours(site, slug, told).await?.first() {
            left = missing(&told.remarks, &forge.annotations(slug, newest.id).await?);
            let first = left.drain(..left.len().min(ANNOTATIONS_A_CALL)).collect::<Vec<_>>();
            check = match forge.update_check(slug, newest.id, told.with(left.len()), &first).await {
                Ok(check) => Some(check),
                Err(error) if lacks_right(&error) => None,
                Err(error) => return Err(error),
            };
        }
        let check = match check {
            Some(check) => check,
            None => {
                left = told.remarks.clone();
                let first = left.drain(..left.len().min(ANNOTATIONS_A_CALL)).collect::<Vec<_>>();
                forge.create_check(slug, told.with(left.len()), &first).await?
            }
        };
        while !left.is_empty() {
            let more = left.drain(..left.len().min(ANNOTATIONS_A_CALL)).collect::<Vec<_>>();
            forge.update_check(slug, check.id, told.with(left.len()), &more).await?;
        }
        Ok(())
    }

    fn status(&self, told: &Told) -> CommitStatus {
        CommitStatus {
            context: self.context.clone(),
            state: if told.wanted.success { "success" } else { "failure" }.into(),
            description: cut(&told.wanted.title, DESCRIPTION),
        }
    }

    async fn status_now(&self, site: &Site, slug: &Slug) -> Result<Option<CommitStatus>, Problem> {
        let all = site.ports.forge.statuses(slug, &self.subject.commit).await;
        let all = all.map_err(|error| self.without_rights(error))?;
        Ok(all.into_iter().find(|status| status.context.eq_ignore_ascii_case(&self.context)))
    }

    async fn look_at_status(&self, site: &Site, slug: &Slug, told: &Told) -> Result<State, Problem> {
        let wanted = self.status(told);
        Ok(match self.status_now(site, slug).await? {
            None => State::Absent,
            Some(status) if status.state == wanted.state && status.description == wanted.description => {
                State::Same { proof: format!("the status {} is {}", self.context, wanted.state) }
            }
            Some(status) => {
                State::Differs { how: format!("the status {} is {}", self.context, status.state) }
            }
        })
    }

    /// Neither way is open.
    fn without_rights(&self, error: ForgeError) -> Problem {
        let lacks = lacks_right(&error);
        let problem = explained(error, CHECKS);
        match &self.subject.read_only {
            Some(why) if lacks => problem.because(why.clone()).fix(
                "nothing is wrong with the commit; a maintainer's run, or a workflow on `workflow_run`, can tell it",
            ),
            _ if lacks => problem.because("the token may write neither checks nor statuses"),
            _ => problem,
        }
    }
}

/// True if the forge shows what is wanted. It stores texts with its own line ends.
fn is_as_wanted(check: &CheckRun, told: &Told) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
    let conclusion = if told.wanted.success { "success" } else { "failure" };
    check.status == "completed"
        && check.conclusion == conclusion
        && plain(&check.title) == plain(&told.wanted.title)
        && plain(&check.summary) == plain(&told.wanted.summary)
        && check.annotations >= told.remarks.len() as u64
}

#[async_trait::async_trait]
impl Target for CheckPlace {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let slug = repository(site)?;
        let told = self.told(site);
        if self.as_status.load(Ordering::Relaxed) {
            return self.look_at_status(site, slug, &told).await;
        }
        let ours = match self.ours(site, slug, &told).await {
            Err(error) if lacks_right(&error) => {
                self.as_status.store(true, Ordering::Relaxed);
                return self.look_at_status(site, slug, &told).await;
            }
            other => other.map_err(|error| explained(error, CHECKS))?,
        };
        Ok(match ours.first() {
            None => State::Absent,
            Some(check) if is_as_wanted(check, &told) => {
                State::Same { proof: format!("{} {}: {}", self.context, check.conclusion, check.url) }
            }
            Some(check) => State::Differs { how: format!("{} says: {}", self.context, check.title) },
        })
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let slug = repository(site)?;
        let told = self.told(site);
        if !self.as_status.load(Ordering::Relaxed) {
            match self.tell_check(site, slug, &told).await {
                Err(error) if lacks_right(&error) => {
                    self.as_status.store(true, Ordering::Relaxed);
                    if self.subject.read_only.is_none() {
                        site.notice(
                            Problem::new(format!(
                                "{} is told as a commit status, without its remarks",
                                self.context
                            ))
                            .because(error.to_string())
                            .fix(format!("give the job `permissions: {{ {CHECKS} }}` for a check run")),
                        );
                    }
                }
                told => return told.map_err(|error| explained(error, CHECKS)),
            }
        }
        let wanted = self.status(&told);
        // The last one counts, so one that says the same need not be said again.
        if self
            .status_now(site, slug)
            .await?
            .is_some_and(|now| now.state == wanted.state && now.description == wanted.description)
        {
            return Ok(());
        }
        let set =
            site.ports.forge.set_status(slug, &self.subject.commit, &wanted, told.wanted.details.as_deref());
        set.await.map_err(|error| self.without_rights(error))
    }

    async fn undo(&self, _: &Site, _: bool) -> Result<Undone, Problem> {
        Ok(Undone::Impossible {
            why: "what the gates came to stays true of the commit".into(),
            instead: "run the gates again: what they come to then takes its place".into(),
        })
    }
}
