//! A GitHub release: a draft, its assets with digests compared, published when the set is exact.

mod asset;
mod desk;
mod draft;
mod evidence;
mod hold;
mod latest;
mod life;
mod notes;
mod publish;
mod told;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kit::span::Span;
use crate::kit::template::Template;
use crate::model::{ArtifactKind, Problem, Rank, Step, Use};
use crate::steps::room::{Draft, Planned, Room, Scene};

use desk::Desk;

/// The room.
pub struct GitHub;

/// Yes, no, or what follows from the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// What follows from the version.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Choice {
    fn or(self, auto: bool) -> bool {
        match self {
            Self::Auto => auto,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// Settings of `release.github`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The release's title.
    pub name: Template,
    /// Leave it a draft, for a person to publish.
    pub draft: bool,
    /// Mark it as a prerelease; `auto`: where the version has a prerelease part.
    pub prerelease: Choice,
    /// Let `latest` point at it; `auto`: where no higher version is the latest.
    pub latest: Choice,
    /// Open a discussion in this category.
    pub discussion: Option<String>,
    /// The pause between two writes to the forge, as `1s` or `500ms`; GitHub asks for one second.
    pub pace: Span,
    /// How long a run that gives no sign of life keeps its draft from a run that makes something else of
    /// the same tag.
    pub lease: Span,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: Template::new("{{ tag }}").expect("the default template is correct"),
            draft: false,
            prerelease: Choice::Auto,
            latest: Choice::Auto,
            discussion: None,
            pace: Span::seconds(1),
            lease: Span::seconds(300),
        }
    }
}

impl Room for GitHub {
    const ID: &'static str = "github";
    const ABOUT: &'static str =
        "A draft with every asset compared by digest, published when the set is exact";
    type Settings = Settings;

    fn plan(settings: &Settings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        if scene.facts.snapshot {
            return Ok(Vec::new());
        }
        let title = settings
            .name
            .render(&crate::kit::template::Names::of(scene.facts))
            .map_err(|error| Problem::new(error.to_string()).fix("mend `release.github.name`"))?;
        let names: Vec<String> = scene
            .expected()
            .filter(|(_, made)| made.kind.is_published())
            .map(|(_, made)| made.name.clone())
            .collect();
        let desk = Arc::new(Desk::new(settings.clone(), title, names));
        let draft = |part: &str, title: &str| {
            Draft::new(Step::Release, Self::ID, part, title)
                .keyed("settings", settings)
                .keyed("tag", &scene.facts.tag)
        };

        let mut begin = draft("draft", "the draft");
        for (task, made) in scene.expected() {
            if made.kind == ArtifactKind::ReleaseNotes {
                begin = begin.needs(task, Use::Bytes, scene);
            }
        }
        let begin = begin.target(Rank::Reversible, draft::TheDraft(Arc::clone(&desk)));
        let mut proof =
            draft("evidence", crate::model::evidence::EVIDENCE_NAME).needs_own(&begin, Use::Order);
        for earlier in scene.before.iter().filter(|earlier| crate::steps::evidence::is_kept(&earlier.task)) {
            proof = proof.needs(
                &earlier.task.id,
                if earlier.task.makes.is_empty() { Use::Order } else { Use::Digests },
                scene,
            );
        }
        let proof = proof.target(Rank::Reversible, evidence::TheEvidence(Arc::clone(&desk)));
        // Written under the evidence, as everything on the draft is.
        let mut notes = draft("notes", "title and notes").needs_own(&proof, Use::Order);
        for (task, made) in scene.expected() {
            if made.kind == ArtifactKind::ReleaseNotes {
                notes = notes.needs(task, Use::Bytes, scene);
            }
        }
        let notes = notes.target(Rank::Reversible, notes::Page(Arc::clone(&desk)));
        let mut planned = vec![begin, proof, notes];
        planned.extend(assets(settings, scene, &desk, &planned));
        let publish = planned
            .iter()
            .fold(draft("publish", "make it public"), |next, one| next.needs_own(one, Use::Order));
        let publish = publish.target(Rank::Irreversible, publish::Publish(Arc::clone(&desk)));
        let latest = draft("latest", "let `latest` point at it").needs_own(&publish, Use::Order);
        planned.push(publish);
        if settings.latest.or(!settings.prerelease.or(scene.facts.is_prerelease())) {
            planned.push(latest.target(Rank::Pointer, latest::Latest(desk)));
        }
        Ok(planned)
    }
}

/// One target for each published artifact; they need the draft and its evidence to be there.
fn assets(settings: &Settings, scene: &Scene, desk: &Arc<Desk>, first: &[Planned]) -> Vec<Planned> {
    let published = scene.expected().filter(|(_, made)| made.kind.is_published());
    let one = |(task, made): (&crate::model::TaskId, &crate::model::Expected)| {
        let draft = Draft::new(Step::Release, GitHub::ID, &format!("asset/{}", made.name), made.name.clone())
            .keyed("settings", settings)
            .needs(task, Use::Bytes, scene);
        let draft = first.iter().fold(draft, |next, one| next.needs_own(one, Use::Order));
        draft.target(Rank::Reversible, asset::TheAsset { desk: Arc::clone(desk), name: made.name.clone() })
    };
    published.map(one).collect()
}
