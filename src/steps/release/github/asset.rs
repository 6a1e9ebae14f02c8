//! One asset: there with our bytes, or uploaded.

use std::sync::Arc;

use camino::Utf8Path;

use crate::model::evidence::EVIDENCE_NAME;
use crate::model::{Artifact, Digest, Problem, State, Undone};
use crate::ports::forge::{Asset, ForgeError, Release, Turn};
use crate::steps::room::{Site, Target};

use super::desk::{Desk, LARGEST_ASSET, by_another};

/// An artifact as an asset.
pub struct TheAsset {
    /// The shared desk.
    pub desk: Arc<Desk>,
    /// The asset's name.
    pub name: String,
}

/// What an asset has to be.
pub struct Made<'a> {
    /// The name.
    pub name: &'a str,
    /// The length in bytes.
    pub size: u64,
    /// The digest.
    pub digest: Digest,
}

impl TheAsset {
    fn artifact(&self, site: &Site) -> Result<Artifact, Problem> {
        site.inputs().into_iter().find(|made| made.name == self.name && made.kind.is_published()).ok_or_else(
            || Problem::new(format!("{} was not made", self.name)).fix("run the step `package` first"),
        )
    }

    /// Where it is not known what the bytes should be, it is still seen that there are none.
    async fn look_unmade(&self, site: &Site, unmade: Problem) -> Result<State, Problem> {
        let Some(release) = self.desk.there(site).await? else { return Ok(State::Absent) };
        let assets = self.desk.assets(site).await?;
        match named(assets, &self.name) {
            None => Ok(missing(&release, &self.name)),
            Some(_) => Err(unmade),
        }
    }
}

#[async_trait::async_trait]
impl Target for TheAsset {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        match self.artifact(site) {
            Ok(Artifact { size, digest, .. }) => {
                look(&self.desk, site, &Made { name: &self.name, size, digest }).await
            }
            Err(unmade) => self.look_unmade(site, unmade).await,
        }
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let artifact = self.artifact(site)?;
        if artifact.size > LARGEST_ASSET {
            return Err(Problem::new(format!("{} has {} bytes", self.name, artifact.size))
                .because("GitHub takes files of less than 2 GiB")
                .fix("split it, or publish it elsewhere"));
        }
        let made = Made { name: &self.name, size: artifact.size, digest: artifact.digest };
        put(&self.desk, site, &made, &site.path_of(&artifact)).await
    }

    async fn undo(&self, site: &Site, really: bool) -> Result<Undone, Problem> {
        take_away(&self.desk, site, &self.name, really).await
    }
}

/// Compares what the release holds under a name with what it should hold.
pub async fn look(desk: &Desk, site: &Site, made: &Made<'_>) -> Result<State, Problem> {
    let Some(release) = desk.there(site).await? else { return Ok(State::Absent) };
    let assets = desk.assets(site).await?;
    let state = match assets.iter().find(|asset| asset.name == made.name) {
        None => missing(&release, made.name),
        Some(asset) => compare_told(desk, site, asset, made, release.draft).await?,
    };
    if matches!(state, State::Broken { .. }) {
        desk.not_taken(site, &assets).await?;
    }
    Ok(state)
}

/// The state of an asset that the release does not hold.
fn missing(release: &Release, name: &str) -> State {
    if release.draft {
        return State::Absent;
    }
    State::Broken {
        why: format!("the release is public without {name}"),
        fix: "its asset set cannot be changed safely any more: release a higher version".into(),
    }
}

async fn compare_told(
    desk: &Desk,
    site: &Site,
    asset: &Asset,
    made: &Made<'_>,
    draft: bool,
) -> Result<State, Problem> {
    let told = desk.digest_of(site, asset, made.size).await?;
    Ok(compare(&Asset { digest: told, ..asset.clone() }, made, draft))
}

fn compare(asset: &Asset, made: &Made<'_>, draft: bool) -> State {
    if asset.uploaded && asset.size == made.size && asset.digest == Some(made.digest) {
        return State::Same { proof: made.digest.to_string() };
    }
    let how = match (asset.uploaded, asset.digest) {
        (false, _) => "a failed upload left it empty".into(),
        (true, None) => format!("it holds {} bytes", asset.size),
        (true, Some(other)) => format!("it holds {} bytes with {other}", asset.size),
    };
    if draft {
        return State::Differs { how };
    }
    let why = format!("the public asset {} is not what this commit gives: {how}", asset.name);
    State::Broken { why, fix: "it is public and stays: release a higher version".into() }
}

/// Uploads a file under a name, after removing what stands there on our own draft.
pub async fn put(desk: &Desk, site: &Site, made: &Made<'_>, file: &Utf8Path) -> Result<(), Problem> {
    let outcome = put_once(desk, site, made, file).await;
    if outcome.is_err() {
        // The failed call may have landed: the next look asks the forge, not the memory.
        desk.look_again().await;
    }
    outcome
}

