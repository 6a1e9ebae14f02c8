//! Which of the ways in which a release compiles take the same code: a tool has to look at each code once.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use futures::future::join_all;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::{flags_in_env, run};
use crate::model::facts::GoVariant;
use crate::model::{Facts, Problem};
use crate::ports::Process;
use crate::ports::process::Command;

/// How many variants are asked for at a time.
const AT_A_TIME: usize = 8;

/// Compilers of C that are this machine's own, unless they are told otherwise.
const USUAL: [&str; 3] = ["gcc", "clang", "cc"];

/// Processors of 32 bits: an `int` is smaller there.
const SMALL: [&str; 4] = ["386", "arm", "mips", "mipsle"];

/// All packages of the project.
pub const EVERYTHING: &str = "./...";

/// What of the code counts for a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The project's own packages.
    Own,
    /// The same with what stands beside Go in them, and on this machine, where they run, with their tests.
    Tested,
    /// The project's own packages, and everything that they need.
    Needed,
}

/// Variants that take the same code.
#[derive(Debug, Clone)]
pub struct Alike {
    /// The one that a tool looks at.
    pub variant: GoVariant,
    /// All of them.
    pub all: Vec<GoVariant>,
    /// Why none of them can be looked at on this machine.
    pub blind: Option<Problem>,
}

/// What a variant takes. Two that take the same are equal.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Code {
    /// The operating system where Go's own packages count: what they do is another thing on each.
    system: String,
    small: bool,
    /// Go's settings beside the platform.
    settings: BTreeMap<String, String>,
    /// The files of each package that is not Go's own.
    files: BTreeMap<String, Vec<String>>,
    /// Go's own packages.
    own: BTreeSet<String>,
}

/// What `go list` says of a package.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Package {
    import_path: String,
    standard: bool,
    module: Option<Module>,
    go_files: Vec<String>,
    cgo_files: Vec<String>,
    s_files: Vec<String>,
    h_files: Vec<String>,
    test_go_files: Vec<String>,
    #[serde(rename = "XTestGoFiles")]
    x_test_go_files: Vec<String>,
    dir: Utf8PathBuf,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Module {
    main: bool,
}

impl Scope {
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Own => &["-json=ImportPath,GoFiles,CgoFiles"],
            Self::Tested => &["-json=ImportPath,GoFiles,CgoFiles,SFiles,HFiles,TestGoFiles,XTestGoFiles"],
            Self::Needed => &["-deps", "-json=ImportPath,Standard,GoFiles,CgoFiles"],
        }
    }
}

/// The variants of a release, those together that take the same code: that of this machine first where it is one of
/// them. A project that nothing is known of has one: what Go takes by itself.
///
/// # Errors
///
/// If Go cannot be asked.
pub async fn alike(
    process: &dyn Process,
    facts: &Facts,
    scope: Scope,
    stop: &CancellationToken,
) -> Result<Vec<Alike>, Problem> {
    if facts.variants.is_empty() {
        let usual = GoVariant::default();
        return Ok(vec![Alike { variant: usual.clone(), all: vec![usual], blind: None }]);
    }
    let mut asked = Vec::new();
    for variants in facts.variants.chunks(AT_A_TIME) {
        asked.extend(
            join_all(variants.iter().map(|variant| code(process, facts, variant, scope, stop))).await,
        );
    }
    let mut same: BTreeMap<Code, Vec<(Vec<String>, GoVariant)>> = BTreeMap::new();
    for (variant, code) in facts.variants.iter().zip(asked) {
        let (code, tests) = code?;
        same.entry(code).or_default().push((tests, variant.clone()));
    }
    let mut found = Vec::new();
    let parted = same.iter().flat_map(|(code, all)| by_tests(all).into_iter().map(move |all| (code, all)));
    for (code, all) in parted {
        let Some(best) = all.iter().min_by_key(|variant| hard(variant, facts)) else { continue };
        let (variant, blind) = match hard(best, facts).0 {
            false => (best.clone(), None),
            true => without_c(process, facts, best, code, scope, stop).await?,
        };
        found.push(Alike { variant, all, blind });
    }
    found.sort_by_key(|alike| !alike.all.iter().any(|variant| variant.is_for(&facts.host)));
    Ok(found)
}

