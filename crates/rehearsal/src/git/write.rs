//! Blobs, trees, commits and tags, written by plumbing commands.

use super::command::{Git, GitError};
use super::objects::{Entry, Person};
use camino::Utf8Path;

/// What a commit is made of.
#[derive(Debug)]
pub(crate) struct NewCommit<'a> {
    pub(crate) tree: &'a str,
    pub(crate) parents: &'a [String],
    pub(crate) message: &'a str,
    pub(crate) author: &'a Person,
    pub(crate) committer: &'a Person,
}

impl Git {
    /// Stores a blob and gives its id.
    pub(crate) async fn write_blob(&self, dir: &Utf8Path, bytes: &[u8]) -> Result<String, GitError> {
        self.id(dir, &["hash-object", "-w", "--no-filters", "--stdin"], bytes).await
    }

    /// Stores an object of a kind from its raw text; Git checks the form.
    pub(crate) async fn write_tag(&self, dir: &Utf8Path, text: &str) -> Result<String, GitError> {
        self.id(dir, &["hash-object", "-w", "-t", "tag", "--stdin"], text.as_bytes()).await
    }

    /// Stores a commit.
    pub(crate) async fn write_commit(&self, dir: &Utf8Path, new: &NewCommit<'_>) -> Result<String, GitError> {
        let mut text = format!("tree {}\n", new.tree);
        for parent in new.parents {
            text.push_str(&format!("parent {parent}\n"));
        }
        text.push_str(&format!("author {}\n", signature(new.author)));
        text.push_str(&format!("committer {}\n\n{}", signature(new.committer), new.message));
        if !text.ends_with('\n') {
            text.push('\n');
        }
        self.id(dir, &["hash-object", "-w", "-t", "commit", "--stdin"], text.as_bytes()).await
    }

    /// Puts a blob at a path below a tree (or takes it away with `None`) and gives the new tree.
    pub(crate) async fn graft(
        &self,
        dir: &Utf8Path,
        tree: Option<&str>,
        path: &[&str],
        blob: Option<&str>,
    ) -> Result<String, GitError> {
        // From the root down to the folder of the file, then back up with each new tree.
        let mut levels: Vec<Vec<Entry>> = Vec::new();
        let mut at = tree.map(str::to_owned);
        for name in path {
            let entries = match &at {
                Some(tree) => self.tree(dir, tree).await?,
                None => Vec::new(),
            };
            at = entries.iter().find(|e| e.name == *name && e.kind == "tree").map(|e| e.sha.clone());
            levels.push(entries);
        }
        let mut child = blob.map(|sha| ("100644", "blob", sha.to_owned()));
        for (name, mut entries) in path.iter().zip(levels).rev() {
            let mode = entries.iter().find(|e| e.name == *name && e.kind == "blob").map(|e| e.mode.clone());
            entries.retain(|entry| entry.name != *name);
            if let Some((default, kind, sha)) = child {
                let mode = mode.filter(|_| kind == "blob").unwrap_or_else(|| default.to_owned());
                entries.push(Entry { mode, kind: kind.to_owned(), sha, size: 0, name: (*name).to_owned() });
            }
            let text: String =
                entries.iter().map(|e| format!("{} {} {}\t{}\0", e.mode, e.kind, e.sha, e.name)).collect();
            let sha = self.id(dir, &["mktree", "-z"], text.as_bytes()).await?;
            child = (!entries.is_empty()).then_some(("040000", "tree", sha));
        }
        match child {
            Some((_, _, sha)) => Ok(sha),
            // The last file is gone: the empty tree.
            None => self.id(dir, &["mktree", "-z"], b"").await,
        }
    }

    async fn id(&self, dir: &Utf8Path, args: &[&str], input: &[u8]) -> Result<String, GitError> {
        let bytes = self.feed(dir, args, input).await?;
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    }
}

/// `Name <mail> seconds +0000`, cleaned of what would break the line.
pub(crate) fn signature(person: &Person) -> String {
    let clean = |text: &str| text.replace(['<', '>', '\n', '\0'], "");
    format!("{} <{}> {} +0000", clean(&person.name), clean(&person.email), person.date.timestamp())
}
