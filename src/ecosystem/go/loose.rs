//! Files that decide what Go makes and that the commit does not hold: what Git ignores, and what lies
//! outside of the repository.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};

use super::gomod::folders;
use crate::ecosystem::tree::content;
use crate::model::{Digest, Problem};
use crate::ports::git::GitError;
use crate::ports::{Files, Git};

/// What files end in that Go, its assembler, or a C compiler called by it may read.
const SOURCES: [&str; 24] = [
    "go", "s", "S", "sx", "c", "cc", "cpp", "cxx", "m", "h", "hh", "hpp", "hxx", "f", "F", "for", "f90",
    "syso", "swig", "swigcxx", "pgo", "a", "mod", "sum",
];

/// Other files with a meaning to Go.
const NAMED: [&str; 2] = ["go.work", "modules.txt"];

/// The longest `go.mod` or `go.work` that is read, in bytes.
const LONGEST: u64 = 4 * 1024 * 1024;

/// A line `//go:embed` in a Go file, whatever platform the file is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embed {
    /// The package's folder, relative to the root.
    pub dir: Utf8PathBuf,
    /// One pattern.
    pub pattern: String,
    /// True for one in a test.
    pub test: bool,
}

/// How Git is asked for lines with `//go:embed`. Files that `.gitattributes` keeps out of differences
/// (`-diff`, as generated ones often are) count as text too; a person's own settings must put nothing
/// beside the path and the line.
const SEARCH: [&str; 13] = [
    "grep",
    "-a",
    "-z",
    "--untracked",
    "--no-exclude-standard",
    "--no-color",
    "--no-line-number",
    "--no-column",
    "-E",
    "-e",
    "^[[:space:]]*//go:embed[[:space:]]",
    "--",
    "*.go",
];

/// Every `//go:embed` in the repository, in files that Git ignores as well.
///
/// # Errors
///
/// If Git cannot be asked.
pub async fn embeds(git: &dyn Git) -> Result<Vec<Embed>, Problem> {
    let bytes = match git.run(&SEARCH).await {
        // Nothing was found: Git says so by its exit code alone.
        Err(GitError::Refused { code: Some(1), .. }) => return Ok(Vec::new()),
        found => found?,
    };
    let text = String::from_utf8_lossy(&bytes);
    Ok(text
        .lines()
        .filter_map(|line| line.split_once('\0'))
        .flat_map(|(path, line)| in_line(path, line))
        .collect())
}

fn in_line(path: &str, line: &str) -> Vec<Embed> {
    let dir = Utf8Path::new(path).parent().unwrap_or(Utf8Path::new("")).to_owned();
    let test = path.ends_with("_test.go");
    let mut rest = line.trim_start().strip_prefix("//go:embed").unwrap_or_default().trim();
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (pattern, after) = match first {
            '"' | '`' => rest[1..].split_once(first).unwrap_or((&rest[1..], "")),
            _ => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        let pattern = pattern.strip_prefix("all:").unwrap_or(pattern).to_owned();
        found.push(Embed { dir: dir.clone(), pattern, test });
        rest = after.trim_start();
    }
    found
}

/// Which files of the repository count, and what counts outside of it.
#[derive(Debug)]
pub struct Scope {
    /// The module's folder, relative to the root.
    dir: Utf8PathBuf,
    /// Folders of other modules in the repository.
    whole: Vec<Utf8PathBuf>,
    /// Files and folders outside of the repository, by the words that name them.
    outside: BTreeMap<String, Utf8PathBuf>,
    embeds: Vec<(Utf8PathBuf, usize, Option<GlobMatcher>, bool)>,
}

impl Scope {
    /// What counts for the module in `dir` (relative to `root`), given the workspace file that Go uses.
    ///
    /// # Errors
    ///
    /// If a `go.mod` or `go.work` cannot be read.
    pub fn of(
        files: &dyn Files,
        root: &Utf8Path,
        dir: &Utf8Path,
        work: Option<&str>,
        embeds: &[Embed],
    ) -> Result<Self, Problem> {
        let mut scope =
            Self { dir: dir.to_owned(), whole: Vec::new(), outside: BTreeMap::new(), embeds: Vec::new() };
        scope.embeds = embeds.iter().map(compiled).collect();
        let real = files.real_path(root)?;
        let mut waiting = vec![root.join(dir).join("go.mod")];
        if let Some(work) = work.filter(|work| !work.is_empty() && *work != "off") {
            let work = Utf8PathBuf::from(work);
            // Whatever Git makes of it: where it lies decides too.
            scope.outside.insert("go.work".into(), work.clone());
            scope.outside.insert("go.work.sum".into(), work.with_extension("work.sum"));
            waiting.push(work);
        }
        let mut seen = BTreeSet::new();
        while let Some(file) = waiting.pop() {
            if !seen.insert(file.clone()) || files.meta(&file)?.is_none_or(|meta| meta.is_dir) {
                continue;
            }
            let text = String::from_utf8_lossy(&files.read(&file, LONGEST)?).into_owned();
            for named in folders(&text) {
                let place = file.parent().unwrap_or(root).join(&named);
                if files.meta(&place)?.is_none() {
                    continue;
                }
                let place = files.real_path(&place)?;
                match place.strip_prefix(&real) {
                    Ok(inside) if inside == dir => {}
                    Ok(inside) => scope.whole.push(inside.to_owned()),
                    Err(_) => drop(scope.outside.insert(named, place.clone())),
                }
                waiting.push(place.join("go.mod"));
            }
        }
        Ok(scope)
    }

