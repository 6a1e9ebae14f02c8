//! What is known from before: by the journal and the files of this machine, and by the evidence and
//! the assets of the release on the forge.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

use crate::kit::path::RepoPath;
use crate::kit::{mark, random};
use crate::model::evidence::{EVIDENCE_FORMAT, EVIDENCE_NAME};
use crate::model::{
    Artifact, Digest, Event, Evidence, Facts, Plan, Problem, Record, Status, TakenFrom, Task, TaskId, Verdict,
};
use crate::ports::{Files, Ports};

/// Whether these artifacts are what the task promises, lying where a dist folder's files may lie: what
/// comes from a journal or from the forge may be anybody's.
#[must_use]
pub fn is_promised(task: &Task, artifacts: &[Artifact]) -> bool {
    let stays = |path: &Utf8Path| {
        RepoPath::new(path.as_str()).is_ok_and(|inside| !path.as_str().is_empty() && inside.as_path() == path)
    };
    artifacts.len() == task.makes.len()
        && artifacts.iter().zip(&task.makes).all(|(artifact, made)| {
            artifact.name == made.name && artifact.kind == made.kind && stays(&artifact.path)
        })
}

/// Everything that may be taken over.
#[derive(Debug, Default)]
pub struct Known {
    made: HashMap<TaskId, (Digest, Vec<Artifact>)>,
    judged: HashMap<TaskId, (Digest, Verdict)>,
    remembered: HashMap<TaskId, (Digest, Verdict)>,
    evidence: Option<Evidence>,
    assets: HashMap<String, Digest>,
}

/// Why a release proves nothing.
#[derive(Debug)]
pub enum Unproven {
    /// It could not be looked at. What it proves is made again, and compared before anything is written.
    Unasked(Problem),
    /// Its evidence is there and is not ours, or is broken.
    Broken(Problem),
}

impl From<Problem> for Unproven {
    fn from(problem: Problem) -> Self {
        Self::Unasked(problem)
    }
}

/// The folder in the dist folder for what is only looked at.
pub const SCRATCH: &str = ".resume";

/// Evidence longer than this is none of ours, in bytes.
const LONGEST_EVIDENCE: u64 = 64 * 1024 * 1024;

impl Known {
    /// What the journal says and the dist folder still holds, digests compared. All of it is read, on
    /// threads that may block.
    ///
    /// # Errors
    ///
    /// If a file is there and cannot be read.
    pub async fn here(
        records: Vec<Record>,
        plan: Arc<Plan>,
        files: Arc<dyn Files>,
        dist: Utf8PathBuf,
    ) -> Result<Self, Problem> {
        let reading = tokio::task::spawn_blocking(move || {
            let (made, mut judged) = heard(&records, &plan);
            judged.retain(|id, (key, verdict)| {
                plan.task(id).is_some_and(|task| task.key == *key)
                    && rests(verdict, files.as_ref(), &dist, &is_report)
            });
            let mut known = Self { made, judged, ..Self::default() };
            known.forget_what_is_gone(&plan, files.as_ref(), &dist)?;
            Ok(known)
        });
        reading.await.map_err(|error| Problem::new("the dist folder could not be read").caused_by(&error))?
    }

    /// Adds what other jobs and earlier attempts of this workflow run judged. What they made is not here.
    pub fn remember(&mut self, records: &[Record], plan: &Plan) {
        self.remembered = heard(records, plan).1;
    }

