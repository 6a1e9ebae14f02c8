//! One asset: there with our bytes, or uploaded.

use std::sync::Arc;

use camino::Utf8Path;

use crate::model::evidence::EVIDENCE_NAME;
use crate::model::facts::Slug;
use crate::model::{Artifact, Digest, Problem, State, Undone};
use crate::ports::forge::{Asset, ForgeError};
use crate::steps::room::{Site, Target};

use super::desk::{Desk, LARGEST_ASSET};

/// An artifact as an asset.
pub struct TheAsset {
    /// The shared desk.
    pub desk: Arc<Desk>,
    /// The asset's name.
    pub name: String,
}

impl TheAsset {
    fn artifact(&self, site: &Site) -> Result<Artifact, Problem> {
        site.inputs().into_iter().find(|made| made.name == self.name && made.kind.is_published()).ok_or_else(
            || Problem::new(format!("{} was not made", self.name)).fix("run the step `package` first"),
        )
    }
}

#[async_trait::async_trait]
impl Target for TheAsset {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let artifact = self.artifact(site)?;
        look(&self.desk, site, &self.name, artifact.size, artifact.digest).await
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let artifact = self.artifact(site)?;
        if artifact.size > LARGEST_ASSET {
            return Err(Problem::new(format!("{} has {} bytes", self.name, artifact.size))
                .because("GitHub takes files of less than 2 GiB")
                .fix("split it, or publish it elsewhere"));
        }
        put(&self.desk, site, &self.name, &site.path_of(&artifact)).await
    }

    async fn undo(&self, site: &Site, really: bool) -> Result<Undone, Problem> {
        take_away(&self.desk, site, &self.name, really).await
    }
}

/// Compares what the release holds under a name with what it should hold.
pub async fn look(desk: &Desk, site: &Site, name: &str, size: u64, digest: Digest) -> Result<State, Problem> {
    let Some(release) = desk.there(site).await? else { return Ok(State::Absent) };
    let assets = desk.assets(site).await?;
    let state = match assets.iter().find(|asset| asset.name == name) {
        None if release.draft => State::Absent,
        None => State::Broken {
            why: format!("the release is public without {name}"),
            fix: "its asset set cannot be changed safely any more: release a higher version".into(),
        },
        Some(asset) => {
            let told = desk.digest_of(site, asset, size).await?;
            compare(&Asset { digest: told, ..asset.clone() }, size, digest, release.draft)
        }
    };
    if matches!(state, State::Broken { .. }) {
        desk.not_taken(site, &assets).await?;
    }
    Ok(state)
}

fn compare(asset: &Asset, size: u64, digest: Digest, draft: bool) -> State {
    if asset.uploaded && asset.size == size && asset.digest == Some(digest) {
        return State::Same { proof: digest.to_string() };
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
pub async fn put(desk: &Desk, site: &Site, name: &str, file: &Utf8Path) -> Result<(), Problem> {
    let outcome = put_once(desk, site, name, file).await;
    if outcome.is_err() {
        // The failed call may have landed: the next look asks the forge, not the memory.
        desk.look_again().await;
    }
    outcome
}

async fn put_once(desk: &Desk, site: &Site, name: &str, file: &Utf8Path) -> Result<(), Problem> {
    let slug = desk.slug(&site.facts)?;
    // Asked anew, not remembered: another machine may have published it a moment ago.
    let release = site.ports.forge.release(slug, desk.release(site).await?.id).await;
    let release = release.map_err(|error| Problem::from(error).passing())?;
    if !release.draft {
        desk.not_taken(site, &site.ports.forge.assets(slug, release.id).await?).await?;
        return Err(Problem::new(format!("{name} cannot be changed: the release is public"))
            .fix("run again: what is public is compared with what this commit gives")
            .passing());
    }
    let total = site.ports.files.meta(file)?.map(|meta| meta.len);
    let seen = |bytes: u64| site.progress(bytes, total, "bytes");
    let (turn, label) = if name == EVIDENCE_NAME {
        let old = named(site.ports.forge.assets(slug, release.id).await?, name);
        let label = desk.begin(site, old.as_ref()).await?;
        clear(site, slug, old).await?;
        (site.ports.forge.turn().await, label)
    } else {
        if named(desk.assets(site).await?, name).is_some() {
            clear(site, slug, named(desk.own(site, &release).await?, name)).await?;
        }
        // Others of ours may upload for an hour before it is our turn: whether the draft is still ours is
        // asked then.
        let turn = site.ports.forge.turn().await;
        desk.own(site, &release).await?;
        (turn, String::new())
    };
    match site.ports.forge.upload(turn, &release, name, &label, file, &seen).await {
        Ok(asset) => {
            if name == EVIDENCE_NAME {
                desk.took(site, release.id, asset.id).await?;
            }
            desk.uploaded(asset).await;
            Ok(())
        }
        // Another run, or a lost answer of our own, was faster: what is there decides.
        Err(error) if error.already_exists() => Err(Problem::from(error).passing()),
        // The draft is gone: another run removed it in favour of the older one, which is found again.
        Err(error @ ForgeError::NotFound { .. }) => Err(Problem::from(error).passing()),
        Err(error) => Err(error.into()),
    }
}

fn named(assets: Vec<Asset>, name: &str) -> Option<Asset> {
    assets.into_iter().find(|asset| asset.name == name)
}

/// Removes what stands in the place of an asset.
async fn clear(site: &Site, slug: &Slug, old: Option<Asset>) -> Result<(), Problem> {
    let Some(old) = old else { return Ok(()) };
    match site.ports.forge.delete_asset(slug, old.id).await {
        // Gone already: that is what was wanted.
        Ok(()) | Err(ForgeError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
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
        site.ports.forge.delete_asset(desk.slug(&site.facts)?, asset.id).await?;
        desk.look_again().await;
    }
    Ok(Undone::Done { what: format!("the asset {name}") })
}
