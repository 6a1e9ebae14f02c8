//! A run of gosec, which looks at Go code for what is risky by itself.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use super::plan::SETTING;
use super::scan::{Looked, Outcome};
use super::settings::VulnerabilitiesSettings;
use crate::ecosystem::go::{Scope, flags_in_env};
use crate::formats::findings::{Findings, GOSEC};
use crate::model::facts::GoVariant;
use crate::model::{Problem, Row};
use crate::ports::process::{Command, Ended};
use crate::steps::gates::everywhere::{Heard, Look, everywhere};
use crate::steps::room::Site;
use crate::steps::scanner::{Scanner, failed, keep, last_lines, none_of};

/// The tool's name.
const TOOL: &str = "gosec";

/// Its module, by which Go knows which version a program was built from.
const MODULE: &str = "github.com/securego/gosec/v2";

/// Variables that would make it send code to somebody who writes fixes.
const ABROAD: [&str; 3] = ["GOSEC_AI_PROVIDER", "GOSEC_AI_API_KEY", "GOSEC_AI_BASE_URL"];

/// How many folders one run is told: a command line has an end.
const FOLDERS: usize = 500;

/// A package, as `go list` tells of it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Package {
    dir: Utf8PathBuf,
    #[serde(default)]
    go_files: Vec<String>,
    #[serde(default)]
    cgo_files: Vec<String>,
}

/// The packages that are compiled.
struct Packages {
    /// Their folders, each with the number of its Go files.
    folders: BTreeMap<Utf8PathBuf, u64>,
    /// How many files have parts in C: gosec passes over them.
    cgo: u64,
}

/// Runs gosec on the packages of the project, as every platform of a release takes them.
///
/// # Errors
///
/// If it says nothing that proves something.
pub async fn run(settings: &VulnerabilitiesSettings, site: &Site) -> Result<Outcome, Problem> {
    let scan = Scan { settings };
    let scanner = Scanner { program: settings.gosec.clone(), install: scan.install() };
    let Some(program) = scanner.find(site) else { return Ok(Outcome::Missing(scanner)) };
    scan.refuse_other(&scanner, &program, site).await?;
    let identity = scanner.identity(site, &program).await?;
    let runs = Runs { settings, scanner, program, identity };
    let all = everywhere(TOOL, Scope::Own, &runs, site).await?;
    let mut looked = Vec::new();
    for Heard { said, names } in all.heard {
        let one = |one: Looked| Looked { findings: one.findings.of(&names), ..one };
        looked.extend(said.into_iter().map(one));
    }
    if let Some(first) = looked.first_mut() {
        first.rows.extend(all.row);
    }
    Ok(Outcome::Looked(looked))
}

/// Runs of it.
struct Runs<'a> {
    settings: &'a VulnerabilitiesSettings,
    scanner: Scanner,
    program: Utf8PathBuf,
    identity: String,
}

#[async_trait::async_trait]
impl Look for Runs<'_> {
    type Said = Vec<Looked>;

    async fn look(
        &self,
        variant: &GoVariant,
        packages: &[String],
        at: usize,
        site: &Site,
    ) -> Result<Vec<Looked>, Problem> {
        let Packages { folders, cgo } = compiled(variant, packages, site).await?;
        let folders: Vec<(Utf8PathBuf, u64)> = folders.into_iter().collect();
        if folders.is_empty() {
            return Err(Problem::new("there is no Go package for gosec to look at")
                .because(format!("`go list ./...` names none for {variant}"))
                .fix(format!("name in `{SETTING}.scanners` what shall look here")));
        }
        let mut looked = Vec::new();
        for (part, folders) in folders.chunks(FOLDERS).enumerate() {
            let name = match (at, part) {
                (0, 0) => "gosec.json".to_owned(),
                (at, 0) => format!("gosec-{}.json", at + 1),
                (at, part) => format!("gosec-{}-{}.json", at + 1, part + 1),
            };
            looked.push(self.part(variant, folders, &name, site).await?);
        }
        if let Some(last) = looked.last_mut().filter(|_| cgo > 0) {
            let metric = format!("Go files with cgo ({variant}) that gosec leaves out");
            last.rows.push(none_of(&metric, cgo, false));
            let what = format!("gosec does not look at {cgo} Go files with cgo, for {variant}");
            site.notice(Problem::new(what).because("it passes over what `import \"C\"` is expanded to"));
        }
        Ok(looked)
    }
}

