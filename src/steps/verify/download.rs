//! `verify/download`: every asset as a stranger would get it, into `dist/verify/`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use camino::Utf8PathBuf;
use futures::{StreamExt as _, stream};

use super::downloaded::FOLDER;
use super::folder;
use super::judge::{Downloads, judge};
use crate::config::section::NoSettings;
use crate::kit::address;
use crate::model::evidence::EVIDENCE_NAME;
use crate::model::facts::Slug;
use crate::model::{Artifact, ArtifactKind, Digest, Evidence, Problem, Step, Use, Verdict};
use crate::ports::forge::{Asset, Release};
use crate::ports::http::{Downloaded, HttpError};
use crate::steps::room::{Check, Draft, Planned, Room, Scene, Site};

/// How many files come at the same time.
const SIDE_BY_SIDE: usize = 4;

/// How often a file is asked for that the forge does not show yet, and the first wait.
const ATTEMPTS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest evidence that is read, in bytes.
const LONGEST_EVIDENCE: u64 = 64 * 1024 * 1024;

/// The room.
pub struct Download;

impl Room for Download {
    const ID: &'static str = "download";
    const ABOUT: &'static str = "Downloads every asset as a stranger would and compares all digests";
    type Settings = NoSettings;

    fn plan(_: &NoSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let names: BTreeSet<String> = scene
            .expected()
            .filter(|(_, made)| made.kind.is_published())
            .map(|(_, made)| made.name.clone())
            .collect();
        let released = scene.before.iter().any(|planned| planned.task.step == Step::Release);
        let (Some(slug), false, true) =
            (scene.facts.slug.clone(), scene.facts.snapshot || names.is_empty(), released)
        else {
            return Ok(Vec::new());
        };
        let mut draft = Draft::new(
            Step::Verify,
            Self::ID,
            "",
            format!("{} assets of {}, downloaded again", names.len(), scene.facts.tag),
        )
        .keyed("names", &names)
        .keyed("tag", &scene.facts.tag)
        .keyed("commit", &scene.facts.commit.id);
        for earlier in scene.before {
            if earlier.task.makes.iter().any(|made| made.kind.is_published()) {
                draft = draft.needs(&earlier.task.id, Use::Digests, scene);
            } else if earlier.task.step == Step::Release {
                draft = draft.needs(&earlier.task.id, Use::Order, scene);
            }
        }
        // The notes become an asset where they are too long for the release's page.
        let words = scene
            .expected()
            .filter(|(_, made)| matches!(made.kind, ArtifactKind::ReleaseNotes | ArtifactKind::Changelog));
        let allowed = words.map(|(_, made)| made.name.clone()).chain([EVIDENCE_NAME.to_owned()]).collect();
        Ok(vec![draft.check(DownloadCheck { slug, names, allowed })])
    }
}

struct DownloadCheck {
    slug: Slug,
    /// What must be there.
    names: BTreeSet<String>,
    /// What may be there beside it.
    allowed: BTreeSet<String>,
}

#[async_trait::async_trait]
impl Check for DownloadCheck {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let release = self.release(site).await?;
        let assets = site.ports.forge.assets(&self.slug, release.id).await?;
        let private = site.ports.forge.access(&self.slug).await?.private;
        let as_stranger = !private && !release.draft;
        let dir = site.dist.join(FOLDER);
        site.ports.files.remove(&dir)?;
        site.ports.files.make_dir(&dir)?;
        let fetched = self.fetch_all(site, &assets, as_stranger).await;
        let recorded: BTreeMap<String, Digest> = site
            .inputs()
            .into_iter()
            .filter(|artifact: &Artifact| artifact.kind.is_published())
            .map(|artifact| (artifact.name, artifact.digest))
            .collect();
        let sums_name = site.inputs().into_iter().find(|artifact| artifact.kind == ArtifactKind::Checksums);
        let mut problems = Vec::new();
        let sums = match sums_name.map(|artifact| artifact.name) {
            Some(name) if fetched.get(&name).is_some_and(Result::is_ok) => {
                let bytes = site.ports.files.read(&dir.join(&name), folder::LONGEST)?;
                folder::parse(&String::from_utf8_lossy(&bytes)).map_err(|problem| problems.push(problem)).ok()
            }
            _ => None,
        };
        if fetched.get(EVIDENCE_NAME).is_some_and(Result::is_ok) {
            problems.extend(self.foreign_evidence(site)?);
        }
        let way = match (as_stranger, private) {
            (true, _) => "without a token".to_owned(),
            (false, true) => "through the API with a token, since the repository is private".to_owned(),
            (false, false) => "through the API with a token, since the release is a draft".to_owned(),
        };
        let shown = assets.iter().map(|asset| asset.name.clone()).collect();
        let downloads = Downloads {
            names: &self.names,
            allowed: &self.allowed,
            shown,
            fetched,
            recorded,
            sums,
            problems,
            way,
        };
        Ok(judge(downloads))
    }
}

