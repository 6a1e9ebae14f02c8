//! `changelog/history`: every release and what it changed, in `dist/CHANGELOG.md`.

use camino::Utf8PathBuf;

use super::settings::ChangelogSettings;
use super::words::compose::{Scope, compose, draft, look, shelve};
use crate::config::section::NoSettings;
use crate::model::{Artifact, ArtifactKind, Expected, Problem};
use crate::steps::room::{Maker, Outlook, Planned, Room, Scene, Seen, Site};

/// The file's name.
const NAME: &str = "CHANGELOG.md";

/// The room.
pub struct History;

impl Room for History {
    const ID: &'static str = "history";
    const ABOUT: &'static str = "CHANGELOG.md: every release and what it changed";
    type Settings = NoSettings;

    async fn look(_: &NoSettings, outlook: &Outlook) -> Result<Seen, Problem> {
        look(outlook)
    }

    fn plan(settings: &NoSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let step: ChangelogSettings = scene.step()?;
        let task =
            draft(Self::ID, "CHANGELOG.md, all releases".into(), settings, &step, scene).makes(Expected {
                name: NAME.into(),
                kind: ArtifactKind::Changelog,
                platform: None,
                id: String::new(),
            });
        Ok(vec![task.maker(HistoryMaker { config: step.config.map(|path| path.as_path().to_owned()) })])
    }
}

struct HistoryMaker {
    config: Option<Utf8PathBuf>,
}

#[async_trait::async_trait]
impl Maker for HistoryMaker {
    async fn make(&self, site: &Site) -> Result<Vec<Artifact>, Problem> {
        let text = compose(site, self.config.as_deref(), Scope::History).await?;
        shelve(site, NAME, ArtifactKind::Changelog, &text)
    }
}
