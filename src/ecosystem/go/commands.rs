//! Which `main` packages are released, and under which names.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::facts::GoCommand;

/// Folders whose commands are helpers of the project and not its products.
const HELPERS: [&str; 10] = [
    "testdata",
    "vendor",
    "examples",
    "example",
    "_examples",
    "internal",
    "scripts",
    "tools",
    "hack",
    "test",
];

/// True for a package that is a product: no folder on its way is a helper's.
pub fn is_product(package: &Utf8Path) -> bool {
    !package.components().any(|part| HELPERS.contains(&part.as_str()) || part.as_str().starts_with('_'))
}

/// The commands in these folders (relative to the module, empty for its root), named as `go install`
/// names them, sorted by folder, each with the variables that the linker can set. Two that would have one name get their parent's name in front.
pub fn named(module: &str, packages: BTreeMap<Utf8PathBuf, BTreeSet<String>>) -> Vec<GoCommand> {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for package in packages.keys() {
        *uses.entry(binary_name(module, package)).or_default() += 1;
    }
    let command = |(package, stamps): (Utf8PathBuf, BTreeSet<String>)| {
        let short = binary_name(module, &package);
        let binary = if uses.get(&short).is_some_and(|&count| count > 1) && !package.as_str().is_empty() {
            package.as_str().replace('/', "-")
        } else {
            short
        };
        let package = if package.as_str().is_empty() { ".".to_owned() } else { package.into_string() };
        GoCommand { binary, package, stamps }
    };
    packages.into_iter().map(command).collect()
}

/// The name of the binary that `go install` makes of the package in this folder, relative to the module
/// and empty for its root: the last part of its import path, or the one before where that is `v2` and the
/// like (https://pkg.go.dev/cmd/go#hdr-Compile_and_install_packages_and_dependencies).
#[must_use]
pub fn binary_name(module: &str, package: &Utf8Path) -> String {
    let folders = package.components().map(|part| part.as_str()).filter(|part| *part != ".");
    let mut parts = module.split('/').chain(folders).rev();
    let last = parts.next().unwrap_or(module);
    parts.next().filter(|_| is_major(last)).unwrap_or(last).to_owned()
}

/// True for `v2`, `v3` and so on, which name a major version and not a program.
fn is_major(part: &str) -> bool {
    let digits = part.strip_prefix('v').unwrap_or_default();
    !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
        && digits != "1"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(module: &str, packages: &[&str]) -> Vec<(String, String)> {
        let packages = packages.iter().map(|path| (Utf8PathBuf::from(path), BTreeSet::new())).collect();
        named(module, packages).into_iter().map(|command| (command.binary, command.package)).collect()
    }

    #[test]
    fn names_as_go_install_does() {
        for (module, package, binary) in [
            ("example.com/greeter", "", "greeter"),
            ("example.com/greeter/v2", "", "greeter"),
            ("example.com/greeter", "cmd/hello", "hello"),
            ("example.com/greeter", "cmd/hello/v3", "hello"),
            ("example.com/greeter/v2", "cmd", "cmd"),
            ("example.com/greeter", "cmd/main", "main"),
            ("example.com/greeter", "src", "src"),
            ("example.com/greeter", "v2", "greeter"),
            ("example.com/greeter", "cmd/v2/v3", "v2"),
            ("example.com/v1", "", "v1"),
            ("v2", "", "v2"),
        ] {
            assert_eq!(names(module, &[package])[0].0, binary, "{module} {package}");
        }
    }

    #[test]
    fn two_of_one_name_get_their_folders_name() {
        let all = names("m", &["b/server", "a/server", "a/client"]);
        let binaries: Vec<&str> = all.iter().map(|(binary, _)| binary.as_str()).collect();
        assert_eq!(binaries, ["client", "a-server", "b-server"]);
    }

    #[test]
    fn helpers_are_no_products() {
        for package in ["", "cmd/a", "a/b", "toolsmith"] {
            assert!(is_product(package.into()), "{package}");
        }
        for package in ["examples/a", "internal/gen", "tools", "hack/x", "x/testdata/y", "_old/a", "scripts"]
        {
            assert!(!is_product(package.into()), "{package}");
        }
    }
}
