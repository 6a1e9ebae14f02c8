//! `changelog/notes`: what changed since the last release, in `dist/release-notes.md`.

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::settings::ChangelogSettings;
use super::words::compose::{Scope, compose, draft, look, shelve};
use crate::kit::template::{Names, Template};
use crate::model::artifact::NOTES_NAME;
use crate::model::{Artifact, ArtifactKind, Expected, Problem};
use crate::steps::room::{Maker, Outlook, Planned, Room, Scene, Seen, Site};

/// The settings of `changelog.notes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NotesSettings {
    /// A text above the notes.
    pub header: Option<Template>,
    /// A text below the notes.
    pub footer: Option<Template>,
}

/// The room.
pub struct Notes;

impl Room for Notes {
    const ID: &'static str = "notes";
    const ABOUT: &'static str = "The notes of this release, from the commits since the last one";
    type Settings = NotesSettings;

    async fn look(_: &NotesSettings, outlook: &Outlook) -> Result<Seen, Problem> {
        look(outlook)
    }

    fn plan(settings: &NotesSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let step: ChangelogSettings = scene.step()?;
        let names = Names::of(scene.facts);
        let rendered = |template: &Option<Template>| {
            template.as_ref().map(|template| template.render(&names)).transpose().map_err(|error| {
                Problem::new("a text of `changelog.notes` cannot be rendered").caused_by(&error)
            })
        };
        let (header, footer) = (rendered(&settings.header)?, rendered(&settings.footer)?);
        let since = scene.facts.previous.as_ref().map_or("the first commit", |tag| tag.name.as_str());
        let task = draft(Self::ID, format!("release notes since {since}"), settings, &step, scene)
            .keyed("header", &header)
            .keyed("footer", &footer)
            .makes(Expected {
                name: NOTES_NAME.into(),
                kind: ArtifactKind::ReleaseNotes,
                platform: None,
                id: String::new(),
            });
        let config = step.config.map(|path| path.as_path().to_owned());
        Ok(vec![task.maker(NotesMaker { config, header, footer })])
    }
}

struct NotesMaker {
    config: Option<Utf8PathBuf>,
    header: Option<String>,
    footer: Option<String>,
}

#[async_trait::async_trait]
impl Maker for NotesMaker {
    async fn make(&self, site: &Site) -> Result<Vec<Artifact>, Problem> {
        let notes = compose(site, self.config.as_deref(), Scope::Release).await?;
        let parts = [self.header.as_deref(), Some(notes.as_str()), self.footer.as_deref()];
        let parts: Vec<&str> =
            parts.into_iter().flatten().map(str::trim_end).filter(|part| !part.is_empty()).collect();
        shelve(site, NOTES_NAME, ArtifactKind::ReleaseNotes, &(parts.join("\n\n") + "\n"))
    }
}
