//! An issue that demands a review of what was overridden. It is ours by its mark and by who opened it: the mark
//! alone anybody can copy. Nothing that cannot be taken back is published before it is there.

use std::sync::{Arc, Mutex, PoisonError};

use super::super::context::run_page;
use super::audit::BRANCH;
use super::case::{Attempt, Case};
use super::place::repository;
use crate::kit::markdown::{code, escape, link};
use crate::model::facts::Slug;
use crate::model::{Override, Problem, State, Undone};
use crate::ports::forge::ForgeError;
use crate::ports::oversight::Issue;
use crate::steps::room::{Site, Target};

/// Who a job's own token is.
const JOB: &str = "github-actions[bot]";

/// The longest title, in characters.
const TITLE: usize = 200;

/// The target.
pub struct Demand {
    case: Arc<Case>,
    /// Who we are: as the settings say, or as the forge has told.
    author: Mutex<Option<String>>,
}

impl Demand {
    /// The issue of this override.
    #[must_use]
    pub fn new(case: Arc<Case>, author: &str) -> Self {
        let named = Some(author.trim()).filter(|name| !name.is_empty()).map(str::to_owned);
        Self { case, author: Mutex::new(named) }
    }

    fn accepted(&self) -> Option<(Attempt, Override)> {
        let attempt = self.case.decided()?;
        let by = attempt.accepted.clone()?;
        Some((attempt, by))
    }

    async fn author(&self, site: &Site) -> Result<String, ForgeError> {
        let known = self.author.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let login = site.ports.forge.login().await?.unwrap_or_else(|| JOB.to_owned());
        self.learn(&login);
        Ok(login)
    }

    fn learn(&self, login: &str) {
        *self.author.lock().unwrap_or_else(PoisonError::into_inner) = Some(login.to_owned());
    }

    async fn ours(&self, site: &Site, slug: &Slug, by: &Override) -> Result<Option<Issue>, Problem> {
        let author = self.author(site).await?;
        let mark = mark(by);
        let found = site.ports.forge.issues(slug, &author).await?;
        Ok(found.into_iter().find(|issue| {
            issue.author.eq_ignore_ascii_case(&author) && issue.body.trim_start().starts_with(&mark)
        }))
    }
}

/// What it is known by; nobody sees it.
fn mark(by: &Override) -> String {
    format!("<!-- release-action override: {} -->", by.nonce)
}

fn title(attempt: &Attempt, by: &Override) -> String {
    let title = format!("Review {} of {}: gates {}", attempt.said.tag, attempt.said.repository, by.title());
    crate::kit::plain::cut(&title, TITLE)
}

fn body(site: &Site, attempt: &Attempt, by: &Override) -> String {
    let gates: Vec<String> = attempt.said.gates.iter().map(|gate| code(gate)).collect();
    let run = run_page(&site.facts).map(|page| link("the run", &page)).unwrap_or_default();
    let rows = [
        ("gates", gates.join(", ")),
        ("commit", code(&attempt.said.commit)),
        ("approved by", escape(&by.by)),
        ("reason", escape(&by.reason)),
        ("ticket", escape(&by.ticket)),
        ("name", code(&by.nonce)),
        ("run", run),
    ];
    let rows: String = rows.iter().map(|(name, text)| format!("| {name} | {text} |\n")).collect();
    format!(
        "{}\nGates of this release failed, and were overridden. Nothing that they found is mended by that.\n\n\
         | | |\n|---|---|\n{rows}\n\
         - [ ] what the gates found is mended, or has an issue of its own\n\
         - [ ] the release was looked at, and stays or is withdrawn\n\
         - [ ] `release-action audit` finds the log on `{BRANCH}` whole\n\n\
         Close this when all three are done.\n",
        mark(by)
    )
}

#[async_trait::async_trait]
impl Target for Demand {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let Some((_, by)) = self.accepted() else {
            return Ok(State::Same { proof: "nothing was overridden".into() });
        };
        if !self.case.is_written() {
            return Err(Problem::new("the override is not in the audit log, so no issue is opened for it"));
        }
        Ok(match self.ours(site, repository(&site.facts)?, &by).await? {
            Some(issue) => State::Same { proof: issue.url },
            None => State::Absent,
        })
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let Some((attempt, by)) = self.accepted() else { return Ok(()) };
        let slug = repository(&site.facts)?;
        let (title, body) = (title(&attempt, &by), body(site, &attempt, &by));
        let opened = site.ports.forge.open_issue(slug, &title, &body).await.map_err(|error| {
            let denied = matches!(error, ForgeError::Denied { status: 403, .. });
            let gone = matches!(error, ForgeError::NotFound { .. });
            let problem = Problem::from(error);
            match (denied, gone) {
                (true, _) => problem.fix("give the job `permissions: { issues: write }`"),
                (_, true) => {
                    problem.fix("switch the repository's issues on: a review of this must be asked for")
                }
                _ => problem,
            }
        })?;
        // An app of the user's own could not say before who it is.
        self.learn(&opened.author);
        Ok(())
    }

    async fn undo(&self, _: &Site, _: bool) -> Result<Undone, Problem> {
        Ok(Undone::Impossible {
            why: "what was overridden wants a review, whatever became of the release".into(),
            instead: "close the issue by hand, once it was reviewed".into(),
        })
    }
}
