//! What `go build` is called with for one binary on one platform: pure, from settings and facts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::settings::{CommandSettings, GoSettings};
use crate::ecosystem::go::{Target, binary_name, flags_in_env};
use crate::kit::template::{Names, Template};
use crate::model::facts::GoModule;
use crate::model::{Facts, Problem};
use crate::steps::build::settings::Optimise;

/// What the linker is told by default; the names are those that GoReleaser sets.
const VERSION: [(&str, &str); 7] = [
    ("version", "{{ version }}"),
    ("commit", "{{ commit }}"),
    ("date", "{{ commit_date }}"),
    ("builtBy", "release-action"),
    ("Version", "{{ version }}"),
    ("Commit", "{{ commit }}"),
    ("Date", "{{ commit_date }}"),
];

/// Flags that have a setting of their own, or would make something else than a binary.
const TAKEN: [(&str, &str); 13] = [
    ("-o", "the binary's place is given by its name"),
    ("-C", "use `projects` for another folder"),
    ("-n", "nothing would be built"),
    ("-ldflags", "use `build.go.ldflags`"),
    ("-gcflags", "use `build.go.gcflags`"),
    ("-asmflags", "use `build.go.asmflags`"),
    ("-tags", "use `build.go.tags`"),
    ("-trimpath", "it is always on"),
    ("-buildvcs", "it is always off: the commit is given by the linker's flags"),
    ("-race", "a release is not built with the race detector"),
    ("-cover", "a release is not built for coverage"),
    ("-overlay", "a release is built from the files that are committed"),
    ("-toolexec", "what it runs would decide the bytes unseen; use `build.hooks.after`"),
];

/// Variables that have a setting of their own.
const FIXED: [(&str, &str); 6] = [
    ("GOOS", "use `build.targets`"),
    ("GOARCH", "use `build.targets`"),
    ("CGO_ENABLED", "use `build.go.cgo`"),
    ("GOFLAGS", "use `build.go.flags`"),
    ("SOURCE_DATE_EPOCH", "it is the time of the commit"),
    ("PWD", "it is the project's folder"),
];

/// Settings of Go that decide the bytes without cgo; all others only tell how C is compiled. The folder
/// of a workspace does not decide, but what is in it, which is a fact of its own.
const PURE: [&str; 2] = ["GOEXPERIMENT", "GOFIPS140"];

/// Everything that decides a binary's bytes beside the source and the tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recipe {
    /// The binary's name without an ending.
    pub binary: String,
    /// The package as `go build` takes it, `./cmd/greeter`.
    pub package: String,
    /// The platform.
    pub target: Target,
    /// Arguments of `go build`, without place and package.
    pub args: Vec<String>,
    /// Variables for it.
    pub env: BTreeMap<String, String>,
    /// Whether it can say its version: its source has the variable, or somebody chose what the linker sets. A
    /// package that was not looked at counts as such.
    pub stamped: bool,
    /// Settings of this machine's Go that decide the bytes, from its environment or `go env -w`.
    pub machine: BTreeMap<String, String>,
}

impl Recipe {
    /// True where C code is compiled too.
    #[must_use]
    pub fn has_c(&self) -> bool {
        self.env.get("CGO_ENABLED").is_some_and(|on| on == "1")
    }

    /// The recipe without the settings of this machine's C compilers: what it is on every machine.
    #[must_use]
    pub fn shared(&self) -> Self {
        let machine = self.machine.iter().filter(|(name, _)| is_pure(name, &self.target));
        Self { machine: machine.map(|(name, value)| (name.clone(), value.clone())).collect(), ..self.clone() }
    }

