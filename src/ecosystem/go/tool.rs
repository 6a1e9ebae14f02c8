//! The `go` command: how it is called, and what it says of itself.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::model::{Platform, Problem};
use crate::ports::Process;
use crate::ports::process::{Command, Ended};

/// What `go env` says in a module's folder, where its `toolchain` line may choose another Go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoTool {
    /// The version, `go1.26.1`.
    pub version: String,
    /// This machine.
    pub host: Platform,
    /// True where cgo is on by default: it is not switched off and a C compiler was found.
    pub cgo: bool,
    /// Its settings that decide bytes, as they hold here: of the environment, of `go env -w`, or its own.
    pub settings: BTreeMap<String, String>,
}

/// Settings that decide what a build makes, beside those of a target.
const DECIDING: [&str; 16] = [
    "GOEXPERIMENT",
    "GOFIPS140",
    "GOWASM",
    "GOWORK",
    "AR",
    "CC",
    "CXX",
    "FC",
    "GCCGO",
    "CGO_CFLAGS",
    "CGO_CPPFLAGS",
    "CGO_CXXFLAGS",
    "CGO_FFLAGS",
    "CGO_LDFLAGS",
    "PKG_CONFIG",
    "GO_EXTLINK_ENABLED",
];

/// The Go that is used in this folder.
///
/// # Errors
///
/// If there is no Go, or it cannot run here, for example because `go.mod` asks for a newer one.
pub async fn tool(process: &dyn Process, dir: &Utf8Path) -> Result<GoTool, Problem> {
    let names = ["env", "-json", "GOVERSION", "GOHOSTOS", "GOHOSTARCH", "CGO_ENABLED"];
    let command = Command::new("go", dir).args(names).args(DECIDING);
    let ended = run(process, command, &CancellationToken::new()).await?;
    let mut env: BTreeMap<String, String> = serde_json::from_slice(&ended.stdout)
        .map_err(|error| Problem::new("`go env -json` answered what is no JSON").caused_by(&error))?;
    let mut take = |name: &str| env.remove(name).unwrap_or_default();
    let (version, cgo) = (take("GOVERSION"), take("CGO_ENABLED") == "1");
    let host = Platform { os: take("GOHOSTOS"), arch: take("GOHOSTARCH"), variant: String::new() };
    env.retain(|_, value| !value.is_empty());
    Ok(GoTool { version, host, cgo, settings: env })
}

/// Runs `go` quietly; anything but exit code 0 is a problem with Go's own lines.
///
/// # Errors
///
/// If it is missing, is stopped, or says no.
pub async fn run(
    process: &dyn Process,
    command: Command,
    stop: &CancellationToken,
) -> Result<Ended, Problem> {
    let verb = command.args.first().cloned().unwrap_or_default();
    // Empty would mean the user's own defaults (`go env -w`), so a flag without effect here is set.
    let command = command.env("GOFLAGS", "-trimpath");
    let ended = process.run(command, stop, &|_, _| {}).await?;
    if ended.ok() {
        return Ok(ended);
    }
    let words: Vec<String> = ended.errors().lines().take(20).map(str::to_owned).collect();
    let problem = Problem::new(format!("`go {verb}` failed")).because(words.join("\n"));
    Err(Problem { passing: ended.signal.is_some(), ..problem }
        .fix(format!("run `go {verb}` in the project's folder to see it again")))
}

/// The `GOFLAGS` for a child: of the user's own only `-mod`, which says where dependencies come from.
/// Every other flag is given by the settings, so that the same settings give the same bytes.
#[must_use]
pub fn flags_in_env(env: &BTreeMap<String, String>) -> String {
    let own = env.get("GOFLAGS").map(String::as_str).unwrap_or_default();
    let kept = own
        .split_whitespace()
        .map(|flag| flag.trim_start_matches('-'))
        .find(|flag| matches!(*flag, "mod=vendor" | "mod=mod" | "mod=readonly"));
    kept.map_or_else(|| "-trimpath".to_owned(), |flag| format!("-{flag}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_only_where_dependencies_come_from() {
        let with = |flags: &str| flags_in_env(&BTreeMap::from([("GOFLAGS".to_owned(), flags.to_owned())]));
        assert_eq!(with("-race -mod=vendor -tags=x"), "-mod=vendor");
        assert_eq!(with("--mod=mod"), "-mod=mod");
        assert_eq!(with("-ldflags=-X=a.b=c -buildvcs=true"), "-trimpath");
        assert_eq!(flags_in_env(&BTreeMap::new()), "-trimpath");
    }
}
