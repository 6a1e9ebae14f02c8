//! Whether the release of this run can be seen by others: what points at it waits for that.

use crate::kit::mark;
use crate::model::{Kind, Problem, Rank, State, Step};
use crate::ports::forge::Release;

use super::room::Site;

/// The public release of this tag and commit, if there is one.
///
/// # Errors
///
/// If the forge cannot be asked.
pub async fn release(site: &Site) -> Result<Option<Release>, Problem> {
    let Some(slug) = &site.facts.slug else { return Ok(None) };
    let releases = site.ports.forge.releases_of(slug, &site.facts.tag).await?;
    let ours = |release: &Release| {
        !release.draft && mark::is_of(&release.body, &site.facts.tag, &site.facts.commit.id)
    };
    Ok(releases.into_iter().find(ours))
}

/// The state of what waits until the release is public.
#[must_use]
pub fn awaited(site: &Site) -> State {
    State::Held { until: format!("the release of {} is public", site.facts.tag) }
}

/// Whether this plan makes a release public.
#[must_use]
pub fn is_planned(site: &Site) -> bool {
    let publishes = Kind::Target { rank: Rank::Irreversible };
    site.plan.tasks.iter().any(|task| task.step == Step::Release && task.kind == publishes)
}
