//! Makes the bill of materials of one download.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::document::{self, Binary, Subject};
use super::{buildinfo::InfoError, image};
use crate::model::{Artifact, ArtifactKind, Digest, Expected, Problem};
use crate::ports::Files;
use crate::steps::room::{Maker, Site};

/// The maker.
pub struct BomMaker {
    /// The file's name.
    pub name: String,
    /// What it is about.
    pub download: Expected,
    /// The binaries in that.
    pub binaries: Vec<Expected>,
}

impl BomMaker {
    fn input(&self, inputs: &[Artifact], wanted: &Expected) -> Result<Artifact, Problem> {
        let fits = |one: &&Artifact| {
            one.kind == wanted.kind && one.name == wanted.name && one.platform == wanted.platform
        };
        inputs.iter().find(fits).cloned().ok_or_else(|| {
            Problem::new(format!("{}: `{}` is not known", self.name, wanted.name))
                .fix("run the steps before it: `release-action run --from build`")
        })
    }
}

#[async_trait::async_trait]
impl Maker for BomMaker {
    async fn make(&self, site: &Site) -> Result<Vec<Artifact>, Problem> {
        let inputs = site.inputs();
        let download = self.input(&inputs, &self.download)?;
        let mut binaries = Vec::new();
        for wanted in &self.binaries {
            let artifact = self.input(&inputs, wanted)?;
            let (files, path) = (Arc::clone(&site.ports.files), site.path_of(&artifact));
            let read = tokio::task::spawn_blocking(move || info(&*files, &path));
            let info = read
                .await
                .map_err(|error| Problem::new("reading a binary broke off").caused_by(&error))??;
            binaries.push(Binary { name: artifact.name, digest: artifact.digest, info });
        }
        let subject = Subject {
            name: download.name,
            digest: download.digest,
            version: site.facts.version.to_string(),
            time: site.facts.commit.date,
            binaries,
        };
        let text = document::write(&subject)
            .map_err(|error| Problem::new(format!("cannot write {}", self.name)).caused_by(&error))?;
        site.ports.files.write(&site.dist.join(&self.name), text.as_bytes())?;
        let digest = Digest::of(text.as_bytes());
        Ok(vec![Artifact {
            name: self.name.clone(),
            kind: ArtifactKind::Sbom,
            path: Utf8PathBuf::from(&self.name),
            platform: download.platform,
            size: text.len() as u64,
            digest,
            extra: BTreeMap::from([
                ("Checksum".into(), json!(digest.to_string())),
                ("ID".into(), json!("default")),
            ]),
        }])
    }
}

fn info(files: &dyn Files, path: &Utf8Path) -> Result<super::buildinfo::BuildInfo, Problem> {
    image::read(files.open(path)?).map_err(|error| {
        let fix = match error {
            InfoError::Old | InfoError::NoModules => "build it as a module with Go 1.18 or later",
            InfoError::NoExecutable(_) | InfoError::Missing | InfoError::Torn | InfoError::Line(_) => {
                "do not pack or rewrite the binary after the build (upx, objcopy), or set `package.sbom.enabled: false`"
            }
        };
        Problem::new(format!("cannot tell what is in {path}")).caused_by(&error).fix(fix)
    })
}
