//! The calls that the release needs are left in the forge's budget.

use crate::config::section::NoSettings;
use crate::model::{Kind, Problem, Proof, Row, Step, Verdict};
use crate::ports::forge::ForgeError;
use crate::steps::room::{Check, Draft, Planned, Room, Scene, Site};

/// Calls for looking at the repository, the release, tags, and for the way back after failures.
const BASE_CALLS: u64 = 40;

/// An upload counts as two calls; the draft and its assets are looked at before each, and an asset that
/// stands in its place is deleted.
const CALLS_PER_TARGET: u64 = 5;

/// How often a run reads the list of all releases, in which drafts are; once the release is found it is
/// asked for by its number.
const LISTS: u64 = 6;

/// Releases on a page of that list.
const PER_PAGE: u64 = 100;

/// The room.
pub struct Budget;

impl Room for Budget {
    const ID: &'static str = "budget";
    const ABOUT: &'static str = "The forge's rate limit leaves enough calls";
    type Settings = NoSettings;

    fn plan(_: &NoSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        if scene.facts.snapshot {
            return Ok(Vec::new());
        }
        Ok(vec![Draft::new(Step::Preflight, Self::ID, "", "rate limit").check(Enough)])
    }
}

struct Enough;

#[async_trait::async_trait]
impl Check for Enough {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        // Without a repository there is no forge to ask; the token's room tells that.
        if site.facts.slug.is_none() {
            return Ok(Verdict::skipped("the repository is not known"));
        }
        let targets =
            site.plan.tasks.iter().filter(|task| matches!(task.kind, Kind::Target { .. })).count() as u64;
        // Most tags of versions have a release.
        let pages = site.facts.tags.len() as u64 / PER_PAGE + 1;
        let needed = BASE_CALLS + CALLS_PER_TARGET * targets + LISTS * pages;
        let budget = match site.ports.forge.budget().await {
            Ok(budget) => budget,
            // An enterprise server without rate limits has no such page.
            Err(ForgeError::NotFound { .. }) => {
                return Ok(Verdict::pass(
                    "the forge has no rate limit",
                    Proof::seen("GET /rate_limit: not found"),
                ));
            }
            Err(error) => return Err(error.into()),
        };
        let ok = budget.remaining >= needed;
        let row = Row {
            metric: "API calls".into(),
            comparator: ">=".into(),
            threshold: format!("{needed} estimated"),
            actual: format!("{} of {} left", budget.remaining, budget.limit),
            ok,
        };
        if ok {
            return Ok(Verdict::pass(
                format!("{} calls are left", budget.remaining),
                Proof::seen("GET /rate_limit"),
            )
            .row(row));
        }
        let wait = i64::try_from(budget.reset)
            .unwrap_or(i64::MAX)
            .saturating_sub(site.ports.clock.now().timestamp());
        let problem =
            Problem::new(format!("{} API calls are left, some {needed} are needed", budget.remaining))
                .fix(format!("run again in {} minutes, when the limit begins anew", (wait.max(0) + 59) / 60));
        Ok(Verdict::fail(problem.what.clone()).row(row).problem(problem))
    }
}
