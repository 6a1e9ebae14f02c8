//! One task that judges the profile that the tests' run leaves.

use super::judge::Judge;
use super::settings::CoverageSettings;
use crate::model::{ArtifactKind, Problem, Step, Use};
use crate::steps::gates::report::GO_COVERAGE;
use crate::steps::room::{Draft, Planned, Room, Scene};

/// The room.
pub struct Coverage;

impl Room for Coverage {
    const ID: &'static str = "coverage";
    const ABOUT: &'static str = "The tests reach enough of the code";
    type Settings = CoverageSettings;

    fn plan(settings: &CoverageSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let is_profile =
            |made: &crate::model::Expected| made.kind == ArtifactKind::Report && made.name == GO_COVERAGE;
        let maker = scene.expected().find(|(_, made)| is_profile(made)).map(|(task, _)| task.clone());
        let Some(maker) = maker else {
            return if scene.demanded {
                Err(Problem::new("`gates.coverage` has nothing to measure")
                    .because("no task of this plan runs tests that measure coverage")
                    .fix("switch `gates.tests` on, or take `gates.coverage` out"))
            } else {
                Ok(Vec::new())
            };
        };
        let draft =
            Draft::new(Step::Gates, Self::ID, "", format!("coverage of at least {}", settings.minimum));
        let judge = draft.keyed("settings", settings).needs(&maker, Use::Bytes, scene).keeps();
        Ok(vec![judge.check(Judge { settings: settings.clone() })])
    }
}
