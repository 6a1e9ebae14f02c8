//! Did the coverage fall too far?

use super::super::advise::advise;
use super::super::judge::by_unit;
use super::super::measured::{Measured, sum};
use super::super::settings::CoverageSettings;
use super::super::short::{at, costs};
use super::look::{Baseline, Point};
use crate::formats::coverage::{FileCoverage, Unit};
use crate::kit::threshold::{Percent, lost, shown};
use crate::model::{Facts, Problem, Proof, Row, Status, Verdict};

/// Adds what is asked of the coverage against the baseline.
pub fn dropped(
    verdict: Verdict,
    measured: &Measured,
    settings: &CoverageSettings,
    baseline: &Baseline,
    facts: &Facts,
) -> Verdict {
    let Some(most) = settings.max_drop.filter(|_| verdict.status != Status::Error) else { return verdict };
    let point = match baseline {
        Baseline::Unknown(problem) => {
            return Verdict { status: Status::Error, ..verdict }.problem((**problem).clone());
        }
        Baseline::NotAsked => return verdict.row(left_out(most, "nobody looked for a baseline")),
        Baseline::None(why) => return verdict.row(left_out(most, why)),
        Baseline::Known(points) => match points.first() {
            Some(point) => point,
            None => return verdict.row(left_out(most, "no coverage is recorded")),
        },
    };
    let proof = Proof::seen(format!("the coverage recorded for the commit {}", point.commit));
    by_unit(&measured.files)
        .iter()
        .fold(verdict.proof(proof), |verdict, (unit, files)| one(verdict, *unit, files, most, point, facts))
}

/// What is told where there is nothing to compare with: the absolute threshold counts alone.
fn left_out(most: Percent, why: &str) -> Row {
    Row {
        metric: "coverage lost since the baseline".into(),
        comparator: "<=".into(),
        threshold: most.points(),
        actual: format!("skipped: {why}; `minimum` counts alone"),
        ok: true,
    }
}

fn one(
    verdict: Verdict,
    unit: Unit,
    files: &[FileCoverage],
    most: Percent,
    point: &Point,
    facts: &Facts,
) -> Verdict {
    let Some(before) = point.totals.get(&unit) else {
        let why = format!("the baseline, {}, has no {}", point.name(), unit.word());
        return verdict.row(left_out(most, &why));
    };
    let now = sum(files);
    let (before, now) = ((before.covered, before.total), (now.covered, now.total));
    let Some(missing) = most.missing_since(before, now) else {
        let problem = Problem::new("the coverage cannot be compared with the baseline")
            .because(format!("{} of {} against {} of {}", now.0, now.1, before.0, before.1));
        return Verdict { status: Status::Error, ..verdict }.problem(problem);
    };
    let (was, is) = (shown(before.0, before.1), shown(now.0, now.1));
    let by = lost(before, now);
    let verdict = verdict.row(Row {
        metric: format!("{} lost since the baseline, {}", unit.word(), point.name()),
        comparator: "<=".into(),
        threshold: most.points(),
        actual: format!("{} ({was} → {is})", by.as_deref().unwrap_or("nothing")),
        ok: missing == 0,
    });
    if missing == 0 {
        return verdict;
    }
    let advice = advise(files, missing);
    let problem = Problem::new(format!(
        "the coverage fell by {} since the baseline, {} ({was} → {is}), and at most {} may be lost: {missing} more of {}",
        by.as_deref().unwrap_or("too much"),
        point.name(),
        most.points(),
        unit.count(now.1)
    ))
    .because(costs(files))
    .of_setting("gates.coverage.max_drop")
    .fix(advice.words);
    let problem = match advice.first {
        Some((name, line)) => at(problem, name, line, facts),
        None => problem,
    };
    Verdict { status: Status::Fail, ..verdict }.problem(problem)
}
