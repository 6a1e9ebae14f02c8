//! Code scanning, on GitHub's API.

use base64::Engine as _;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::RealForge;
use super::forge::in_path;
use crate::model::facts::Slug;
use crate::ports::forge::ForgeError;
use crate::ports::scanning::{Analysis, Processing, Scanning, Shown, Upload};

/// The form in which an analysis is given as it was uploaded.
const SARIF: &str = "application/sarif+json";

/// An upload that was taken.
#[derive(Deserialize)]
struct Receipt {
    id: String,
}

/// How far an upload is.
#[derive(Deserialize)]
struct WireStatus {
    processing_status: String,
    errors: Option<Vec<String>>,
}

/// A tool.
#[derive(Deserialize)]
struct WireTool {
    name: Option<String>,
}

/// An analysis.
#[derive(Deserialize)]
struct WireAnalysis {
    id: u64,
    commit_sha: String,
    category: Option<String>,
    results_count: Option<u64>,
    error: Option<String>,
    sarif_id: Option<String>,
    tool: Option<WireTool>,
}

impl From<WireAnalysis> for Analysis {
    fn from(wire: WireAnalysis) -> Self {
        Self {
            id: wire.id,
            commit: wire.commit_sha,
            category: wire.category.unwrap_or_default(),
            tool: wire.tool.and_then(|tool| tool.name).unwrap_or_default(),
            results: wire.results_count.unwrap_or_default(),
            error: wire.error.unwrap_or_default(),
            upload: wire.sarif_id.unwrap_or_default(),
        }
    }
}

#[async_trait::async_trait]
impl Scanning for RealForge {
    async fn upload_sarif(&self, repo: &Slug, upload: &Upload) -> Result<String, ForgeError> {
        let what = format!("uploading what was found to code scanning of {repo}");
        let body = json!({
            "commit_sha": upload.commit,
            "ref": upload.git_ref,
            "sarif": base64::engine::general_purpose::STANDARD.encode(&upload.packed),
        });
        let path = format!("/repos/{repo}/code-scanning/sarifs");
        let answer = self.write(&what, Method::POST, &path, &body, false).await?;
        self.read::<Receipt>(&what, &answer).map(|receipt| receipt.id)
    }

    async fn processing(&self, repo: &Slug, upload: &str) -> Result<Processing, ForgeError> {
        let what = format!("the upload {upload} to code scanning of {repo}");
        let path = format!("/repos/{repo}/code-scanning/sarifs/{}", in_path(upload));
        let status: WireStatus = self.get(&what, &path).await?;
        Ok(match status.processing_status.as_str() {
            "complete" => Processing::Complete,
            "failed" => Processing::Failed { errors: status.errors.unwrap_or_default() },
            _ => Processing::Pending,
        })
    }

    async fn analyses(&self, repo: &Slug, git_ref: &str) -> Result<Vec<Analysis>, ForgeError> {
        let what = format!("the analyses of {git_ref} by code scanning of {repo}");
        let path = format!("/repos/{repo}/code-scanning/analyses?ref={}&per_page=100", in_path(git_ref));
        match self.get::<Vec<WireAnalysis>>(&what, &path).await {
            // What GitHub says before the first one.
            Err(ForgeError::NotFound { message, .. }) if message.contains("no analysis found") => {
                Ok(Vec::new())
            }
            other => Ok(other?.into_iter().map(Into::into).collect()),
        }
    }

    async fn results(&self, repo: &Slug, analysis: u64) -> Result<Vec<Shown>, ForgeError> {
        let what = format!("the analysis {analysis} by code scanning of {repo}");
        let path = format!("/repos/{repo}/code-scanning/analyses/{analysis}");
        let (answer, _) =
            self.call_as(&what, SARIF, Method::GET, &path, None, true).await.map_err(|(error, _)| error)?;
        let document: Value = self.read(&what, &answer)?;
        Ok(document["runs"].as_array().into_iter().flatten().flat_map(Shown::of_run).collect())
    }
}
