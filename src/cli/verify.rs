//! As a downloader: the release of a tag, a folder that was downloaded, or the step of a run.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::kit::{address, version};
use crate::model::{ExitCode, Problem, Status, Step, Verdict};
use crate::ports::Ports;
use crate::ports::forge::Asset;
use crate::steps::verify::folder;

use super::project;
use super::run::{Run, Scope};
use super::wire::World;
use super::{Failure, dist};

/// Verify a release as a downloader would; without TAG or DIR, the step of a run
#[derive(Debug, Args)]
pub struct Verify {
    /// The tag of a public release, downloaded without a token, or a folder with a checksums file
    #[arg(value_name = "TAG|DIR", conflicts_with_all = ["tag", "version", "snapshot"])]
    pub what: Option<String>,
    /// Which release, and how.
    #[command(flatten)]
    pub scope: Scope,
}

/// The exit code of what does not verify.
const FAILED: ExitCode = ExitCode::Step(Step::Verify);

impl Verify {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let Some(what) = self.what else {
            return Run::only(Step::Verify, self.scope).call(world).await;
        };
        let dir = world.dir.join(&what);
        let files = world.files();
        let is_folder = files.meta(&dir)?.is_some_and(|meta| meta.is_dir);
        let folder = if is_folder {
            dir
        } else if what.rsplit('/').next().is_some_and(|last| version::strict(last).is_some()) {
            download(&world, &what).await?
        } else {
            let problem = Problem::new(format!("`{what}` is neither a folder nor a version tag"));
            return Err(Failure::usage(problem.fix("name a folder of downloads, or a tag such as v1.2.3")));
        };
        let failed = |problem| Failure::new(FAILED, problem);
        let mut found = folder::verify_dir(files.as_ref(), &folder).map_err(failed)?;
        if !is_folder {
            // A person's folder may hold anything; a release may not.
            found.must_be_whole(files.as_ref(), &folder).map_err(failed)?;
        }
        let verdict = found.verdict();
        let code = if verdict.status == Status::Pass { ExitCode::Done } else { FAILED };
        Failure::after_words(code, world.print(&told(&verdict, &found.extra)))
    }
}

fn told(verdict: &Verdict, extra: &[String]) -> String {
    let sign = if verdict.status == Status::Pass { "✓" } else { "✗" };
    let mut text = format!("{sign} {}\n", verdict.summary);
    for problem in &verdict.problems {
        text.push_str(&format!("  ✗ {problem}\n"));
    }
    match extra {
        [] => {}
        [name] => text.push_str(&format!("  • {name} is not in the checksums file\n")),
        several => {
            text.push_str(&format!("  • {} other files there are not in the checksums file\n", several.len()))
        }
    }
    text
}

/// Every asset of a public release, in the dist folder; the forge's own digests are compared as well.
async fn download(world: &World, tag: &str) -> Result<Utf8PathBuf, Failure> {
    let root = project::root(world).await?;
    let ports = world.ports(&root, std::time::Duration::ZERO)?;
    let slug = project::slug(world, &ports).await?;
    let fail = |problem: Problem| Failure::new(FAILED, problem);
    let releases = ports.forge.releases_of(&slug, tag).await.map_err(|error| fail(error.into()))?;
    let release = releases.into_iter().find(|release| !release.draft).ok_or_else(|| {
        fail(
            Problem::new(format!("{slug} has no public release of {tag}"))
                .fix("see `git ls-remote --tags` and the releases page"),
        )
    })?;
    let assets = ports.forge.assets(&slug, release.id).await.map_err(|error| fail(error.into()))?;
    let dist = dist::place(world, &root, &ports).await?;
    dist::mark(ports.files.as_ref(), &dist)?;
    let folder = dist.join("verify").join(tag.replace('/', "-"));
    ports.files.remove(&folder)?;
    for asset in &assets {
        if !folder::is_plain(&asset.name) {
            let what = format!("the asset `{}` has a name that is no plain file name", asset.name);
            return Err(fail(Problem::new(what)));
        }
        let url = address::download(&world.forge_url(), &slug, tag, &asset.name).map_err(fail)?;
        fetch(&ports, &url, asset, &folder).await.map_err(fail)?;
    }
    world.print(&format!("{} assets of {tag} downloaded to {folder}\n", assets.len()))?;
    Ok(folder)
}

async fn fetch(ports: &Ports, url: &url::Url, asset: &Asset, folder: &Utf8Path) -> Result<(), Problem> {
    let got = ports.http.download(url, &folder.join(&asset.name), &|_| {}).await?;
    if asset.digest.is_some_and(|digest| digest != got.digest) {
        return Err(Problem::new(format!("{} arrived with other bytes than the forge tells", asset.name))
            .because(format!(
                "{} instead of {}",
                got.digest,
                asset.digest.map(|d| d.to_string()).unwrap_or_default()
            )));
    }
    Ok(())
}