    /// Keeps only outcomes whose key is the plan's and whose bytes have their digest. Files are hashed on
    /// all cores.
    fn forget_what_is_gone(
        &mut self,
        plan: &Plan,
        files: &dyn Files,
        dist: &Utf8Path,
    ) -> Result<(), Problem> {
        self.made.retain(|id, (key, made)| {
            plan.task(id).is_some_and(|task| task.key == *key && is_promised(task, made))
        });
        let mut entries: Vec<(&TaskId, &Artifact)> =
            self.made.iter().flat_map(|(id, (_, made))| made.iter().map(move |one| (id, one))).collect();
        // The largest first, each to whoever is free: no core waits for another one's large file.
        entries.sort_by_key(|(_, artifact)| std::cmp::Reverse(artifact.size));
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let next = AtomicUsize::new(0);
        let look = || {
            let mut gone = Vec::new();
            while let Some((id, artifact)) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                if !is_here(artifact, files, &dist.join(&artifact.path))? {
                    gone.push((*id).clone());
                }
            }
            Ok::<_, Problem>(gone)
        };
        let gone: Result<Vec<Vec<TaskId>>, Problem> = std::thread::scope(|scope| {
            let handles: Vec<_> = (0..workers.min(entries.len())).map(|_| scope.spawn(look)).collect();
            let join = |handle: std::thread::ScopedJoinHandle<'_, Result<Vec<TaskId>, Problem>>| {
                handle.join().unwrap_or_else(|_| Err(Problem::new("hashing a file ended in a panic")))
            };
            handles.into_iter().map(join).collect()
        });
        for id in gone?.into_iter().flatten() {
            self.made.remove(&id);
        }
        Ok(())
    }

    /// Adds what the release on the forge proves. A release of another commit proves nothing. What the dist
    /// folder holds in other bytes than a release that is begun is not taken over: the two must not be mixed.
    ///
    /// # Errors
    ///
    /// If the forge cannot be asked, or the evidence is there and broken.
    pub async fn add_release(
        &mut self,
        facts: &Facts,
        plan: &Plan,
        ports: &Ports,
        dist: &Utf8Path,
    ) -> Result<(), Unproven> {
        let Some(slug) = &facts.slug else { return Ok(()) };
        let releases = ports.forge.releases_of(slug, &facts.tag).await.map_err(Problem::from)?;
        let ours = releases.iter().find(|release| mark::is_of(&release.body, &facts.tag, &facts.commit.id));
        let Some(release) = ours else { return Ok(()) };
        let assets = ports.forge.assets(slug, release.id).await.map_err(Problem::from)?;
        let Some(asset) = assets.iter().find(|asset| asset.name == EVIDENCE_NAME && asset.uploaded) else {
            return Ok(());
        };
        // A name of its own: who looks on while a run works takes nothing away from it.
        let file = dist.join(SCRATCH).join(format!("evidence-{}", random::token()));
        let fetched = ports.forge.fetch(slug, asset.id, &file).await;
        let read = ports.files.read(&file, LONGEST_EVIDENCE);
        ports.files.remove(&file).map_err(Problem::from)?;
        let (fetched, bytes) = (fetched.map_err(Problem::from)?, read.map_err(Problem::from)?);
        if asset.digest.is_some_and(|digest| digest != fetched.digest) {
            return Err(Unproven::Unasked(
                Problem::new(format!(
                    "{EVIDENCE_NAME} of the release arrived with other bytes than the forge holds"
                ))
                .passing(),
            ));
        }
        self.evidence = match read_evidence(&bytes, facts) {
            // Where the forge tells no digest, they may have been spoiled on the way.
            Err(problem) if asset.digest.is_none() => return Err(Unproven::Unasked(problem.passing())),
            read => read.map_err(Unproven::Broken)?,
        };
        self.assets = assets
            .into_iter()
            .filter(|asset| asset.uploaded)
            .filter_map(|asset| asset.digest.map(|digest| (asset.name, digest)))
            .collect();
        let told = self.told(plan);
        self.made.retain(|id, (_, made)| told.get(id).is_none_or(|told| first_other(made, told).is_none()));
        Ok(())
    }

    /// What was made under the plan's keys, where some of it is on the release already: what is made anew
    /// stands beside it and has to be the same.
    #[must_use]
    pub fn told(&self, plan: &Plan) -> HashMap<TaskId, Vec<Artifact>> {
        if !plan.tasks.iter().any(|task| self.on_release(task).is_some()) {
            return HashMap::new();
        }
        plan.tasks.iter().filter_map(|task| Some((task.id.clone(), self.in_evidence(task)?))).collect()
    }

    /// The evidence that the release holds.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        self.evidence.as_ref()
    }

    /// What the task made, its bytes being here.
    #[must_use]
    pub fn in_dist(&self, task: &Task) -> Option<Vec<Artifact>> {
        self.made.get(&task.id).filter(|(key, _)| *key == task.key).map(|(_, made)| made.clone())
    }

    /// What the task made according to the evidence.
    #[must_use]
    pub fn in_evidence(&self, task: &Task) -> Option<Vec<Artifact>> {
        let made = self.evidence.as_ref()?.made.get(&task.id)?;
        let good = made.key == task.key
            && is_promised(task, &made.artifacts)
            && made.artifacts.iter().all(Artifact::holds);
        good.then(|| made.artifacts.clone())
    }

    /// What the task made, the release having all of it with the same digests.
    #[must_use]
    pub fn on_release(&self, task: &Task) -> Option<Vec<Artifact>> {
        let made = self.in_evidence(task)?;
        let there = |artifact: &Artifact| {
            artifact.kind.is_published() && self.assets.get(&artifact.name) == Some(&artifact.digest)
        };
        (!made.is_empty() && made.iter().all(there)).then_some(made)
    }

    /// An earlier pass of the check under the same key.
    #[must_use]
    pub fn verdict(&self, task: &Task) -> Option<(TakenFrom, Verdict)> {
        let good = |key: &Digest, verdict: &Verdict| *key == task.key && verdict.status == Status::Pass;
        if !task.keeps {
            return None;
        }
        if let Some((key, verdict)) = self.judged.get(&task.id)
            && good(key, verdict)
        {
            return Some((TakenFrom::Dist, verdict.clone()));
        }
        if let Some(judged) = self.evidence.as_ref().and_then(|evidence| evidence.judged.get(&task.id))
            && good(&judged.key, &judged.verdict)
        {
            return Some((TakenFrom::Release, judged.verdict.clone()));
        }
        let (key, verdict) = self.remembered.get(&task.id)?;
        good(key, verdict).then(|| (TakenFrom::Attempt, verdict.clone()))
    }
}

