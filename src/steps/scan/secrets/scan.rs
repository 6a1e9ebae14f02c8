//! Looks through what was made, and judges what was found.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use camino::Utf8PathBuf;
use futures::stream::{StreamExt as _, TryStreamExt as _};

use super::image;
use super::plan::SETTING;
use super::settings::SecretsSettings;
use crate::formats::findings::{Finding, Severity};
use crate::kit::token::{Seeker, about};
use crate::model::{Artifact, Problem, Proof, Row, Verdict};
use crate::steps::ignore;
use crate::steps::room::{Check, Site};
use crate::steps::walk::{Unread, Walk, Walked};

/// How many of the places of one secret are told.
const PLACES: usize = 5;

/// How many findings are told one by one.
const SHOWN: usize = 100;

/// How many files are looked through at once: each may hold some hundred MiB of what it unpacks.
const MOST_AT_ONCE: usize = 4;

/// What is called so could not be looked into.
const UNREAD: &str = "unread";

/// The check.
pub struct Scan {
    /// What is asked for.
    pub settings: SecretsSettings,
}

#[async_trait::async_trait]
impl Check for Scan {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let published: Vec<Artifact> =
            site.inputs().into_iter().filter(|artifact| artifact.kind.is_published()).collect();
        if published.is_empty() && self.settings.images.is_empty() {
            return Ok(Verdict::error("nothing is known of what will be published"));
        }
        let mut things: Vec<Thing> = published.iter().map(|artifact| Thing::made(artifact, site)).collect();
        things.extend(self.settings.images.iter().map(|name| Thing::image(name, site)));
        let (walked, images) = look(site, things).await?;
        let today = site.ports.clock.now().date_naive();
        let verdict = judge(walked, &self.settings, today);
        let verdict = published.iter().fold(verdict, |verdict, artifact| verdict.proof(proof(artifact)));
        Ok(images.into_iter().fold(verdict, Verdict::proof))
    }
}

/// A file to look through.
struct Thing {
    /// What it is called.
    name: String,
    /// Where it is.
    path: Utf8PathBuf,
    /// Whether it must be an image with all of its layers.
    is_image: bool,
}

impl Thing {
    fn made(artifact: &Artifact, site: &Site) -> Self {
        Self { name: artifact.name.clone(), path: site.path_of(artifact), is_image: false }
    }

    fn image(name: &str, site: &Site) -> Self {
        Self { name: name.to_owned(), path: site.facts.root.join(name), is_image: true }
    }
}

fn proof(artifact: &Artifact) -> Proof {
    Proof {
        what: format!("every byte of {}", artifact.name),
        file: Some(artifact.path.clone()),
        digest: Some(artifact.digest),
        tool: None,
    }
}

/// Looks through all of them, as many at once as there are cores; what was found keeps their order.
async fn look(site: &Site, things: Vec<Thing>) -> Result<(Walked, Vec<Proof>), Problem> {
    let seeker = Seeker::new()
        .map_err(|error| Problem::new("the forms of secrets cannot be looked for").caused_by(&error))?;
    let (seeker, done, all) = (Arc::new(seeker), Arc::new(AtomicU64::new(0)), things.len() as u64);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let looking = futures::stream::iter(things).map(|thing| {
        let (site, seeker, done) = (site.clone(), Arc::clone(&seeker), Arc::clone(&done));
        let looking = tokio::task::spawn_blocking(move || {
            let looked = look_at(&site, &seeker, &thing)?;
            site.progress(done.fetch_add(1, Ordering::Relaxed) + 1, Some(all), "files");
            Ok::<_, Problem>(looked)
        });
        async move {
            looking.await.map_err(|error| {
                Problem::new("the thread that looks for secrets has died").caused_by(&error)
            })?
        }
    });
    let looked: Vec<(Walked, Option<Proof>)> =
        looking.buffered(cores.min(MOST_AT_ONCE)).try_collect().await?;
    let (mut walked, mut proofs) = (Walked::default(), Vec::new());
    for (one, proof) in looked {
        walked.add(one);
        proofs.extend(proof);
    }
    Ok((walked, proofs))
}