    /// The file's name.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{}{}", self.binary, self.target.extension())
    }

    /// Whether C code is compiled too, and no cross compiler was named for it. Where this runs is left
    /// out: every machine of a matrix draws the same plan.
    #[must_use]
    pub fn wants_own_machine(&self) -> bool {
        // Go names a compiler of this machine where nobody names one.
        let usual = |cc: &String| ["gcc", "clang", "cc"].contains(&cc.as_str());
        let chosen = self.machine.get("CC").is_some_and(|cc| !usual(cc));
        let cgo = self.env.get("CGO_ENABLED").is_some_and(|on| on == "1");
        cgo && !self.env.contains_key("CC") && !chosen
    }
}

/// Whether a setting decides what Go's own compiler makes for this platform, on whatever machine.
fn is_pure(name: &str, target: &Target) -> bool {
    PURE.contains(&name) || (name == "GOWASM" && target.platform().arch == "wasm")
}

/// The commands to build: those of the settings, else those that were found.
pub fn commands(settings: &GoSettings, module: &GoModule) -> Vec<CommandSettings> {
    if !settings.commands.is_empty() {
        return settings.commands.clone();
    }
    let found = |command: &crate::model::facts::GoCommand| CommandSettings {
        binary: Some(command.binary.clone()),
        package: crate::kit::path::RepoPath::new(&command.package).ok(), // Detection gives paths inside the module only.
        ..CommandSettings::default()
    };
    module.commands.iter().map(found).collect()
}

/// The recipe of a command on a platform.
///
/// # Errors
///
/// If a template cannot be rendered, or a setting asks for what another one decides.
pub fn recipe(
    room: &GoSettings,
    command: &CommandSettings,
    target: &Target,
    optimise: Optimise,
    facts: &Facts,
    module: &GoModule,
) -> Result<Recipe, Problem> {
    let names = Names::of(facts).on(target.platform());
    let folder = command.package.as_ref().map(|path| path.as_path().as_str()).unwrap_or_default();
    let binary = command.binary.clone().unwrap_or_else(|| binary_name(&module.path, folder.into()));
    let cgo = command.cgo.unwrap_or(room.cgo);
    let mut env = target.env();
    env.insert("CGO_ENABLED".into(), if cgo { "1" } else { "0" }.into());
    env.insert("GOFLAGS".into(), flags_in_env(&facts.env));
    env.insert("SOURCE_DATE_EPOCH".into(), facts.commit.date.timestamp().to_string());
    for (name, value) in room.env.iter().chain(&command.env) {
        if let Some((_, why)) = FIXED.iter().find(|(fixed, _)| fixed == name) {
            return Err(Problem::new(format!("`build.go.env` may not set {name}: {why}")));
        }
        env.insert(name.clone(), render(value, &names)?);
    }
    let settings = facts.tools.get("go").map(|go| go.settings.clone()).unwrap_or_default();
    let own = if folder.is_empty() { "." } else { folder };
    let stamps = module.commands.iter().find(|known| known.package == own).map(|known| &known.stamps);
    let has = |name: &str| stamps.is_none_or(|stamps| stamps.contains(name));
    let chosen = command.ldflags.as_ref().or(room.ldflags.as_ref());
    let decides = |name: &str| match name {
        "GOWORK" => false,
        "GOWASM" => is_pure(name, target),
        _ => cgo || is_pure(name, target),
    };
    let recipe = Recipe {
        args: arguments(room, command, optimise, &link(chosen, has, &names)?, &names)?,
        stamped: chosen.is_some() || has("version") || has("Version"),
        machine: settings.into_iter().filter(|(name, _)| decides(name)).collect(),
        package: if folder.is_empty() { ".".into() } else { format!("./{folder}") },
        target: target.clone(),
        binary,
        env,
    };
    check(&recipe)?;
    Ok(recipe)
}

/// The linker's flags: those that were chosen, else what tells the program of its version. A variable of
/// another type than text would break the build.
fn link(
    chosen: Option<&Vec<Template>>,
    has: impl Fn(&str) -> bool,
    names: &Names,
) -> Result<Vec<String>, Problem> {
    if let Some(flags) = chosen {
        return rendered(flags, names);
    }
    let flag = |(name, text): (&str, &str)| {
        let template = Template::new(format!("-X main.{name}={text}"))
            .map_err(|error| Problem::new("a default is broken").caused_by(&error))?;
        render(&template, names)
    };
    VERSION.into_iter().filter(|(name, _)| has(name)).map(flag).collect()
}