impl Runs<'_> {
    async fn part(
        &self,
        variant: &GoVariant,
        folders: &[(Utf8PathBuf, u64)],
        name: &str,
        site: &Site,
    ) -> Result<Looked, Problem> {
        let ended = self.scanner.run(site, command(&self.program, variant, folders, site)).await?;
        let (findings, row) = read(&ended, folders.iter().map(|(_, files)| files).sum())?;
        let (version, exit) = (&self.settings.gosec_version, ended.code.unwrap_or_default());
        let tool = format!("{TOOL} {version}, {}, {variant}, exit code {exit}", self.identity);
        // What it prints holds lines of the code, which may be anything; what is kept is what was read of it.
        let kept = serde_json::to_vec_pretty(&findings)
            .map_err(|error| Problem::new("the findings cannot be written").caused_by(&error))?;
        let proof = keep(site, name, kept, "what gosec found", tool).await?;
        Ok(Looked { findings, proof, rows: vec![row] })
    }
}

/// The folders of the packages that are compiled, each with the number of its Go files. With `./...` gosec would look
/// for folders itself: at test data too, and not at what lies below a name with `vendor` in it.
async fn compiled(variant: &GoVariant, packages: &[String], site: &Site) -> Result<Packages, Problem> {
    let mut command = Command::new("go", site.facts.project_dir())
        .args(["list", "-e", "-json=Dir,GoFiles,CgoFiles"])
        .args(variant.tag_flag())
        .args(packages);
    command.env.clone_from(&variant.env);
    let command = command.env("GOFLAGS", flags_in_env(&site.facts.env));
    let ended = site.ports.process.run(command, &site.stop, &|_, _| {}).await?;
    if !ended.ok() {
        return Err(failed("go list", &ended).fix("run `go list ./...` in the project's folder"));
    }
    let listed = serde_json::Deserializer::from_slice(&ended.stdout).into_iter::<Package>();
    let mut all = Packages { folders: BTreeMap::new(), cgo: 0 };
    for package in listed {
        let package =
            package.map_err(|error| Problem::new("`go list` answered what is no JSON").caused_by(&error))?;
        all.cgo += package.cgo_files.len() as u64;
        if !package.go_files.is_empty() {
            all.folders.insert(package.dir, package.go_files.len() as u64);
        }
    }
    Ok(all)
}

fn command(program: &Utf8Path, variant: &GoVariant, folders: &[(Utf8PathBuf, u64)], site: &Site) -> Command {
    let mut command = Command::new(program.as_str(), site.facts.project_dir()).args([
        "-fmt=json",
        "-track-suppressions",
        "-color=false",
    ]);
    command.env.clone_from(&variant.env);
    if !variant.tags.is_empty() {
        command = command.args([format!("-tags={}", variant.tags.join(","))]);
    }
    for name in ABROAD {
        command = command.env(name, "");
    }
    command
        .env("GOFLAGS", flags_in_env(&site.facts.env))
        .args(folders.iter().map(|(folder, _)| folder.as_str()))
}

/// What a run says that came to its end and looked at all files.
fn read(ended: &Ended, files: u64) -> Result<(Findings, Row), Problem> {
    // 1: something was found, or it could not look.
    if !matches!(ended.code, Some(0 | 1)) || ended.stdout.is_empty() {
        return Err(failed(TOOL, ended).fix("see that the code builds: `go build ./...`"));
    }
    let read = crate::formats::read(GOSEC, "report of gosec", ended.stdout.as_slice());
    let (_, mut findings) = read.map_err(|bad| {
        bad.problem("what gosec said").because(last_lines(&ended.errors())).fix("see that the code builds")
    })?;
    // It was asked to tell of them.
    findings.hushed = 0;
    let counts = findings.findings.iter().any(|finding| !finding.suppressed) || findings.left_out > 0;
    if counts != (ended.code == Some(1)) {
        return Err(failed(TOOL, ended).because("its exit code and its report do not agree"));
    }
    let looked = findings.looked_at.as_ref().map_or(0, |(count, _)| *count);
    if looked < files {
        return Err(Problem::new(format!("gosec looked at {looked} files of {files}"))
            .because(last_lines(&ended.errors()))
            .fix("see that the code builds: `go build ./...`"));
    }
    let row = Row {
        metric: "Go files that gosec looked at".into(),
        comparator: ">=".into(),
        threshold: files.to_string(),
        actual: looked.to_string(),
        ok: true,
    };
    Ok((findings, row))
}