/// Those of one code apart by their tests; those without tests go with the first.
fn by_tests(all: &[(Vec<String>, GoVariant)]) -> Vec<Vec<GoVariant>> {
    let mut parts: BTreeMap<&[String], Vec<GoVariant>> = BTreeMap::new();
    let (none, some): (Vec<_>, Vec<_>) = all.iter().partition(|(tests, _)| tests.is_empty());
    for (tests, variant) in some {
        parts.entry(tests).or_default().push(variant.clone());
    }
    let mut parts: Vec<_> = parts.into_values().collect();
    if parts.is_empty() {
        parts.push(Vec::new());
    }
    parts[0].extend(none.into_iter().map(|(_, variant)| variant.clone()));
    parts
}

/// The packages of this module that are needed by what is built in a variant, by their import paths.
///
/// # Errors
///
/// If Go cannot be asked, or names none: a tool that is told of no package looks at the folder where it stands.
pub async fn shipped(
    process: &dyn Process,
    facts: &Facts,
    variant: &GoVariant,
    stop: &CancellationToken,
) -> Result<Vec<String>, Problem> {
    let flags = ["-deps", "-json=ImportPath,Module"];
    let listed = list(process, facts, variant, &flags, &variant.packages, stop).await?;
    own(listed, variant)
}

fn own(listed: Vec<Package>, variant: &GoVariant) -> Result<Vec<String>, Problem> {
    let own = |package: &Package| package.module.as_ref().is_some_and(|module| module.main);
    let own: Vec<String> = listed
        .into_iter()
        .filter(own)
        .map(|package| package.import_path)
        .filter(|path| !path.is_empty())
        .collect();
    if own.is_empty() {
        let asked = variant.packages.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        return Err(Problem::new(format!(
            "{asked} is built for {variant}, and Go finds no package of this module there"
        ))
        .because("so there is nothing that a tool could look at")
        .fix(format!(
            "run `go list -e -deps {}` in the project's folder; see that it names packages of this module",
            asked.replace(", ", " ")
        )));
    }
    Ok(own)
}

/// The files of these packages that hold tests.
///
/// # Errors
///
/// If Go cannot be asked.
pub async fn tests_of(
    process: &dyn Process,
    facts: &Facts,
    variant: &GoVariant,
    packages: &[String],
    stop: &CancellationToken,
) -> Result<Vec<Utf8PathBuf>, Problem> {
    let packages = packages.iter().cloned().collect();
    let listed =
        list(process, facts, variant, &["-json=Dir,TestGoFiles,XTestGoFiles"], &packages, stop).await?;
    let of = |package: Package| {
        let files = [package.test_go_files, package.x_test_go_files].concat();
        files.into_iter().map(move |file| package.dir.join(file))
    };
    Ok(listed.into_iter().flat_map(of).collect())
}

/// Whether all packages of the project compile in a variant: those for which there is something.
///
/// # Errors
///
/// If Go cannot be asked.
pub async fn compiles(
    process: &dyn Process,
    facts: &Facts,
    variant: &GoVariant,
    stop: &CancellationToken,
) -> Result<bool, Problem> {
    // Go compiles what it exports, and links nothing.
    let mut command = Command::new("go", facts.project_dir())
        .args(["list", "-export", "-f", "{{.ImportPath}}"])
        .args(variant.tag_flag())
        .args([EVERYTHING]);
    command.env.clone_from(&variant.env);
    let command = command.env("GOFLAGS", flags_in_env(&facts.env));
    Ok(process.run(command, stop, &|_, _| {}).await?.ok())
}

/// What speaks against looking at this one: it holds C for another machine and no compiler is named for it; it is of
/// another machine; it holds C.
fn hard(variant: &GoVariant, facts: &Facts) -> (bool, bool, bool) {
    let (host, c) = (variant.is_for(&facts.host), variant.has_c());
    let machine = facts.tools.get("go").and_then(|go| go.settings.get("CC"));
    let chosen = machine.is_some_and(|cc| !USUAL.contains(&cc.as_str()));
    (c && !host && !chosen && !variant.env.contains_key("CC"), !host, c)
}

