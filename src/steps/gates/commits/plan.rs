//! One task that reads the messages since the last release.

use super::judge::Judge;
use super::settings::CommitsSettings;
use crate::model::{Problem, Step};
use crate::steps::gates::noted::Noting;
use crate::steps::room::{Draft, Planned, Room, Scene};

/// The room.
pub struct Commits;

impl Room for Commits {
    const ID: &'static str = "commits";
    const ABOUT: &'static str =
        "The messages of this release are conventional commits; only where it is `enabled: true`";
    type Settings = CommitsSettings;

    fn plan(settings: &CommitsSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        if !scene.demanded {
            return Ok(Vec::new());
        }
        if settings.types.is_empty() {
            return Err(Problem::new("`gates.commits.types` is empty: no message could be right")
                .fix("name the types, or leave it out for the usual ones"));
        }
        let previous = scene.facts.previous.clone();
        let draft = Draft::new(Step::Gates, Self::ID, "", "conventional commits")
            .keyed("commit", &scene.facts.commit.id)
            .keyed("previous", &previous)
            .keyed("dir", &scene.facts.dir)
            .keyed("settings", settings)
            .keeps();
        Ok(vec![draft.check(Noting(Judge { settings: settings.clone(), previous }))])
    }
}
