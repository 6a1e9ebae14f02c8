//! The fields of check runs, statuses and comments that we read and write.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::wire::User;
use crate::ports::review::{Annotation, CheckRun, CheckWanted, Comment, CommitStatus, Level};

/// Check runs on a page.
#[derive(Deserialize)]
pub struct WireChecks {
    pub check_runs: Vec<WireCheck>,
}

/// A check run's words.
#[derive(Deserialize, Default)]
pub struct WireOutput {
    pub title: Option<String>,
    pub summary: Option<String>,
    pub annotations_count: Option<u64>,
}

/// A check run.
#[derive(Deserialize)]
pub struct WireCheck {
    pub id: u64,
    pub external_id: Option<String>,
    pub status: Option<String>,
    pub conclusion: Option<String>,
    pub output: Option<WireOutput>,
    pub html_url: Option<String>,
}

impl From<WireCheck> for CheckRun {
    fn from(wire: WireCheck) -> Self {
        let output = wire.output.unwrap_or_default();
        Self {
            id: wire.id,
            external_id: wire.external_id.unwrap_or_default(),
            status: wire.status.unwrap_or_default(),
            conclusion: wire.conclusion.unwrap_or_default(),
            title: output.title.unwrap_or_default(),
            summary: output.summary.unwrap_or_default(),
            annotations: output.annotations_count.unwrap_or_default(),
            url: wire.html_url.unwrap_or_default(),
        }
    }
}

/// An annotation.
#[derive(Deserialize)]
pub struct WireAnnotation {
    pub path: String,
    pub start_line: u32,
    pub end_line: Option<u32>,
    pub annotation_level: Option<String>,
    pub title: Option<String>,
    pub message: Option<String>,
}

impl From<WireAnnotation> for Annotation {
    fn from(wire: WireAnnotation) -> Self {
        Self {
            path: wire.path,
            start_line: wire.start_line,
            end_line: wire.end_line.unwrap_or(wire.start_line),
            level: match wire.annotation_level.as_deref() {
                Some("failure") => Level::Failure,
                Some("warning") => Level::Warning,
                _ => Level::Notice,
            },
            title: wire.title.unwrap_or_default(),
            message: wire.message.unwrap_or_default(),
        }
    }
}

/// A commit status.
#[derive(Deserialize)]
pub struct WireStatus {
    pub context: String,
    pub state: String,
    pub description: Option<String>,
}

impl From<WireStatus> for CommitStatus {
    fn from(wire: WireStatus) -> Self {
        Self { context: wire.context, state: wire.state, description: wire.description.unwrap_or_default() }
    }
}

/// A comment.
#[derive(Deserialize)]
pub struct WireComment {
    pub id: u64,
    pub user: Option<User>,
    pub body: Option<String>,
    pub html_url: Option<String>,
}

impl From<WireComment> for Comment {
    fn from(wire: WireComment) -> Self {
        Self {
            id: wire.id,
            author: wire.user.map(|user| user.login).unwrap_or_default(),
            body: wire.body.unwrap_or_default(),
            url: wire.html_url.unwrap_or_default(),
        }
    }
}

/// What is sent to make or change a check run. Its commit can be said only once.
pub fn check_body(wanted: &CheckWanted, annotations: &[Annotation], first: bool) -> Value {
    let mut output = json!({ "title": wanted.title, "summary": wanted.summary });
    if !annotations.is_empty() {
        output["annotations"] = json!(annotations);
    }
    let mut body = Map::from_iter([
        ("name".to_owned(), json!(wanted.name)),
        ("external_id".to_owned(), json!(wanted.external_id)),
        ("status".to_owned(), json!("completed")),
        ("conclusion".to_owned(), json!(if wanted.success { "success" } else { "failure" })),
        ("output".to_owned(), output),
    ]);
    if first {
        body.insert("head_sha".to_owned(), json!(wanted.commit));
    }
    if let Some(details) = &wanted.details {
        body.insert("details_url".to_owned(), json!(details));
    }
    Value::Object(body)
}
