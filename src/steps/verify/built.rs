//! `scan/run`: what was built for this machine's platform says its version before it is public. What lies where the
//! build puts it may be of another run: only the bytes that are released are asked.

use camino::{Utf8Path, Utf8PathBuf};

use super::ask::{Asker, Program};
use super::unpack;
use crate::model::{Artifact, ArtifactKind, Platform, Problem, Verdict};
use crate::ports::Files;
use crate::steps::room::{Check, Site};

/// Where the programs run, below the dist folder: a home of their own.
const HOME: &str = ".run";

/// Where programs are unpacked, below that.
const UNPACKED: &str = "unpacked";

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
        let dir = site.dist.join(HOME);
        let (own, made) = (site.clone(), of_host.into_iter().cloned().collect::<Vec<_>>());
        let finding = tokio::task::spawn_blocking(move || find(&own, &made, &inputs));
        let programs = finding
            .await
            .map_err(|error| Problem::new("looking for what was built broke off").caused_by(&error))??;
        let files = &site.ports.files;
        if programs.is_empty() {
            files.remove(&dir)?;
            return Ok(Verdict::skipped("it is not on this machine: it was looked at where it was made"));
        }
        let answers = self.0.ask_all(site, &files.real_path(&dir)?, &programs).await;
        files.remove(&dir)?;
        Ok(answers.verdict(&format!("{} program(s) for {host}", programs.len()), "their output"))
    }
}

/// The programs that are on this machine with the bytes that are released: where the build has put them; or, where
/// another version was built there meanwhile, out of what is released.
fn find(site: &Site, made: &[Artifact], inputs: &[Artifact]) -> Result<Vec<Program>, Problem> {
    let files = site.ports.files.as_ref();
    let dir = site.dist.join(HOME);
    files.remove(&dir)?;
    files.make_dir(&dir)?;
    let mut programs = Vec::new();
    for binary in made {
        let lying = site.path_of(binary);
        let path = if holds(files, &lying, binary)? { Some(lying) } else { released(site, binary, inputs)? };
        if let Some(path) = path {
            programs.push(Program {
                path: files.real_path(&path)?,
                name: binary.name.clone().into(),
                unstamped: binary.is_unstamped(&binary.name),
            });
        }
    }
    Ok(programs)
}

/// Whether a file is there and is this artifact, byte by byte.
fn holds(files: &dyn Files, path: &Utf8Path, artifact: &Artifact) -> Result<bool, Problem> {
    match files.meta(path)? {
        Some(meta) if !meta.is_dir && !meta.is_link && meta.len == artifact.size => {
            Ok(files.digest(path)? == (artifact.size, artifact.digest))
        }
        _ => Ok(false),
    }
}

/// The program out of what is released for its platform, where that is on this machine.
fn released(site: &Site, binary: &Artifact, inputs: &[Artifact]) -> Result<Option<Utf8PathBuf>, Problem> {
    let files = site.ports.files.as_ref();
    for packed in inputs.iter().filter(|made| made.platform == binary.platform) {
        let from = site.path_of(packed);
        let wanted = match packed.kind {
            ArtifactKind::Archive => holds(files, &from, packed)?,
            ArtifactKind::PlainBinary => packed.digest == binary.digest && holds(files, &from, packed)?,
            _ => false,
        };
        if !wanted {
            continue;
        }
        if packed.kind == ArtifactKind::PlainBinary {
            return Ok(Some(from));
        }
        let to = site.dist.join(HOME).join(UNPACKED).join(&packed.name).join(&binary.name);
        let mut found = false;
        unpack::walk(files, &from, &mut |entry, bytes| {
            // Another file of that name, such as the completion of a shell, may stand before or after it.
            if !found && Utf8Path::new(&entry.path).file_name() == Some(binary.name.as_str()) {
                let mut pending = files.create(&to, true).map_err(std::io::Error::other)?;
                std::io::copy(bytes, &mut pending)?;
                pending.place().map_err(std::io::Error::other)?;
                found = holds(files, &to, binary).map_err(std::io::Error::other)?;
            }
            Ok(())
        })?;
        if found {
            return Ok(Some(to));
        }
    }
    Ok(None)
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
