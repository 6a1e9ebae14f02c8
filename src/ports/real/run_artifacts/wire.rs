//! The service's calls. Names are sent in snake case and understood in both forms (protobuf's JSON
//! mapping); 64-bit numbers are text.

use std::time::Duration;

use http::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use url::Url;

use super::{RealRunArtifacts, TRIES};
use crate::kit::secret::Secret;
use crate::model::Digest;
use crate::ports::http::{Request, Response};
use crate::ports::run_artifacts::{RunArtifact, RunArtifactError};

/// The service.
const SERVICE: &str = "twirp/github.actions.results.api.v1.ArtifactService";

/// The form of artifact that is made: a zip, whatever is in it.
const VERSION: u32 = 4;

/// How long a call may take.
const LIMIT: Duration = Duration::from_secs(30);

/// The longest answer: a list of some thousand artifacts.
const LONGEST: usize = 16 * 1024 * 1024;

#[derive(Deserialize)]
struct Begun {
    #[serde(default)]
    ok: bool,
    #[serde(default, alias = "signedUploadUrl")]
    signed_upload_url: String,
}

#[derive(Deserialize)]
struct Done {
    #[serde(default)]
    ok: bool,
}

#[derive(Deserialize)]
struct Signed {
    #[serde(default, alias = "signedUrl")]
    signed_url: String,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    artifacts: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default, alias = "workflowRunBackendId")]
    workflow_run_backend_id: String,
    #[serde(default, alias = "workflowJobRunBackendId")]
    workflow_job_run_backend_id: String,
    #[serde(default, alias = "databaseId", deserialize_with = "number")]
    database_id: u64,
    name: String,
    #[serde(default)]
    digest: Option<String>,
}

/// A 64-bit number as text or as a number.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => text.parse().map_err(serde::de::Error::custom),
        value => value.as_u64().ok_or_else(|| serde::de::Error::custom("no number")),
    }
}

/// A refusal as Twirp writes it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    code: String,
    msg: String,
}

/// What a call came to.
enum Said<A> {
    Yes(A),
    No { status: u16, why: String },
}

impl RealRunArtifacts {
    /// The artifacts that fit a filter.
    pub(super) async fn listed(&self, filter: Value) -> Result<Vec<RunArtifact>, RunArtifactError> {
        let what = "list the run's artifacts";
        let listed: Listed = accepted(what, self.call(what, "ListArtifacts", filter).await?)?;
        Ok(listed.artifacts.into_iter().map(artifact).collect())
    }

    /// Takes a name and gives the address to upload to.
    ///
    /// An answer that was lost leaves the name taken, and so does an upload that broke off. Neither is
    /// shown by the list; both give way.
    pub(super) async fn begin(&self, name: &str, replace: bool) -> Result<Url, RunArtifactError> {
        let what = format!("take the artifact `{name}`");
        let body = json!({ "name": name, "version": VERSION });
        let mut said = self.call::<Begun>(&what, "CreateArtifact", body.clone()).await?;
        if let Said::No { status: 409, .. } = said {
            if !replace && self.find(name).await?.is_some() {
                return Err(RunArtifactError::Exists(name.to_owned()));
            }
            self.delete(name).await?;
            said = self.call(&what, "CreateArtifact", body).await?;
        }
        let begun = accepted(&what, said)?;
        if !begun.ok {
            return Err(not_ok(&what));
        }
        self.signed(&begun.signed_upload_url)
    }

    /// Ends an upload: from now on the artifact is there.
    pub(super) async fn end(&self, name: &str, size: u64, digest: Digest) -> Result<(), RunArtifactError> {
        let what = format!("finish the artifact `{name}`");
        let hash = format!("sha256:{}", digest.hex());
        let body = json!({ "name": name, "size": size.to_string(), "hash": hash });
        match self.call::<Done>(&what, "FinalizeArtifact", body).await? {
            Said::Yes(done) if done.ok => Ok(()),
            Said::Yes(_) => Err(not_ok(&what)),
            // An answer that was lost has finished it all the same.
            Said::No { status, why } => match self.find(name).await? {
                Some(there) if there.digest == Some(digest) => Ok(()),
                _ => Err(refused(&what, status, &why)),
            },
        }
    }

    /// Removes an artifact: where the list shows it, as that job's which put it there; else as our own, of which an
    /// upload broke off.
    async fn delete(&self, name: &str) -> Result<(), RunArtifactError> {
        let what = format!("remove the artifact `{name}`");
        let mut body = json!({ "name": name });
        if let Some(RunArtifact { owner: (run, job), .. }) = self.find(name).await? {
            body["workflow_run_backend_id"] = run.into();
            body["workflow_job_run_backend_id"] = job.into();
        }
        match self.call::<Done>(&what, "DeleteArtifact", body).await? {
            Said::Yes(_) | Said::No { status: 404, .. } => Ok(()),
            Said::No { status, why } => Err(refused(&what, status, &why)),
        }
    }