/// The same without C, where that leaves the code as it is: then C is in Go's own packages alone.
async fn without_c(
    process: &dyn Process,
    facts: &Facts,
    variant: &GoVariant,
    with: &Code,
    scope: Scope,
    stop: &CancellationToken,
) -> Result<(GoVariant, Option<Problem>), Problem> {
    let mut pure = variant.clone();
    pure.env.insert("CGO_ENABLED".into(), "0".into());
    let (without, _) = code(process, facts, &pure, scope, stop).await?;
    if without.files == with.files {
        return Ok((pure, None));
    }
    let other = with.files.iter().find(|(package, files)| without.files.get(*package) != Some(files));
    let package = other.map(|(package, _)| package.as_str()).unwrap_or_default();
    let problem = Problem::new(format!("what is compiled for {variant} cannot be looked at on this machine"))
        .because(format!("{package} has parts in C, and no compiler of C is named for that platform"))
        .fix(
            "name one in `build.go.env` (`CC: …`), run the gates on a machine of that platform and give its reports \
             (`gates.reports`), or take the platform out of `build.targets`",
        );
    Ok((variant.clone(), Some(problem)))
}

async fn code(
    process: &dyn Process,
    facts: &Facts,
    variant: &GoVariant,
    scope: Scope,
    stop: &CancellationToken,
) -> Result<(Code, Vec<String>), Problem> {
    let everything = BTreeSet::from([EVERYTHING.to_owned()]);
    let listed = list(process, facts, variant, scope.flags(), &everything, stop).await?;
    let of = |name: &str| variant.env.get(name).map(String::as_str).unwrap_or_default();
    let chosen: Vec<&String> = variant.platform().map(|(name, _)| name).collect();
    let settings = variant.env.iter().filter(|(name, _)| name.starts_with("GO") && !chosen.contains(name));
    let mut code = Code {
        system: if scope == Scope::Needed { of("GOOS").to_owned() } else { String::new() },
        small: SMALL.contains(&of("GOARCH")),
        settings: settings.map(|(name, value)| (name.clone(), value.clone())).collect(),
        files: BTreeMap::new(),
        own: BTreeSet::new(),
    };
    let mut tests = Vec::new();
    for package in listed {
        if package.standard {
            code.own.insert(package.import_path);
            continue;
        }
        let Package { go_files, cgo_files, s_files, h_files, test_go_files, x_test_go_files, .. } = package;
        let test = |file: &String| format!("{}/{file}", package.import_path);
        tests.extend(test_go_files.iter().chain(&x_test_go_files).map(test));
        // One that build constraints leave out whole is no part of it.
        let files: Vec<String> = [go_files, cgo_files, s_files, h_files].concat();
        if !files.is_empty() {
            code.files.insert(package.import_path, files);
        }
    }
    if !variant.is_for(&facts.host) {
        tests.clear();
    }
    Ok((code, tests))
}

/// What `go list` says of these packages. Those that cannot be loaded stop nothing here: the tool says so.
async fn list(
    process: &dyn Process,
    facts: &Facts,
    variant: &GoVariant,
    flags: &[&str],
    packages: &BTreeSet<String>,
    stop: &CancellationToken,
) -> Result<Vec<Package>, Problem> {
    let mut command = Command::new("go", facts.project_dir())
        .args(["list", "-e"])
        .args(flags.iter().copied())
        .args(Some(flags_in_env(&facts.env)).filter(|flag| flag.starts_with("-mod=")))
        .args(variant.tag_flag())
        .args(packages);
    command.env.clone_from(&variant.env);
    let ended =
        run(process, command, stop).await.map_err(|problem| problem.because(format!("for {variant}")))?;
    let listed = serde_json::Deserializer::from_slice(&ended.stdout).into_iter::<Package>();
    listed
        .collect::<Result<_, _>>()
        .map_err(|error| Problem::new("`go list -json` answered what is no JSON").caused_by(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_package_of_our_own_is_an_error_and_never_the_folder() {
        let variant = GoVariant { packages: ["./cmd/x".to_owned()].into(), ..GoVariant::default() };
        let package = |path: &str, main| Package {
            import_path: path.into(),
            module: Some(Module { main }),
            ..Package::default()
        };
        let listed = || vec![package("example.com/other", false), Package::default()];
        let refused = own(listed(), &variant).unwrap_err();
        assert!(refused.what.starts_with("./cmd/x is built for"), "{refused}");
        let all = [listed(), vec![package("example.com/m/cmd/x", true)]].concat();
        assert_eq!(own(all, &variant).unwrap(), ["example.com/m/cmd/x"]);
    }
}
