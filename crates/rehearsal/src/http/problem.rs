//! Refusals in GitHub's words.

use super::answer::Answer;
use crate::error::ForgeError;
use crate::git::GitError;
use http::StatusCode;
use serde_json::{Value, json};

/// An answer that ends a request early; boxed, since it travels in every `Result`.
#[derive(Debug)]
pub(crate) struct Problem(pub(crate) Box<Answer>);

const DOCS: &str = "https://docs.github.com/rest";

impl Problem {
    /// A status with GitHub's basic error body.
    pub(crate) fn new(status: StatusCode, message: &str) -> Self {
        let body =
            json!({"message": message, "documentation_url": DOCS, "status": status.as_u16().to_string()});
        Self(Box::new(Answer::json(status, &body)))
    }

    /// 404, which is also what a private thing answers to strangers.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    /// 400.
    pub(crate) fn bad_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 401 for a token that nobody has.
    pub(crate) fn bad_credentials() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Bad credentials")
    }

    /// 401 where a token is a must.
    pub(crate) fn requires_authentication() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Requires authentication")
    }

    /// 403 for a token without the right.
    pub(crate) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Resource not accessible by integration")
    }

    /// 409.
    pub(crate) fn conflict(message: &str) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    /// 422 with words alone.
    pub(crate) fn unprocessable(message: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// 422 `Validation Failed` with its list of errors.
    pub(crate) fn invalid(errors: Vec<Value>) -> Self {
        let body = json!({"message": "Validation Failed", "errors": errors, "documentation_url": DOCS, "status": "422"});
        Self(Box::new(Answer::json(StatusCode::UNPROCESSABLE_ENTITY, &body)))
    }

    /// 422 for one field: `missing_field`, `invalid`, `already_exists`.
    pub(crate) fn field(resource: &str, code: &str, field: &str) -> Self {
        Self::invalid(vec![json!({"resource": resource, "code": code, "field": field})])
    }

    /// 422 for one field with words of its own.
    pub(crate) fn custom(resource: &str, field: &str, message: &str) -> Self {
        Self::invalid(vec![
            json!({"resource": resource, "code": "custom", "field": field, "message": message}),
        ])
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(%error, "the forge's state");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, &format!("the rehearsal's own state: {error}"))
    }
}

impl From<GitError> for Problem {
    fn from(error: GitError) -> Self {
        tracing::error!(%error, "git");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, &format!("the rehearsal's own Git: {error}"))
    }
}

impl From<ForgeError> for Problem {
    fn from(error: ForgeError) -> Self {
        match error {
            ForgeError::Name { .. } => Self::not_found(),
            other => {
                tracing::error!(error = %other, "the forge");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, &other.to_string())
            }
        }
    }
}