impl DownloadCheck {
    async fn release(&self, site: &Site) -> Result<Release, Problem> {
        let tag = &site.facts.tag;
        let mut releases = site.ports.forge.releases_of(&self.slug, tag).await?;
        // The published one, where a draft of the same tag is left over.
        releases.sort_by_key(|release| release.draft);
        releases.into_iter().next().ok_or_else(|| {
            Problem::new(format!("there is no release {tag} in {}", self.slug))
                .fix("run `release-action run --from release`, or see `release-action status`")
        })
    }

    /// Every wanted asset that the forge shows, and the evidence.
    async fn fetch_all(
        &self,
        site: &Site,
        assets: &[Asset],
        as_stranger: bool,
    ) -> BTreeMap<String, Result<Downloaded, Problem>> {
        let wanted = assets
            .iter()
            .filter(|asset| self.names.contains(&asset.name) || asset.name == EVIDENCE_NAME)
            .filter(|asset| folder::is_plain(&asset.name));
        let total: u64 = wanted.clone().map(|asset| asset.size).sum();
        let done = AtomicU64::new(0);
        let done = &done;
        let jobs = wanted.map(|asset| async move {
            let last = AtomicU64::new(0);
            let seen = |bytes: u64| {
                let before = last.swap(bytes, Ordering::Relaxed);
                let done = done.fetch_add(bytes.saturating_sub(before), Ordering::Relaxed)
                    + bytes.saturating_sub(before);
                site.progress(done.min(total), Some(total), "bytes");
            };
            let to = site.dist.join(FOLDER).join(&asset.name);
            let fetched = if as_stranger {
                self.as_stranger(site, &asset.name, to, &seen).await
            } else {
                site.ports.forge.fetch(&self.slug, asset.id, &to).await.map_err(Problem::from)
            };
            (asset.name.clone(), fetched)
        });
        // Boxed one by one: the future of a whole stream of borrowing closures is too much to infer.
        let jobs: Vec<futures::future::BoxFuture<'_, _>> = jobs.map(|job| Box::pin(job) as _).collect();
        stream::iter(jobs).buffer_unordered(SIDE_BY_SIDE).collect().await
    }

    /// A download without a token; what was published a moment ago may take one to be seen.
    async fn as_stranger(
        &self,
        site: &Site,
        name: &str,
        to: Utf8PathBuf,
        seen: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Downloaded, Problem> {
        let url = address::download(&site.facts.forge_url, &self.slug, &site.facts.tag, name)?;
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            match site.ports.http.download(&url, &to, seen).await {
                Ok(downloaded) => return Ok(downloaded),
                Err(HttpError::Answer { .. }) if attempt < ATTEMPTS && !site.stop.is_cancelled() => {
                    site.ports.clock.sleep(wait).await;
                    wait *= 2;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::new(format!("{name} could not be downloaded")))
    }

    /// What is wrong with the evidence that was published.
    fn foreign_evidence(&self, site: &Site) -> Result<Vec<Problem>, Problem> {
        let bytes = site.ports.files.read(&site.dist.join(FOLDER).join(EVIDENCE_NAME), LONGEST_EVIDENCE)?;
        let evidence: Evidence = match serde_json::from_slice(&bytes) {
            Ok(evidence) => evidence,
            Err(error) => {
                return Ok(vec![Problem::new(format!("{EVIDENCE_NAME} cannot be read")).caused_by(&error)]);
            }
        };
        let facts = &site.facts;
        let told = [("tag", &evidence.tag, &facts.tag), ("commit", &evidence.commit, &facts.commit.id)];
        Ok(told
            .into_iter()
            .filter(|(_, said, known)| said != known)
            .map(|(what, said, known)| {
                Problem::new(format!("{EVIDENCE_NAME} is of another release"))
                    .because(format!("its {what} is {said}, this release's is {known}"))
                    .fix("see `release-action status`; a published release is not changed, release a new version")
            })
            .collect())
    }
}
