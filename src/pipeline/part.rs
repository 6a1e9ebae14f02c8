//! What one job of a matrix hands on: which release and which run it is of, what it made, and the names
//! under which it travels.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::hooked::Hooked;
use crate::model::evidence::Made;
use crate::model::{Artifact, Digest, KeyBuilder, Plan, Problem, Step, Task, TaskId};

/// The version of the part's form.
pub const PART_FORMAT: u32 = 2;

/// The name of the file that says what a part is.
pub const PART: &str = "part.json";

/// The run and the attempt that this is done in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The forge's name for the workflow run; `None` outside one.
    pub run: Option<String>,
    /// Which attempt it is, from 1; 0 where there are none.
    pub attempt: u64,
}

/// A part says what it is, so that only parts of one release and one run are joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The form's version, [`PART_FORMAT`].
    pub format: u32,
    /// release-action's own version.
    pub tool: String,
    /// The project.
    pub project: String,
    /// The version.
    pub version: String,
    /// The tag.
    pub tag: String,
    /// The commit.
    pub commit: String,
    /// The digest of the plan's builds, as every machine draws them: [`digest`].
    pub plan: Digest,
    /// The workflow run, if it was in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The attempt.
    pub attempt: u64,
    /// The leg of the matrix.
    pub leg: String,
    /// What was made, with the key that each task had there, compilers included.
    pub made: BTreeMap<TaskId, Made>,
    /// What hooks before the build made, as far as it is packaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hooks: Option<Hooked>,
}

impl Part {
    /// What a job made of what it was asked for.
    ///
    /// # Errors
    ///
    /// If the plan has no digest.
    pub fn of(
        plan: &Plan,
        origin: &Origin,
        targets: &BTreeSet<String>,
        made: &[(TaskId, Vec<Artifact>)],
    ) -> Result<Self, Problem> {
        let wished =
            |id: &TaskId| plan.task(id).filter(|task| task.step == Step::Build && is_of(task, targets));
        let kept =
            made.iter().filter(|(_, artifacts)| !artifacts.is_empty()).filter_map(|(id, artifacts)| {
                let task = wished(id)?;
                Some((id.clone(), Made { key: task.key, artifacts: artifacts.clone() }))
            });
        Ok(Self {
            format: PART_FORMAT,
            tool: env!("CARGO_PKG_VERSION").into(),
            project: plan.project.clone(),
            version: plan.version.clone(),
            tag: plan.tag.clone(),
            commit: plan.commit.clone(),
            plan: digest(plan)?,
            run: origin.run.clone(),
            attempt: origin.attempt,
            leg: leg_of(&platforms_of(plan, targets)),
            made: kept.collect(),
            hooks: None,
        })
    }

    /// The name under which it travels.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}{}-attempt-{}", prefix(&self.project), self.leg, self.attempt)
    }
}

/// The beginning of the names of all parts of a project.
#[must_use]
pub fn prefix(project: &str) -> String {
    format!("release-action-part-{}-", plain(project))
}

/// Leg and attempt of a part of this project, by its name.
#[must_use]
pub fn read_name<'a>(name: &'a str, project: &str) -> Option<(&'a str, u64)> {
    let (leg, attempt) = name.strip_prefix(prefix(project).as_str())?.rsplit_once("-attempt-")?;
    Some((leg, attempt.parse().ok()?))
}

/// The digest of the plan's builds without what only one machine can tell: the same on every runner of a
/// matrix. The rest of a plan is of no matter to a part, and differs: tests are known by the machine too.
///
/// # Errors
///
/// If a value cannot be written as JSON.
pub fn digest(plan: &Plan) -> Result<Digest, Problem> {
    let named = [
        ("project", &plan.project),
        ("commit", &plan.commit),
        ("tag", &plan.tag),
        ("version", &plan.version),
    ];
    let mut key =
        named.into_iter().fold(KeyBuilder::new("parts"), |key, (name, value)| key.with(name, value));
    for task in builds(plan) {
        let makes = serde_json::to_string(&task.makes)
            .map_err(|error| Problem::new("the plan cannot be written").caused_by(&error))?;
        key = key.with(&task.id.0, &task.shared_key().to_string()).with("makes", &makes);
    }
    Ok(key.finish())
}

/// What a matrix builds.
pub fn builds(plan: &Plan) -> impl Iterator<Item = &Task> {
    plan.tasks.iter().filter(|task| task.step == Step::Build)
}

/// The name of a job that builds for these platforms.
#[must_use]
pub fn leg_of(platforms: &[String]) -> String {
    match platforms {
        [] => "all".into(),
        [one] => plain(one),
        [first, rest @ ..] => {
            let all = Digest::of(platforms.join(",").as_bytes()).hex();
            format!("{}-and-{}-more-{}", plain(first), rest.len(), &all[..8])
        }
    }
}

/// The platforms of the plan that were asked for, in its order.
fn platforms_of(plan: &Plan, targets: &BTreeSet<String>) -> Vec<String> {
    let mut platforms: Vec<String> = Vec::new();
    for task in builds(plan).filter(|task| is_of(task, targets)) {
        for platform in task.makes.iter().filter_map(|made| made.platform.as_ref()) {
            let name = platform.to_string();
            if !platforms.contains(&name) {
                platforms.push(name);
            }
        }
    }
    platforms
}

/// Whether a build is for one of these platforms, `os/arch` or with a variant; all are, where none is
/// named.
#[must_use]
pub fn is_of(task: &Task, targets: &BTreeSet<String>) -> bool {
    targets.is_empty()
        || task.makes.iter().filter_map(|made| made.platform.as_ref()).any(|platform| {
            targets.contains(&platform.to_string())
                || targets.contains(&format!("{}/{}", platform.os, platform.arch))
        })
}

/// A text as an artifact's name may hold it.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back() {
        let leg = leg_of(&["linux/arm/7".into(), "linux/386".into()]);
        assert!(leg.starts_with("linux-arm-7-and-1-more-"), "{leg}");
        let name = format!("{}{leg}-attempt-12", prefix("tools/x"));
        assert_eq!(name, format!("release-action-part-tools-x-{leg}-attempt-12"));
        assert_eq!(read_name(&name, "tools/x"), Some((leg.as_str(), 12)));
        assert_eq!(read_name(&name, "other"), None);
        assert_eq!(read_name("release-action-part-x-linux-amd64-attempt-", "x"), None);
        assert_eq!(read_name("release-action-part-x-linux-amd64", "x"), None);
    }
}
