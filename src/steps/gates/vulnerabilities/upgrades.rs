//! The one version of a package that mends all of its vulnerabilities which fail the gate.

use std::collections::BTreeMap;

use semver::Version;

use crate::formats::findings::Finding;

/// The highest of the versions without them, and how many it mends, by package.
#[derive(Debug, Default)]
pub struct Upgrades(BTreeMap<String, (Version, usize)>);

impl Upgrades {
    /// Those of Go's modules; other ecosystems tell ranges.
    pub fn of<'a>(failing: impl Iterator<Item = &'a Finding>) -> Self {
        let mut all: BTreeMap<String, (Version, usize)> = BTreeMap::new();
        for finding in failing {
            let Some(package) = finding.package.as_ref().filter(|package| package.ecosystem == "Go") else {
                continue;
            };
            // A finding tells one for each line of versions; the last is the newest.
            let fixed = finding.fixed.last().and_then(|fixed| Version::parse(fixed).ok());
            let Some(fixed) = fixed else { continue };
            let known = all.entry(package.name.clone()).or_insert_with(|| (fixed.clone(), 0));
            known.1 += 1;
            known.0 = known.0.clone().max(fixed);
        }
        Self(all)
    }

    /// The command that mends a finding of this module, and all others of it.
    pub fn go_get(&self, module: &str, fixed: &str) -> String {
        match self.0.get(module) {
            Some((version, count @ 2..)) => {
                format!("`go get {module}@v{version}`, which mends all {count} of {module} that count")
            }
            _ => format!("`go get {module}@v{fixed}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::findings::Package;

    #[test]
    fn one_command_for_all_of_a_module() {
        let finding = |name: &str, fixed: &str| Finding {
            package: Some(Package { ecosystem: "Go".into(), name: name.into(), version: "0.3.0".into() }),
            fixed: vec![fixed.into()],
            ..Finding::default()
        };
        let all = [finding("m/text", "0.3.10"), finding("m/text", "0.3.8"), finding("m/net", "0.7.0")];
        let upgrades = Upgrades::of(all.iter());
        let all = "`go get m/text@v0.3.10`, which mends all 2 of m/text that count";
        assert_eq!(upgrades.go_get("m/text", "0.3.8"), all);
        assert_eq!(upgrades.go_get("m/net", "0.7.0"), "`go get m/net@v0.7.0`");
        assert_eq!(upgrades.go_get("m/other", "1.0.0"), "`go get m/other@v1.0.0`");
    }
}
