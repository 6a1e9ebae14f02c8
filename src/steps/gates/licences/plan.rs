//! One task that looks at the licences of all dependencies.

use super::judge::Judge;
use super::settings::LicencesSettings;
use crate::ecosystem::go::flags_in_env;
use crate::kit::licence::Policy;
use crate::model::{Problem, Step};
use crate::steps::gates::noted::Noting;
use crate::steps::room::{Draft, Planned, Room, Scene};

/// The room.
pub struct Licences;

impl Room for Licences {
    const ID: &'static str = "licences";
    const ABOUT: &'static str =
        "Every dependency has a licence that is allowed; only where it is `enabled: true`";
    type Settings = LicencesSettings;

    fn plan(settings: &LicencesSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        if !scene.demanded {
            return Ok(Vec::new());
        }
        if settings.allow.is_empty() && settings.deny.is_empty() {
            return Err(Problem::new("`gates.licences` allows everything: it has neither `allow` nor `deny`")
                .fix("name what you allow, for example `allow: [MIT, Apache-2.0, BSD-2-Clause, BSD-3-Clause, ISC]`"));
        }
        let policy = Policy::new(&settings.allow, &settings.deny).map_err(|name| {
            Problem::new(format!("`gates.licences` names `{name}`, which is no licence of SPDX's list"))
                .fix("look for its name at https://spdx.org/licenses")
        })?;
        if let Some(bare) = settings.exceptions.iter().find(|one| one.reason.trim().is_empty()) {
            return Err(Problem::new(format!(
                "the exception for `{}` in `gates.licences` gives no reason",
                bare.package
            ))
            .fix("say why in `reason`"));
        }
        // The modules follow from the tree; the tool that lists them decides no licence.
        let draft = Draft::new(Step::Gates, Self::ID, "", "licences of the dependencies")
            .keyed("tree", &scene.facts.commit.tree)
            .keyed("loose", &scene.facts.loose.build)
            .keyed("dir", &scene.facts.dir)
            .keyed("variants", &scene.facts.variants)
            .keyed("modules", &flags_in_env(&scene.facts.env))
            .keyed("settings", settings)
            .keeps();
        Ok(vec![draft.check(Noting(Judge { settings: settings.clone(), policy }))])
    }
}
