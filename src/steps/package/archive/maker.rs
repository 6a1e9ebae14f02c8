//! Makes the archive of one platform.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use super::budget;
use super::buffers::{self, Buffers};
use super::entries::{self, Entry};
use super::pack::{self, Recipe};
use super::plan::Parcel;
use super::readback::{self, Whole, Written};
use super::settings::Format;
use super::watch::{HashWriter, Watch};
use crate::model::artifact::UNSTAMPED;
use crate::model::{Artifact, ArtifactKind, Digest, Problem};
use crate::ports::Files;
use crate::steps::package::gather::Gatherer;
use crate::steps::room::{Maker, Site};

/// The maker.
pub struct ArchiveMaker {
    parcel: Parcel,
}

impl ArchiveMaker {
    /// Will make this.
    pub fn new(parcel: Parcel) -> Self {
        Self { parcel }
    }

    fn binaries(&self, site: &Site) -> Result<Vec<Artifact>, Problem> {
        let inputs = site.inputs();
        let wanted = self.parcel.binaries.iter().map(|expected| {
            let fits = |artifact: &&Artifact| {
                artifact.kind == ArtifactKind::Binary
                    && artifact.name == expected.name
                    && artifact.platform == expected.platform
            };
            inputs.iter().find(fits).cloned().ok_or_else(|| {
                Problem::new(format!(
                    "the binary `{}` for {} was not built",
                    expected.name, self.parcel.platform
                ))
                .fix("run the build step first: `release-action run --from build`")
            })
        });
        wanted.collect()
    }

    /// What lies beside the binaries, and what goes into each file.
    fn loads(&self, site: &Site) -> Result<Vec<Load>, Problem> {
        let parcel = &self.parcel;
        let binaries = self.binaries(site)?;
        if parcel.format == Format::Binary {
            let each = parcel.names.iter().zip(&binaries).map(|(name, binary)| Load {
                name: name.clone(),
                entries: vec![entries::binary(binary, &site.dist)],
                extra: bare_extra(binary),
            });
            return Ok(each.collect());
        }
        let gatherer = Gatherer::new(&*site.ports.files, &site.facts, &site.dist)?;
        let beside = entries::beside(parcel.files.as_deref(), &gatherer)?;
        let mut names: Vec<String> = beside.iter().map(|entry| entry.name.clone()).collect();
        names.sort();
        names.dedup();
        let packed = binaries.iter().map(|binary| entries::binary(binary, &site.dist));
        let mut extra = BTreeMap::from([
            ("Binaries".into(), binaries.iter().map(|binary| json!(binary.name)).collect()),
            ("Files".into(), json!(names)),
            ("Format".into(), json!(parcel.format.name())),
            ("ID".into(), json!("default")),
            ("WrappedIn".into(), json!(parcel.wrap)),
        ]);
        let unstamped = binaries.iter().filter(|binary| binary.extra.contains_key(UNSTAMPED));
        let unstamped: Vec<Value> = unstamped.map(|binary| json!(binary.name)).collect();
        if !unstamped.is_empty() {
            extra.insert(UNSTAMPED.into(), unstamped.into());
        }
        let entries = entries::arrange(packed.chain(beside).collect(), &parcel.wrap)?;
        let name = parcel.names.first().cloned().unwrap_or_default();
        Ok(vec![Load { name, entries, extra }])
    }
}

fn bare_extra(binary: &Artifact) -> BTreeMap<String, Value> {
    let stem = binary.name.strip_suffix(".exe").unwrap_or(&binary.name);
    let unstamped = binary.extra.get(UNSTAMPED).map(|unstamped| (UNSTAMPED.into(), unstamped.clone()));
    let own = [
        ("Binary".into(), binary.extra.get("Binary").cloned().unwrap_or_else(|| json!(stem))),
        ("Format".into(), json!("binary")),
        ("ID".into(), json!("default")),
    ];
    own.into_iter().chain(unstamped).collect()
}

/// A file to write.
struct Load {
    name: String,
    entries: Vec<Entry>,
    extra: BTreeMap<String, Value>,
}

#[async_trait::async_trait]
impl Maker for ArchiveMaker {
    async fn make(&self, site: &Site) -> Result<Vec<Artifact>, Problem> {
        let parcel = &self.parcel;
        let recipe = Recipe {
            format: parcel.format,
            level: parcel.level,
            time: site.facts.commit.date,
            longest_whole: budget::LONGEST_WHOLE,
        };
        let mut artifacts = Vec::new();
        for load in self.loads(site)? {
            let share = budget::share(recipe.memory(&load.entries)).await?;
            let (task_site, name, entries) = (site.clone(), load.name.clone(), load.entries);
            let written = tokio::task::spawn_blocking(move || {
                let _share = share;
                let total = 2 * entries.iter().map(|entry| entry.len).sum::<u64>();
                let files = Arc::clone(&task_site.ports.files);
                let path = task_site.dist.join(&name);
                let stop = task_site.stop.clone();
                let watch = Watch::new(stop, move |done| task_site.progress(done, Some(total), "bytes"));
                write(&*files, &path, &entries, &recipe, watch)
            });
            let (size, digest) = written.await.map_err(|error| {
                Problem::new(format!("{}: packing broke off", load.name)).caused_by(&error)
            })??;
            let mut extra = load.extra;
            extra.insert("Checksum".into(), json!(digest.to_string()));
            artifacts.push(Artifact {
                path: Utf8PathBuf::from(&load.name),
                name: load.name,
                kind: if parcel.format == Format::Binary {
                    ArtifactKind::PlainBinary
                } else {
                    ArtifactKind::Archive
                },
                platform: Some(parcel.platform.clone()),
                size,
                digest,
                extra,
            });
        }
        Ok(artifacts)
    }
}

/// Writes one file, reads it again, and gives its length and digest. What differs is removed.
pub fn write(
    files: &dyn Files,
    path: &Utf8Path,
    entries: &[Entry],
    recipe: &Recipe,
    mut watch: Watch,
) -> Result<(u64, Digest), Problem> {
    let fail = |error: std::io::Error| {
        let problem = Problem::new(format!("cannot write {path}")).caused_by(&error);
        problem.fix(
            "look whether the disk is full and whether something else writes to the folder; then run again",
        )
    };
    let mut buffers = buffers::lend();
    let mut sink = HashWriter::new(files.create(path, recipe.format == Format::Binary)?);
    let digests = pack::pack(files, entries, recipe, &mut sink, &mut buffers, &mut watch).map_err(fail)?;
    let (pending, size, digest) = sink.finish();
    pending.place()?;
    let Buffers { plain, packed, unpacked } = &mut *buffers;
    let packed = usize::try_from(size).ok().and_then(|size| packed.get(..size));
    let whole = packed.filter(|_| recipe.is_whole(entries)).map(|packed| Whole { tar: plain, packed });
    let written = Written { path, recipe, bytes: (size, digest), entries, digests: &digests, whole };
    if let Err(error) = readback::compare(files, &written, unpacked, &mut watch) {
        files.remove(path)?;
        return Err(Problem::new(format!("{path} was not on the disk as it was written; it is removed"))
            .caused_by(&error)
            .fix("run again; if it happens again, look at the disk"));
    }
    Ok((size, digest))
}
