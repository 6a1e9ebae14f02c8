//! Which files take part in what is compiled, tested and judged.

use camino::Utf8Path;

/// How the names of sources end.
const SOURCES: [&str; 37] = [
    "go", "s", "c", "h", "cc", "cpp", "hpp", "rs", "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx",
    "py", "java", "kt", "kts", "scala", "swift", "dart", "rb", "php", "cs", "fs", "ex", "exs", "proto",
    "syso", "pgo", "cxx", "hh", "hxx", "sx", "swig",
];

/// Files that say what is built and of what, and which files Git does not tell of.
const MANIFESTS: [&str; 16] = [
    "go.mod",
    "go.sum",
    "go.work",
    "Cargo.toml",
    "Cargo.lock",
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "deno.json",
    "deno.jsonc",
    "deno.lock",
    "pyproject.toml",
    "pom.xml",
    "build.gradle",
    ".gitignore",
    ".gitattributes",
];

/// True if the file takes part by its name.
#[must_use]
pub fn is_source(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    path.extension().is_some_and(|end| SOURCES.contains(&end.to_ascii_lowercase().as_str()))
        || MANIFESTS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_from_what_lies_beside_them() {
        for path in
            ["a.go", "x/y_test.go", "src/lib.rs", "web/App.TSX", "go.sum", "sub/Cargo.lock", "x/.gitignore"]
        {
            assert!(is_source(Utf8Path::new(path)), "{path}");
        }
        for path in ["coverage.out", "out/j.xml", "report.json", "notes.txt", "go", "tool/gitleaks"] {
            assert!(!is_source(Utf8Path::new(path)), "{path}");
        }
    }
}
