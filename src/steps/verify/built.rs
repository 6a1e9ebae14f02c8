//! `scan/run`: what was built for this machine's platform says its version before it is public.

use super::ask::{Asker, Program};
use crate::model::{Artifact, ArtifactKind, Platform, Problem, Verdict};
use crate::steps::room::{Check, Site};

/// Where the programs run, below the dist folder: a home of their own.
const HOME: &str = ".run";

/// Asks the programs where the build has put them.
pub struct BuiltCheck(pub Asker);

#[async_trait::async_trait]
impl Check for BuiltCheck {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let host = &site.facts.host;
        let inputs = site.inputs();
        let of_host = of_host(&inputs, host);
        if of_host.is_empty() {
            return Ok(Verdict::skipped(format!("nothing is built for {host}, on which this runs")));
        }
        let files = &site.ports.files;
        let mut programs = Vec::new();
        for binary in of_host {
            let path = site.path_of(binary);
            if files.meta(&path)?.is_some_and(|meta| !meta.is_dir) {
                programs.push(Program {
                    path: files.real_path(&path)?,
                    name: binary.name.clone().into(),
                    unstamped: binary.is_unstamped(&binary.name),
                });
            }
        }
        if programs.is_empty() {
            return Ok(Verdict::skipped("it is not on this machine: it was looked at where it was made"));
        }
        let dir = site.dist.join(HOME);
        files.remove(&dir)?;
        files.make_dir(&dir)?;
        let answers = self.0.ask_all(site, &files.real_path(&dir)?, &programs).await;
        files.remove(&dir)?;
        Ok(answers.verdict(&format!("{} program(s) for {host}", programs.len()), "their output"))
    }
}

/// The programs of a platform; of several variants the plainest.
fn of_host<'a>(made: &'a [Artifact], host: &Platform) -> Vec<&'a Artifact> {
    let of = |artifact: &'a Artifact| {
        let platform = artifact.platform.as_ref()?;
        let fits =
            artifact.kind == ArtifactKind::Binary && platform.os == host.os && platform.arch == host.arch;
        fits.then_some((platform.variant.as_str(), artifact))
    };
    let fitting: Vec<(&str, &Artifact)> = made.iter().filter_map(of).collect();
    let plainest = fitting.iter().map(|(variant, _)| *variant).min();
    fitting.into_iter().filter(|(variant, _)| Some(*variant) == plainest).map(|(_, made)| made).collect()
}
