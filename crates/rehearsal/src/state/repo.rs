//! One repository's state in memory; each change is written to its file at once.

use super::records::{
    Asset, AssetState, CheckRun, Comment, Issue, Label, RefTarget, Release, RepoMeta, Scan, Status,
};
use super::store::{remove_file, write_json};
use camino::{Utf8Path, Utf8PathBuf};
use std::collections::BTreeMap;
use std::io;

/// Everything known of a repository beside its Git objects.
#[derive(Debug, Clone)]
pub(crate) struct Repo {
    /// `DIR/repos/{owner}/{name}`.
    pub(crate) dir: Utf8PathBuf,
    pub(crate) meta: RepoMeta,
    pub(crate) releases: BTreeMap<u64, Release>,
    pub(crate) assets: BTreeMap<u64, Asset>,
    pub(crate) issues: BTreeMap<u64, Issue>,
    pub(crate) comments: BTreeMap<u64, Comment>,
    pub(crate) labels: BTreeMap<u64, Label>,
    pub(crate) checks: BTreeMap<u64, CheckRun>,
    pub(crate) statuses: BTreeMap<u64, Status>,
    pub(crate) scans: BTreeMap<u64, Scan>,
    /// The refs of the bare repository, full names; kept in step with Git after each change.
    pub(crate) refs: BTreeMap<String, RefTarget>,
}

impl Repo {
    /// A repository without content.
    pub(crate) fn new(dir: Utf8PathBuf, meta: RepoMeta) -> Self {
        Self {
            dir,
            meta,
            releases: BTreeMap::new(),
            assets: BTreeMap::new(),
            issues: BTreeMap::new(),
            comments: BTreeMap::new(),
            labels: BTreeMap::new(),
            checks: BTreeMap::new(),
            statuses: BTreeMap::new(),
            scans: BTreeMap::new(),
            refs: BTreeMap::new(),
        }
    }

    /// The bare Git repository.
    pub(crate) fn git_dir(&self) -> Utf8PathBuf {
        self.dir.join("git")
    }

    /// The file with an asset's bytes.
    pub(crate) fn asset_file(&self, id: u64) -> Utf8PathBuf {
        asset_file(&self.dir, id)
    }

    /// The assets of a release, in order of upload.
    pub(crate) fn assets_of(&self, release: u64) -> impl Iterator<Item = &Asset> {
        self.assets.values().filter(move |asset| asset.release == release)
    }

    /// The number of the next issue or pull request: they are counted together.
    pub(crate) fn next_number(&self) -> u64 {
        let last = [self.issues.keys().next_back(), self.meta.pulls.keys().next_back()];
        last.into_iter().flatten().max().map_or(1, |number| number + 1)
    }

    /// The published release with that tag; drafts never count.
    pub(crate) fn published(&self, tag: &str) -> Option<&Release> {
        self.releases.values().find(|release| !release.draft && release.tag_name == tag)
    }

    /// Whether a tag belongs to an immutable release, standing or deleted.
    pub(crate) fn tag_is_locked(&self, tag: &str) -> bool {
        self.meta.burnt_tags.contains(tag) || self.published(tag).is_some_and(|release| release.immutable)
    }

    /// All tags that may be neither moved nor deleted.
    pub(crate) fn locked_tags(&self) -> Vec<String> {
        let standing = self.releases.values().filter(|release| release.immutable && !release.draft);
        let standing = standing.map(|release| release.tag_name.clone());
        self.meta.burnt_tags.iter().cloned().chain(standing).collect()
    }

    /// The complete, published asset behind a public download address.
    pub(crate) fn download(&self, tag: &str, name: &str) -> Option<&Asset> {
        let release = self.published(tag)?;
        self.assets_of(release.id).find(|asset| asset.name == name && asset.state == AssetState::Uploaded)
    }

    pub(crate) fn put_meta(&mut self, meta: RepoMeta) -> io::Result<()> {
        write_json(&self.dir.join("repo.json"), &meta)?;
        self.meta = meta;
        Ok(())
    }

    pub(crate) fn put_release(&mut self, release: Release) -> io::Result<()> {
        write_json(&self.dir.join(format!("release-{}.json", release.id)), &release)?;
        self.releases.insert(release.id, release);
        Ok(())
    }

    /// Removes a release with its assets and their bytes.
    pub(crate) fn remove_release(&mut self, id: u64) -> io::Result<()> {
        let assets: Vec<u64> = self.assets_of(id).map(|asset| asset.id).collect();
        assets.into_iter().try_for_each(|asset| self.remove_asset(asset))?;
        remove_file(&self.dir.join(format!("release-{id}.json")))?;
        self.releases.remove(&id);
        Ok(())
    }

    pub(crate) fn put_asset(&mut self, asset: Asset) -> io::Result<()> {
        write_json(&self.dir.join("assets").join(format!("{}.json", asset.id)), &asset)?;
        self.assets.insert(asset.id, asset);
        Ok(())
    }

    /// Removes an asset: its record first, so that bytes without a record are all a crash can leave.
    pub(crate) fn remove_asset(&mut self, id: u64) -> io::Result<()> {
        remove_file(&self.dir.join("assets").join(format!("{id}.json")))?;
        remove_file(&self.asset_file(id))?;
        self.assets.remove(&id);
        Ok(())
    }

    pub(crate) fn put_issue(&mut self, issue: Issue) -> io::Result<()> {
        write_json(&self.dir.join(format!("issue-{}.json", issue.number)), &issue)?;
        self.issues.insert(issue.number, issue);
        Ok(())
    }

    pub(crate) fn put_comment(&mut self, comment: Comment) -> io::Result<()> {
        write_json(&self.dir.join(format!("comment-{}.json", comment.id)), &comment)?;
        self.comments.insert(comment.id, comment);
        Ok(())
    }

    pub(crate) fn remove_comment(&mut self, id: u64) -> io::Result<()> {
        remove_file(&self.dir.join(format!("comment-{id}.json")))?;
        self.comments.remove(&id);
        Ok(())
    }

    pub(crate) fn put_label(&mut self, label: Label) -> io::Result<()> {
        write_json(&self.dir.join(format!("label-{}.json", label.id)), &label)?;
        self.labels.insert(label.id, label);
        Ok(())
    }

    pub(crate) fn remove_label(&mut self, id: u64) -> io::Result<()> {
        remove_file(&self.dir.join(format!("label-{id}.json")))?;
        self.labels.remove(&id);
        Ok(())
    }

    pub(crate) fn put_check(&mut self, check: CheckRun) -> io::Result<()> {
        write_json(&self.dir.join(format!("check-run-{}.json", check.id)), &check)?;
        self.checks.insert(check.id, check);
        Ok(())
    }

    pub(crate) fn put_status(&mut self, status: Status) -> io::Result<()> {
        write_json(&self.dir.join(format!("status-{}.json", status.id)), &status)?;
        self.statuses.insert(status.id, status);
        Ok(())
    }

    pub(crate) fn put_scan(&mut self, scan: Scan) -> io::Result<()> {
        write_json(&self.dir.join(format!("sarif-{}.json", scan.id)), &scan)?;
        self.scans.insert(scan.id, scan);
        Ok(())
    }
}

/// Where the bytes of an asset lie; the number alone names the file, never the client.
pub(crate) fn asset_file(dir: &Utf8Path, id: u64) -> Utf8PathBuf {
    dir.join("assets").join(id.to_string())
}
