//! What the gates found, uploaded to code scanning: a run for each tool, once for each commit and ref.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::OnceCell;

use super::denied::{explained, repository};
use super::outcome::gate;
use super::settings::PublishSettings;
use super::subject::Subject;
use crate::formats::noted;
use crate::kit::sarif::pack::LONGEST;
use crate::kit::sarif::{Gate, Origin, Packed, pack, runs};
use crate::kit::span::Span;
use crate::model::facts::Slug;
use crate::model::{Digest, Noted, Problem, State, Undone};
use crate::ports::forge::ForgeError;
use crate::ports::scanning::{Analysis, Processing, Shown, Upload};
use crate::steps::room::{Site, Target};

/// The right that it needs.
const EVENTS: &str = "security-events: write";

/// The first and the longest pause between two looks at an upload.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often is looked whether an upload came through whose answer was lost.
const LOOKS: u32 = 3;

/// The target.
pub struct ScanPlace {
    subject: Subject,
    git_ref: Option<String>,
    category: String,
    wait: Span,
    /// What the gates found: the same whenever it is asked for within a run.
    told: OnceCell<Told>,
    /// What this run has uploaded and the forge has processed.
    done: Mutex<Option<(Digest, String)>>,
}

/// What is to be told.
struct Told {
    packed: Packed,
    digest: Digest,
    git_ref: String,
    wanted: Vec<Wanted>,
    /// Gates that were judged elsewhere, so that not all that they found is known here.
    elsewhere: Vec<String>,
}

/// A run as the forge should have it.
struct Wanted {
    tool: String,
    category: String,
    results: Vec<Shown>,
}

impl Told {
    fn words(&self) -> String {
        let results: usize = self.wanted.iter().map(|run| run.results.len()).sum();
        let more = match self.packed.cut.findings {
            0 => String::new(),
            more => format!(", {more} more left out"),
        };
        let count = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let (found, tools) = (count(results, "finding"), count(self.wanted.len(), "tool"));
        format!("{found} of {tools} on {}{more}", self.git_ref)
    }
}

impl ScanPlace {
    /// Code scanning of this commit and ref.
    #[must_use]
    pub fn new(
        subject: Subject,
        git_ref: Option<String>,
        category: String,
        settings: &PublishSettings,
    ) -> Self {
        let (wait, told, done) = (settings.code_scanning_wait, OnceCell::new(), Mutex::default());
        Self { subject, git_ref, category, wait, told, done }
    }