struct Scan<'a> {
    settings: &'a VulnerabilitiesSettings,
}

impl Scan<'_> {
    fn install(&self) -> String {
        format!("go install {MODULE}/cmd/gosec@{}", self.settings.gosec_version)
    }

    /// It must be of the version that is asked for. What `go install` builds calls itself `dev`; there Go tells it.
    async fn refuse_other(&self, scanner: &Scanner, program: &Utf8Path, site: &Site) -> Result<(), Problem> {
        let dir = site.facts.project_dir();
        let own = scanner.run(site, Command::new(program.as_str(), dir.clone()).args(["-version"])).await?;
        let said = own.text();
        let own = said.lines().find_map(|line| line.strip_prefix("Version: ")).map(str::trim);
        let there = match own.filter(|version| own_version(version)) {
            Some(version) => version.to_owned(),
            None => {
                let ask = Command::new("go", dir).args(["version", "-m", program.as_str()]);
                let ended = site.ports.process.run(ask, &site.stop, &|_, _| {}).await?;
                built_from(&ended.text()).unwrap_or_else(|| "one that it does not say".into())
            }
        };
        let wanted = self.settings.gosec_version.trim_start_matches('v');
        if there.trim_start_matches('v') == wanted {
            return Ok(());
        }
        Err(Problem::new(format!("`gosec` is of version {there}, and {wanted} is asked for"))
            .fix(format!("install it: `{}`, or set `{SETTING}.gosec_version`", self.install())))
    }
}

/// Whether it is a version and not `dev`.
fn own_version(text: &str) -> bool {
    text.trim_start_matches('v').starts_with(|first: char| first.is_ascii_digit())
}

/// The version of gosec's module in what `go version -m` says.
fn built_from(said: &str) -> Option<String> {
    said.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["mod", MODULE, version, ..] => Some((*version).to_owned()),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_told_by_go_where_it_does_not_say() {
        let said = "gosec: go1.26\n\tpath\tgithub.com/securego/gosec/v2/cmd/gosec\n\tmod\tgithub.com/securego/gosec/v2\tv2.27.1\th1:x=\n";
        assert_eq!(built_from(said).as_deref(), Some("v2.27.1"));
        assert_eq!(built_from("x: go1.26\n\tmod\texample.com/m\t(devel)\n"), None);
        assert!(own_version("2.27.1") && own_version("v2") && !own_version("dev") && !own_version(""));
    }

    #[test]
    fn exit_code_and_report_must_agree_on_all_files() {
        let report = |issues: &str, files: u64| {
            format!(
                r#"{{"Golang errors":{{}},"Issues":[{issues}],"Stats":{{"files":{files},"found":0}},"GosecVersion":"dev"}}"#
            )
        };
        let ended = |code: i32, text: &str| Ended {
            code: Some(code),
            signal: None,
            stdout: text.as_bytes().to_vec(),
            stderr: Vec::new(),
        };
        let issue =
            r#"{"severity":"HIGH","rule_id":"G404","details":"x","file":"/a.go","line":"1","column":"1"}"#;
        let quiet = r#"{"severity":"HIGH","rule_id":"G404","details":"x","file":"/a.go","line":"1","column":"1","suppressions":[{"kind":"inSource"}]}"#;
        assert!(read(&ended(0, &report("", 2)), 2).is_ok());
        assert!(read(&ended(1, &report(issue, 2)), 2).is_ok());
        assert!(read(&ended(0, &report(quiet, 2)), 2).is_ok());
        for (code, text) in [
            (0, report(issue, 2)),
            (1, report("", 2)),
            (1, report(quiet, 2)),
            (0, report("", 1)),
            (2, report("", 2)),
            (1, String::new()),
            (0, "null".into()),
            (0, report("", 2)[..40].to_owned()),
            (1, report("", 2).replace("\"Golang errors\":{}", "\"Golang errors\":{\"a.go\":[]}")),
        ] {
            assert!(read(&ended(code, &text), 2).is_err(), "{code} {text}");
        }
    }
}
