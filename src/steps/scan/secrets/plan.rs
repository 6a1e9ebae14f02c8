//! One task: every byte of what will be published.

use super::scan::Scan;
use super::settings::SecretsSettings;
use crate::model::{Problem, Step, TaskId, Use};
use crate::steps::ignore;
use crate::steps::room::{Draft, Planned, Room, Scene};

/// The room.
pub struct Secrets;

/// Its section.
pub const SETTING: &str = "scan.secrets";

impl Room for Secrets {
    const ID: &'static str = "secrets";
    const ABOUT: &'static str =
        "No file that will be published, and none in its archives, holds a token or a private key";
    type Settings = SecretsSettings;

    fn plan(settings: &SecretsSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        Problem::none_of(ignore::invalid(&settings.ignore, &format!("{SETTING}.ignore")))?;
        // A snapshot is shown to nobody.
        if scene.facts.snapshot && !scene.demanded {
            return Ok(Vec::new());
        }
        let mut makers: Vec<&TaskId> =
            scene.expected().filter(|(_, made)| made.kind.is_published()).map(|(task, _)| task).collect();
        makers.dedup();
        if makers.is_empty() && settings.images.is_empty() {
            return if scene.demanded {
                Err(Problem::new(format!("`{SETTING}` has nothing to look at"))
                    .because("nothing is made that will be published")
                    .fix("take the section out"))
            } else {
                Ok(Vec::new())
            };
        }
        let draft = Draft::new(Step::Scan, Self::ID, "", "no secret in what will be published");
        let draft = makers.into_iter().fold(draft, |draft, maker| draft.needs(maker, Use::Bytes, scene));
        // The same bytes hold the same secrets. What is let pass ends on a day, so that is asked each time.
        // Images are made by others, under the same name.
        let same = settings.ignore.is_empty() && settings.images.is_empty();
        let draft = if same { draft.keeps() } else { draft };
        Ok(vec![draft.keyed("settings", settings).check(Scan { settings: settings.clone() })])
    }
}
