//! From downloads to the tasks of their bills of materials.

use super::maker::BomMaker;
use super::settings::BomSettings;
use crate::kit::asset_name;
use crate::model::{ArtifactKind, Expected, Problem, Step, TaskId, Use};
use crate::steps::room::{Draft, Planned, Room, Scene};

/// The room.
pub struct Boms;

impl Room for Boms {
    const ID: &'static str = "sbom";
    const ABOUT: &'static str =
        "Writes a CycloneDX 1.6 bill of materials of what is in each download's Go binaries";
    type Settings = BomSettings;

    fn plan(settings: &BomSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let downloads: Vec<(&TaskId, &Expected)> = scene
            .expected()
            .filter(|(_, made)| matches!(made.kind, ArtifactKind::Archive | ArtifactKind::PlainBinary))
            .collect();
        // Only Go's binaries tell what is in them.
        if scene.facts.ecosystems.go.is_none() || downloads.is_empty() {
            return if scene.demanded {
                Err(Problem::new("`package.sbom` is on, but no archive with a Go binary is made")
                    .fix("switch `package.archive` on, or take `enabled: true` out of `package.sbom`"))
            } else {
                Ok(Vec::new())
            };
        }
        downloads.into_iter().map(|(task, made)| planned(settings, scene, task, made)).collect()
    }
}

fn planned(
    settings: &BomSettings,
    scene: &Scene,
    task: &TaskId,
    made: &Expected,
) -> Result<Planned, Problem> {
    let name = format!("{}{}", made.name, settings.suffix);
    asset_name::check(&name).map_err(|error| {
        Problem::new(format!("`package.sbom.suffix` gives no file name for {}", made.name))
            .caused_by(&error)
            .fix("correct it, or leave it out for `.sbom.json`")
    })?;
    let binaries: Vec<(&TaskId, &Expected)> = scene
        .expected()
        .filter(|(_, one)| one.kind == ArtifactKind::Binary && one.platform == made.platform)
        .filter(|(_, one)| made.kind == ArtifactKind::Archive || one.id == made.id)
        .collect();
    let mut draft = Draft::new(Step::Package, Boms::ID, &made.name, name.clone())
        .keyed("name", &name)
        .keyed("version", &scene.facts.version)
        .keyed("time", &scene.facts.commit.date.timestamp())
        .keyed("tool", &env!("CARGO_PKG_VERSION"))
        .needs(task, Use::Digests, scene);
    let mut tasks: Vec<&TaskId> = binaries.iter().map(|(task, _)| *task).collect();
    tasks.dedup();
    for task in tasks {
        draft = draft.needs(task, Use::Bytes, scene);
    }
    let kind = ArtifactKind::Sbom;
    let maker = BomMaker {
        name: name.clone(),
        download: made.clone(),
        binaries: binaries.into_iter().map(|(_, one)| one.clone()).collect(),
    };
    Ok(draft
        .makes(Expected { name, kind, platform: made.platform.clone(), id: made.id.clone() })
        .maker(maker))
}
