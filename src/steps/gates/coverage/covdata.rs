//! What programs built with `go build -cover` left in their `GOCOVERDIR`, read with Go's own tool.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::measured::Part;
use super::settings::CoverageSettings;
use crate::formats::coverage::go;
use crate::kit::span::Span;
use crate::model::{Digest, Problem, Proof};
use crate::ports::Files;
use crate::ports::process::Command;
use crate::steps::gates::fitting::{Wanted, fitting};
use crate::steps::gates::fresh::Fresh;
use crate::steps::gates::given::refuse_tracked;
use crate::steps::gates::settings::Named;
use crate::steps::room::{Outlook, Site};
use crate::steps::scanner::failed;

/// Where the profiles that are made of it are kept, below the dist folder.
const KEPT: &str = "report/coverage-data";

/// What the files are called that describe a program: once for each build.
const META: &str = "covmeta.";

/// What those are called that say what ran: one for each process that came to its end.
const COUNTERS: &str = "covcounters.";

/// A folder with such data, and what was in it when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covdata {
    named: Named,
    files: Vec<(String, Digest)>,
}

/// The folders of the settings with what is in them.
///
/// # Errors
///
/// If one is there and cannot be read.
pub async fn look(settings: &CoverageSettings, outlook: &Outlook) -> Result<Vec<Covdata>, Problem> {
    let (files, root) = (Arc::clone(&outlook.ports.files), outlook.facts.root.clone());
    let folders = settings.gocoverdir.clone();
    let looking = tokio::task::spawn_blocking(move || {
        let mut meant = Vec::new();
        for named in &folders {
            meant.extend(fitting(files.as_ref(), &root, named, Wanted::Folders)?);
        }
        let looked = meant.into_iter().map(|named| {
            let files = held(files.as_ref(), &root.join(&named.file))?;
            Ok(Covdata { named, files })
        });
        looked.collect::<Result<Vec<_>, Problem>>()
    });
    looking.await.map_err(|error| Problem::new("coverage data could not be looked at").caused_by(&error))?
}

/// The data in a folder, by name; none where there is no such folder.
fn held(files: &dyn Files, dir: &Utf8Path) -> Result<Vec<(String, Digest)>, Problem> {
    // A link is as good as the folder that it leads to.
    let dir = &match files.real_path(dir) {
        Err(error) if error.is_missing() => return Ok(Vec::new()),
        real => real?,
    };
    if files.meta(dir)?.is_none_or(|meta| !meta.is_dir) {
        return Ok(Vec::new());
    }
    let mut names = files.list(dir)?;
    names.retain(|name| name.starts_with(META) || name.starts_with(COUNTERS));
    names.sort();
    names.into_iter().map(|name| Ok((name.clone(), files.digest(&dir.join(&name))?.1))).collect()
}

/// Reads all folders; gives what each says, and what proves it.
///
/// # Errors
///
/// All that prove nothing: absent, empty, stale, part of the commit, changed meanwhile, or no data of Go.
pub async fn read(all: &[Covdata], max_age: Span, site: &Site) -> Result<Vec<(Part, Proof)>, Problem> {
    let (mut read, mut problems) = (Vec::new(), Vec::new());
    for (index, data) in all.iter().enumerate() {
        match data.read(index, max_age, site).await {
            Ok(one) => read.push(one),
            Err(problem) => problems.push(problem),
        }
    }
    Problem::none_of(problems)?;
    Ok(read)
}

impl Covdata {
    async fn read(&self, index: usize, max_age: Span, site: &Site) -> Result<(Part, Proof), Problem> {
        let name = &self.named.file;
        let dir = site.facts.root.join(name);
        self.refuse_nothing()?;
        refuse_tracked(site, &[name.as_str()]).await?;
        self.refuse_stale(&dir, max_age, site).await?;
        let out = Utf8PathBuf::from(KEPT).join(format!("{index}.out"));
        let path = site.dist.join(&out);
        site.ports.files.make_dir(&site.dist.join(KEPT))?;
        // go runs in the project's folder, so no path may depend on where we run.
        let (from, to) =
            (site.ports.files.real_path(&dir)?, site.ports.files.real_path(&site.dist.join(KEPT))?);
        if from.as_str().contains(',') {
            return Err(Problem::new(format!("the path of {name} has a comma"))
                .because("Go's tool takes it for two folders")
                .fix("let the programs write to a folder without one"));
        }
        let command = Command::new("go", site.facts.project_dir())
            .args(["tool", "covdata", "textfmt"])
            .args([format!("-i={from}"), format!("-o={}", to.join(format!("{index}.out")))]);
        let ended = site.ports.process.run(command, &site.stop, &|_, _| {}).await?;
        if !ended.ok() {
            return Err(failed("go tool covdata textfmt", &ended)
                .because(format!("it was to read {name}"))
                .fix("empty the folder, and run programs of this commit and of one version of Go"));
        }
        let (files, of) = (Arc::clone(&site.ports.files), name.clone());
        let (dir, noted) = (dir.clone(), self.files.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let profile = go::read(files.open(&path)?).map_err(|bad| bad.problem(&of))?;
            let digest = files.digest(&path)?.1;
            if held(files.as_ref(), &dir)? != noted {
                return Err(Problem::new(format!("{of} was changed while it was read"))
                    .fix("let the programs end, then run the step `gates` again"));
            }
            Ok((profile, digest))
        });
        let (profile, digest) = reading
            .await
            .map_err(|error| Problem::new("coverage data could not be read").caused_by(&error))??;
        let proof = Proof {
            what: format!("{name} (GOCOVERDIR of {} processes)", self.count(COUNTERS)),
            file: Some(out),
            digest: Some(digest),
            tool: Some(site.facts.tools.get("go").map(|tool| tool.version.clone()).unwrap_or_default()),
        };
        Ok((Part { name: name.clone(), kind: self.named.kind, profile }, proof))
    }

    fn count(&self, prefix: &str) -> usize {
        self.files.iter().filter(|(name, _)| name.starts_with(prefix)).count()
    }

    fn refuse_nothing(&self) -> Result<(), Problem> {
        let name = &self.named.file;
        let why = match (self.count(META), self.count(COUNTERS)) {
            (0, _) => "it holds no data of a program that was built with `go build -cover`",
            (_, 0) => "no program came to its end: one that is killed writes nothing",
            _ => return Ok(()),
        };
        Err(Problem::new(format!("{name} proves nothing")).because(why).fix(format!(
            "run such a program with `GOCOVERDIR={name}` first, or take it out of `gates.coverage.gocoverdir`"
        )))
    }

    async fn refuse_stale(&self, dir: &Utf8Path, max_age: Span, site: &Site) -> Result<(), Problem> {
        let fresh = Fresh { facts: &site.facts, max_age, now: site.ports.clock.now() };
        for (file, _) in &self.files {
            let name = format!("{}/{file}", self.named.file);
            let meta = site.ports.files.meta(&dir.join(file))?;
            let meta =
                meta.ok_or_else(|| Problem::new(format!("{name} has gone while it was to be read")))?;
            fresh.refuse_stale(&name, &meta)?;
        }
        Ok(())
    }
}