async fn put_once(desk: &Desk, site: &Site, made: &Made<'_>, file: &Utf8Path) -> Result<(), Problem> {
    let (slug, name) = (desk.slug(&site.facts)?, made.name);
    // Asked anew, not remembered: another machine may have published it a moment ago.
    let release = site.ports.forge.release(slug, desk.release(site).await?.id).await;
    let release = release.map_err(|error| Problem::from(error).passing())?;
    if !release.draft {
        desk.not_taken(site, &site.ports.forge.assets(slug, release.id).await?).await?;
        return Err(Problem::new(format!("{name} cannot be changed: the release is public"))
            .fix("run again: what is public is compared with what this commit gives")
            .passing());
    }
    let Some((turn, label)) = make_way(desk, site, made, &release).await? else {
        desk.look_again().await;
        return Ok(());
    };
    let total = site.ports.files.meta(file)?.map(|meta| meta.len);
    let seen = |bytes: u64| site.progress(bytes, total, "bytes");
    match site.ports.forge.upload(turn, &release, name, &label, file, &seen).await {
        Ok(asset) => {
            if name == EVIDENCE_NAME {
                desk.took(site, release.id, asset.id).await?;
            }
            desk.uploaded(asset, made).await;
            Ok(())
        }
        // Another run, or a lost answer of our own, was faster: what is there decides.
        Err(error) if error.already_exists() => Err(Problem::from(error).passing()),
        // Where the draft is gone, another run removed it in favour of the older one, which is found again.
        Err(error) => Err(refused(desk, site, error).await),
    }
}

/// The problem of a write that failed. An immutable release refuses every one: if ours is that by now, a run that
/// makes the same was faster, and what is public is compared.
async fn refused(desk: &Desk, site: &Site, error: ForgeError) -> Problem {
    let refused = matches!(error, ForgeError::Refused { .. });
    let problem = by_another(error);
    if !refused {
        return problem;
    }
    desk.look_again().await;
    if desk.is_public(site).await { problem.passing() } else { problem }
}

/// Removes what stands in the asset's place, and waits for its turn; gives the label that it goes up with.
/// `None` if the very bytes are there by now. What was seen before may be old: a run that makes the same may have
/// ended the upload of which we saw the beginning, and be about to publish. Its asset stays.
async fn make_way<'a>(
    desk: &Desk,
    site: &'a Site,
    made: &Made<'_>,
    release: &Release,
) -> Result<Option<(Turn<'a>, String)>, Problem> {
    let slug = desk.slug(&site.facts)?;
    if made.name == EVIDENCE_NAME {
        let assets = site.ports.forge.assets(slug, release.id).await.map_err(by_another)?;
        let old = named(assets, made.name);
        if is_there(desk, site, old.as_ref(), made).await? {
            return Ok(None);
        }
        let label = desk.begin(site, old.as_ref()).await?;
        let mut turn = site.ports.forge.turn().await;
        clear(desk, site, &mut turn, old).await?;
        return Ok(Some((turn, label)));
    }
    // Others of ours may upload for an hour before it is our turn: whether the draft is still ours, and what stands
    // in the asset's place, is asked then, and nothing is waited for between that and its removal.
    let mut turn = site.ports.forge.turn().await;
    let old = named(desk.own(site, release).await?, made.name);
    if is_there(desk, site, old.as_ref(), made).await? {
        return Ok(None);
    }
    clear(desk, site, &mut turn, old).await?;
    Ok(Some((turn, String::new())))
}

async fn is_there(desk: &Desk, site: &Site, there: Option<&Asset>, made: &Made<'_>) -> Result<bool, Problem> {
    match there {
        Some(there) => Ok(compare_told(desk, site, there, made, true).await?.is_same()),
        None => Ok(false),
    }
}

fn named(assets: Vec<Asset>, name: &str) -> Option<Asset> {
    assets.into_iter().find(|asset| asset.name == name)
}

/// Removes what stands in the place of an asset.
pub async fn clear(desk: &Desk, site: &Site, turn: &mut Turn<'_>, old: Option<Asset>) -> Result<(), Problem> {
    let Some(old) = old else { return Ok(()) };
    match site.ports.forge.delete_asset(turn, desk.slug(&site.facts)?, old.id).await {
        // Gone already: that is what was wanted.
        Ok(()) | Err(ForgeError::NotFound { .. }) => Ok(()),
        Err(error) => Err(refused(desk, site, error).await),
    }
}

/// Deletes an asset of our own draft.
pub async fn take_away(desk: &Desk, site: &Site, name: &str, really: bool) -> Result<Undone, Problem> {
    let super::desk::Found::Ours(ours) = desk.current(site).await? else { return Ok(Undone::Nothing) };
    let Some(release) = ours.first() else { return Ok(Undone::Nothing) };
    if !release.draft {
        // What is public is public as a whole: that is told once, where it was made public.
        return Ok(Undone::Nothing);
    }
    let assets = desk.assets(site).await?;
    let Some(asset) = assets.iter().find(|asset| asset.name == name) else { return Ok(Undone::Nothing) };
    desk.nobody_alive(site, &assets).await?;
    if really {
        let mut turn = site.ports.forge.turn().await;
        site.ports.forge.delete_asset(&mut turn, desk.slug(&site.facts)?, asset.id).await?;
        desk.look_again().await;
    }
    Ok(Undone::Done { what: format!("the asset {name}") })
}
