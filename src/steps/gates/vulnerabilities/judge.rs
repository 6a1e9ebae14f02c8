//! The verdict on findings of any number of tools.

use chrono::NaiveDate;

use super::scan::Looked;
use super::settings::VulnerabilitiesSettings;
use super::there::There;
use super::tied;
use super::upgrades::Upgrades;
use crate::formats::findings::{Finding, Findings, Reach, SECURITY, SEMGREP, Severity, Subject};
use crate::model::{Facts, Found, LetPass, Noted, Problem, Proof, Row, Verdict};
use crate::steps::age::Ages;
use crate::steps::gates::everywhere::held;
use crate::steps::gates::given::{Given, ReadReport};
use crate::steps::gates::noted::{found, looked, own};
use crate::steps::gates::placed::tie;
use crate::steps::gates::tracked::{Tracked, listed};
use crate::steps::ignore;
use crate::steps::merge::{Merged, merge};
use crate::steps::room::Site;
use crate::steps::scanner::{none_of, placed, verdict};

/// The list of what may pass.
const LIST: &str = "gates.vulnerabilities.ignore";

/// Reads the reports that are given.
///
/// # Errors
///
/// If one proves nothing of this project today.
pub async fn given(reports: &Given, there: &There, ages: Ages, site: &Site) -> Result<Vec<Looked>, Problem> {
    let mut read = reports.read(SECURITY, "report of a security scanner", site).await?;
    let (files, facts, there) = (site.ports.files.clone(), site.facts.clone(), there.clone());
    // Of those that look at code Semgrep names the files.
    let names_files = |read: &ReadReport<Findings>| SEMGREP.iter().any(|it| it.name == read.report.format);
    let listed = match read.iter().any(names_files) {
        true => listed(site.ports.git.as_ref()).await?,
        false => Vec::new(),
    };
    let reading = tokio::task::spawn_blocking(move || {
        let (files, mut problems) = (files.as_ref(), Vec::new());
        let tracked = Tracked::new(&listed, facts.root.as_str(), facts.dir.as_str(), None);
        for read in read.iter_mut().filter(|read| names_files(read)) {
            problems.extend(tie(&read.report.named.file, &mut read.content, &tracked, files, &facts).err());
        }
        (read, problems, tied::locks(files, &facts, &there))
    });
    let (read, mut problems, locks) =
        reading.await.map_err(|error| Problem::new("the lock files could not be read").caused_by(&error))?;
    let mut looked = Vec::new();
    for read in read {
        let (file, findings) = (&read.report.named.file, read.content);
        problems.extend(foreign(file, &findings, &site.facts));
        problems.extend(tied::foreign(file, &read.report.format, &findings, &locks));
        let age = findings.database.as_ref().map(|database| ages.row(&findings.tool, database)).transpose();
        match age {
            Ok(age) => {
                let (proof, rows) = (read.report.proof(), age.into_iter().collect());
                looked.push(Looked { findings, proof, rows });
            }
            Err(problem) => problems.push(problem.because(format!("it is what {file} rests on"))),
        }
    }
    Problem::none_of(problems)?;
    Ok(looked)
}

/// What is wrong with a report that is of something else than this project's vulnerabilities.
fn foreign(file: &str, report: &Findings, facts: &Facts) -> Option<Problem> {
    let tool = &report.tool;
    if report.subject != Subject::Security {
        return Some(
            Problem::new(format!("{file} is of {tool}, which looks for no vulnerabilities"))
                .fix("give its report in its own form, so that the right gate reads it, and that of a scanner for vulnerabilities beside it"),
        );
    }
    let own = facts.ecosystems.go.as_ref().map(|module| &module.path);
    if report.projects.is_empty() || own.is_some_and(|own| report.projects.contains(own)) {
        return None;
    }
    let ours = own.map_or("this project has no go.mod".into(), |own| format!("this project is {own}"));
    Some(
        Problem::new(format!("{file} is of another project"))
            .because(format!("{tool} looked at {}, and {ours}", report.projects.join(", ")))
            .fix("make the report in this project's folder"),
    )
}

/// The severity that counts.
fn severity(finding: &Finding, settings: &VulnerabilitiesSettings) -> Severity {
    let by_reach = finding.reach.map(|reach| match reach {
        Reach::Called => Severity::Critical,
        Reach::Imported => Severity::Medium,
        Reach::Required => Severity::Low,
    });
    finding.severity.or(by_reach).unwrap_or(settings.unknown_severity)
}

