//! One task that reads the repository's workflows and actions, and asks after its lock files.

use super::judge::Judge;
use super::settings::PinningSettings;
use crate::ecosystem::go::flags_in_env;
use crate::model::{Problem, Step};
use crate::steps::gates::noted::Noting;
use crate::steps::room::{Draft, Planned, Room, Scene};

/// The room.
pub struct Pinning;

impl Room for Pinning {
    const ID: &'static str = "pinning";
    const ABOUT: &'static str = "What the workflows run is named by commit or digest, and lock files are in step; only where it is `enabled: true`";
    type Settings = PinningSettings;

    fn plan(settings: &PinningSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        if !scene.demanded {
            return Ok(Vec::new());
        }
        for entry in &settings.allow {
            let (owner, name) = entry.split_once('/').unwrap_or((entry, ""));
            if owner.is_empty() || name.is_empty() || name.contains('/') || owner.contains('*') {
                return Err(Problem::new(format!("`gates.pinning.allow` has `{entry}`"))
                    .fix("write `owner/name` or `owner/*`"));
            }
        }
        let draft = Draft::new(Step::Gates, Self::ID, "", "what is run and used is pinned")
            .keyed("tree", &scene.facts.commit.tree)
            .keyed("dir", &scene.facts.dir)
            .keyed("loose", &scene.facts.loose.build)
            .keyed("variants", &scene.facts.variants)
            .keyed("modules", &flags_in_env(&scene.facts.env))
            .keyed("settings", settings)
            .keeps();
        Ok(vec![draft.check(Noting(Judge { settings: settings.clone() }))])
    }
}
