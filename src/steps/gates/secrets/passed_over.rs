//! Which files gitleaks passes over of its own accord, as its settings of version 8.30 say: whatever is in them, it
//! says nothing. The patterns here are somewhat wider than its own; to look at more does no harm.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// A kind of file, with patterns of their paths. Case makes no difference, and `*` is any text, also with slashes. One
/// that begins with `/` is meant at the root and in each folder.
struct Kind(&'static str, &'static [&'static str]);

const KINDS: [Kind; 9] = [
    Kind(
        "images and fonts",
        &[
            "*.bmp", "*.gif", "*.jpg", "*.jpeg", "*.png", "*.svg", "*.tif", "*.tiff", "*.eot", "*.otf",
            "*.ttf", "*.woff", "*.woff2",
        ],
    ),
    Kind(
        "documents and binaries",
        &[
            "*.doc", "*.docx", "*.xls", "*.xlsx", "*.pdf", "*.bin", "*.socket", "*.vsidx", "*.v2", "*.suo",
            "*.wsuo", "*dll", "*.pdb", "*.exe", "*.gltf", "*.gem",
        ],
    ),
    Kind("Go's manifests", &["*go.mod", "*go.sum", "*go.work", "*go.work.sum"]),
    Kind(
        "lock files",
        &[
            "/deno.lock",
            "/npm-shrinkwrap.json",
            "/package-lock.json",
            "/pnpm-lock.yaml",
            "/yarn.lock",
            "/pipfile.lock",
            "/poetry.lock",
            "/gradle.lockfile",
        ],
    ),
    Kind(
        "vendored packages",
        &["/vendor/*", "/node_modules", "/node_modules/*", "/bower_components", "/bower_components/*"],
    ),
    Kind(
        "Python's environments",
        &[
            "/env/lib*",
            "/venv/lib*",
            "/virtualenv/lib*",
            "/lib/python*",
            "/lib64/python*",
            "/python/*/lib*",
            "*.dist-info",
            "*.dist-info/*",
        ],
    ),
    Kind(
        "known libraries of scripts",
        &[
            "/angular*.js",
            "/angular*.js.map",
            "/bootstrap*.js",
            "/bootstrap*.js.map",
            "/jquery*.js",
            "/jquery*.js.map",
            "/plotly*.js",
            "/plotly*.js.map",
            "/swagger*.js",
            "/swagger*.js.map",
            "/javascript.json",
        ],
    ),
    Kind(
        "wrappers of Java's builds",
        &[
            "/gradlew",
            "/gradlew.bat",
            "/mvnw",
            "/mvnw.cmd",
            "/.mvn/wrapper/mavenwrapperdownloader.java",
            "*verification-metadata.xml*",
        ],
    ),
    Kind("others", &["*gitleaks.toml*", "*database?refactorlog*", "/.git", "/@octokit/auth-token/readme.md"]),
];

/// The patterns of a kind at the root, and in any folder.
fn spelled(kind: &Kind) -> impl Iterator<Item = String> {
    kind.1.iter().flat_map(|pattern| match pattern.strip_prefix('/') {
        Some(rest) => vec![rest.to_owned(), format!("*/{rest}")],
        None => vec![(*pattern).to_owned()],
    })
}

/// All of them, as Git takes them.
pub fn pathspecs() -> Vec<String> {
    KINDS.iter().flat_map(spelled).map(|pattern| format!(":(icase){pattern}")).collect()
}

/// Tells of which kind a file is.
pub struct Known {
    set: GlobSet,
    kinds: Vec<&'static str>,
}

impl Known {
    /// One for all kinds.
    ///
    /// # Errors
    ///
    /// If a pattern is none.
    pub fn new() -> Result<Self, globset::Error> {
        let (mut set, mut kinds) = (GlobSetBuilder::new(), Vec::new());
        for kind in &KINDS {
            for pattern in spelled(kind) {
                set.add(GlobBuilder::new(&pattern).case_insensitive(true).literal_separator(false).build()?);
                kinds.push(kind.0);
            }
        }
        Ok(Self { set: set.build()?, kinds })
    }

    /// The kind of a file; none where gitleaks looks at it.
    pub fn kind_of(&self, path: &str) -> Option<&'static str> {
        self.set.matches(path).first().and_then(|index| self.kinds.get(*index)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_gitleaks_passes_over() {
        let known = Known::new().unwrap();
        for (path, kind) in [
            ("go.sum", Some("Go's manifests")),
            ("tools/GO.SUM", Some("Go's manifests")),
            ("a/b/logo.PNG", Some("images and fonts")),
            ("node_modules/x/index.js", Some("vendored packages")),
            ("web/node_modules/x", Some("vendored packages")),
            ("vendor/github.com/x/y.go", Some("vendored packages")),
            ("package-lock.json", Some("lock files")),
            ("a/data.bin", Some("documents and binaries")),
            ("venv/lib/x.py", Some("Python's environments")),
            ("js/jquery-3.1.min.js", Some("known libraries of scripts")),
            ("main.go", None),
            ("my-package-lock.json", None),
            ("src/environment/lib.rs", None),
        ] {
            assert_eq!(known.kind_of(path), kind, "{path}");
        }
    }
}
