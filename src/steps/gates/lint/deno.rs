//! Deno's own linter, formatter and type checker.

use super::go::said;
use super::judge::{Left, Said};
use super::work::{Deno, nearest};
use crate::formats::findings::{DENO_LINT, Finding, Place};
use crate::model::{Facts, Problem};
use crate::ports::Files;
use crate::ports::process::{Command, Ended};
use crate::steps::room::Site;
use crate::steps::scanner::{Scanner, failed};

/// The files that make a folder a Deno project.
const CONFIGURED: [&str; 2] = ["deno.json", "deno.jsonc"];

/// How one gets it.
const INSTALL: &str = "npm install --global deno@2";

/// Where npm lays the program that the project's lock file names.
const PROGRAM: &str = "node_modules/.bin/deno";

/// The configuration in the project's folder.
///
/// # Errors
///
/// If the folder cannot be looked at.
pub fn configuration(files: &dyn Files, facts: &Facts) -> Result<Option<&'static str>, Problem> {
    for name in CONFIGURED {
        if files.meta(&facts.project_dir().join(name))?.is_some_and(|meta| !meta.is_dir) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Runs what is asked for; where Deno is not installed, that is told.
///
/// # Errors
///
/// If one of them does not come to its end.
pub async fn run(site: &Site, asked: &Deno) -> Result<Result<Vec<Said>, Left>, Problem> {
    let own = nearest(site.ports.files.as_ref(), &site.facts, &[PROGRAM])?;
    let program = own.map_or_else(|| "deno".to_owned(), |own| site.facts.root.join(own).into_string());
    let deno = Scanner { program, install: INSTALL.into() };
    let Some(program) = deno.find(site) else {
        return Ok(Err(Left {
            what: "deno".into(),
            why: format!("there is a {}, and `deno` is neither in node_modules nor on the PATH", asked.file),
            install: INSTALL.into(),
        }));
    };
    let deno = Scanner { program: program.into_string(), ..deno };
    let told = call(site, &deno, &["--version"]).await?;
    if !told.ok() {
        return Err(failed("deno --version", &told).fix(format!("install it anew: `{INSTALL}`")));
    }
    let version = told.text().lines().next().unwrap_or_default().to_owned();
    let mut all = Vec::new();
    if asked.lint {
        all.push(lint(site, &deno, &version).await?);
    }
    if asked.check {
        all.push(check(site, &deno, &version).await?);
    }
    if asked.format {
        all.push(format(site, &deno, &version).await?);
    }
    Ok(Ok(all))
}

/// `deno` in the project's folder, without colours and without a question to anybody.
async fn call(site: &Site, deno: &Scanner, words: &[&str]) -> Result<Ended, Problem> {
    let command = Command::new(&deno.program, site.facts.project_dir())
        .args(words.iter().copied())
        .env("NO_COLOR", "1")
        .env("DENO_NO_PROMPT", "1")
        .env("DENO_NO_UPDATE_CHECK", "1");
    deno.run(site, command).await
}

async fn lint(site: &Site, deno: &Scanner, version: &str) -> Result<Said, Problem> {
    let ended = call(site, deno, &["lint", "--json"]).await?;
    if ended.ok() {
        // Its report of nothing names no file, but where it finds none to look at it ends with 1.
        return said(site, "deno lint", "deno-lint.json", Vec::new(), &ended, version).await;
    }
    let read = crate::formats::read(DENO_LINT, "list of deno lint", ended.stdout.as_slice());
    let (_, findings) = read.map_err(|bad| failed("deno lint", &ended).because(bad.why))?;
    if findings.findings.is_empty() {
        return Err(failed("deno lint", &ended).because("its exit code and its report do not agree"));
    }
    said(site, "deno lint", "deno-lint.json", findings.findings, &ended, version).await
}

/// `deno check`, which says on standard error what does not fit and ends with 1.
async fn check(site: &Site, deno: &Scanner, version: &str) -> Result<Said, Problem> {
    let ended = call(site, deno, &["check", "."]).await?;
    let findings = if ended.ok() { Vec::new() } else { mistakes(&ended.errors()) };
    if ended.ok() != findings.is_empty() {
        return Err(failed("deno check", &ended).fix("run `deno check .` in the project's folder"));
    }
    said(site, "deno check", "deno-check.json", findings, &ended, version).await
}

/// `TS2322 [ERROR]: words`, and a line or some later `    at file:///PATH:LINE:COLUMN`.
fn mistakes(errors: &str) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for line in errors.lines() {
        if let Some((id, message)) = line.split_once(" [ERROR]: ").filter(|(id, _)| id.starts_with("TS")) {
            found.push(Finding { id: id.into(), message: message.into(), ..Finding::default() });
        } else if let Some(place) = line.trim_start().strip_prefix("at ").and_then(place)
            && let Some(last) = found.last_mut().filter(|last| last.place.is_none())
        {
            last.place = Some(place);
        }
    }
    found
}

/// `file:///PATH:LINE:COLUMN`.
fn place(text: &str) -> Option<Place> {
    let mut parts = text.rsplitn(3, ':');
    let (column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
    let file = url::Url::parse(file).ok()?.to_file_path().ok()?.to_str()?.to_owned();
    Some(Place { file, line: line.parse().ok()?, column: column.parse().ok()? })
}

/// `deno fmt --check`, which names each file before what it would change, on standard error.
async fn format(site: &Site, deno: &Scanner, version: &str) -> Result<Said, Problem> {
    let ended = call(site, deno, &["fmt", "--check"]).await?;
    let errors = ended.errors();
    let named = errors.lines().filter_map(|line| line.strip_prefix("from ")?.strip_suffix(':'));
    let findings: Vec<Finding> = named
        .map(|file| Finding {
            id: "deno fmt".into(),
            message: format!("{} is not formatted: run `deno fmt`", shown(file, &site.facts)),
            place: Some(Place { file: file.to_owned(), line: 0, column: 0 }),
            ..Finding::default()
        })
        .collect();
    if ended.ok() != findings.is_empty() {
        return Err(failed("deno fmt --check", &ended));
    }
    said(site, "deno fmt", "deno-fmt.json", findings, &ended, version).await
}

fn shown<'a>(file: &'a str, facts: &Facts) -> &'a str {
    file.strip_prefix(facts.project_dir().as_str()).map_or(file, |inside| inside.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_type_checker_says() {
        let text = "Check file:///p/main.ts\nTS2322 [ERROR]: Type 'string' is not assignable to type 'number'.\n\
            const x: number = \"a\";\n      ^\n    at file:///p/a%20b.ts:1:7\n\nTS2304 [ERROR]: Cannot find name 'y'.\ny;\n^\n    \
            at file:///p/main.ts:3:1\n\nFound 2 errors.\n\nerror: Type checking failed.\n";
        let found = mistakes(text);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].id.as_str(), found[1].id.as_str()), ("TS2322", "TS2304"));
        let place = found[0].place.as_ref().unwrap();
        assert_eq!((place.file.as_str(), place.line, place.column), ("/p/a b.ts", 1, 7));
        assert!(
            mistakes("error: Import 'https://example.com/x.ts' failed\n    at file:///p/main.ts:1:1\n")
                .is_empty()
        );
    }
}
