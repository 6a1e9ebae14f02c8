//! One task that judges the coverage: of the tests' run, or of reports that were given.

use super::baseline::{Baseline, baseline};
use super::covdata::{self, Covdata};
use super::judge::{Judge, Missing, Source};
use super::patch::{Base, base};
use super::settings::CoverageSettings;
use crate::formats::coverage::FORMATS;
use crate::model::{ArtifactKind, Problem, Step, Use};
use crate::steps::gates::GatesSettings;
use crate::steps::gates::given::{self, Given};
use crate::steps::gates::noted::Noting;
use crate::steps::gates::report::GO_COVERAGE;
use crate::steps::room::{Draft, Outlook, Planned, Room, Scene, Seen};

/// What the room notes of where changes begin.
const BASE: &str = "base";

/// What it notes of what was covered before.
const BASELINE: &str = "baseline";

/// What it notes of what built programs ran through.
const COVDATA: &str = "gocoverdir";

/// The room.
pub struct Coverage;

impl Room for Coverage {
    const ID: &'static str = "coverage";
    const ABOUT: &'static str = "The tests reach enough of the code";
    type Settings = CoverageSettings;
    const ASKED_BY: &'static [&'static str] = &["minimum", "patch", "max_drop", "packages", "gocoverdir"];

    async fn look(settings: &CoverageSettings, outlook: &Outlook) -> Result<Seen, Problem> {
        let mut seen = given::look(FORMATS, outlook).await?;
        if settings.patch.is_some() {
            note(&mut seen, BASE, &base(outlook.ports.git.as_ref(), &outlook.facts).await)?;
        }
        if settings.max_drop.is_some() {
            note(&mut seen, BASELINE, &baseline(outlook.ports.git.as_ref(), &outlook.facts).await)?;
        }
        if !settings.gocoverdir.is_empty() {
            note(&mut seen, COVDATA, &covdata::look(settings, outlook).await?)?;
        }
        Ok(seen)
    }

    fn plan(settings: &CoverageSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let draft =
            Draft::new(Step::Gates, Self::ID, "", format!("coverage of at least {}", settings.minimum));
        let base = noted(scene, BASE)?.unwrap_or(Base::NotAsked);
        let baseline = noted(scene, BASELINE)?.unwrap_or(Baseline::NotAsked);
        let data: Vec<Covdata> = noted(scene, COVDATA)?.unwrap_or_default();
        let draft = draft.keyed("settings", settings).keyed("base", &base).keyed("baseline", &baseline);
        let given = Given::of(scene)?;
        let draft = if given.is_none() && data.is_empty() {
            draft
        } else {
            let facts = scene.facts;
            draft
                .keyed("given", &given.as_ref().map(Given::key))
                .keyed("gocoverdir", &data)
                .keyed("tree", &facts.commit.tree)
                .keyed("commit", &facts.commit.id)
                .keyed("dir", &facts.dir)
                .keyed("module", &facts.ecosystems.go.as_ref().map(|module| &module.path))
        };
        let max_age = scene.step::<GatesSettings>()?.max_report_age;
        let judge = |source| Judge {
            settings: settings.clone(),
            source,
            data: data.clone(),
            max_age,
            base,
            baseline,
        };
        if let Some(given) = given {
            // Not kept: what was fresh enough yesterday is not today.
            return Ok(vec![draft.check(Noting(judge(Source::Given(given))))]);
        }
        let is_profile =
            |made: &crate::model::Expected| made.kind == ArtifactKind::Report && made.name == GO_COVERAGE;
        let maker = scene.expected().find(|(_, made)| is_profile(made)).map(|(task, _)| task.clone());
        if let Some(maker) = maker {
            let draft = draft.needs(&maker, Use::Bytes, scene);
            let draft = if data.is_empty() { draft.keeps() } else { draft };
            return Ok(vec![draft.check(Noting(judge(Source::Run)))]);
        }
        if !data.is_empty() {
            return Ok(vec![draft.check(Noting(judge(Source::Data)))]);
        }
        // Tests whose results were given measured something somewhere: to say nothing would be to pass.
        let tested = scene
            .before
            .iter()
            .any(|planned| planned.task.step == Step::Gates && planned.task.room == "tests");
        if tested && (scene.demanded || scene.facts.ecosystems.go.is_some()) {
            return Ok(vec![draft.check(Missing::Given)]);
        }
        // Told when it is asked for: a run of other gates has nothing to do with it.
        if scene.demanded {
            return Ok(vec![draft.check(Missing::Tests)]);
        }
        Ok(Vec::new())
    }
}

/// Notes what was seen under a name.
fn note(seen: &mut Seen, name: &str, what: &impl serde::Serialize) -> Result<(), Problem> {
    let noted = serde_json::to_string(what)
        .map_err(|error| Problem::new("what was seen cannot be noted").caused_by(&error))?;
    seen.insert(name.into(), noted);
    Ok(())
}

/// What the room noted under a name when it looked.
fn noted<T: serde::de::DeserializeOwned>(scene: &Scene, name: &str) -> Result<Option<T>, Problem> {
    let read = scene.seen.get(name).map(|noted| serde_json::from_str(noted)).transpose();
    read.map_err(|error| Problem::new("what was seen cannot be read").caused_by(&error))
}
