//! One task: all programs that Go has built.

use super::scan::Scan;
use super::settings::VulnerabilitiesSettings;
use crate::model::{ArtifactKind, Problem, Step, TaskId, Use};
use crate::steps::ignore;
use crate::steps::room::{Draft, Planned, Room, Scene};

/// The room.
pub struct Vulnerabilities;

/// Its section.
pub const SETTING: &str = "scan.vulnerabilities";

impl Room for Vulnerabilities {
    const ID: &'static str = "vulnerabilities";
    const ABOUT: &'static str =
        "No program was built from what is known to be vulnerable; only where it is `enabled: true`";
    type Settings = VulnerabilitiesSettings;

    fn plan(settings: &VulnerabilitiesSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        if !scene.demanded {
            return Ok(Vec::new());
        }
        Problem::none_of(ignore::invalid(&settings.ignore, &format!("{SETTING}.ignore")))?;
        let mut makers: Vec<&TaskId> = scene
            .expected()
            .filter(|(_, made)| made.kind == ArtifactKind::Binary)
            .map(|(task, _)| task)
            .collect();
        makers.dedup();
        if makers.is_empty() {
            return Err(Problem::new(format!("`{SETTING}` has nothing to look at"))
                .because("no program is built")
                .fix("take the section out"));
        }
        let draft = Draft::new(Step::Scan, Self::ID, "", "no program with a known vulnerability");
        let draft = makers.into_iter().fold(draft, |draft, maker| draft.needs(maker, Use::Bytes, scene));
        // No outcome is kept: databases grow, also where the programs stay the same.
        Ok(vec![draft.keyed("settings", settings).check(Scan { settings: settings.clone() })])
    }
}
