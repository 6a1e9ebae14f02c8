//! The packages of Go's module, and those with tests of which a report says nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::formats::tests::{Package, Results};
use crate::model::{Facts, Row};
use crate::steps::gates::go_files::of_module;
use crate::steps::gates::tracked::some;

/// The import paths of the packages of Go's module in the project's folder, each with whether it has files of tests;
/// `listed` is what Git's index has. None where there is no module.
pub(super) fn packages(listed: &[u8], facts: &Facts) -> Option<BTreeMap<String, bool>> {
    let module = facts.ecosystems.go.as_ref()?.path.as_str();
    let mut packages = BTreeMap::new();
    for file in of_module(listed, &facts.dir) {
        let Some(folder) = file.parent() else { continue };
        let package =
            if folder.as_str().is_empty() { module.to_owned() } else { format!("{module}/{folder}") };
        *packages.entry(package).or_insert(false) |= file.as_str().ends_with("_test.go");
    }
    Some(packages)
}

/// Shows the packages with files of tests of which no test is told in these results: they were not asked for, their
/// part of the report is not there, or they ended before a test ran.
pub(super) fn silent<'a>(
    results: impl IntoIterator<Item = &'a Results>,
    packages: &BTreeMap<String, bool>,
) -> Option<Row> {
    let ran = |(_, package): &(_, &Package)| package.passed + package.skipped + package.failed() > 0;
    let packages_of = results.into_iter().flat_map(|results| &results.packages);
    let told: BTreeSet<&str> = packages_of.filter(ran).map(|(name, _)| name.as_str()).collect();
    let silent: Vec<String> = packages
        .iter()
        .filter(|(package, tests)| **tests && !told.contains(package.as_str()))
        .map(|(package, _)| package.clone())
        .collect();
    (!silent.is_empty()).then(|| Row {
        metric: "packages with files of tests of which none is told".into(),
        comparator: "is".into(),
        threshold: "shown".into(),
        actual: format!("{}: {}", silent.len(), some(&silent)),
        ok: true,
    })
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::model::facts::GoModule;
    use crate::steps::trial::facts;

    #[test]
    fn packages_that_were_not_tested_are_shown() {
        let mut facts = facts(Utf8Path::new("/r"));
        let listed = b"go.mod\0a_test.go\0p/b_test.go\0q/c_test.go\0other/go.mod\0other/f_test.go\0s/g.go\0";
        let shown = |facts: &Facts, named: &[&str]| {
            let packages = packages(listed, facts)?;
            let ran = |name: &&str| ((*name).to_owned(), Package { passed: 1, ..Package::default() });
            // It is named, and nothing ran.
            let none = ("m".to_owned(), Package { ended: true, ..Package::default() });
            let all = [none].into_iter().chain(named.iter().map(ran)).collect();
            let results = Results { packages: all, ..Results::default() };
            silent([&results], &packages).map(|row| row.actual)
        };
        assert_eq!(shown(&facts, &[]), None, "it is no module");
        facts.ecosystems.go = Some(GoModule { path: "m".into(), commands: Vec::new() });
        assert_eq!(shown(&facts, &["m", "m/p", "m/q"]), None);
        assert_eq!(shown(&facts, &["m/p"]).as_deref(), Some("2: m, m/q"));
        let all = packages(listed, &facts).unwrap();
        let all: Vec<&str> = all.keys().map(String::as_str).collect();
        assert_eq!(all, ["m", "m/p", "m/q", "m/s"], "others are of another module");
    }
}
