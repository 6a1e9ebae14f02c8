//! How an override is asked for, told where gates block: to whoever is awake.

use super::super::context::run_page;
use super::judge::{Blocking, never};
use super::settings::OverrideSettings;
use crate::model::{Facts, Problem};

/// What to do, with what the approver has to write.
#[must_use]
pub fn how(facts: &Facts, settings: &OverrideSettings, blocking: &[Blocking], nonce: &str) -> Problem {
    let impossible: Vec<String> = blocking.iter().filter_map(|gate| never(gate, settings)).collect();
    if !impossible.is_empty() {
        let problem = Problem::new("these gates cannot be overridden");
        return impossible.into_iter().fold(problem, Problem::because).fix("mend what they found");
    }
    let names: Vec<&str> = blocking.iter().map(|gate| gate.name.as_str()).collect();
    let commit = &facts.commit.id;
    let gates = serde_json::json!(names);
    let page = run_page(facts).unwrap_or_default();
    let fix = format!(
        "1. write the request, and give it with `--override FILE` or the input `override`: {{\"gates\": {gates}, \
         \"sha\": \"{commit}\", \"reason\": \"WHY\", \"ticket\": \"WHERE\", \"expires\": \"WITHIN 24 HOURS\"}}\n\
         2. one of {} approves the environment `{}` of {page} with exactly this word in the comment: {nonce}\n\
         3. who approves has no part in the commit or in the run; docs/override.md says the rest",
        settings.approvers.join(", "),
        settings.environment,
    );
    Problem::new(format!("only an emergency override lets this pass: {}", names.join(", ")))
        .because(format!("its name in this run is {nonce}"))
        .fix(fix)
}
