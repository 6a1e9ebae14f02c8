//! The evidence: on the draft before any other asset, so that a re-run knows what was made.

use std::sync::Arc;

use crate::model::evidence::EVIDENCE_NAME;
use crate::model::{Digest, Problem, State, Undone};
use crate::steps::evidence::gather;
use crate::steps::room::{Site, Target};

use super::asset::{self, Made};
use super::desk::Desk;

/// `release-evidence.json` as an asset.
pub struct TheEvidence(pub Arc<Desk>);

impl TheEvidence {
    fn text(&self, site: &Site) -> Result<String, Problem> {
        let evidence = gather(&site.plan, site.shelf.as_ref());
        evidence.to_json().map_err(|error| Problem::new("the evidence cannot be written").caused_by(&error))
    }
}

#[async_trait::async_trait]
impl Target for TheEvidence {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let text = self.text(site)?;
        let bytes = text.as_bytes();
        let Some(release) = self.0.there(site).await? else { return Ok(State::Absent) };
        if !release.draft {
            // A public release keeps the evidence that it was published with.
            let assets = self.0.assets(site).await?;
            let there = assets.iter().find(|asset| asset.name == EVIDENCE_NAME && asset.uploaded);
            let Some(there) = there else {
                return Ok(State::Broken {
                    why: "the release is public without its evidence".into(),
                    fix: "release a higher version".into(),
                });
            };
            let told = self.0.digest_of(site, there, there.size).await?;
            let proof = told.map_or_else(|| format!("asset {}", there.id), |digest| digest.to_string());
            return Ok(State::Same { proof });
        }
        let (size, digest) = (bytes.len() as u64, Digest::of(bytes));
        self.0.evidence_is(size, digest).await;
        let state = asset::look(&self.0, site, &Made { name: EVIDENCE_NAME, size, digest }).await?;
        if matches!(state, State::Differs { .. }) {
            // Other evidence is another release: nothing of ours goes beside it while its run lives.
            self.0.nobody_else(site, &self.0.assets(site).await?).await?;
        }
        Ok(state)
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let file = site.dist.join(EVIDENCE_NAME);
        let text = self.text(site)?;
        let bytes = text.as_bytes();
        site.ports.files.write(&file, bytes)?;
        let made = Made { name: EVIDENCE_NAME, size: bytes.len() as u64, digest: Digest::of(bytes) };
        asset::put(&self.0, site, &made, &file).await
    }

    async fn undo(&self, site: &Site, really: bool) -> Result<Undone, Problem> {
        asset::take_away(&self.0, site, EVIDENCE_NAME, really).await
    }
}
