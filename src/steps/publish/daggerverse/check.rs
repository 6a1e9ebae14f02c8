//! Looks at the modules before anything irreversible happens.

use camino::{Utf8Path, Utf8PathBuf};

use super::module::{self, FILES, Module};
use crate::model::verdict::Row;
use crate::model::{Problem, Proof, Verdict};
use crate::ports::Files;
use crate::steps::room::{Check, Site};

/// The longest configuration that is read, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// The check of every module of the project.
pub struct ModuleCheck {
    /// Their folders, relative to the repository's root.
    pub modules: Vec<Utf8PathBuf>,
}

#[async_trait::async_trait]
impl Check for ModuleCheck {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let facts = &site.facts;
        if facts.is_prerelease() {
            return Ok(Verdict::skipped(format!(
                "{} is a prerelease, and Daggerverse lists vMAJOR.MINOR.PATCH only",
                facts.tag
            )));
        }
        let mut rows = Vec::new();
        let mut problems = Vec::new();
        for dir in &self.modules {
            let mut faults = Vec::new();
            let file = match find(site.ports.files.as_ref(), &facts.root, dir)? {
                Some((file, module)) => {
                    for doubt in module.doubts {
                        site.notice(
                            Problem::new(doubt).at(file.clone(), None, None).fix("add `@vX.Y.Z` and a pin"),
                        );
                    }
                    faults.extend(module.faults);
                    file
                }
                None => {
                    faults.push(format!("there is neither {} nor {}", FILES[0], FILES[1]));
                    dir.join(FILES[1])
                }
            };
            if !module::tag_fits(&facts.tag, &facts.version, dir.as_str()) {
                faults
                    .push(format!("the tag {} is not of a form that Dagger finds this module by", facts.tag));
            }
            rows.push(Row {
                metric: format!(
                    "faults of the module in {}",
                    if dir.as_str().is_empty() { "." } else { dir.as_str() }
                ),
                comparator: "=".into(),
                threshold: "0".into(),
                actual: faults.len().to_string(),
                ok: faults.is_empty(),
            });
            problems.extend(faults.into_iter().map(|fault| {
                Problem::new(fault).at(file.clone(), None, None).fix(
                    "correct it and tag a new version; tags are vX.Y.Z, or SUBDIR/vX.Y.Z in a repository with several",
                )
            }));
        }
        let count = self.modules.len();
        let mut verdict = if problems.is_empty() {
            Verdict::pass(
                format!("{count} Dagger module(s) can be indexed"),
                Proof::seen("their configuration files"),
            )
        } else {
            Verdict::fail(format!("{} fault(s) in {count} Dagger module(s)", problems.len()))
        };
        verdict.rows = rows;
        verdict.problems = problems;
        Ok(verdict)
    }
}

/// Reads the module's configuration and looks for the folders that it names.
fn find(
    files: &dyn Files,
    root: &Utf8Path,
    dir: &Utf8Path,
) -> Result<Option<(Utf8PathBuf, Module)>, Problem> {
    for name in FILES {
        let file = dir.join(name);
        if files.meta(&root.join(&file))?.is_none_or(|meta| meta.is_dir || meta.is_link) {
            continue;
        }
        let bytes = files.read(&root.join(&file), LONGEST)?;
        let mut module = module::read(name, &String::from_utf8_lossy(&bytes), dir.as_str());
        for folder in &module.folders {
            if !is_dir(files, &root.join(folder.as_path()))? {
                module.faults.push(format!("`source`: there is no folder {}", folder.as_path()));
            }
        }
        for other in &module.modules {
            let path = root.join(other.as_path());
            let mut there = false;
            for name in FILES {
                there |= files.meta(&path.join(name))?.is_some();
            }
            if !there {
                module.faults.push(format!("the dependency {} is no Dagger module", other.as_path()));
            }
        }
        return Ok(Some((file, module)));
    }
    Ok(None)
}

fn is_dir(files: &dyn Files, path: &Utf8Path) -> Result<bool, Problem> {
    Ok(files.meta(path)?.is_some_and(|meta| meta.is_dir))
}
