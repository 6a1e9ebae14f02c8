//! With the compiler itself.
#![expect(clippy::disallowed_methods, reason = "tests set up the world that the program runs in")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::path::Path;
use std::process::{Command, Output};

use release_lines::measure;

const LIBRARY: &str = "\
pub fn told(number: u32) -> u32 {
    if number > 5 {
        number
    } else {
        number + 1
    }
}

pub fn never() -> u32 {
    7
}

pub fn any<T: Into<u32>>(one: T) -> u32 {
    one.into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_tells() {
        assert_eq!(super::told(9), 9);
    }
}
";

const PROGRAM: &str = "\
fn main() {
    let words = std::env::args().count();
    if words > 5 {
        std::process::abort();
    }
    println!(\"{}\", small::any(2_u8));
}
";

/// Runs the program, as our own tests do.
const TEST: &str = "\
#[test]
fn it_ends_well() {
    assert!(std::process::Command::new(env!(\"CARGO_BIN_EXE_small\")).status().unwrap().success());
}
";

fn run(command: &mut Command) -> String {
    let out = command.output().unwrap();
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// A package with its tests run, as `scripts/test` runs ours.
fn package(root: &Path) {
    for (name, text) in [
        ("Cargo.toml", "[package]\nname = \"small\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n"),
        ("src/lib.rs", LIBRARY),
        ("src/main.rs", PROGRAM),
        ("tests/it.rs", TEST),
        ("wrapper", include_str!("../../../scripts/instrumented")),
    ] {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    run(Command::new("chmod").arg("+x").arg(root.join("wrapper")));
    let cargo = |args: &[&str]| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(root).args(["--config", "build.rustc-workspace-wrapper='./wrapper'"]).args(args);
        cargo.env("CARGO_TARGET_DIR", root.join("target"));
        cargo.env("LLVM_PROFILE_FILE", root.join("profiles/%2m.profraw"));
        cargo
    };
    let messages = run(&mut cargo(&["test", "--offline", "--quiet", "--no-run", "--message-format=json"]));
    std::fs::write(root.join("messages"), messages).unwrap();
    run(&mut cargo(&["test", "--offline", "--quiet"]));
}

/// Our own program.
fn program(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_release-lines")).args(words).output().unwrap()
}

/// The program says what the library says, and writes it.
fn is_written(root: &Path, lcov: &str, (covered, all): (usize, usize)) {
    let at = |name: &str| root.join(name).to_str().unwrap().to_owned();
    let (root, messages, profiles, out) = (at("."), at("messages"), at("profiles"), at("lcov.info"));
    let words = [&root, &messages, &profiles, &out].map(String::as_str);
    let told = program(&words);
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let said = String::from_utf8(told.stdout).unwrap();
    assert_eq!(said, format!("{covered} of {all} lines in 2 files were reached: {out}\n"));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), lcov);
    let nowhere = at("nowhere");
    for (words, why) in [
        (&words[..3], "usage: release-lines"),
        (&[&nowhere, words[1], words[2], words[3]], "is no folder"),
        (&[words[0], words[1], words[2], &root], "cannot be written"),
    ] {
        let told = program(words);
        let said = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(!told.status.success() && said.contains(why), "{said}");
    }
}

#[test]
fn what_rustc_counted_comes_out_line_by_line() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().canonicalize().unwrap();
    package(&root);
    let report = measure(&root, &root.join("messages"), &root.join("profiles")).unwrap();
    let of =
        |name: &str| report.files[name].iter().map(|(line, count)| (*line, *count > 0)).collect::<Vec<_>>();
    let (yes, no) = (true, false);
    assert_eq!(
        of("src/lib.rs"),
        [
            (1, yes),
            (2, yes),
            (3, yes),
            (5, no),
            (7, yes),
            (9, no),
            (10, no),
            (11, no),
            (13, yes),
            (14, yes),
            (15, yes)
        ],
        "without the tests, and what only the program uses is used"
    );
    let program = of("src/main.rs");
    assert!(program.contains(&(4, no)) && program.contains(&(6, yes)), "a program counts too: {program:?}");
    assert!(report.lcov().starts_with("SF:src/lib.rs\nDA:1,1\n"), "{}", report.lcov());
    let (covered, all) = report.totals();
    let lcov = report.lcov();
    assert_eq!(lcov.lines().filter(|line| line.starts_with("DA:")).count(), all);
    assert!(covered < all && covered > 0);
    is_written(&root, &lcov, (covered, all));

    std::fs::remove_dir_all(root.join("profiles")).unwrap();
    std::fs::create_dir(root.join("profiles")).unwrap();
    let told = measure(&root, &root.join("messages"), &root.join("profiles")).unwrap_err().to_string();
    assert!(told.contains("holds no profile"), "{told}");
    std::fs::write(root.join("profiles/a.profraw"), "torn").unwrap();
    assert!(measure(&root, &root.join("messages"), &root.join("profiles")).is_err());
    std::fs::write(root.join("messages"), "").unwrap();
    assert!(measure(&root, &root.join("messages"), &root.join("profiles")).is_err());
}
