//! Code scanning on the forge: SARIF that is uploaded, and the analyses that the forge makes of it.

use serde_json::Value;

use super::forge::ForgeError;
use crate::model::facts::Slug;

/// What is uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The commit that was looked at.
    pub commit: String,
    /// The whole name of its ref: `refs/heads/main`, `refs/pull/7/merge`.
    pub git_ref: String,
    /// The document, packed with gzip.
    pub packed: Vec<u8>,
}

/// How far the forge is with an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Processing {
    /// It has not come to it yet.
    Pending,
    /// All of it is stored.
    Complete,
    /// It could not be processed, or only a part of it.
    Failed {
        /// The forge's words.
        errors: Vec<String>,
    },
}

/// What the forge made of a run of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {
    /// The numeric id.
    pub id: u64,
    /// The commit.
    pub commit: String,
    /// What tells it from others of the same tool.
    pub category: String,
    /// The tool's name.
    pub tool: String,
    /// How many results it has.
    pub results: u64,
    /// What could not be read of it; empty where all could.
    pub error: String,
    /// The upload that it came with.
    pub upload: String,
}

/// A result as the forge keeps it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shown {
    /// The rule.
    pub rule: String,
    /// The file, as it stands in the document: percent-encoded.
    pub file: String,
    /// The first line; 0 where there is none.
    pub line: u64,
    /// The words.
    pub message: String,
}

impl Shown {
    /// The results in a run of a document.
    pub fn of_run(run: &Value) -> impl Iterator<Item = Self> + '_ {
        run["results"].as_array().into_iter().flatten().map(Self::of)
    }

    fn of(result: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let place = &result["locations"][0]["physicalLocation"];
        Self {
            rule: text(&result["ruleId"]),
            file: text(&place["artifactLocation"]["uri"]),
            line: place["region"]["startLine"].as_u64().unwrap_or_default(),
            message: text(&result["message"]["text"]),
        }
    }
}

/// Code scanning.
#[async_trait::async_trait]
pub trait Scanning: Send + Sync {
    /// Uploads a document; gives the name of the upload. It is not made again after a lost answer: whoever asked
    /// looks first.
    ///
    /// # Errors
    ///
    /// As every call of the forge; 403 where code scanning is off or the token lacks the right.
    async fn upload_sarif(&self, repo: &Slug, upload: &Upload) -> Result<String, ForgeError>;

    /// How far the forge is with an upload.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn processing(&self, repo: &Slug, upload: &str) -> Result<Processing, ForgeError>;

    /// The newest hundred analyses of a ref, newest first.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn analyses(&self, repo: &Slug, git_ref: &str) -> Result<Vec<Analysis>, ForgeError>;

    /// The results of an analysis.
    ///
    /// # Errors
    ///
    /// As every call of the forge.
    async fn results(&self, repo: &Slug, analysis: u64) -> Result<Vec<Shown>, ForgeError>;
}
