//! Which file of the repository does a report mean?
//!
//! Reports name files as their tool saw them: by Go's import path, from the root of another machine, from a
//! source folder, from a package.

use std::collections::{HashMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::Problem;
use crate::ports::Git;

/// The files of the repository, found by what reports call them.
pub struct Tracked {
    /// By their path from the repository's root.
    files: HashSet<String>,
    /// By their own name, for names that begin in the middle of a path.
    by_name: HashMap<String, Vec<String>>,
    /// The most parts that a path of one has.
    deepest: usize,
    /// The repository's root on this machine, with a slash at its end.
    root: String,
    /// The project's folder with a slash at its end; empty for the root.
    dir: String,
    /// Go's module path with a slash at its end.
    module: Option<String>,
}

impl Tracked {
    /// Files as [`listed`] gives them, a project's folder below the root, and its Go module.
    pub fn new(listed: &[u8], root: &str, dir: &str, module: Option<&str>) -> Self {
        let names = listed.split(|&byte| byte == 0).filter(|name| !name.is_empty());
        let files: HashSet<String> = names.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        let mut by_name: HashMap<String, Vec<String>> = HashMap::new();
        for file in &files {
            let name = file.rsplit('/').next().unwrap_or(file);
            by_name.entry(name.to_owned()).or_default().push(file.clone());
        }
        let deepest = files.iter().map(|file| file.split('/').count()).max().unwrap_or_default();
        let folder = |path: &str| {
            let path = path.trim_end_matches('/');
            if path.is_empty() { String::new() } else { format!("{path}/") }
        };
        Self { files, by_name, deepest, root: folder(root), dir: folder(dir), module: module.map(folder) }
    }

    /// The file's path from the project's folder; none for a file that is not of the repository, not of the
    /// project, or could be several.
    ///
    /// The longest end of the name that is a file counts; a relative name may also be the end of a file's.
    pub fn find(&self, name: &str) -> Option<String> {
        match self.meant(name) {
            Meant::One(file) => file.strip_prefix(self.dir.as_str()).map(str::to_owned),
            Meant::Several | Meant::None => None,
        }
    }

    /// Whether a name may be that of a file of the repository, of this project or of another.
    pub fn knows(&self, name: &str) -> bool {
        !matches!(self.meant(name), Meant::None)
    }

    /// Whether this is the path of a file of the repository, from its root.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains(path)
    }

    fn meant(&self, name: &str) -> Meant {
        let name = name.replace('\\', "/");
        if let Some(inside) = self.module.as_ref().and_then(|module| name.strip_prefix(module.as_str())) {
            return self.whole(format!("{}{inside}", self.dir));
        }
        if let Some(inside) = name.strip_prefix(self.root.as_str()) {
            return self.whole(inside.to_owned());
        }
        // An import path begins with a host: one that is not of our module is of another project.
        let host = name.split('/').next().is_some_and(|first| first.contains('.') && !first.starts_with('.'));
        if self.module.is_some() && host && name.contains('/') && name.ends_with(".go") {
            return Meant::None;
        }
        let absolute = name.starts_with('/') || name.get(1..2) == Some(":");
        let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let mut several = false;
        // No file lies deeper, however long a name is.
        for start in parts.len().saturating_sub(self.deepest)..parts.len() {
            let end = parts[start..].join("/");
            let of_project = format!("{}{end}", self.dir);
            if self.files.contains(&of_project) {
                return Meant::One(of_project);
            }
            if self.files.contains(&end) {
                return Meant::One(end);
            }
            if !absolute {
                match self.ending(&end, &parts[..start]) {
                    Meant::One(found) => return Meant::One(found),
                    Meant::Several => several = true,
                    Meant::None => {}
                }
            }
        }
        if several { Meant::Several } else { Meant::None }
    }

    /// A path from the repository's root.
    fn whole(&self, path: String) -> Meant {
        if self.files.contains(&path) { Meant::One(path) } else { Meant::None }
    }

    /// The one file that ends like this, and has what was before it somewhere in its path.
    fn ending(&self, end: &str, before: &[&str]) -> Meant {
        let tail = format!("/{end}");
        let name = end.rsplit('/').next().unwrap_or(end);
        let fits = |file: &&String| {
            file.ends_with(&tail) && before.iter().all(|part| file.split('/').any(|own| own == *part))
        };
        let mut fitting = self.by_name.get(name).into_iter().flatten().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(one), None) => Meant::One(one.clone()),
            (Some(_), Some(_)) => Meant::Several,
            (None, _) => Meant::None,
        }
    }
}

