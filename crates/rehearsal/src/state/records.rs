//! The records as they lie in the state folder, one JSON file each.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Settings of a repository, `repo.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RepoMeta {
    pub(crate) id: u64,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) homepage: Option<String>,
    pub(crate) private: bool,
    pub(crate) archived: bool,
    pub(crate) has_issues: bool,
    pub(crate) default_branch: String,
    /// Releases become immutable when they are published.
    pub(crate) immutable_releases: bool,
    /// Tags of immutable releases that were deleted: never to be used again.
    pub(crate) burnt_tags: BTreeSet<String>,
    /// The release that was made the latest by name.
    pub(crate) latest: Option<u64>,
    /// Classic protection by branch, as it was asked for.
    #[serde(default)]
    pub(crate) protections: BTreeMap<String, Value>,
    /// Rulesets by number, as they are shown.
    #[serde(default)]
    pub(crate) rulesets: BTreeMap<u64, Value>,
    /// Accounts by the mail address of their commits, lower case.
    #[serde(default)]
    pub(crate) accounts: BTreeMap<String, String>,
    /// Environments by name, in lower case.
    #[serde(default)]
    pub(crate) environments: BTreeMap<String, Environment>,
    /// Workflow runs by number.
    #[serde(default)]
    pub(crate) runs: BTreeMap<u64, WorkflowRun>,
    /// Merged pull requests by number.
    #[serde(default)]
    pub(crate) pulls: BTreeMap<u64, PullRequest>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) pushed_at: DateTime<Utc>,
}

/// An environment of workflow jobs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Environment {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// Logins of those who may approve; none: nothing waits for anybody.
    pub(crate) reviewers: Vec<String>,
    pub(crate) prevent_self_review: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// A run of a workflow.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct WorkflowRun {
    pub(crate) id: u64,
    pub(crate) head_sha: String,
    pub(crate) actor: String,
    pub(crate) triggering_actor: String,
    pub(crate) created_at: DateTime<Utc>,
    /// The reviews of its jobs, oldest first.
    pub(crate) reviews: Vec<Review>,
}

/// A pull request that was merged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PullRequest {
    pub(crate) number: u64,
    /// Who opened it.
    pub(crate) user: String,
    pub(crate) merge_commit: String,
    pub(crate) merged_at: DateTime<Utc>,
}

/// What somebody said to a job that waited for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Review {
    /// The environment's name.
    pub(crate) environment: String,
    /// `approved` or `rejected`.
    pub(crate) state: String,
    pub(crate) user: String,
    pub(crate) comment: String,
}

/// Whether a release may be the latest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MakeLatest {
    True,
    False,
    Legacy,
}

/// A release, `release-{id}.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Release {
    pub(crate) id: u64,
    pub(crate) tag_name: String,
    pub(crate) target_commitish: String,
    pub(crate) name: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) draft: bool,
    pub(crate) prerelease: bool,
    pub(crate) make_latest: MakeLatest,
    pub(crate) immutable: bool,
    pub(crate) discussion_category: Option<String>,
    /// What stands in the addresses instead of the tag while this is a draft.
    pub(crate) untagged: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) published_at: Option<DateTime<Utc>>,
}

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AssetState {
    /// Begun and never finished; keeps its name occupied.
    Starter,
    Uploaded,
}

/// An asset, `assets/{id}.json`; its bytes are in `assets/{id}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Asset {
    pub(crate) id: u64,
    pub(crate) release: u64,
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) content_type: String,
    pub(crate) state: AssetState,
    pub(crate) size: u64,
    /// `sha256:` and 64 hexadecimal digits; none before the upload is complete.
    pub(crate) digest: Option<String>,
    pub(crate) download_count: u64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// An issue, `issue-{number}.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Issue {
    pub(crate) id: u64,
    pub(crate) number: u64,
    /// The login of who opened it; older state folders do not say it.
    #[serde(default = "the_bot")]
    pub(crate) user: String,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) open: bool,
    pub(crate) state_reason: Option<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) assignees: Vec<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) closed_at: Option<DateTime<Utc>>,
}

/// A comment on an issue, `comment-{id}.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) issue: u64,
    /// The login of who wrote it; older state folders do not say it.
    #[serde(default = "the_bot")]
    pub(crate) user: String,
    pub(crate) body: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

fn the_bot() -> String {
    "github-actions[bot]".to_owned()
}

/// A label, `label-{id}.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) color: String,
    pub(crate) description: Option<String>,
}

/// A check run, `check-run-{id}.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CheckRun {
    pub(crate) id: u64,
    pub(crate) head_sha: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) conclusion: Option<String>,
    pub(crate) details_url: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) title: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) text: Option<String>,
    /// Annotations as the client gave them, in order, over all calls.
    pub(crate) annotations: Vec<Value>,
}

/// A commit status, `status-{id}.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Status {
    pub(crate) id: u64,
    pub(crate) sha: String,
    pub(crate) state: String,
    pub(crate) context: String,
    pub(crate) description: Option<String>,
    pub(crate) target_url: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// An upload of SARIF with what was made of it, `sarif-{id}.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Scan {
    pub(crate) id: u64,
    pub(crate) commit_sha: String,
    /// The whole name of the ref, `refs/heads/main`.
    pub(crate) git_ref: String,
    pub(crate) created_at: DateTime<Utc>,
    /// Why it could not be processed; empty where it could.
    pub(crate) errors: Vec<String>,
    /// One for each run, in their order; none where it could not be processed.
    pub(crate) analyses: Vec<Analysis>,
}

/// A run of a tool.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Analysis {
    pub(crate) id: u64,
    pub(crate) category: String,
    pub(crate) warning: String,
    /// The run as it was kept: tool and results.
    pub(crate) run: Value,
}

/// Where a ref points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefTarget {
    /// Object id, 40 hexadecimal digits.
    pub(crate) sha: String,
    /// `commit` or `tag` (or what else Git may point a ref at).
    pub(crate) kind: String,
    /// For an annotated tag, the object behind it.
    pub(crate) peeled: Option<String>,
}

impl RefTarget {
    /// The commit the ref leads to.
    pub(crate) fn commit(&self) -> &str {
        self.peeled.as_deref().unwrap_or(&self.sha)
    }
}
