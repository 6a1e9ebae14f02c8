//! One task that runs the tests, and one that judges.

use std::collections::BTreeMap;

use super::given::JudgeGiven;
use super::judge::Judge;
use super::quarantine::invalid;
use super::run::Run;
use super::settings::TestsSettings;
use crate::ecosystem::go::flags_in_env;
use crate::formats::tests::FORMATS;
use crate::kit::template::Names;
use crate::model::{Facts, Problem, Step, Use};
use crate::ports::process::how_to_install;
use crate::steps::gates::given::{self, Given};
use crate::steps::gates::noted::Noting;
use crate::steps::gates::report::{FORMAT, GO_COVERAGE, GO_TESTS, expected};
use crate::steps::room::{Draft, Outlook, Planned, Room, Scene, Seen};

/// How often what failed may run again.
const MOST_RERUNS: u8 = 10;

/// The room.
pub struct Tests;

impl Room for Tests {
    const ID: &'static str = "tests";
    const ABOUT: &'static str = "The project's tests pass, with the race detector watching";
    type Settings = TestsSettings;

    async fn look(_: &TestsSettings, outlook: &Outlook) -> Result<Seen, Problem> {
        given::look(FORMATS, outlook).await
    }

    fn plan(settings: &TestsSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let facts = scene.facts;
        Problem::none_of(invalid(&settings.quarantine))?;
        if let Some(given) = Given::of(scene)? {
            let draft = Draft::new(Step::Gates, Self::ID, "", "tests")
                .keyed("given", &given.key())
                .keyed("tree", &facts.commit.tree)
                .keyed("commit", &facts.commit.id)
                .keyed("flaky", &(settings.allow_flaky, &settings.quarantine));
            // Not kept: what was fresh enough yesterday is not today.
            return Ok(vec![draft.check(Noting(JudgeGiven { given, settings: settings.clone() }))]);
        }
        if facts.ecosystems.go.is_none() {
            return if scene.demanded {
                Err(Problem::new("there are no tests to run")
                    .because("there is no go.mod in the project's folder")
                    .fix("give their results with `--report FILE`, or take `gates.tests` out"))
            } else {
                Ok(Vec::new())
            };
        }
        let tool = facts
            .tools
            .get("go")
            .ok_or_else(|| Problem::new("`go` is not on the PATH").fix(how_to_install("go")))?;
        let args = arguments(settings)?;
        let env = environment(settings, facts)?;
        let watched: Vec<String> = settings.quarantine.iter().map(|one| one.test.clone()).collect();
        // The workspace's folder does not decide, but what is in it.
        let machine: BTreeMap<_, _> = tool.settings.iter().filter(|(name, _)| *name != "GOWORK").collect();
        let run = Draft::new(Step::Gates, Self::ID, "run", "go test")
            .keyed("format", &FORMAT)
            .keyed("tree", &facts.commit.tree)
            .keyed("loose", &(&facts.loose.build, &facts.loose.tests))
            .keyed("machine", &machine)
            .keyed("dir", &facts.dir)
            .keyed("go", &tool.identity())
            .keyed("host", &facts.host)
            .keyed("args", &args)
            .keyed("env", &env)
            .keyed("reruns", &settings.reruns)
            .keyed("watched", &watched)
            .makes(expected(GO_TESTS))
            .makes(expected(GO_COVERAGE))
            .maker(Run {
                args,
                packages: settings.packages.clone(),
                env,
                race: settings.race,
                tool: tool.version.clone(),
                reruns: settings.reruns,
                watched,
            });
        let judge = Draft::new(Step::Gates, Self::ID, "", "tests")
            .needs_own(&run, Use::Bytes)
            .keyed("flaky", &(settings.allow_flaky, &settings.quarantine));
        // What may fail until a day is asked anew on each.
        let judge = if settings.quarantine.is_empty() { judge.keeps() } else { judge };
        Ok(vec![run, judge.check(Noting(Judge { settings: settings.clone() }))])
    }
}

/// Arguments of `go test`, without the place of the profile; the packages come last.
fn arguments(settings: &TestsSettings) -> Result<Vec<String>, Problem> {
    let mut problems = Vec::new();
    let mut wrong = |what: String, fix: &str| problems.push(Problem::new(what).fix(fix));
    if settings.packages.is_empty() {
        wrong("`gates.tests.packages` is empty".into(), "leave it out to test all packages");
    }
    if let Some(bad) = settings.packages.iter().find(|pattern| pattern.is_empty() || pattern.starts_with('-'))
    {
        wrong(format!("`{bad}` in `gates.tests.packages` is no pattern"), "write patterns as `./...`");
    }
    if settings.reruns > MOST_RERUNS {
        let what = format!("`gates.tests.reruns` is {}, which is too often", settings.reruns);
        wrong(what, "say at most 10: what fails as often is broken");
    }
    let limit = &settings.timeout;
    if limit.is_empty() || !limit.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.') {
        wrong(format!("`{limit}` in `gates.tests.timeout` is no duration"), "write it as `10m` or `90s`");
    }
    if let Some(bad) = settings.tags.iter().find(|tag| tag.is_empty() || tag.contains([',', ' ', '=', '-'])) {
        wrong(format!("`{bad}` in `gates.tests.tags` is no build tag"), "write one tag an element");
    }
    Problem::none_of(problems)?;
    let mut args: Vec<String> =
        ["test", "-json", "-covermode=atomic", "-coverpkg=./..."].map(Into::into).to_vec();
    args.push(format!("-timeout={limit}"));
    if settings.race {
        args.push("-race".into());
    }
    if !settings.tags.is_empty() {
        args.push(format!("-tags={}", settings.tags.join(",")));
    }
    args.extend(settings.packages.iter().cloned());
    Ok(args)
}

fn environment(settings: &TestsSettings, facts: &Facts) -> Result<BTreeMap<String, String>, Problem> {
    let names = Names::of(facts);
    let mut env = BTreeMap::from([("GOFLAGS".to_owned(), flags_in_env(&facts.env))]);
    if settings.race {
        env.insert("CGO_ENABLED".into(), "1".into());
    }
    for (name, value) in &settings.env {
        let value = value.render(&names);
        let value = value.map_err(|error| {
            Problem::new(format!("`gates.tests.env.{name}` cannot be made out")).caused_by(&error)
        })?;
        env.insert(name.clone(), value);
    }
    Ok(env)
}
