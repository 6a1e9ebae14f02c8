//! Go's own linters.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::judge::Said;
use crate::ecosystem::go::{EVERYTHING, Scope, flags_in_env, tests_of};
use crate::formats::findings::{Finding, Place};
use crate::model::facts::GoVariant;
use crate::model::{Facts, Problem, Proof, Stream};
use crate::ports::Files;
use crate::ports::process::{Command, Ended};
use crate::steps::gates::everywhere::{Heard, Look, everywhere};
use crate::steps::gates::tracked::{listed, of_project};
use crate::steps::room::Site;
use crate::steps::scanner::{failed, keep};

/// How many files are given to one `gofmt`: a command line has an end.
const FILES: usize = 500;

/// `go vet`, which says what it found on standard error and ends with 1; on every code that a release compiles.
pub async fn vet(site: &Site) -> Result<Said, Problem> {
    let all = everywhere("go vet", Scope::Tested, &Vet, site).await?;
    let (mut found, mut last, mut looked_at) = (Vec::new(), None, Vec::new());
    for Heard { said: (findings, variant, ended), names } in all.heard {
        let findings = findings.into_iter().map(|finding| Finding { platforms: names.clone(), ..finding });
        findings.for_each(|finding| add(&mut found, finding));
        looked_at.push(variant);
        last = last.filter(|last: &Ended| !last.ok()).or(Some(ended));
    }
    let ended = last.ok_or_else(|| Problem::new("go vet was not run"))?;
    let version = format!("{} for {}", version(site), looked_at.join(", "));
    let said = said(site, "go vet", "go-vet.json", found, &ended, &version).await?;
    Ok(Said { rows: all.row.into_iter().collect(), ..said })
}

/// Adds what was found; the same in another code is one finding, for the platforms of both.
pub fn add(found: &mut Vec<Finding>, finding: Finding) {
    let same = |known: &&mut Finding| {
        (&known.id, &known.message, &known.place) == (&finding.id, &finding.message, &finding.place)
    };
    match found.iter_mut().find(same) {
        Some(known) => known.platforms.extend(finding.platforms),
        None => found.push(finding),
    }
}

/// Runs of `go vet`.
struct Vet;

#[async_trait::async_trait]
impl Look for Vet {
    type Said = (Vec<Finding>, String, Ended);

    const BUILT_ALONE: bool = true;

    async fn look(
        &self,
        variant: &GoVariant,
        packages: &[String],
        _: usize,
        site: &Site,
    ) -> Result<Self::Said, Problem> {
        // With -trimpath Go would say again what it found in the same code elsewhere, under the paths of there.
        let flags = flags_in_env(&site.facts.env).replace("-trimpath", "");
        let bench = site.dist.join(".vet");
        let overlay = match packages {
            [all] if all == EVERYTHING => None,
            packages => without_tests(variant, packages, &bench, site).await?,
        };
        let mut command = Command::new("go", site.facts.project_dir());
        command.env.clone_from(&variant.env);
        let command =
            command.args(["vet"]).args(overlay).args(variant.tag_flag()).args(packages).env("GOFLAGS", flags);
        let hear = |stream: Stream, line: &str| site.output(stream, line);
        let ended = site.ports.process.run(command, &site.stop, &hear).await;
        site.ports.files.remove(&bench)?;
        let ended = ended?;
        // Compilers of C warn in the same form; what vet itself finds is never without its exit code.
        let errors = if ended.ok() { String::new() } else { ended.errors() };
        let findings: Vec<Finding> = errors.lines().filter_map(|line| diagnostic(line, "go vet")).collect();
        if !ended.ok() && findings.is_empty() {
            let flag = variant.tag_flag().map(|flag| format!("{flag} ")).unwrap_or_default();
            return Err(failed("go vet", &ended)
                .because(format!("it looked at {variant}"))
                .fix(format!("run `go vet {flag}./...` in the project's folder")));
        }
        Ok((findings, variant.to_string(), ended))
    }
}

/// The flag for a run without the tests of these packages, whose file lies on the bench. They run on this machine
/// alone, and where they do not compile on another, vet would say that and nothing of the packages.
async fn without_tests(
    variant: &GoVariant,
    packages: &[String],
    bench: &Utf8Path,
    site: &Site,
) -> Result<Option<String>, Problem> {
    let tests = tests_of(site.ports.process.as_ref(), &site.facts, variant, packages, &site.stop).await?;
    if tests.is_empty() {
        return Ok(None);
    }
    let gone: BTreeMap<String, &str> = tests.into_iter().map(|file| (file.into_string(), "")).collect();
    let overlay = serde_json::json!({ "Replace": gone }).to_string();
    site.ports.files.write(&bench.join("overlay.json"), overlay.as_bytes())?;
    Ok(Some(format!("-overlay={}/overlay.json", site.ports.files.real_path(bench)?)))
}

