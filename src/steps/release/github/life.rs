//! Signs of life: while a run holds the draft, the label that says so changes now and then.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::kit::claim::Claim;
use crate::model::Problem;
use crate::model::facts::Slug;
use crate::ports::Forge;
use crate::ports::forge::ForgeError;
use crate::steps::claim::FINAL;
use crate::steps::room::Site;

/// How many signs of life fit into a claim's term.
const BEATS: u32 = 4;

/// The signs of life; they end when it is dropped.
pub struct Beat {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Beat {
    /// Begins what goes on until its token is cancelled.
    pub fn begin<F: Future<Output = ()> + Send + 'static>(life: impl FnOnce(CancellationToken) -> F) -> Self {
        let stop = CancellationToken::new();
        Self { task: tokio::spawn(life(stop.clone())), stop }
    }

    /// No more of them. One that is under way is waited for: sent before another label, it could be carried
    /// out after it.
    pub async fn end(&mut self) {
        self.stop.cancel();
        if let Err(error) = (&mut self.task).await {
            tracing::debug!(%error, "the signs of life broke off");
        }
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A run that shows that it lives.
pub struct Life {
    /// The forge.
    pub forge: Arc<dyn Forge>,
    /// The repository.
    pub repo: Slug,
    /// Our claim.
    pub us: Claim,
    /// The release.
    pub release: u64,
    /// The evidence, whose label is the claim.
    pub asset: u64,
    /// Where a lost sign of life is told.
    pub site: Site,
}

impl Life {
    /// Changes the label now and then, for as long as nobody else's stands there.
    pub async fn go_on(self, stop: CancellationToken) {
        let pause = Duration::from_secs(self.us.term) / BEATS;
        let mut publishing = false;
        let mut lost = false;
        for beat in 1.. {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => return,
            }
            // Nobody who wants to go on waits for a look: only a label on its way is waited for.
            let looked = tokio::select! {
                looked = self.forge.assets(&self.repo, self.release) => looked,
                () = stop.cancelled() => return,
            };
            let assets = match looked {
                Ok(assets) => assets,
                Err(error) => {
                    self.not_given(&error, &mut lost);
                    continue;
                }
            };
            let Some(there) = assets.iter().find(|asset| asset.id == self.asset) else { continue };
            // A run that makes the same and is publishing it needs a moment only: twice is too long.
            let waits = there.label == FINAL && !publishing;
            publishing = there.label == FINAL;
            // With another's claim there, the run decides before its next write.
            if stop.is_cancelled() {
                return;
            }
            if waits || Claim::read(&there.label).is_some_and(|claim| claim.by != self.us.by) {
                continue;
            }
            match self.forge.relabel(&self.repo, self.asset, &self.us.label(beat)).await {
                Ok(_) => lost = false,
                Err(error) => self.not_given(&error, &mut lost),
            }
        }
    }

    /// Tells a person, once until it goes well again.
    fn not_given(&self, error: &ForgeError, lost: &mut bool) {
        tracing::debug!(%error, "a sign of life was not given");
        if !std::mem::replace(lost, true) {
            self.site.notice(
                Problem::new("the forge was not told that this run is still at work")
                    .because(error.to_string())
                    .fix(format!("nothing, if it passes: after {} s without a sign another run may take the draft over", self.us.term)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_sign_of_life_under_way_is_waited_for() {
        let landed = Arc::new(AtomicBool::new(false));
        let lands = Arc::clone(&landed);
        let mut beat = Beat::begin(|stop| async move {
            stop.cancelled().await;
            // The forge answers a little later.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            lands.store(true, Ordering::SeqCst);
        });
        beat.end().await;
        assert!(landed.load(Ordering::SeqCst), "no label may be written before it");
    }
}
