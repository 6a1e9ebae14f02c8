//! Refs of a bare repository.

use super::command::{Git, GitError};
use crate::state::RefTarget;
use camino::Utf8Path;
use std::collections::BTreeMap;

impl Git {
    /// All refs with what they point at, by full name.
    pub(crate) async fn refs(&self, dir: &Utf8Path) -> Result<BTreeMap<String, RefTarget>, GitError> {
        let format = "--format=%(refname)%00%(objectname)%00%(objecttype)%00%(*objectname)";
        let text = self.text(dir, &["for-each-ref", format]).await?;
        Ok(text.lines().filter_map(line).collect())
    }

    /// Whether a full ref name is one that Git accepts.
    pub(crate) async fn ref_is_valid(&self, dir: &Utf8Path, name: &str) -> bool {
        !name.starts_with('-') && self.run(dir, &["check-ref-format", name]).await.is_ok()
    }

    /// Points a ref somewhere; with `old` only if it points there still (all zeros: must not exist).
    pub(crate) async fn update_ref(
        &self,
        dir: &Utf8Path,
        name: &str,
        new: &str,
        old: Option<&str>,
    ) -> Result<(), GitError> {
        let input = match old {
            Some(old) => format!("update {name}\0{new}\0{old}\0"),
            None => format!("update {name}\0{new}\0\0"),
        };
        self.feed(dir, &["update-ref", "-z", "--stdin"], input.as_bytes()).await?;
        Ok(())
    }

    /// Deletes a ref.
    pub(crate) async fn delete_ref(&self, dir: &Utf8Path, name: &str) -> Result<(), GitError> {
        self.feed(dir, &["update-ref", "-z", "--stdin"], format!("delete {name}\0\0").as_bytes()).await?;
        Ok(())
    }

    /// Makes HEAD name the default branch, which is what a clone checks out.
    pub(crate) async fn set_head(&self, dir: &Utf8Path, branch: &str) -> Result<(), GitError> {
        self.run(dir, &["symbolic-ref", "HEAD", &format!("refs/heads/{branch}")]).await?;
        Ok(())
    }
}

fn line(line: &str) -> Option<(String, RefTarget)> {
    let mut fields = line.split('\0');
    let name = fields.next()?.to_owned();
    let sha = fields.next()?.to_owned();
    let kind = fields.next()?.to_owned();
    let peeled = fields.next().filter(|sha| !sha.is_empty()).map(str::to_owned);
    Some((name, RefTarget { sha, kind, peeled }))
}