    /// The address to download an artifact from.
    pub(super) async fn address(&self, artifact: &RunArtifact) -> Result<Url, RunArtifactError> {
        let what = format!("hand out the artifact `{}`", artifact.name);
        let (run, job) = &artifact.owner;
        let body = json!({
            "workflow_run_backend_id": run,
            "workflow_job_run_backend_id": job,
            "name": artifact.name,
        });
        let signed: Signed = accepted(&what, self.call(&what, "GetSignedArtifactURL", body).await?)?;
        self.signed(&signed.signed_url)
    }

    /// An address that whoever has it may use: it is a secret, and it must not be weaker than the
    /// service's own.
    fn signed(&self, text: &str) -> Result<Url, RunArtifactError> {
        let broken = |why: &str| RunArtifactError::Broken {
            what: "the address that the run's artifact service gave".into(),
            why: why.to_owned(),
        };
        let url = Url::parse(text).map_err(|error| broken(&error.to_string()))?;
        self.redactor.learn(&Secret::new(text));
        for (name, value) in url.query_pairs() {
            if name.eq_ignore_ascii_case("sig") {
                self.redactor.learn(&Secret::new(value));
            }
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.base.scheme() == "http" => Ok(url),
            _ => Err(broken("it is not HTTPS")),
        }
    }

    /// One call. What is no JSON, or JSON of another form, is asked for again: it may have been torn.
    async fn call<A: DeserializeOwned>(
        &self,
        what: &str,
        method: &str,
        mut body: Value,
    ) -> Result<Said<A>, RunArtifactError> {
        let mut url = self.base.clone();
        url.set_path(&format!("/{SERVICE}/{method}"));
        url.set_query(None);
        for (name, own) in
            [("workflow_run_backend_id", &self.ids.run), ("workflow_job_run_backend_id", &self.ids.job)]
        {
            if body.get(name).is_none() {
                body[name] = own.as_str().into();
            }
        }
        let mut tries = 1;
        loop {
            let mut request = Request::new(Method::POST, url.clone());
            request.headers.push(("content-type".into(), "application/json".into()));
            request.bearer = Some(self.token.clone());
            request.body = body.to_string().into();
            request.limit = LIMIT;
            request.most = LONGEST;
            // What a repeated call finds done already is dealt with where it is called.
            request.repeatable = true;
            request.follow = false;
            let answer = self.http.send(request).await?;
            if answer.status != 200 {
                return Ok(Said::No { status: answer.status, why: words(&answer) });
            }
            match serde_json::from_slice(&answer.body) {
                Ok(said) => return Ok(Said::Yes(said)),
                Err(error) if tries == TRIES => {
                    let what = format!("the answer of the run's artifact service, asked to {what},");
                    return Err(RunArtifactError::Broken { what, why: error.to_string() });
                }
                Err(_) => tries += 1,
            }
        }
    }
}

fn artifact(entry: Entry) -> RunArtifact {
    RunArtifact {
        digest: entry.digest.as_deref().and_then(|text| text.parse().ok()),
        name: entry.name,
        id: entry.database_id,
        owner: (entry.workflow_run_backend_id, entry.workflow_job_run_backend_id),
    }
}

/// A refusal's own words, or the beginning of whatever came.
pub(super) fn words(answer: &Response) -> String {
    let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
    match (refusal.code.as_str(), refusal.msg.as_str()) {
        ("", "") => answer.excerpt(),
        (code, msg) => format!("{code}: {msg}"),
    }
}

/// The refusal as an error.
pub(super) fn refused(what: &str, status: u16, why: &str) -> RunArtifactError {
    let why = match status {
        401 => format!("HTTP 401, {why}; the job's token is valid while its job runs only"),
        _ => format!("HTTP {status}, {why}"),
    };
    RunArtifactError::Refused { what: what.to_owned(), why }
}

fn not_ok(what: &str) -> RunArtifactError {
    RunArtifactError::Refused { what: what.to_owned(), why: "it answered that it is not ok".into() }
}

fn accepted<A>(what: &str, said: Said<A>) -> Result<A, RunArtifactError> {
    match said {
        Said::Yes(answer) => Ok(answer),
        Said::No { status, why } => Err(refused(what, status, &why)),
    }
}
