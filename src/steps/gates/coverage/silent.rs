//! What was changed and no report speaks of.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use super::measured::Measured;
use super::patch::inside;
use super::settings::CoverageSettings;
use crate::formats::coverage::Unit;

/// The changed files of the measured languages that no report names, without tests and what `exclude` leaves out.
pub(super) fn unnamed(
    measured: &Measured,
    settings: &CoverageSettings,
    changed: &BTreeMap<String, BTreeSet<u32>>,
    dir: &str,
) -> Vec<String> {
    let languages: BTreeSet<&str> = measured.files.iter().filter_map(|file| language(&file.name)).collect();
    // A Go profile speaks of no file without statements: there the package counts.
    let folder = |name: &str| Utf8Path::new(name).parent().map(Utf8Path::to_owned);
    let packages: BTreeSet<_> = measured.spoken.iter().map(|name| folder(name)).collect();
    let spoken =
        |file: &str| measured.spoken.contains(file) || (is_go(file) && packages.contains(&folder(file)));
    let wanted = changed.iter().filter(|(_, lines)| !lines.is_empty());
    let inside = wanted.filter_map(|(file, _)| inside(file, dir));
    let silent = inside
        .filter(|file| language(file).is_some_and(|language| languages.contains(language)))
        .filter(|file| !settings.exclude.iter().any(|pattern| pattern.fits_file(file)) && !is_test(file))
        .filter(|file| !spoken(file));
    silent.map(str::to_owned).collect()
}

/// How many changed lines stand in files that are measured, though none of them is, and where.
pub(super) fn unmeasured(
    measured: &Measured,
    changed: &BTreeMap<String, BTreeSet<u32>>,
    dir: &str,
) -> Option<(u64, Vec<String>)> {
    let spoken = changed.iter().filter_map(|(file, lines)| Some((inside(file, dir)?, lines.len() as u64)));
    let is_measured = |file: &str| measured.files.iter().any(|measured| measured.name == file);
    let spoken: Vec<_> = spoken.filter(|(file, count)| *count > 0 && is_measured(file)).collect();
    let count = spoken.iter().map(|(_, count)| count).sum();
    let told = |(file, count): &(&str, u64)| format!("{file} ({})", Unit::Lines.count(*count));
    (count > 0).then(|| (count, spoken.iter().map(told).collect()))
}

/// What a file's name says of its language, by one ending of those that it has.
fn language(path: &str) -> Option<&str> {
    let ending = path.rsplit_once('.')?.1;
    Some(match ending {
        "mjs" | "cjs" | "jsx" => "js",
        "mts" | "cts" | "tsx" => "ts",
        "kts" => "kt",
        ending => ending,
    })
}

fn is_go(path: &str) -> bool {
    Utf8Path::new(path).extension() == Some("go")
}

/// A file of tests, by the names that runners look for: it is not measured.
fn is_test(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    folders.split('/').any(|folder| ["test", "tests", "__tests__", "spec", "testdata"].contains(&folder))
        || ["_test", ".test", ".spec", "_spec", "Test", "Tests", ".d"].iter().any(|end| stem.ends_with(end))
        || stem.starts_with("test_")
        || stem == "conftest"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::coverage::FORMATS;

    #[test]
    fn changed_lines_that_nobody_measures_are_counted() {
        let text = "TN:\nSF:a.py\nDA:1,1\nend_of_record\nSF:b.py\nDA:2,1\nend_of_record\n";
        let files = crate::formats::read(FORMATS, "coverage report", text.as_bytes()).unwrap().1.files();
        // What is left out of the measure is spoken of, and nobody misses it.
        let spoken = ["a.py", "b.py", "d.py"].map(str::to_owned).into();
        let measured = Measured { files, spoken, ..Measured::default() };
        let changed = |files: &[(&str, &[u32])]| {
            files.iter().map(|(file, lines)| ((*file).to_owned(), lines.iter().copied().collect())).collect()
        };
        let told = |files: &[(&str, &[u32])]| unmeasured(&measured, &changed(files), "p");
        assert_eq!(told(&[("p/c.py", &[1]), ("p/d.py", &[1]), ("a.py", &[1]), ("p/b.py", &[])]), None);
        let files = ["a.py (2 lines)".to_owned(), "b.py (1 line)".to_owned()];
        assert_eq!(told(&[("p/a.py", &[4, 9]), ("p/b.py", &[1])]), Some((3, files.to_vec())));
    }

    #[test]
    fn a_language_has_several_endings() {
        for (one, other, same) in [
            ("a.js", "b/c.mjs", true),
            ("a.jsx", "b.cjs", true),
            ("a.ts", "b.tsx", true),
            ("a.ts", "b.js", false),
            ("a.py", "b.go", false),
        ] {
            assert_eq!(language(one) == language(other), same, "{one} {other}");
        }
        assert_eq!(language("Makefile"), None);
    }
}