    /// One that knows nothing but what is embedded, whatever the module.
    #[must_use]
    pub fn embedding(embeds: &[Embed]) -> Self {
        let embeds = embeds.iter().map(compiled).collect();
        Self { dir: Utf8PathBuf::new(), whole: Vec::new(), outside: BTreeMap::new(), embeds }
    }

    /// True if the bytes of this file go into what a build makes.
    #[must_use]
    pub fn embeds(&self, path: &Utf8Path) -> bool {
        self.is_embedded(path, false)
    }

    /// True if a build may read this file, which Git ignores.
    #[must_use]
    pub fn builds(&self, path: &Utf8Path) -> bool {
        if self.is_embedded(path, false) || self.whole.iter().any(|dir| path.starts_with(dir)) {
            return true;
        }
        // No package lies in a folder like these: other tools' own, and Go's module cache.
        let foreign = |part: &str| part.starts_with('.') || part == "node_modules" || part.contains('@');
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        self.within(path)
            && !folder.components().any(|part| foreign(part.as_str()))
            && (path.as_str().ends_with('/')
                || path.extension().is_some_and(|ending| SOURCES.contains(&ending))
                || path.file_name().is_some_and(|name| NAMED.contains(&name)))
    }

    /// True if a test may read this file, and no build.
    #[must_use]
    pub fn tests(&self, path: &Utf8Path) -> bool {
        let data = self.within(path) && path.components().any(|part| part.as_str() == "testdata");
        (data || self.is_embedded(path, true)) && !self.builds(path)
    }

    fn within(&self, path: &Utf8Path) -> bool {
        self.dir.as_str().is_empty() || path.starts_with(&self.dir)
    }

    /// A pattern names a file, or a folder with all that is in it.
    fn is_embedded(&self, path: &Utf8Path, test: bool) -> bool {
        self.embeds.iter().filter(|embed| embed.3 == test).any(|(dir, parts, matcher, _)| {
            let Ok(below) = path.strip_prefix(dir) else { return false };
            let head: Vec<&str> = below.components().take(*parts).map(|part| part.as_str()).collect();
            // A nested clone stands for everything in it.
            let whole = head.len() == *parts || path.as_str().ends_with('/');
            whole && matcher.as_ref().is_none_or(|matcher| matcher.is_match(head.join("/")))
        })
    }

    /// The digests of what counts outside of the repository.
    ///
    /// # Errors
    ///
    /// If it cannot be read or is too much to be read each time.
    pub fn elsewhere(&self, files: &dyn Files) -> Result<BTreeMap<String, Option<Digest>>, Problem> {
        let each = self.outside.iter().map(|(named, place)| {
            let digest = content(files, place).map_err(|problem| {
                problem
                    .because(format!("`go.mod` or `go.work` names `{named}`, which is not in the repository"))
            })?;
            Ok((format!("outside {named}"), Some(digest)))
        });
        each.collect()
    }
}

/// A pattern that cannot be read counts for every file.
fn compiled(embed: &Embed) -> (Utf8PathBuf, usize, Option<GlobMatcher>, bool) {
    let parts: Vec<&str> = embed.pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    // Braces mean nothing to Go.
    let text = parts.join("/").replace('{', "[{]").replace('}', "[}]");
    let glob = GlobBuilder::new(&text).literal_separator(true).backslash_escape(true).build();
    (embed.dir.clone(), parts.len(), glob.ok().map(|glob| glob.compile_matcher()), embed.test)
}

