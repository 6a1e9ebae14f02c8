//! The reports that rooms of this step leave for each other: names and forms.

use serde::{Deserialize, Serialize};

use crate::formats::tests::Results;
use crate::model::{Artifact, ArtifactKind, Expected, Problem, Proof};
use crate::steps::room::Site;

/// The results of Go's tests, a [`TestRun`] as JSON.
pub const GO_TESTS: &str = "go-tests.json";

/// The coverage of Go's tests, a profile in Go's own form.
pub const GO_COVERAGE: &str = "go-coverage.out";

/// The version of [`TestRun`]'s form.
pub const FORMAT: u32 = 2;

/// A run of tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestRun {
    /// The form's version, [`FORMAT`].
    pub format: u32,
    /// The tool and its version.
    pub tool: String,
    /// Whether the race detector was on.
    pub race: bool,
    /// The tool's exit code; 0 if what failed passed when it ran again.
    pub exit: i32,
    /// The last lines of its standard error, where it failed.
    pub words: String,
    /// Of the tests in quarantine those that there are.
    pub seen: Vec<String>,
    /// What it said of each package, after what failed ran again.
    pub results: Results,
}

/// A report as a task promises it.
pub fn expected(name: &str) -> Expected {
    Expected { name: name.into(), kind: ArtifactKind::Report, platform: None, id: String::new() }
}

/// The report of this name among the inputs of a task.
///
/// # Errors
///
/// If the task that makes it did not.
pub fn input(site: &Site, name: &str) -> Result<Artifact, Problem> {
    let found = site
        .inputs()
        .into_iter()
        .find(|artifact| artifact.kind == ArtifactKind::Report && artifact.name == name);
    found.ok_or_else(|| {
        Problem::new(format!("{name} is not there: there is no evidence")).fix("run the step `gates` again")
    })
}

/// The report as proof.
pub fn proof(artifact: &Artifact, what: &str, tool: &str) -> Proof {
    Proof {
        what: what.into(),
        file: Some(artifact.path.clone()),
        digest: Some(artifact.digest),
        tool: Some(tool.into()),
    }
}