/// The folder of the dist folder that holds reports.
const REPORTS: &str = "report";

/// Whether a file is a report. What else a verdict rests on, an archive that was looked through, is known by its
/// digest: it may be on the release and no longer here.
fn is_report(file: &Utf8Path) -> bool {
    file.starts_with(REPORTS)
}

/// Whether the files that a verdict rests on still lie in the dist folder with their digests; of all those that
/// `counts` is true of. What cannot be read proves nothing.
#[must_use]
pub fn rests(
    verdict: &Verdict,
    files: &dyn Files,
    dist: &Utf8Path,
    counts: &dyn Fn(&Utf8Path) -> bool,
) -> bool {
    let held = |file: &Utf8Path, digest: Digest| {
        let path = RepoPath::new(file.as_str()).map(|inside| dist.join(inside.as_path()));
        path.is_ok_and(|path| files.digest(&path).is_ok_and(|(_, now)| now == digest))
    };
    let proofs = verdict.evidence.iter().filter_map(|proof| Some((proof.file.as_deref()?, proof.digest?)));
    proofs.filter(|(file, _)| counts(file)).all(|(file, digest)| held(file, digest))
}

type ByTask<T> = HashMap<TaskId, (Digest, T)>;

/// What a journal says was made and judged, the last word of each task. What must not be taken over is
/// left out, and so is a verdict that rests on it.
fn heard(records: &[Record], plan: &Plan) -> (ByTask<Vec<Artifact>>, ByTask<Verdict>) {
    let (mut made, mut judged) = (HashMap::new(), HashMap::new());
    let mut loose: HashSet<&TaskId> = HashSet::new();
    for record in records {
        match &record.event {
            Event::TaskFinished { task, key, artifacts, .. } if !artifacts.is_empty() => {
                if artifacts.iter().all(Artifact::holds) {
                    made.insert(task.clone(), (*key, artifacts.clone()));
                    loose.remove(task);
                } else {
                    made.remove(task);
                    loose.insert(task);
                }
            }
            Event::Judged { task, key, verdict }
            | Event::TaskTakenOver { task, key, verdict: Some(verdict), .. } => {
                judged.insert(task.clone(), (*key, verdict.clone()));
            }
            _ => {}
        }
    }
    let rests_on_loose = |id: &TaskId| {
        plan.task(id).is_none_or(|task| task.needs.iter().any(|need| loose.contains(&need.task)))
    };
    judged.retain(|id, _| !rests_on_loose(id));
    (made, judged)
}

/// The first that has other bytes than what was told of it.
#[must_use]
pub fn first_other<'a>(made: &'a [Artifact], told: &[Artifact]) -> Option<&'a Artifact> {
    made.iter().find(|made| {
        told.iter().any(|told| {
            told.name == made.name && told.platform == made.platform && told.digest != made.digest
        })
    })
}

/// What every form of the evidence says of itself.
#[derive(serde::Deserialize)]
struct Head {
    format: u32,
}

/// Evidence of this very release; none where it is of another commit, tag or project, which proves nothing.
fn read_evidence(bytes: &[u8], facts: &Facts) -> Result<Option<Evidence>, Problem> {
    let broken = |error: &serde_json::Error| {
        Problem::new(format!("{EVIDENCE_NAME} on the release of {} cannot be read", facts.tag))
            .caused_by(error)
            .because("the draft is marked as ours, and release-action did not write this file")
            .fix(
                "see who changed it; `release-action rollback --yes` removes the draft, and the next run begins \
                 anew. If the release is public, release a higher version",
            )
    };
    let head: Head = serde_json::from_slice(bytes).map_err(|error| broken(&error))?;
    if head.format > EVIDENCE_FORMAT {
        return Err(Problem::new(format!(
            "{EVIDENCE_NAME} on the release of {} has the form {}, and {EVIDENCE_FORMAT} is known",
            facts.tag, head.format
        ))
        .because("a later release-action works on this release")
        .fix("use the same version of release-action as the run before"));
    }
    let evidence: Evidence = serde_json::from_slice(bytes).map_err(|error| broken(&error))?;
    let fits =
        evidence.project == facts.project && evidence.tag == facts.tag && evidence.commit == facts.commit.id;
    Ok(fits.then_some(evidence))
}

fn is_here(artifact: &Artifact, files: &dyn Files, path: &Utf8PathBuf) -> Result<bool, Problem> {
    match files.meta(path)? {
        Some(meta) if !meta.is_dir && !meta.is_link && meta.len == artifact.size => {
            Ok(files.digest(path)? == (artifact.size, artifact.digest))
        }
        _ => Ok(false),
    }
}