    /// The repository, where something may be uploaded.
    fn open<'a>(&self, site: &'a Site) -> Result<&'a Slug, Problem> {
        if let Some(why) = &self.subject.read_only {
            return Err(Problem::new("what was found is not uploaded to code scanning")
                .because(why.clone())
                .fix(
                    "nothing is wrong with the commit: once it is merged, the run on the branch uploads it",
                ));
        }
        repository(site)
    }

    async fn told(&self, site: &Site) -> Result<&Told, Problem> {
        self.told.get_or_try_init(|| self.tell(site)).await
    }

    async fn tell(&self, site: &Site) -> Result<Told, Problem> {
        let git_ref = self.git_ref.clone().ok_or_else(|| {
            Problem::new("it is not known on which branch the commit is, and code scanning asks for that")
                .fix("check out a branch (`git switch BRANCH`), or let a workflow run it")
        })?;
        let facts = &site.facts;
        let origin = Origin {
            repository: facts.slug.as_ref().map(|slug| format!("{}/{slug}", facts.forge_url)),
            commit: facts.commit.id.clone(),
            git_ref: Some(git_ref.clone()),
            category: self.category.clone(),
        };
        let site = site.clone();
        let packing = tokio::task::spawn_blocking(move || packed(&site, &origin));
        let (packed, elsewhere) = packing
            .await
            .map_err(|error| Problem::new("what was found cannot be packed").caused_by(&error))??;
        let digest = Digest::of(&packed.bytes);
        let wanted = wanted(&packed.document);
        Ok(Told { packed, digest, git_ref, wanted, elsewhere })
    }

    fn done(&self) -> Option<(Digest, String)> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How the forge stands to what is wanted.
    async fn look(&self, site: &Site, slug: &Slug, told: &Told) -> Result<State, ForgeError> {
        if let Some((_, upload)) = self.done().filter(|(digest, _)| *digest == told.digest) {
            return Ok(State::Same { proof: format!("{}, uploaded as {upload}", told.words()) });
        }
        let forge = &site.ports.forge;
        let mut all = forge.analyses(slug, &told.git_ref).await?;
        all.retain(|analysis| analysis.commit == site.facts.commit.id);
        let newest = |run: &Wanted| -> Option<&Analysis> {
            all.iter().find(|analysis| analysis.tool == run.tool && analysis.category == run.category)
        };
        if told.wanted.iter().all(|run| newest(run).is_none()) {
            return Ok(State::Absent);
        }
        for run in &told.wanted {
            let differs = |how: String| Ok(State::Differs { how });
            let Some(analysis) = newest(run) else {
                return differs(format!("there is no analysis of {} yet", run.tool));
            };
            if !analysis.error.is_empty() {
                return differs(format!("the analysis of {} could not be read", run.tool));
            }
            let (there, here) = (analysis.results, run.results.len() as u64);
            if there != here {
                return differs(format!("{} has {there} results there, and {here} here", run.tool));
            }
            if here > 0 && sorted(forge.results(slug, analysis.id).await?) != run.results {
                return differs(format!("{} has other results there", run.tool));
            }
        }
        Ok(State::Same { proof: told.words() })
    }

    /// Uploads; where the answer is lost, looks whether it came through before anybody tries again.
    async fn upload(&self, site: &Site, slug: &Slug, told: &Told) -> Result<Option<String>, ForgeError> {
        let upload = Upload {
            commit: site.facts.commit.id.clone(),
            git_ref: told.git_ref.clone(),
            packed: told.packed.bytes.clone(),
        };
        let error = match site.ports.forge.upload_sarif(slug, &upload).await {
            Err(error @ ForgeError::Passing { .. }) => error,
            other => return other.map(Some),
        };
        let mut pause = FIRST;
        for _ in 0..LOOKS {
            site.ports.clock.sleep(pause).await;
            pause *= 2;
            if matches!(self.look(site, slug, told).await?, State::Same { .. }) {
                return Ok(None);
            }
        }
        Err(error)
    }

    /// Waits until the forge has processed it.
    async fn processed(&self, site: &Site, slug: &Slug, upload: &str) -> Result<(), Problem> {
        let began = site.ports.clock.now();
        let mut pause = FIRST;
        loop {
            let stands = site.ports.forge.processing(slug, upload).await;
            match stands.map_err(|error| self.explained(error))? {
                Processing::Complete => return Ok(()),
                Processing::Failed { errors } => {
                    let problem = Problem::new("code scanning could not process what was uploaded");
                    let problem = errors.into_iter().take(20).fold(problem, Problem::because);
                    return Err(problem.fix(
                        "see `dist/report/results.sarif`; if it is as the gates found it, this is a bug in \
                         release-action",
                    ));
                }
                Processing::Pending => {}
            }
            let waited = (site.ports.clock.now() - began).to_std().unwrap_or_default();
            if waited >= self.wait.get() {
                return Err(Problem::new(format!(
                    "code scanning has not processed the upload {upload} within {}",
                    self.wait
                ))
                .because("it was taken, and may come to it later")
                .of_setting("gates.publish.code_scanning_wait")
                .fix("run the gates again: what is there by then is not uploaded a second time"));
            }
            site.ports.clock.sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn explained(&self, error: ForgeError) -> Problem {
        let fix = match &error {
            ForgeError::Denied { status: 403, message, .. } if is_off(message) => Some(
                "switch on code scanning in the repository's settings (Advanced Security; a private repository needs \
                 GitHub Code Security for it), or set `gates.publish.code_scanning: false`"
                    .to_owned(),
            ),
            ForgeError::NotFound { message, .. } if message.contains("commit not found") => {
                Some("push the commit before its gates are told of".to_owned())
            }
            ForgeError::NotFound { message, .. } if message.contains("not found in this repository") => {
                Some("push the branch before its gates are told of".to_owned())
            }
            _ => None,
        };
        match fix {
            Some(fix) => Problem::from(error).fix(fix),
            None => explained(error, EVENTS),
        }
    }
}

/// Whether a refusal is of the repository and not of the token.
fn is_off(message: &str) -> bool {
    let message = message.to_lowercase();
    ["advanced security", "code security", "code scanning is not enabled", "archived"]
        .iter()
        .any(|words| message.contains(words))
}

fn packed(site: &Site, origin: &Origin) -> Result<(Packed, Vec<String>), Problem> {
    let files = Arc::clone(&site.ports.files);
    let mut known: Vec<(super::outcome::Gate, Option<Noted>)> = Vec::new();
    let mut elsewhere = Vec::new();
    for need in &site.task.needs {
        let gate = gate(site, &need.task);
        let noted = noted::read(files.as_ref(), &site.dist, &gate.verdict)?;
        if noted.is_none() && noted::is_promised(&gate.verdict) {
            elsewhere.push(gate.name.clone());
        }
        known.push((gate, noted));
    }
    let gates = known.iter_mut().map(|(gate, noted)| Gate {
        rule: rule(&gate.name),
        verdict: &gate.verdict,
        noted: noted.take(),
        soft: gate.soft,
    });
    let runs = runs(gates.collect(), env!("CARGO_PKG_VERSION"));
    let packed = pack(origin, runs, LONGEST)
        .map_err(|error| Problem::new("what was found cannot be packed").caused_by(&error))?;
    Ok((packed, elsewhere))
}

/// `gates/lint` of `lint/reports`.
fn rule(name: &str) -> String {
    format!("gates/{}", name.split('/').next().unwrap_or_default())
}

/// The runs of a document as the forge shows them.
fn wanted(document: &Value) -> Vec<Wanted> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let run = |run: &Value| Wanted {
        tool: text(&run["tool"]["driver"]["name"]),
        category: text(&run["automationDetails"]["id"]).trim_end_matches('/').to_owned(),
        results: sorted(Shown::of_run(run).collect()),
    };
    document["runs"].as_array().into_iter().flatten().map(run).collect()
}