/// The verdict: what is as bad as `fail_on` or worse fails, unless it is let pass.
pub fn judge(
    reports: Vec<Findings>,
    settings: &VulnerabilitiesSettings,
    today: NaiveDate,
    facts: &Facts,
    proofs: Vec<Proof>,
) -> Verdict {
    let left_out: u64 = reports.iter().map(|report| report.left_out).sum();
    let mut noted = by_tools(&reports, left_out);
    let looked_at: Vec<String> = reports.iter().map(|report| looked_at(report, facts)).collect();
    let hushed: u64 = reports.iter().map(|report| report.hushed).sum();
    let merged = merge(reports);
    let suppressed = hushed + merged.iter().filter(|merged| merged.finding.suppressed).count() as u64;
    let sorted = ignore::sort(merged, |merged| merged.members.clone(), &settings.ignore, today, LIST);
    let mut left: Vec<(Severity, Merged)> =
        sorted.left.into_iter().map(|merged| (severity(&merged.finding, settings), merged)).collect();
    // The worst first, and of those what the program reaches.
    left.sort_by_key(|(severity, merged)| std::cmp::Reverse((*severity, merged.finding.reach)));
    let counts = |finding: &Finding| !(finding.suppressed && settings.accept_suppressed);
    let (told, quiet): (Vec<_>, Vec<_>) = left
        .into_iter()
        .partition(|(severity, merged)| *severity >= settings.fail_on && counts(&merged.finding));
    let mut rows: Vec<Row> = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low]
        .into_iter()
        .map(|of| {
            let all = told
                .iter()
                .chain(&quiet)
                .filter(|(severity, merged)| *severity == of && counts(&merged.finding));
            none_of(&format!("{of} vulnerabilities"), all.count() as u64, of >= settings.fail_on)
        })
        .collect();
    rows.push(none_of("let pass in the code", suppressed, false));
    rows.push(none_of("let pass by the configuration", sorted.passed as u64, false));
    let upgrades = Upgrades::of(told.iter().map(|(_, merged)| &merged.finding));
    let one = |severity: Severity, merged: &Merged, blocks: bool| {
        noted_one(severity, merged, blocks, problem(severity, merged, &upgrades, facts), facts)
    };
    noted.found.extend(told.iter().map(|(severity, merged)| one(*severity, merged, true)));
    let mut problems: Vec<Problem> =
        told.iter().map(|(severity, merged)| problem(*severity, merged, &upgrades, facts)).collect();
    let ok = problems.is_empty() && sorted.problems.is_empty();
    noted.add("gates/vulnerabilities", &own(), &sorted.problems, true);
    problems.splice(0..0, sorted.problems);
    problems.extend(quiet.iter().map(|(severity, merged)| problem(*severity, merged, &upgrades, facts)));
    noted.found.extend(quiet.iter().map(|(severity, merged)| one(*severity, merged, false)));
    noted.found.extend(sorted.let_pass.iter().map(|(merged, why)| Found {
        let_pass: Some(LetPass { in_source: false, why: why.clone() }),
        ..one(severity(&merged.finding, settings), merged, true)
    }));
    if ok && left_out > 0 {
        let what = format!("{left_out} findings are more than fit, so not all of them were judged");
        return Verdict::error(what.clone())
            .problem(Problem::new(what).fix("mend some of what is shown, or give smaller reports"));
    }
    if ok && hushed > 0 && !settings.accept_suppressed {
        let what = format!("comments in the code let something pass {hushed} times, and nothing tells what");
        let how = "make the report again with `gosec -track-suppressions`, remove `#nosec` where it lets nothing pass, or set `gates.vulnerabilities.accept_suppressed: true`";
        return Verdict::error(what.clone()).problem(Problem::new(what).fix(how));
    }
    let summary = format!(
        "{} of severity {} or worse, {} of less; {}",
        told.len(),
        settings.fail_on,
        quiet.len(),
        looked_at.join(", ")
    );
    verdict(ok, summary, proofs, rows, problems).noted(noted)
}

/// What a report looked at, in words.
fn looked_at(report: &Findings, facts: &Facts) -> String {
    match &report.looked_at {
        Some((count, unit)) => {
            format!("{} looked at {count} {unit}{}", report.tool, held(&report.platforms, facts))
        }
        None => report.tool.clone(),
    }
}