/// What a name means.
enum Meant {
    /// A file, by its path from the repository's root.
    One(String),
    /// It could be several.
    Several,
    /// It is none of the repository.
    None,
}

/// The files that Git's index has, from the repository's root, each with a NUL at its end: those of the commit, and
/// what is staged.
///
/// # Errors
///
/// If Git cannot list them.
pub async fn listed(git: &dyn Git) -> Result<Vec<u8>, Problem> {
    Ok(git.run(&["ls-files", "-z"]).await?)
}

/// The files in such a listing that lie in the project's folder, by their path from there.
pub fn of_project(listed: &[u8], dir: &Utf8Path) -> impl Iterator<Item = Utf8PathBuf> {
    let names = listed.split(|&byte| byte == 0).filter(|name| !name.is_empty());
    names.filter_map(move |name| {
        let name = String::from_utf8_lossy(name);
        Utf8Path::new(name.as_ref()).strip_prefix(dir).ok().map(Utf8Path::to_owned)
    })
}

/// A few names, and how many more there are.
pub fn some(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracked(dir: &str) -> Tracked {
        let files = "main.py\0src/p/a.py\0web/src/x.ts\0m/src/main/java/a/C.java\0n/src/main/java/a/C.java\0\
            lib/src/main/java/b/D.java\0go/core/a.go\0";
        Tracked::new(files.as_bytes(), "/srv/repo", dir, Some("example.com/m"))
    }

    #[test]
    fn finds_what_tools_call_by_other_names() {
        let all = tracked("");
        for (name, path) in [
            ("src/p/a.py", Some("src/p/a.py")),
            ("./src/p/a.py", Some("src/p/a.py")),
            ("/srv/repo/src/p/a.py", Some("src/p/a.py")),
            ("/ci/work/x/x/src/p/a.py", Some("src/p/a.py")),
            ("C:\\build\\src\\p\\a.py", Some("src/p/a.py")),
            ("p/a.py", Some("src/p/a.py")),
            ("b/D.java", Some("lib/src/main/java/b/D.java")),
            ("m/a/C.java", Some("m/src/main/java/a/C.java")),
            ("n/a/C.java", Some("n/src/main/java/a/C.java")),
            // It could be either.
            ("a/C.java", None),
            ("/srv/repo/gone/main.py", None),
            ("example.com/m/go/core/a.go", Some("go/core/a.go")),
            ("example.com/m/core/a.go", None),
            ("other/z.py", None),
            ("", None),
        ] {
            assert_eq!(all.find(name).as_deref(), path, "{name}");
        }
    }

    #[test]
    fn a_project_in_a_folder_has_its_own_paths() {
        let web = tracked("web");
        assert_eq!(web.find("src/x.ts").as_deref(), Some("src/x.ts"));
        assert_eq!(web.find("/ci/repo/web/src/x.ts").as_deref(), Some("src/x.ts"));
        assert_eq!(web.find("src/p/a.py"), None, "it is of another project");
        for (name, known) in [
            ("src/p/a.py", true),
            ("src/x.ts", true),
            ("a/C.java", true),
            ("gone.py", false),
            ("/o/x.py", false),
        ] {
            assert_eq!(web.knows(name), known, "{name}");
        }
        assert_eq!(tracked("go").find("example.com/m/core/a.go").as_deref(), Some("core/a.go"));
    }
}
