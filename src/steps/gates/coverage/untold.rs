//! Files of Go's packages of which a profile says nothing, though it measures the others: it was cut off.
//!
//! Go's tool measures all files of a package that are compiled.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::blocks::LONGEST;
use super::generated::is_generated;
use super::go_code::Code;
use super::go_head::is_elsewhere;
use super::measured::Measured;
use super::settings::CoverageSettings;
use crate::kit::path::RepoPath;
use crate::model::{Facts, Problem};
use crate::ports::Files;
use crate::steps::gates::go_files::of_module;
use crate::steps::gates::tracked::{of_project, some};

/// The systems and architectures for which a file is compiled alone if its name ends with one (Go 1.27,
/// internal/syslist).
const SYSTEMS: [&str; 42] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// Refuses coverage that says nothing of a file of a package of Go that it measures, and notes the packages of which it
/// says nothing at all: they may not have been asked for.
///
/// # Errors
///
/// If there is such a file, or one cannot be read.
pub fn refuse_untold(
    mut measured: Measured,
    settings: &CoverageSettings,
    listed: &[u8],
    files: &dyn Files,
    facts: &Facts,
) -> Result<Measured, Problem> {
    let folder = |name: &str| Utf8Path::new(name).parent().map(Utf8Path::to_owned);
    let in_blocks = measured.whole.names().filter(|name| !measured.whole.blocks_of(name).is_empty());
    let packages: BTreeSet<_> = in_blocks.map(|name| folder(&name)).collect();
    if packages.is_empty() {
        return Ok(measured);
    }
    let mut untold = Vec::new();
    let mut silent = BTreeSet::new();
    // Whatever module a package is of that is measured; which others there are is asked of the project's alone.
    let own: BTreeSet<_> = of_module(listed, &facts.dir).into_iter().collect();
    for path in of_project(listed, &facts.dir) {
        let name = path.as_str();
        let wanted = is_measured(name)
            && (own.contains(&path) || packages.contains(&folder(name)))
            && !measured.spoken.contains(name)
            && !settings.exclude.iter().any(|pattern| pattern.fits_file(name));
        // A name that is no path is none that Go takes.
        let (true, Ok(inside)) = (wanted, RepoPath::new(name)) else { continue };
        let (package, path) = (folder(name), facts.project_dir().join(inside.as_path()));
        if silent.contains(&package) {
            continue;
        }
        let text = match files.read(&path, LONGEST) {
            Err(error) if error.is_missing() => continue,
            text => text?,
        };
        // What a generator wrote is often taken out of a profile, and whether it is measured is asked elsewhere.
        if is_elsewhere(&text) || is_generated(files, &path)? {
            continue;
        }
        let is_measured = packages.contains(&package);
        match Code::of(&text) {
            None if is_measured => measured.unread.push(name.to_owned()),
            Some(code) if !code.counts() => {}
            Some(_) if is_measured => untold.push(name.to_owned()),
            Some(_) => drop(silent.insert(package)),
            None => {}
        }
    }
    if untold.is_empty() {
        let folders = silent.into_iter().flatten();
        let told =
            |folder: Utf8PathBuf| if folder.as_str().is_empty() { ".".into() } else { folder.into_string() };
        measured.silent = folders.map(told).collect();
        return Ok(measured);
    }
    Err(Problem::new("the coverage is not whole: it says nothing of some files of the packages that it measures")
        .because(format!("nothing is told of {}", some(&untold)))
        .fix(
            "make the profile again from this commit, and hand it on whole: what is not to be measured belongs into \
             `gates.coverage.exclude`",
        ))
}

/// Whether Go measures a file of this name wherever it is compiled.
fn is_measured(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    if !name.ends_with(".go") || name.ends_with("_test.go") {
        return false;
    }
    // What stands behind the first dot is no part of it (go/build, goodOSArchFile).
    let stem = name.split('.').next().unwrap_or_default();
    let last = stem.rsplit_once('_').map(|(_, last)| last);
    last.is_none_or(|last| !SYSTEMS.contains(&last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_for_some_systems_need_not_be_told_of() {
        for (name, measured) in [
            ("a.go", true),
            ("p/a_b.go", true),
            ("linux.go", true),
            ("a_linux.go", false),
            ("p/a_linux_arm64.go", false),
            ("a_test.go", false),
            ("conn_windows.impl.go", false),
            ("a.b_windows.go", true),
            ("a.b_test.go", false),
            ("p/a.py", false),
        ] {
            assert_eq!(is_measured(name), measured, "{name}");
        }
    }
}
