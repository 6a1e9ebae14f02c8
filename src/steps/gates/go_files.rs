//! The files of a Go module among those of the repository.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::tracked::of_project;

/// The `.go` files that `./...` means, by their path from the module's folder; `listed` as [`listed`] gives it.
///
/// What lies in a module of its own, or in a folder that Go passes over, is none of them (`go help packages`). The
/// folders that `ignore` of go.mod names since Go 1.25 are not left out here: what asks for them only shows them.
///
/// [`listed`]: super::tracked::listed
pub fn of_module(listed: &[u8], dir: &Utf8Path) -> Vec<Utf8PathBuf> {
    let files: Vec<_> = of_project(listed, dir).collect();
    let manifests = files.iter().filter(|file| file.file_name() == Some("go.mod"));
    let modules: BTreeSet<&Utf8Path> =
        manifests.filter_map(|file| file.parent()).filter(|folder| !folder.as_str().is_empty()).collect();
    let passed_over = |part: &str| part.starts_with(['_', '.']) || matches!(part, "testdata" | "vendor");
    let own = |file: &&Utf8PathBuf| {
        file.extension() == Some("go")
            && !file.components().any(|part| passed_over(part.as_str()))
            && !file.ancestors().skip(1).any(|above| modules.contains(above))
    };
    files.iter().filter(own).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_modules_and_of_no_package_are_none() {
        let listed =
            b"go.mod\0a.go\0p/b.go\0p/testdata/c.go\0_q/d.go\0p/_e.go\0p/.f.go\0vendor/x/g.go\0m/go.mod\0\
            m/deep/h.go\0p/i.py\0web/go.mod\0web/k.go\0web/l/m.go\0";
        let files = |dir: &str| of_module(listed, Utf8Path::new(dir));
        assert_eq!(files(""), ["a.go", "p/b.go"]);
        assert_eq!(files("web"), ["k.go", "l/m.go"]);
    }
}
