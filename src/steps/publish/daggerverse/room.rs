//! Settings and tasks.

use camino::{Utf8Path, Utf8PathBuf};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::ModuleCheck;
use super::place::{Place, PlaceTarget};
use crate::kit::address;
use crate::kit::path::RepoPath;
use crate::kit::span::Span;
use crate::model::{Facts, Problem, Rank, Step, Use};
use crate::steps::room::{Draft, Planned, Room, Scene};

/// The settings of `publish.daggerverse`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DaggerverseSettings {
    /// Where Daggerverse is.
    pub url: String,
    /// How long to wait for the module's page before going on without it.
    pub timeout: Span,
    /// The modules' folders, relative to the project's; otherwise those found.
    pub modules: Vec<RepoPath>,
}

impl Default for DaggerverseSettings {
    fn default() -> Self {
        Self { url: "https://daggerverse.dev".into(), timeout: Span::seconds(300), modules: Vec::new() }
    }
}

/// The room.
pub struct Daggerverse;

impl Room for Daggerverse {
    const ID: &'static str = "daggerverse";
    const ABOUT: &'static str = "The project's Dagger modules, indexed on daggerverse.dev";
    type Settings = DaggerverseSettings;

    fn plan(settings: &DaggerverseSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let facts = scene.facts;
        let modules = modules(settings, facts);
        if modules.is_empty() {
            return unable(
                scene,
                "there is no Dagger module here",
                "run `dagger init`, or name them in `publish.daggerverse.modules`",
            );
        }
        if facts.snapshot {
            return Ok(Vec::new());
        }
        let base = address::safe(&settings.url)
            .map_err(|error| Problem::new(format!("`publish.daggerverse.url` cannot be used: {error}")))?;
        let Some(slug) = &facts.slug else {
            return unable(
                scene,
                "the repository on the forge is not known",
                "add a remote: `git remote add origin URL`",
            );
        };
        let check = Draft::new(Step::Publish, Self::ID, "check", "Dagger modules are fit to be indexed")
            .keyed("modules", &modules)
            .keyed("tree", &facts.commit.tree)
            .keyed("tag", &facts.tag)
            .check(ModuleCheck { modules: modules.clone() });
        if facts.is_prerelease() {
            // Daggerverse lists vMAJOR.MINOR.PATCH only; the check says so in its verdict.
            return Ok(vec![check]);
        }
        let host = facts.forge_url.split_once("://").map_or(facts.forge_url.as_str(), |(_, host)| host);
        let repository = format!("{host}/{slug}");
        let mut planned = vec![check];
        for module in &modules {
            let below = if module.as_str().is_empty() { String::new() } else { format!("/{module}") };
            let place = Place {
                base: base.clone(),
                path: format!("{repository}{below}"),
                commit: facts.commit.id.clone(),
                version: format!("v{}", facts.version),
                timeout: settings.timeout.get(),
            };
            planned.push(indexed(place, module, &planned[0]));
        }
        Ok(planned)
    }
}

/// The task that has a module indexed.
fn indexed(place: Place, module: &Utf8Path, check: &Planned) -> Planned {
    let part = if module.as_str().is_empty() { "root" } else { module.as_str() };
    let title = format!("Daggerverse {}@{}", place.path, place.version);
    // After the release by its rank: the tag that is indexed comes into being when that is published.
    let draft = Draft::new(Step::Publish, Daggerverse::ID, part, title)
        .keyed("path", &place.path)
        .keyed("commit", &place.commit)
        .keyed("version", &place.version)
        .keyed("url", &place.base.as_str())
        .needs_own(check, Use::Order)
        .soft();
    draft.target(Rank::Irreversible, PlaceTarget(place))
}

/// Nothing to do, which is a problem where it was demanded.
fn unable(scene: &Scene, why: &str, fix: &str) -> Result<Vec<Planned>, Problem> {
    if scene.demanded && !scene.facts.snapshot {
        return Err(Problem::new(format!("nothing can be published to Daggerverse: {why}")).fix(fix));
    }
    Ok(Vec::new())
}

/// The modules' folders relative to the repository's root, empty for the root itself.
fn modules(settings: &DaggerverseSettings, facts: &Facts) -> Vec<Utf8PathBuf> {
    let named: Vec<&Utf8Path> = if settings.modules.is_empty() {
        facts.ecosystems.dagger.iter().map(Utf8PathBuf::as_path).collect()
    } else {
        settings.modules.iter().map(RepoPath::as_path).collect()
    };
    let joined = |module: &Utf8Path| match (facts.dir.as_str(), module.as_str()) {
        ("", "." | "") => Utf8PathBuf::new(),
        ("", _) => module.to_owned(),
        (_, "." | "") => facts.dir.clone(),
        _ => facts.dir.join(module),
    };
    let mut modules: Vec<Utf8PathBuf> = named.into_iter().map(joined).collect();
    modules.sort();
    modules.dedup();
    modules
}