fn arguments(
    room: &GoSettings,
    command: &CommandSettings,
    optimise: Optimise,
    chosen: &[String],
    names: &Names,
) -> Result<Vec<String>, Problem> {
    let mut args: Vec<String> = vec!["-trimpath".into(), "-buildvcs=false".into()];
    let (mut link, mut compile): (Vec<String>, Vec<String>) = match optimise {
        Optimise::Debug => (vec![], vec!["-gcflags=all=-N -l".into(), "-pgo=off".into()]),
        Optimise::Speed => (vec!["-s".into(), "-w".into()], vec!["-gcflags=all=-l=4".into()]),
        Optimise::Size => (vec!["-s".into(), "-w".into()], vec!["-gcflags=all=-l".into(), "-pgo=off".into()]),
        Optimise::Release => (vec!["-s".into(), "-w".into()], vec![]),
    };
    link.extend_from_slice(chosen);
    // The build id names the machine's cache; without it the same sources give the same bytes.
    link.push("-buildid=".into());
    args.push(format!("-ldflags={}", link.join(" ")));
    for (name, own, common) in
        [("gcflags", &command.gcflags, &room.gcflags), ("asmflags", &command.asmflags, &room.asmflags)]
    {
        let words = rendered(own.as_ref().unwrap_or(common), names)?;
        if !words.is_empty() {
            compile.push(format!("-{name}={}", words.join(" ")));
        }
    }
    args.append(&mut compile);
    let tags = command.tags.as_ref().unwrap_or(&room.tags);
    if let Some(bad) = tags.iter().find(|tag| !is_tag(tag)) {
        return Err(Problem::new(format!(
            "`{bad}` is no build tag: letters, digits, `_` and `.` are allowed"
        )));
    }
    if !tags.is_empty() {
        args.push(format!("-tags={}", tags.join(",")));
    }
    for flag in rendered(command.flags.as_ref().unwrap_or(&room.flags), names)? {
        check_flag(&flag)?;
        args.push(flag);
    }
    Ok(args)
}

fn check_flag(flag: &str) -> Result<(), Problem> {
    if !flag.starts_with('-') || flag.len() < 2 {
        return Err(Problem::new(format!("`{flag}` in `build.go.flags` is no flag"))
            .fix("write a flag and its value as one word: `-p=4`"));
    }
    let name = flag.split('=').next().unwrap_or(flag).trim_start_matches('-');
    match TAKEN.iter().find(|(taken, _)| taken.trim_start_matches('-') == name) {
        Some((_, why)) => Err(Problem::new(format!("`build.go.flags` may not hold `{flag}`: {why}"))),
        None => Ok(()),
    }
}

fn check(recipe: &Recipe) -> Result<(), Problem> {
    let name = &recipe.binary;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if name.is_empty() || name.starts_with(['-', '.']) || !name.bytes().all(legal) {
        return Err(Problem::new(format!("`{name}` cannot be a binary's name"))
            .because("GitHub keeps only letters, digits, `.`, `_` and `-` in the names of assets")
            .fix("set `binary` in `build.go.commands`"));
    }
    Ok(())
}

fn is_tag(tag: &str) -> bool {
    !tag.is_empty() && tag.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.')
}

fn rendered(templates: &[Template], names: &Names) -> Result<Vec<String>, Problem> {
    templates.iter().map(|template| render(template, names)).collect()
}

fn render(template: &Template, names: &Names) -> Result<String, Problem> {
    template
        .render(names)
        .map_err(|error| Problem::new("a setting of `build.go` cannot be made out").caused_by(&error))
}