/// In one order, and with one kind of line ends.
fn sorted(mut all: Vec<Shown>) -> Vec<Shown> {
    for shown in &mut all {
        shown.message = shown.message.replace("\r\n", "\n").trim().to_owned();
    }
    all.sort();
    all
}

#[async_trait::async_trait]
impl Target for ScanPlace {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let slug = self.open(site)?;
        let told = self.told(site).await?;
        self.look(site, slug, told).await.map_err(|error| self.explained(error))
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let slug = self.open(site)?;
        let told = self.told(site).await?;
        if told.packed.cut.findings > 0 {
            let what = format!(
                "{} findings are left out of code scanning, none worse than those that are uploaded",
                told.packed.cut.findings
            );
            site.notice(
                Problem::new(what).fix("mend the worst first; `dist/report/gates` holds all of them"),
            );
        }
        if !told.elsewhere.is_empty() {
            site.notice(
                Problem::new(format!("not all that {} found is known here", told.elsewhere.join(", ")))
                    .because(
                        "it was judged on another machine, so what its tools found before stays as it is",
                    )
                    .fix("run the gates on one machine, with the dist folder of the job that judged"),
            );
        }
        let uploaded = self.upload(site, slug, told).await.map_err(|error| self.explained(error))?;
        if let Some(upload) = uploaded {
            self.processed(site, slug, &upload).await?;
            *self.done.lock().unwrap_or_else(PoisonError::into_inner) = Some((told.digest, upload));
        }
        Ok(())
    }

    async fn undo(&self, _: &Site, _: bool) -> Result<Undone, Problem> {
        Ok(Undone::Impossible {
            why: "what was found stays true of the commit".into(),
            instead: "delete the analysis on the forge by hand".into(),
        })
    }
}
