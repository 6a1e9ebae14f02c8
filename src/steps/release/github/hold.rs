//! Holding the draft. The forge takes an asset's name once, so whoever uploads the evidence first has
//! the draft; its label says who that is and, by changing, that the run is still alive.

use std::sync::Arc;
use std::time::Duration;

use crate::kit::claim::{Claim, Standing, new_id};
use crate::kit::lease::{self, Next, Seen};
use crate::model::evidence::EVIDENCE_NAME;
use crate::model::{Digest, Problem};
use crate::ports::forge::{Asset, ForgeError, Release};
use crate::steps::claim::{self, FINAL};
use crate::steps::room::Site;

use super::desk::{Desk, by_another};
use super::life::{Beat, Life};

/// How long a sign of life that is under way is waited for when the run ends.
const LAST_BEAT: Duration = Duration::from_secs(1);

/// What this run holds.
pub struct Hold {
    /// Names the run in claims.
    by: String,
    /// The last claim that was made: it counts whether or not the forge's answer came.
    claim: Option<Claim>,
    /// Size and digest of our evidence, once it is known.
    ours: Option<(u64, Digest)>,
    at: Option<At>,
    /// Another run has the draft; this one writes no more.
    lost: bool,
}

/// The evidence that we hold.
struct At {
    asset: u64,
    /// The label is the final one already.
    finished: bool,
    beat: Option<Beat>,
}

impl At {
    async fn be_quiet(&mut self) {
        if let Some(mut beat) = self.beat.take() {
            beat.end().await;
        }
    }
}

impl Default for Hold {
    fn default() -> Self {
        Self { by: new_id(), claim: None, ours: None, at: None, lost: false }
    }
}

impl Hold {
    fn us(&self, desk: &Desk, site: &Site) -> Result<Claim, Problem> {
        match &self.claim {
            Some(claim) => Ok(claim.clone()),
            None => claim::ours(site, &self.by, desk.settings.lease.get().as_secs()),
        }
    }

    /// Our next claim, in place of what was seen there.
    fn next(&mut self, desk: &Desk, site: &Site, there: Option<&Asset>) -> Result<Claim, Problem> {
        let theirs = there.and_then(|there| Claim::read(&there.label));
        let us = self.us(desk, site)?.after(theirs.as_ref());
        claim::keep_name(site, &us)?;
        self.claim = Some(us.clone());
        Ok(us)
    }

    /// Whether we may write over this evidence, or beside it, and whether it has to be claimed for that.
    async fn look(&mut self, desk: &Desk, site: &Site, there: &Asset) -> Result<Next, Problem> {
        if self.lost {
            return Err(claim::lost(site, there));
        }
        let us = self.us(desk, site)?;
        let Some(at) = &self.at else {
            return match claim::standing(site, there, &us, self.is_ours(there)).await? {
                Standing::Taken => Err(claim::taken(site, there, &us)),
                Standing::Free | Standing::Ours | Standing::Over => Ok(Next::Claim),
            };
        };
        let seen = match Claim::read(&there.label) {
            Some(theirs) => Seen::Claim(theirs),
            None if there.label != FINAL => Seen::Nothing,
            None => Seen::Publishing { same: there.id == at.asset || self.is_ours(there) },
        };
        let next = lease::next(&us, &seen);
        if next == Next::Yield { Err(self.lose(site, there)) } else { Ok(next) }
    }

    /// Another run has the draft: this one writes no more.
    fn lose(&mut self, site: &Site, there: &Asset) -> Problem {
        self.lost = true;
        self.at = None;
        claim::lost(site, there)
    }

    /// Puts our next claim on our evidence there; what is being published keeps its last label.
    async fn take(&mut self, desk: &Desk, site: &Site, release: u64, there: &Asset) -> Result<(), Problem> {
        let us = self.next(desk, site, Some(there))?;
        let finished = self.at.as_ref().is_some_and(|at| at.finished);
        if let Some(at) = &mut self.at {
            // Its signs of life are those of the claim before.
            at.be_quiet().await;
        }
        let label = if finished { FINAL.to_owned() } else { us.label(0) };
        desk.label(site, there.id, &label).await?;
        self.at = Some(At { asset: there.id, finished, beat: None });
        self.live(desk, site, release)
    }