/// `FILE:LINE:COLUMN: words`, with or without `vet: ` before it.
fn diagnostic(line: &str, id: &str) -> Option<Finding> {
    let line = line.trim_start();
    let line = line.strip_prefix("vet: ").unwrap_or(line);
    let (place, message) = line.split_once(": ")?;
    let mut parts = place.rsplitn(3, ':');
    let (column, row, file) = (parts.next()?, parts.next()?, parts.next()?);
    let place = Place { file: file.to_owned(), line: row.parse().ok()?, column: column.parse().ok()? };
    Some(Finding { id: id.into(), message: message.to_owned(), place: Some(place), ..Finding::default() })
}

/// `gofmt -l` on what is in the commit; data for tests and what comes from elsewhere is nobody's to format.
pub async fn format(site: &Site) -> Result<Said, Problem> {
    let dir = site.facts.project_dir();
    let listed = listed(site.ports.git.as_ref()).await?;
    let (disk, facts) = (site.ports.files.clone(), site.facts.clone());
    let looking = tokio::task::spawn_blocking(move || formattable(disk.as_ref(), &facts, &listed));
    let files = looking
        .await
        .map_err(|error| Problem::new("the Go files could not be looked for").caused_by(&error))??;
    if files.is_empty() {
        return Err(Problem::new("there is no Go file to look at the format of")
            .fix("commit one, or set `gates.lint.format: false`"));
    }
    let mut findings = Vec::new();
    let mut last = None;
    for files in files.chunks(FILES) {
        let command = Command::new("gofmt", dir.clone()).args(["-l"]).args(files);
        let ended = site.ports.process.run(command, &site.stop, &|_, _| {}).await?;
        if !ended.ok() {
            return Err(failed("gofmt", &ended));
        }
        findings.extend(ended.text().lines().map(|file| Finding {
            id: "gofmt".into(),
            message: format!("{} is not formatted: run `gofmt -w` on it", file.trim_start_matches("./")),
            place: Some(Place { file: file.to_owned(), line: 0, column: 0 }),
            ..Finding::default()
        }));
        last = Some(ended);
    }
    let ended = last.ok_or_else(|| Problem::new("gofmt was not run"))?;
    said(site, "gofmt", "gofmt.json", findings, &ended, &version(site)).await
}

/// The files that are there to be formatted, of those that Git lists.
fn formattable(files: &dyn Files, facts: &Facts, listed: &[u8]) -> Result<Vec<String>, Problem> {
    let mut found = Vec::new();
    for file in of_project(listed, &facts.dir).filter(|file| file.extension() == Some("go")) {
        let foreign = file.components().any(|part| matches!(part.as_str(), "vendor" | "testdata"));
        let meta = files.meta(&facts.project_dir().join(&file))?;
        if !foreign && meta.is_some_and(|meta| !meta.is_dir && !meta.is_link) {
            found.push(format!("./{file}"));
        }
    }
    Ok(found)
}

/// Which Go it is.
fn version(site: &Site) -> String {
    site.facts.tools.get("go").map(|tool| tool.identity()).unwrap_or_default()
}

/// What was found, written down as proof; `version` says which tool it was.
pub async fn said(
    site: &Site,
    name: &str,
    file: &str,
    findings: Vec<Finding>,
    ended: &Ended,
    version: &str,
) -> Result<Said, Problem> {
    let kept = serde_json::to_vec_pretty(&findings)
        .map_err(|error| Problem::new("the findings cannot be written").caused_by(&error))?;
    let tool = format!("{name} ({version}), exit code {}", ended.code.unwrap_or_default());
    let proof: Proof = keep(site, file, kept, &format!("what {name} found"), tool).await?;
    Ok(Said { name: name.into(), version: version.into(), findings, proof, rows: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_vet_says() {
        let finding =
            diagnostic("./main.go:7:2: fmt.Printf format %d has arg \"x\": wrong type", "go vet").unwrap();
        let place = finding.place.unwrap();
        assert_eq!((place.file.as_str(), place.line, place.column), ("./main.go", 7, 2));
        assert!(finding.message.starts_with("fmt.Printf"));
        assert!(diagnostic("vet: ./a.go:3:1: undefined: x", "go vet").is_some());
        for other in ["# example.com/m", "exit status 1", "go: no such thing: x", ""] {
            assert_eq!(diagnostic(other, "go vet"), None, "{other}");
        }
    }
}