/// What is noted of these reports before their findings are.
fn by_tools(reports: &[Findings], left_out: u64) -> Noted {
    let mut tools: Vec<_> = reports.iter().map(looked).collect();
    tools.sort();
    tools.dedup_by(|one, other| one.name == other.name);
    Noted { tools, left_out, ..Noted::default() }
}

/// A finding as other programs want it. One in a package stands in the file that asks for the package, where the
/// scanner names no place of its own.
fn noted_one(severity: Severity, merged: &Merged, blocks: bool, problem: Problem, facts: &Facts) -> Found {
    let Merged { finding, tools, .. } = merged;
    let tool = tools.first().map(String::as_str).unwrap_or_default();
    let needle = finding.package.as_ref().map(|package| package.name.clone()).unwrap_or_default();
    let file = match finding.package.as_ref().map(|package| package.ecosystem.as_str()) {
        _ if problem.place.is_some() => None,
        Some("Go") => Some("go.mod"),
        Some("crates.io") => Some("Cargo.lock"),
        Some("npm") => Some("package-lock.json"),
        _ => None,
    };
    let problem = match file {
        Some(file) => problem.at(facts.dir.join(file), None, None),
        None => problem,
    };
    Found { score: Some(severity.score()), blocks, needle, ..found(finding, tool, problem) }
}

fn problem(severity: Severity, merged: &Merged, upgrades: &Upgrades, facts: &Facts) -> Problem {
    let Merged { finding, tools, .. } = merged;
    let near = match finding.reach {
        Some(Reach::Called) => ", called",
        Some(Reach::Imported) => ", imported and not called",
        Some(Reach::Required) => ", required and not imported",
        None => "",
    };
    let tools: Vec<&str> = tools.iter().map(String::as_str).collect();
    let names: Vec<&str> = finding.aliases.iter().map(String::as_str).collect();
    let mut problem = Problem::new(format!("{} ({severity}{near}): {}", finding.id, finding.message));
    let by = format!("found by {}{}", tools.join(", "), held(&finding.platforms, facts));
    let also = if names.is_empty() { String::new() } else { format!("; also {}", names.join(", ")) };
    problem = match &finding.package {
        Some(package) => problem.because(format!("{} {}, {by}{also}", package.name, package.version)),
        None => problem.because(format!("{by}{also}")),
    };
    // The name that is shown may not be that of all that were put together.
    let needed: Vec<String> = merged.needed().into_iter().map(|name| format!("`{name}`")).collect();
    if needed != [format!("`{}`", finding.id)] {
        problem = problem.because(format!("to let all of it pass, `{LIST}` names {}", needed.join(", ")));
    }
    problem = match (&finding.package, finding.fixed.last()) {
        (Some(package), Some(fixed)) if package.name == "stdlib" => {
            problem.fix(format!("build with Go {fixed} or later"))
        }
        (Some(package), Some(fixed)) if package.ecosystem == "Go" => {
            problem.fix(upgrades.go_get(&package.name, fixed))
        }
        (Some(package), Some(_)) if package.ecosystem == "crates.io" => problem.fix(format!(
            "`cargo update -p {}`, so that it is {}",
            package.name,
            finding.fixed.join(" or ")
        )),
        (Some(package), Some(_)) => {
            problem.fix(format!("use {} in a version without it: {}", package.name, finding.fixed.join(", ")))
        }
        (Some(package), None) => problem.fix(format!(
            "no version without it is known: do without {}, or let it pass as {} in `{LIST}` until there \
             is one{}",
            package.name,
            needed.join(" and "),
            page(finding)
        )),
        (None, _) => return in_code(placed(problem, finding, facts), &needed, finding),
    };
    placed(problem, finding, facts)
}

/// What to do about code that is risky by itself.
fn in_code(problem: Problem, needed: &[String], finding: &Finding) -> Problem {
    let place = match problem.place.as_ref().map(|place| (&place.file, place.line)) {
        Some((file, Some(line))) => format!("line {line} of {file}"),
        Some((file, None)) => file.to_string(),
        None => "what it names".into(),
    };
    let needed = needed.join(" and ");
    problem.fix(format!(
        "change {place}, or let {needed} pass everywhere by an entry in `{LIST}` with `id`, `reason`, `owner` and \
         `expires`{}",
        page(finding)
    ))
}

fn page(finding: &Finding) -> String {
    if finding.url.is_empty() { String::new() } else { format!("; see {}", finding.url) }
}
