//! Making and changing a release, where a lost answer is looked up before anything is sent again.

use http::Method;

use super::super::policy::Failed;
use super::RealForge;
use super::call::JSON;
use super::wire::{WireRelease, body_of, change_of, is_as_wanted};
use crate::model::facts::Slug;
use crate::ports::Forge as _;
use crate::ports::forge::{ForgeError, Release, Wanted};

/// How often the list is looked through for a release whose making got no answer, since it may lag.
const LOOKS: u32 = 3;

/// How long is waited between two looks.
const LAG: std::time::Duration = std::time::Duration::from_secs(1);

impl RealForge {
    /// Makes a release, once.
    pub(super) async fn make(&self, repo: &Slug, wanted: &Wanted, mark: &str) -> Result<Release, ForgeError> {
        let what = format!("making the release {} of {repo}", wanted.tag);
        let path = format!("/repos/{repo}/releases");
        let body = body_of(wanted);
        let mut tries = 0;
        loop {
            self.policy.enter(&self.host).await;
            let failed = match self.once(JSON, &Method::POST, &path, Some(&body)).await {
                Ok(answer) => return self.read::<WireRelease>(&what, &answer).map(Into::into),
                Err(failed) => failed,
            };
            let in_doubt = in_doubt(&failed);
            // Without a mark nothing tells our release from another one of this tag.
            let repeatable = !in_doubt || !mark.is_empty();
            let given_up = self.policy.pause(&mut tries, &self.host, repeatable, failed).await.err();
            if in_doubt && let Some(found) = self.marked(repo, &wanted.tag, mark).await? {
                return Ok(found);
            }
            if let Some(failed) = given_up {
                return Err(self.tell(&what, failed));
            }
        }
    }

    /// The release of this tag whose notes hold the mark.
    async fn marked(&self, repo: &Slug, tag: &str, mark: &str) -> Result<Option<Release>, ForgeError> {
        if mark.is_empty() {
            return Ok(None);
        }
        for look in 0..LOOKS {
            let found = self.releases_of(repo, tag).await?;
            if let Some(found) = found.into_iter().find(|release| release.body.contains(mark)) {
                return Ok(Some(found));
            }
            if look + 1 < LOOKS {
                self.clock.sleep(LAG).await;
            }
        }
        Ok(None)
    }

    /// Changes a release; if an answer is lost, what became of it is read first.
    pub(super) async fn change(&self, repo: &Slug, id: u64, wanted: &Wanted) -> Result<Release, ForgeError> {
        let what = format!("changing the release {} of {repo}", wanted.tag);
        let path = format!("/repos/{repo}/releases/{id}");
        let body = change_of(wanted);
        let mut tries = 0;
        loop {
            self.policy.enter(&self.host).await;
            let failed = match self.once(JSON, &Method::PATCH, &path, Some(&body)).await {
                Ok(answer) => {
                    let told = self.read::<WireRelease>(&what, &answer);
                    return match told.and_then(|told| told.of(id, &what)) {
                        // It was taken; only what it came to is not known.
                        Err(ForgeError::Nonsense { .. }) => self.release(repo, id).await,
                        told => told,
                    };
                }
                Err(failed) => failed,
            };
            let in_doubt = in_doubt(&failed);
            let given_up = self.policy.pause(&mut tries, &self.host, true, failed).await.err();
            if in_doubt {
                match self.release(repo, id).await {
                    // Somebody has published it meanwhile: its page is theirs from then on.
                    Ok(now) if wanted.draft && !now.draft => return Ok(now),
                    // Nothing in a release tells whether it is the latest: that is asked for again.
                    Ok(now) if wanted.latest != Some(true) && is_as_wanted(&now, wanted) => return Ok(now),
                    Ok(_) => {}
                    Err(error) => return Err(error),
                }
            }
            if let Some(failed) = given_up {
                return Err(self.tell(&what, failed));
            }
        }
    }
}

/// True if the forge may have done it all the same.
fn in_doubt(failed: &Failed) -> bool {
    match failed {
        Failed::Lost(_) | Failed::Hung(_) => true,
        Failed::Answered(answer) => answer.is_server_failure(),
        _ => false,
    }
}