    /// Takes the evidence's number from the list: the answer to an upload may have been spoilt on its way.
    async fn is_at(&mut self, asset: u64) {
        if let Some(at) = self.at.as_mut().filter(|at| at.asset != asset) {
            at.be_quiet().await;
            at.asset = asset;
        }
    }

    /// Sees to it that signs of life are given.
    fn live(&mut self, desk: &Desk, site: &Site, release: u64) -> Result<(), Problem> {
        let us = self.us(desk, site)?;
        if let Some(at) = self.at.as_mut().filter(|at| !at.finished && at.beat.is_none()) {
            at.beat = Some(desk.beat(site, &us, release, at.asset)?);
        }
        Ok(())
    }

    fn is_ours(&self, there: &Asset) -> bool {
        let same = |(size, digest): (u64, Digest)| {
            there.size == size && there.digest.is_none_or(|told| told == digest)
        };
        there.uploaded && self.ours.is_some_and(same)
    }
}

impl Desk {
    /// Remembers what our evidence is.
    pub async fn evidence_is(&self, size: u64, digest: Digest) {
        self.hold.lock().await.ours = Some((size, digest));
    }

    /// Makes sure that no other run is at work on the draft with this evidence. Changes nothing.
    ///
    /// # Errors
    ///
    /// If one is: then the problem is marked as held.
    pub async fn nobody_else(&self, site: &Site, assets: &[Asset]) -> Result<(), Problem> {
        let Some(there) = assets.iter().find(|asset| asset.name == EVIDENCE_NAME) else { return Ok(()) };
        self.hold.lock().await.look(self, site, there).await.map(drop)
    }

    /// Makes sure that a release which became public meanwhile is not that of a run which took the draft from
    /// us: then it is no failure of this one, and a person has nothing to mend.
    ///
    /// # Errors
    ///
    /// If it is: then the problem is marked as held.
    pub async fn not_taken(&self, site: &Site, assets: &[Asset]) -> Result<(), Problem> {
        let mut hold = self.hold.lock().await;
        let Some(there) = assets.iter().find(|asset| asset.name == EVIDENCE_NAME) else { return Ok(()) };
        if hold.lost || (hold.claim.is_some() && !hold.is_ours(there)) {
            return Err(hold.lose(site, there));
        }
        Ok(())
    }

    /// Makes sure that no run is alive that works on the draft with this evidence, whatever it makes: what is
    /// taken back would be torn from under it. Only a claim of this dist folder is no other's.
    ///
    /// # Errors
    ///
    /// If one is: then the problem is marked as held.
    pub async fn nobody_alive(&self, site: &Site, assets: &[Asset]) -> Result<(), Problem> {
        let Some(there) = assets.iter().find(|asset| asset.name == EVIDENCE_NAME) else { return Ok(()) };
        let us = self.hold.lock().await.us(self, site)?;
        match claim::alive_for(site, there, &us).await? {
            Some(left) => Err(claim::alive(site, there, left)),
            None => Ok(()),
        }
    }

    /// The label that our evidence goes up with, if what stands in its place may go.
    ///
    /// # Errors
    ///
    /// As [`Desk::nobody_else`].
    pub async fn begin(&self, site: &Site, there: Option<&Asset>) -> Result<String, Problem> {
        let mut hold = self.hold.lock().await;
        if let Some(there) = there {
            hold.look(self, site, there).await?;
        }
        Ok(hold.next(self, site, there)?.label(0))
    }

    /// Our evidence is up, under the label of [`Desk::begin`].
    pub async fn took(&self, site: &Site, release: u64, asset: u64) -> Result<(), Problem> {
        let mut hold = self.hold.lock().await;
        hold.at = Some(At { asset, finished: false, beat: None });
        hold.live(self, site, release)
    }

