//! Which release is the latest.

use crate::state::{MakeLatest, Release, Repo};
use semver::Version;

/// The latest release: the one that was made so by name, else the newest by date of its commit, then by
/// SemVer (GitHub documentation, "Get the latest release", and `make_latest: legacy`).
pub(crate) fn latest(repo: &Repo) -> Option<&Release> {
    let fit = |release: &&Release| {
        !release.draft && !release.prerelease && release.make_latest != MakeLatest::False
    };
    let named = repo.meta.latest.and_then(|id| repo.releases.get(&id)).filter(fit);
    named.or_else(|| repo.releases.values().filter(fit).max_by_key(|release| rank(release)))
}

fn rank(release: &Release) -> (chrono::DateTime<chrono::Utc>, Option<Version>, u64) {
    let text = release.tag_name.rsplit('/').next().unwrap_or_default();
    (release.created_at, Version::parse(text.strip_prefix('v').unwrap_or(text)).ok(), release.id)
}
