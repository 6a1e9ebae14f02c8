//! The target: a branch that demands the check.

use super::super::context::context;
use super::decide::{Change, Decision, Demand, Now, decide};
use super::diff;
use crate::model::facts::Slug;
use crate::model::{Facts, Problem, Rank, State, Step, Undone};
use crate::ports::forge::ForgeError;
use crate::ports::rules::Protection;
use crate::steps::room::{Draft, Planned, Site, Target};

/// The target.
pub struct Place {
    demand: Demand,
}

/// What was found, for a person to read.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// By what it is demanded already.
    pub demanded: Option<String>,
    /// What would be written, and where.
    pub change: Option<(String, Vec<String>)>,
    /// Why classic protection could not be seen.
    pub hidden: Option<String>,
}

impl Place {
    /// The task of this demand.
    #[must_use]
    pub fn planned(demand: Demand) -> Planned {
        let title = format!("{} demands {}", demand.branch, demand.context);
        Draft::new(Step::Gates, "protect", "", title).target(Rank::Compensable, Self { demand })
    }

    /// The name of the check of a project.
    #[must_use]
    pub fn context(facts: &Facts) -> String {
        context(&facts.dir)
    }

    async fn now(&self, site: &Site) -> Result<Now, Problem> {
        let slug = slug(site)?;
        let forge = &site.ports.forge;
        let explain = |error: ForgeError| explained(slug, &self.demand, error);
        Ok(Now {
            default_branch: forge.access(slug).await.map_err(explain)?.default_branch,
            protection: forge.protection(slug, &self.demand.branch).await.map_err(explain)?,
            rulesets: forge.rulesets(slug).await.map_err(explain)?,
        })
    }

    /// Looks, and says what would be done.
    ///
    /// # Errors
    ///
    /// If the forge cannot be asked, or what is there must not be changed.
    pub async fn look(demand: Demand, site: &Site) -> Result<Looked, Problem> {
        let place = Self { demand };
        let now = place.now(site).await?;
        let hidden = match &now.protection {
            Protection::Hidden { why } => Some(why.clone()),
            Protection::Open | Protection::There(_) => None,
        };
        Ok(match place.decided(site, &now)? {
            Decision::Demanded(by) => Looked { demanded: Some(by), change: None, hidden },
            Decision::Write(change) => Looked { demanded: None, change: Some(shown(&change)), hidden },
        })
    }

    fn decided(&self, site: &Site, now: &Now) -> Result<Decision, Problem> {
        decide(&self.demand, now).map_err(|problem| match (&problem.fix, &site.facts.slug) {
            (None, Some(slug)) => problem.fix(ask(slug, &self.demand)),
            _ => problem,
        })
    }
}

/// Where a change is written, and what it changes.
fn shown(change: &Change) -> (String, Vec<String>) {
    let nothing = serde_json::Value::Null;
    match change {
        Change::CreateRuleset(body) => {
            (format!("a new ruleset {}", body["name"]), diff::lines(&nothing, body))
        }
        Change::UpdateRuleset { before, body, .. } => {
            (format!("the ruleset {}", body["name"]), diff::lines(before, body))
        }
        Change::RequireChecks { before, body } => {
            ("the required checks of the branch protection".into(), diff::lines(before, body))
        }
        Change::Protect { before, body } => ("the branch protection".into(), diff::lines(before, body)),
    }
}

fn slug(site: &Site) -> Result<&Slug, Problem> {
    site.facts.slug.as_ref().ok_or_else(|| {
        Problem::new("it is not known which repository is meant")
            .fix("set GITHUB_REPOSITORY=OWNER/NAME, or add a remote `origin`")
    })
}

/// What somebody who may not do it asks an administrator for.
#[must_use]
pub fn ask(slug: &Slug, demand: &Demand) -> String {
    let from = demand.app.map(|app| format!(" from the app {app}")).unwrap_or_default();
    format!(
        "ask an administrator of {slug} to run `release-action protect --apply --branch {}` with a token of their own \
         (`Administration: write`; the token of a job never has it), or to demand the check `{}`{from} under Settings, Rules",
        demand.branch, demand.context
    )
}

/// A refusal, and whom to ask: 403 says that the right is missing, 404 that the forge does not even show it.
fn explained(slug: &Slug, demand: &Demand, error: ForgeError) -> Problem {
    let why = match &error {
        ForgeError::Denied { status: 403, .. } => "the token may not administer the repository",
        ForgeError::NotFound { .. } => {
            "there is no such branch or repository, or the forge hides it from a token without the right"
        }
        _ => return error.into(),
    };
    Problem::from(error).because(why).fix(ask(slug, demand))
}

#[async_trait::async_trait]
impl Target for Place {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let now = self.now(site).await?;
        Ok(match self.decided(site, &now)? {
            Decision::Demanded(by) => {
                State::Same { proof: format!("{} is demanded by {by}", self.demand.context) }
            }
            Decision::Write(Change::CreateRuleset(_)) => State::Absent,
            Decision::Write(change) => State::Differs { how: shown(&change).1.join("; ") },
        })
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let slug = slug(site)?;
        let (forge, branch) = (&site.ports.forge, &self.demand.branch);
        // Once more, so that what somebody changed in the meantime is merged and not written over.
        let now = self.now(site).await?;
        let Decision::Write(change) = self.decided(site, &now)? else { return Ok(()) };
        let written = match &change {
            Change::CreateRuleset(body) => forge.create_ruleset(slug, body).await,
            Change::UpdateRuleset { id, body, .. } => forge.update_ruleset(slug, *id, body).await,
            Change::RequireChecks { body, .. } => forge.require_checks(slug, branch, body).await,
            Change::Protect { body, .. } => forge.protect(slug, branch, body).await,
        };
        written.map_err(|error| explained(slug, &self.demand, error))
    }

    async fn undo(&self, _: &Site, _: bool) -> Result<Undone, Problem> {
        Ok(Undone::Impossible {
            why: "what a branch demands is no part of a release".into(),
            instead: "take the check out under Settings, Rules".into(),
        })
    }
}
