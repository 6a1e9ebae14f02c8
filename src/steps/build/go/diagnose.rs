//! What `go build` said when it failed: whose fault, where, and whether it may pass.

use camino::Utf8Path;

use super::recipe::Recipe;
use crate::kit::path::RepoPath;
use crate::model::Problem;

/// How many of the compiler's lines are shown.
const SHOWN: usize = 20;

/// Words of failures of the network.
const NETWORK: [&str; 12] = [
    "dial tcp",
    "i/o timeout",
    "TLS handshake",
    "connection reset",
    "connection refused",
    "no such host",
    "unexpected EOF",
    "500 Internal Server Error",
    "502 Bad Gateway",
    "503 Service Unavailable",
    "504 Gateway Time-out",
    "504 Gateway Timeout",
];

/// How a failed `go build` ended.
pub struct Failure<'a> {
    /// What it printed, without secrets.
    pub lines: &'a [String],
    /// Its exit code.
    pub code: Option<i32>,
    /// The signal that killed it.
    pub signal: Option<i32>,
}

/// The problem to show. It is a passing one if the child was killed or the network failed, never if the
/// compiler said no.
pub fn diagnose(recipe: &Recipe, dir: &Utf8Path, failure: &Failure) -> Problem {
    let (binary, target) = (&recipe.binary, &recipe.target);
    let again = format!(
        "GOOS={} GOARCH={} go build {}",
        target.platform().os,
        target.platform().arch,
        recipe.package
    );
    let lines: Vec<&str> = failure.lines.iter().map(String::as_str).collect();
    let shown = || {
        let told = lines.iter().filter(|line| !line.starts_with("# ")).copied();
        let mut text = told.clone().take(SHOWN).collect::<Vec<_>>().join("\n");
        let more = told.count().saturating_sub(SHOWN);
        if more > 0 {
            text.push_str(&format!("\n… and {more} more"));
        }
        text
    };
    if failure.signal.is_some() || lines.iter().any(|line| is_killed(line)) {
        return Problem::new(format!("the build of `{binary}` for {target} was killed"))
            .because(failure.signal.map_or_else(shown, |signal| format!("signal {signal}")))
            .fix("if it comes back, give the machine more memory or use `--jobs 1`")
            .passing();
    }
    // Go heads what the compiler says with the package: the compiler ran, so the network is not to blame.
    let compiled = lines.iter().any(|line| line.starts_with("# "));
    let problem = if !compiled && lines.iter().any(|line| is_network(line)) {
        let what = format!("a dependency of `{binary}` could not be downloaded");
        Problem::new(what).fix("run it again; check the network and GOPROXY").passing()
    } else if lines.iter().any(|line| is_module(line)) {
        Problem::new(format!("go.mod or go.sum does not fit the sources of `{binary}`"))
            .fix("run `go mod tidy` and commit go.mod and go.sum")
    } else if compiled {
        Problem::new(format!("`{binary}` does not compile for {target}"))
            .fix(format!("see it again with `{again}`"))
    } else {
        let code = failure.code.unwrap_or_default();
        Problem::new(format!("`go build` of `{binary}` for {target} ended with exit code {code}"))
            .fix(format!("see it again with `{again}`"))
    };
    let problem = if lines.is_empty() { problem } else { problem.because(shown()) };
    match lines.iter().find_map(|line| place(line)) {
        Some((file, line, column)) => match RepoPath::new(format!("{dir}/{file}").trim_start_matches('/')) {
            Ok(path) => problem.at(path.as_path(), Some(line), column),
            // A dependency's file lies outside the repository.
            Err(_) => problem,
        },
        None => problem,
    }
}

/// `compile: signal: killed`: the system took the memory back from one of Go's own children.
fn is_killed(line: &str) -> bool {
    line.trim_end().ends_with(": signal: killed") && !line.contains(".go:")
}

/// The words alone could stand in a program's text, so Go's own words around a download are asked for too.
fn is_network(line: &str) -> bool {
    let download =
        line.contains("Get \"http") || line.contains("reading http") || line.contains("unable to access");
    download && NETWORK.iter().any(|words| line.contains(words))
}