fn look_at(site: &Site, seeker: &Seeker, thing: &Thing) -> Result<(Walked, Option<Proof>), Problem> {
    let files = site.ports.files.as_ref();
    let mut walk = Walk::new(seeker, site.stop.clone());
    let file = files.open(&thing.path).map_err(|error| {
        if thing.is_image && error.is_missing() { image::missing(&thing.name) } else { error.into() }
    })?;
    walk.file(&thing.name, file);
    if site.stop.is_cancelled() {
        return Err(Problem::new("stopped").passing());
    }
    let mut walked = walk.done();
    if !thing.is_image {
        return Ok((walked, None));
    }
    // That every layer was walked follows from every layer being in the file.
    match image::layers(files.open(&thing.path)?) {
        Ok(layers) => {
            let (_, digest) = files.digest(&thing.path)?;
            let what = format!("every byte of the {layers} layers of {}", thing.name);
            Ok((walked, Some(Proof { what, file: None, digest: Some(digest), tool: None })))
        }
        Err(error) => {
            let (name, place) = (thing.name.clone(), thing.name.clone());
            walked.unread.push(Unread { name, place, why: error.to_string() });
            Ok((walked, None))
        }
    }
}

/// The findings, each secret once.
fn findings(walked: &Walked) -> Vec<Finding> {
    let mut places: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for found in &walked.found {
        let place = format!("{} at byte {}", found.place, found.leak.at);
        places.entry((found.leak.kind, &found.leak.fingerprint)).or_default().push(place);
    }
    let secrets = places.into_iter().map(|((kind, fingerprint), places)| {
        let more = places.len().saturating_sub(PLACES);
        let shown = places.iter().take(PLACES).cloned().collect::<Vec<_>>().join("; ");
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        let message = format!("{} is in {shown}{more}", about(kind));
        (kind, fingerprint.to_owned(), message)
    });
    let unread = walked.unread.iter().map(|unread| {
        let message = format!("{} could not be looked into: {}", unread.place, unread.why);
        (UNREAD, format!("{UNREAD}:{}", unread.name), message)
    });
    let finding = |(kind, fingerprint, message): (&str, String, String)| Finding {
        id: kind.to_owned(),
        severity: Some(Severity::Critical),
        message,
        fingerprint,
        ..Finding::default()
    };
    secrets.chain(unread).map(finding).collect()
}

fn judge(walked: Walked, settings: &SecretsSettings, today: chrono::NaiveDate) -> Verdict {
    let list = format!("{SETTING}.ignore");
    let sorted =
        ignore::sort(findings(&walked), |finding| [finding.names()].into(), &settings.ignore, today, &list);
    let unread = sorted.left.iter().filter(|finding| finding.id == UNREAD).count() as u64;
    let secrets = sorted.left.len() as u64 - unread + walked.left_out;
    let row = |metric: &str, count: u64, wanted: bool| Row {
        metric: metric.into(),
        comparator: if wanted { "=" } else { ">=" }.into(),
        threshold: "0".into(),
        actual: count.to_string(),
        ok: !wanted || count == 0,
    };
    let (files, bytes) = (walked.files, walked.bytes);
    let looked = format!("{files} files, {bytes} bytes unpacked");
    let rows = [
        row("secrets", secrets, true),
        row("files that could not be looked into", unread, true),
        row("let pass by the configuration", sorted.passed as u64, false),
        row("files looked through", files, false),
        row("bytes looked through", bytes, false),
    ];
    let mut problems = sorted.problems;
    problems.extend(sorted.left.iter().map(problem));
    let mut verdict = match (secrets, unread, problems.is_empty()) {
        (0, 0, true) => Verdict::pass(format!("no secret in {looked}"), Proof::seen(looked.clone())),
        (0, 0, false) => {
            Verdict::fail(format!("no secret in {looked}, but what is let pass is not in order"))
        }
        (0, unread, _) => Verdict::error(format!("{unread} files could not be looked into")),
        (secrets, ..) => Verdict::fail(format!("{secrets} secrets would be published")),
    };
    verdict = rows.into_iter().fold(verdict, Verdict::row);
    let more = problems.len().saturating_sub(SHOWN) as u64 + walked.left_out;
    verdict = problems.into_iter().take(SHOWN).fold(verdict, Verdict::problem);
    if more > 0 { verdict.problem(Problem::new(format!("{more} more were found"))) } else { verdict }
}

fn problem(finding: &Finding) -> Problem {
    let pass = format!("let it pass by `{}` in `{SETTING}.ignore`", finding.fingerprint);
    let fix = if finding.id == UNREAD {
        format!("publish it in a form that can be opened (tar, zip, gz, xz, zst, ar), or {pass}")
    } else {
        format!("revoke it, take it out of what is built or packed, and run again; if it is none, {pass}")
    };
    Problem::new(format!("{}: {}", finding.fingerprint, finding.message)).fix(fix)
}