    /// Makes sure that the draft is ours to write on: our evidence is there under our name. Asked
    /// before every write; gives the assets as they are now.
    ///
    /// # Errors
    ///
    /// If another run is at work there, or has taken over: then the problem is marked as held.
    pub async fn own(&self, site: &Site, release: &Release) -> Result<Vec<Asset>, Problem> {
        let mut hold = self.hold.lock().await;
        // Listed while it is held: several of our own tasks come here at once, and a list from before
        // the claim of one of them would show another the run that it took over from.
        let listed = site.ports.forge.assets(self.slug(&site.facts)?, release.id).await;
        let assets = listed.map_err(by_another)?;
        let there = assets.iter().find(|asset| asset.name == EVIDENCE_NAME && asset.uploaded);
        let Some(there) = there else {
            return Err(Problem::new(format!("{EVIDENCE_NAME} is not on the draft any more"))
                .because("another run or a person has removed it")
                .fix("run again: it is uploaded anew")
                .passing());
        };
        if hold.look(self, site, there).await? == Next::Keep {
            hold.is_at(there.id).await;
            hold.live(self, site, release.id)?;
        } else if hold.is_ours(there) {
            hold.take(self, site, release.id, there).await?;
        } else if hold.at.as_ref().is_none_or(|at| there.id > at.asset) {
            // The forge's numbers grow: it was put there after ours, by another run.
            return Err(hold.lose(site, there));
        } else {
            return Err(Problem::new(format!("the forge does not show our {EVIDENCE_NAME}"))
                .because("its list is late, or another run has replaced it")
                .fix("run again: it is compared anew")
                .passing());
        }
        Ok(assets)
    }

    /// The last label, before the release becomes public: it stays there for ever.
    pub async fn finish(&self, site: &Site) -> Result<(), Problem> {
        let mut hold = self.hold.lock().await;
        let Some(at) = &mut hold.at else { return Ok(()) };
        at.be_quiet().await;
        if !at.finished {
            self.label(site, at.asset, FINAL).await?;
            at.finished = true;
        }
        Ok(())
    }

    /// It is public: nothing is held any more.
    pub async fn finished(&self) {
        self.hold.lock().await.at = None;
    }

    /// The run ends without having published: the draft is free for any other run.
    pub async fn let_go(&self, site: &Site) -> Result<(), Problem> {
        let mut hold = self.hold.lock().await;
        let Some(mut at) = hold.at.take() else { return Ok(()) };
        let asset = at.asset;
        // A forge that does not answer may not keep a run that was stopped.
        if tokio::time::timeout(LAST_BEAT, at.be_quiet()).await.is_err() {
            tracing::debug!("a sign of life is still under way");
        }
        let Some(release) = self.there(site).await?.filter(|release| release.draft) else { return Ok(()) };
        let assets = site.ports.forge.assets(self.slug(&site.facts)?, release.id).await?;
        let ours = |there: &&Asset| {
            there.id == asset
                && Claim::read(&there.label)
                    .map_or(at.finished && there.label == FINAL, |claim| claim.by == hold.by)
        };
        match assets.iter().find(ours) {
            Some(there) => self.label(site, there.id, "").await,
            None => Ok(()),
        }
    }

    async fn label(&self, site: &Site, asset: u64, label: &str) -> Result<(), Problem> {
        match site.ports.forge.relabel(self.slug(&site.facts)?, asset, label).await {
            Ok(_) => Ok(()),
            // Another run has just replaced it, or published the release as one that nobody may change: the
            // next look tells which.
            Err(error @ ForgeError::Refused { .. }) => Err(Problem::from(error).passing()),
            Err(error) => Err(by_another(error)),
        }
    }

    fn beat(&self, site: &Site, us: &Claim, release: u64, asset: u64) -> Result<Beat, Problem> {
        let life = Life {
            forge: Arc::clone(&site.ports.forge),
            repo: self.slug(&site.facts)?.clone(),
            us: us.clone(),
            release,
            asset,
            site: site.clone(),
        };
        Ok(Beat::begin(|stop| life.go_on(stop)))
    }
}