/// The digests of these files below the root, many at once.
///
/// # Errors
///
/// If one cannot be read.
pub fn digests(
    files: &dyn Files,
    root: &Utf8Path,
    paths: &[&Utf8PathBuf],
) -> Result<BTreeMap<String, Option<Digest>>, Problem> {
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let one = |path: &&Utf8PathBuf| Ok((path.to_string(), Some(content(files, &root.join(path))?)));
    if paths.len() < 64 {
        return paths.iter().map(one).collect();
    }
    std::thread::scope(|scope| {
        let share = paths.len().div_ceil(workers);
        let handles: Vec<_> = paths
            .chunks(share)
            .map(|chunk| scope.spawn(move || chunk.iter().map(one).collect::<Result<Vec<_>, Problem>>()))
            .collect();
        let mut all = BTreeMap::new();
        for handle in handles {
            let part = handle.join().unwrap_or_else(|_| Err(Problem::new("hashing a file ended in a panic")));
            all.extend(part?);
        }
        Ok(all)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::real::RealFiles;

    fn scope(dir: &str, embeds: &[(&str, &str)]) -> Scope {
        let embeds: Vec<Embed> = embeds.iter().flat_map(|(path, line)| in_line(path, line)).collect();
        Scope {
            dir: dir.into(),
            whole: vec!["libs/x".into()],
            outside: BTreeMap::new(),
            embeds: embeds.iter().map(compiled).collect(),
        }
    }

    #[test]
    fn a_line_holds_several_patterns() {
        let found = in_line("web/a_test.go", "\t//go:embed all:static \"a b/*.html\" `c`  d*");
        let patterns: Vec<&str> = found.iter().map(|embed| embed.pattern.as_str()).collect();
        assert_eq!(patterns, ["static", "a b/*.html", "c", "d*"]);
        assert!(found.iter().all(|embed| embed.test && embed.dir == "web"));
    }

    #[test]
    fn counts_what_a_build_may_read_and_nothing_else() {
        let scope = scope(
            "app",
            &[("app/web/web.go", "//go:embed dist tpl/*.html {x}"), ("app/a_test.go", "//go:embed golden")],
        );
        for path in [
            "app/gen.go",
            "app/a/zz_windows.go",
            "app/b.s",
            "app/lib.syso",
            "app/go.sum",
            "app/vendor/modules.txt",
            "app/web/dist/js/app.js",
            "app/web/dist/.hidden",
            "app/web/tpl/a.html",
            "app/web/{x}",
            "libs/x/any.txt",
            "app/clone/",
        ] {
            assert!(scope.builds(path.into()), "{path}");
        }
        for path in [
            "gen.go",
            "app/notes.txt",
            "app/node_modules/x/a.go",
            "app/.cache/mod/a.go",
            "app/go/pkg/mod/a@v1/a.go",
            "app/web/tpl/a.txt",
            "app/web/tpl/b/a.html",
            "app/dist/x.js",
            "app/golden/a",
            "other/tool.c",
        ] {
            assert!(!scope.builds(path.into()), "{path}");
        }
        assert!(scope.tests("app/golden/a".into()) && scope.tests("app/x/testdata/in.json".into()));
        assert!(!scope.tests("app/notes.txt".into()) && !scope.tests("app/gen.go".into()));
    }

    #[test]
    fn follows_replaced_modules_in_and_out_of_the_repository() {
        let home = tempfile::tempdir().unwrap();
        let base = RealFiles.real_path(home.path().try_into().unwrap()).unwrap();
        let root = base.join("repo");
        let put = |path: &str, text: &str| RealFiles.write(&base.join(path), text.as_bytes()).unwrap();
        put("repo/app/go.mod", "module a\nreplace b => ../b\nreplace c => ../../c\n");
        put("repo/b/go.mod", "module b\n");
        put("c/go.mod", "module c\n");
        put("c/c.go", "package c\n");
        let scope = || Scope::of(&RealFiles, &root, "app".into(), Some(""), &[]).unwrap();
        assert!(scope().builds("b/anything".into()));
        let before = scope().elsewhere(&RealFiles).unwrap();
        assert_eq!(before.keys().collect::<Vec<_>>(), ["outside ../../c"]);
        put("c/c.go", "package c // other\n");
        assert_ne!(scope().elsewhere(&RealFiles).unwrap(), before);
        put("go.work", "go 1.22\nuse ./repo/app\nuse ./d\n");
        put("d/go.mod", "module d\n");
        let work = base.join("go.work");
        let scope = Scope::of(&RealFiles, &root, "app".into(), Some(work.as_str()), &[]).unwrap();
        let found = scope.elsewhere(&RealFiles).unwrap();
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["outside ../../c", "outside ./d", "outside go.work", "outside go.work.sum"]);
    }
}
