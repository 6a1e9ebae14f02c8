//! Our own client of the artifact service that GitHub's runner offers to each job: Twirp's JSON form for
//! the calls, block blobs behind signed addresses for the bytes.
//!
//! The calls and their fields are those of actions/toolkit (packages/artifact, version 4 artifacts).

mod down;
mod token;
mod up;
mod wire;

use std::sync::Arc;

use camino::Utf8Path;
use serde_json::json;
use url::Url;

use crate::kit::secret::{Redactor, Secret};
use crate::ports::run_artifacts::{Item, RunArtifact, RunArtifactError, RunArtifacts};
use crate::ports::{Files, Http};
use token::Ids;

/// How often what came broken is asked for.
const TRIES: u32 = 3;

/// The service of this job's run.
pub struct RealRunArtifacts {
    http: Arc<dyn Http>,
    files: Arc<dyn Files>,
    redactor: Redactor,
    base: Url,
    token: Secret,
    ids: Ids,
}

impl RealRunArtifacts {
    /// The service at this address, for the job that the token names.
    ///
    /// # Errors
    ///
    /// If the address is none, or the token names no job.
    pub fn new(
        address: &str,
        token: Secret,
        http: Arc<dyn Http>,
        files: Arc<dyn Files>,
        redactor: Redactor,
    ) -> Result<Self, RunArtifactError> {
        let no = |why: String| RunArtifactError::Refused { what: "be used".into(), why };
        let base =
            Url::parse(address).map_err(|error| no(format!("ACTIONS_RESULTS_URL is no address: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(no("ACTIONS_RESULTS_URL is no HTTP address".into()));
        }
        let ids = token::ids(token.expose()).map_err(|why| no(format!("ACTIONS_RUNTIME_TOKEN {why}")))?;
        Ok(Self { http, files, redactor, base, token, ids })
    }

    /// The artifact of this name, if it is there whole.
    async fn find(&self, name: &str) -> Result<Option<RunArtifact>, RunArtifactError> {
        let listed = self.listed(json!({ "name_filter": name })).await?;
        Ok(listed.into_iter().filter(|artifact| artifact.name == name).max_by_key(|artifact| artifact.id))
    }
}

#[async_trait::async_trait]
impl RunArtifacts for RealRunArtifacts {
    fn run(&self) -> &str {
        &self.ids.run
    }

    async fn list(&self) -> Result<Vec<RunArtifact>, RunArtifactError> {
        self.listed(json!({})).await
    }

    async fn put(&self, name: &str, items: Vec<Item>, replace: bool) -> Result<(), RunArtifactError> {
        let address = self.begin(name, replace).await?;
        let (size, digest) = self.upload(name, &address, items).await?;
        self.end(name, size, digest).await
    }

    async fn get(&self, artifact: &RunArtifact, to: &Utf8Path) -> Result<(), RunArtifactError> {
        self.download(artifact, to).await
    }
}
