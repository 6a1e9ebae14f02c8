//! Reading releases.

use super::{latest, page, release_json};
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Release, Repo, RepoCell};

/// `GET releases`: drafts for those who may write, newest first.
pub(crate) async fn list(call: &Call, cell: &RepoCell) -> Reply {
    let repo = call.view(cell).await;
    let mut seen: Vec<&Release> = repo.releases.values().filter(|release| visible(call, release)).collect();
    seen.sort_by_key(|release| std::cmp::Reverse((release.draft, release.created_at, release.id)));
    page::list(call, seen.into_iter().map(|release| release_json::release(call, &repo, release)).collect())
}

/// `GET releases/{id}`.
pub(crate) async fn get(call: &Call, cell: &RepoCell, id: &str) -> Reply {
    let repo = call.view(cell).await;
    let release = find(call, &repo, id)?;
    Ok(Answer::ok(&release_json::release(call, &repo, release)))
}

/// `GET releases/tags/{tag}`: never a draft, and some calls late.
pub(crate) async fn by_tag(call: &Call, cell: &RepoCell, tag: &str) -> Reply {
    let repo = call.view(cell).await;
    match repo.published(tag) {
        Some(release) if !call.world.unseen.misses(release.id) => {
            Ok(Answer::ok(&release_json::release(call, &repo, release)))
        }
        _ => Err(Problem::not_found()),
    }
}

/// `GET releases/latest`.
pub(crate) async fn latest(call: &Call, cell: &RepoCell) -> Reply {
    let repo = call.view(cell).await;
    let release = latest::latest(&repo).ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(&release_json::release(call, &repo, release)))
}

/// Drafts are there only for those with the right to push.
pub(crate) fn visible(call: &Call, release: &Release) -> bool {
    !release.draft || call.caller.writes()
}

/// A release by the number in an address.
pub(crate) fn find<'a>(call: &Call, repo: &'a Repo, id: &str) -> Result<&'a Release, Problem> {
    let release = id.parse().ok().and_then(|id: u64| repo.releases.get(&id));
    release.filter(|release| visible(call, release)).ok_or_else(Problem::not_found)
}