fn is_module(line: &str) -> bool {
    [
        "missing go.sum entry",
        "no required module provides package",
        "updates to go.mod needed",
        "checksum mismatch",
        "inconsistent vendoring",
        "is not in std",
        "cannot find module providing package",
    ]
    .iter()
    .any(|words| line.contains(words))
}

/// `file.go:line:column: …` or `file.go:line: …` at a line's beginning, `./` taken off.
fn place(line: &str) -> Option<(&str, u32, Option<u32>)> {
    let end = line.find(".go:")? + ".go".len();
    let (file, rest) = (&line[..end], &line[end + 1..]);
    if file.contains(char::is_whitespace) || file.starts_with('/') || file.starts_with("..") {
        return None;
    }
    let mut numbers = rest.splitn(3, ':');
    let row = numbers.next()?.parse().ok()?; // Anything but a number is simply no place.
    let column = numbers.next().and_then(|text| text.parse().ok()); // A line without a column is legal.
    Some((file.trim_start_matches("./"), row, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: &[&str], signal: Option<i32>) -> Problem {
        let recipe = Recipe {
            binary: "greeter".into(),
            package: "./cmd/greeter".into(),
            target: "linux/arm64".parse().unwrap(),
            args: vec![],
            env: std::collections::BTreeMap::new(),
            stamped: true,
            machine: std::collections::BTreeMap::new(),
        };
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let code = if signal.is_some() { None } else { Some(1) };
        diagnose(&recipe, "tools/x".into(), &Failure { lines: &lines, code, signal })
    }

    #[test]
    fn a_compile_error_has_its_place() {
        let problem = said(&["# example.com/m", "./main.go:2:14: undefined: x"], None);
        assert_eq!(problem.what, "`greeter` does not compile for linux/arm64");
        assert_eq!(problem.place.unwrap().to_string(), "tools/x/main.go:2:14");
        assert_eq!(problem.causes, ["./main.go:2:14: undefined: x"]);
        assert_eq!(
            problem.fix.unwrap(),
            "see it again with `GOOS=linux GOARCH=arm64 go build ./cmd/greeter`"
        );
        assert!(!problem.passing);
    }

    #[test]
    fn only_the_network_and_signals_pass() {
        let get = "main.go:4:2: a/b@v1.0.0: Get \"https://proxy.invalid/a\": dial tcp: lookup proxy.invalid: no such host";
        assert!(said(&["go: downloading a/b v1.0.0", get], None).passing);
        assert!(
            said(&["go: a/b@v1: reading https://proxy.invalid/a/b/@v/v1.mod: 502 Bad Gateway"], None).passing
        );
        assert!(said(&[], Some(9)).passing);
        assert!(said(&["runtime: go/pkg/tool/compile: signal: killed"], None).passing);
        for lines in [
            vec!["# m", "./a.go:1:2: undefined: Get \"https://x\": dial tcp"],
            vec!["./a.go:1:2: \"i/o timeout\" is no type"],
            vec!["go: a/b@v1: reading https://proxy.invalid/a: 404 Not Found"],
            vec!["main.go:2:8: no required module provides package example.com/nowhere; to add it:"],
        ] {
            assert!(!said(&lines, None).passing, "{lines:?}");
        }
    }

    #[test]
    fn a_dependency_has_no_place_in_the_repository() {
        let problem = said(&["# a/b", "../../go/pkg/mod/a/b@v1/x.go:3:4: undefined: y"], None);
        assert_eq!(problem.place, None);
        assert!(
            said(&["main.go:2:8: missing go.sum entry for module"], None)
                .fix
                .unwrap()
                .contains("go mod tidy")
        );
    }

    #[test]
    fn long_output_is_cut() {
        let lines: Vec<String> = (1..=30).map(|n| format!("./a.go:{n}:1: undefined: x")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let cause = said(&lines, None).causes.remove(0);
        assert!(cause.ends_with("./a.go:20:1: undefined: x\n… and 10 more"), "{cause}");
    }
}
