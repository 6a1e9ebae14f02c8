//! Packages with tests of which a report says nothing.

use std::collections::BTreeSet;

use crate::model::{Facts, Row};
use crate::steps::gates::go_files::of_module;
use crate::steps::gates::tracked::some;

/// Shows the packages of Go's module that have tests and that no event names: they were not asked for, or their part
/// of the report is not there. `named` are those that have events, and `listed` is what Git's index has.
pub(super) fn silent(named: &BTreeSet<&str>, listed: &[u8], facts: &Facts) -> Option<Row> {
    let module = facts.ecosystems.go.as_ref()?.path.as_str();
    let files = of_module(listed, &facts.dir);
    let tests = files.iter().filter(|file| file.as_str().ends_with("_test.go"));
    let packages: BTreeSet<String> = tests
        .filter_map(|file| file.parent())
        .map(
            |folder| {
                if folder.as_str().is_empty() { module.to_owned() } else { format!("{module}/{folder}") }
            },
        )
        .collect();
    let silent: Vec<String> =
        packages.into_iter().filter(|package| !named.contains(package.as_str())).collect();
    (!silent.is_empty()).then(|| Row {
        metric: "packages with tests that no report names".into(),
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
            silent(&named.iter().copied().collect(), listed, facts).map(|row| row.actual)
        };
        assert_eq!(shown(&facts, &[]), None, "it is no module");
        facts.ecosystems.go = Some(GoModule { path: "m".into(), commands: Vec::new() });
        assert_eq!(shown(&facts, &["m", "m/p", "m/q"]), None);
        assert_eq!(shown(&facts, &["m/p"]).as_deref(), Some("2: m, m/q"));
    }
}
