//! What several gates found, as runs of the tools that found it.

use std::collections::BTreeMap;

pub use super::run::OWN;
use super::run::{Note, RUNS, Run};
use crate::model::{Found, LetPass, Looked, Noted, Status, Verdict};

/// A gate with what it found.
pub struct Gate<'a> {
    /// Its rule, `gates/lint`.
    pub rule: String,
    /// Its verdict.
    pub verdict: &'a Verdict,
    /// All that it found; none where only the verdict is known.
    pub noted: Option<Noted>,
    /// True if its failure stops nothing.
    pub soft: bool,
}

/// A run for each tool, our own first. `version` is release-action's own.
#[must_use]
pub fn runs(gates: Vec<Gate<'_>>, version: &str) -> Vec<Run> {
    let own = Looked { name: OWN.into(), version: version.into() };
    let mut runs: BTreeMap<String, Run> = BTreeMap::new();
    runs.insert(own.name.clone(), Run::of(own.clone()));
    for gate in gates {
        let overridden = gate.verdict.status == Status::Overridden;
        let blocks = (gate.verdict.status.blocks() || overridden) && !gate.soft;
        let noted = gate.noted.unwrap_or_else(|| Noted::of(&gate.rule, &own, &gate.verdict.problems, blocks));
        let failed = gate.verdict.status == Status::Error;
        for tool in &noted.tools {
            let run = runs.entry(tool.name.clone()).or_insert_with(|| Run::of(tool.clone()));
            run.successful &= !failed;
            run.left_out += if noted.tools.first() == Some(tool) { noted.left_out } else { 0 };
        }
        for mut found in noted.found {
            found.blocks &= !gate.soft;
            if overridden && found.blocks && found.let_pass.is_none() {
                let by = gate.verdict.overridden.as_ref();
                let why = by.map(|by| format!("{}: {} ({})", by.title(), by.reason, by.ticket));
                let why = why.unwrap_or_else(|| gate.verdict.summary.clone());
                found.let_pass = Some(LetPass { in_source: false, why });
            }
            let tool = found.tool.clone();
            let new = || Run::of(Looked { name: tool.clone(), version: String::new() });
            runs.entry(tool.clone()).or_insert_with(new).found.push(found);
        }
    }
    folded(runs)
}

/// As many runs as fit; what is beyond is told in our own.
fn folded(mut runs: BTreeMap<String, Run>) -> Vec<Run> {
    let Some(mut own) = runs.remove(OWN) else { return runs.into_values().collect() };
    let mut others: Vec<Run> = runs.into_values().collect();
    for run in others.split_off(others.len().min(RUNS - 1)) {
        let text = format!("what {} found stands here: there are more tools than runs fit", run.tool.name);
        own.notes.push(Note { level: "note", text, rule: None });
        own.notes.extend(run.notes);
        own.successful &= run.successful;
        own.left_out += run.left_out;
        let renamed = |found: Found| Found { rule: format!("{}: {}", run.tool.name, found.rule), ..found };
        own.found.extend(run.found.into_iter().map(renamed));
    }
    others.insert(0, own);
    others
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Problem;

    #[test]
    fn each_tool_that_looked_has_a_run_also_without_findings() {
        let clean = Verdict::skipped("x");
        let looked = |name: &str| Looked { name: name.into(), version: "1".into() };
        let noted = Noted { tools: vec![looked("gosec"), looked("trivy")], ..Noted::default() };
        let failed = Verdict::fail("no").problem(Problem::new("bad"));
        let gate = |rule: &str, verdict, noted| Gate { rule: rule.into(), verdict, noted, soft: false };
        let all = runs(vec![gate("gates/a", &clean, Some(noted)), gate("gates/b", &failed, None)], "9");
        let names: Vec<(&str, usize)> =
            all.iter().map(|run| (run.tool.name.as_str(), run.found.len())).collect();
        assert_eq!(names, [("release-action", 1), ("gosec", 0), ("trivy", 0)]);
        assert_eq!(all[0].found[0].rule, "gates/b");
    }

    #[test]
    fn more_tools_than_fit_are_told_in_ours() {
        let tools: Vec<Looked> =
            (0..40).map(|n| Looked { name: format!("t{n:02}"), version: String::new() }).collect();
        let found = tools.iter().map(|tool| Found::blocking("r", &tool.name, Problem::new("x"))).collect();
        let verdict = Verdict::fail("no");
        let noted = Noted { tools, found, left_out: 3 };
        let gate = Gate { rule: "gates/a".into(), verdict: &verdict, noted: Some(noted), soft: false };
        let all = runs(vec![gate], "9");
        assert_eq!(all.len(), RUNS);
        assert_eq!(all.iter().map(|run| run.found.len()).sum::<usize>(), 40);
        assert_eq!(all.iter().map(|run| run.left_out).sum::<u64>(), 3);
    }
}
