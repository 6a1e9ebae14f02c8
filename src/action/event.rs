//! What the event's payload says, as far as it matters.

use serde_json::Value;

use crate::model::Problem;

/// The pull request that an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pull {
    /// Its number, if the payload says it.
    pub number: Option<u64>,
    /// Whether its commits come from another repository; `None` where the payload does not say.
    pub fork: Option<bool>,
    /// The repository they come from, `owner/name`; `None` for one that is gone.
    pub from: Option<String>,
}

impl Pull {
    /// As a message names it.
    #[must_use]
    pub fn words(&self) -> String {
        let number = self.number.map(|number| format!(" #{number}")).unwrap_or_default();
        match (self.fork, &self.from) {
            (Some(true), Some(from)) => format!("pull request{number} from the fork {from}"),
            (Some(true), None) => format!("pull request{number} from a fork that is gone"),
            _ => format!("pull request{number}"),
        }
    }
}

/// The pull request of an event, if it is about one. `payload` is the event's JSON.
///
/// A `workflow_run` counts where a pull request began the run that it follows: its commits are as foreign
/// as those of the pull request itself. A merge queue's commits are on no branch yet.
#[must_use]
pub fn pull_of(name: &str, payload: &Value) -> Option<Pull> {
    let repository = payload.pointer("/repository/full_name").and_then(Value::as_str);
    if name == "merge_group" {
        return Some(Pull { number: None, fork: Some(false), from: repository.map(str::to_owned) });
    }
    if name == "workflow_run" {
        let began = payload.pointer("/workflow_run/event").and_then(Value::as_str)?;
        if !began.starts_with("pull_request") {
            return None;
        }
        let number = payload.pointer("/workflow_run/pull_requests/0/number").and_then(Value::as_u64);
        let from = payload.pointer("/workflow_run/head_repository/full_name").and_then(Value::as_str);
        return Some(of(number, payload.pointer("/workflow_run").is_some(), from, repository));
    }
    if !name.starts_with("pull_request") {
        return None;
    }
    let number = payload.pointer("/pull_request/number").or_else(|| payload.pointer("/number"));
    let from = payload.pointer("/pull_request/head/repo/full_name").and_then(Value::as_str);
    let told = payload.pointer("/pull_request/head").is_some();
    Some(of(number.and_then(Value::as_u64), told, from, repository))
}

fn of(number: Option<u64>, told: bool, from: Option<&str>, repository: Option<&str>) -> Pull {
    // A fork that was deleted has no repository any more.
    let fork = told.then(|| from.is_none() || from != repository);
    Pull { number, fork, from: from.map(str::to_owned) }
}

/// Reads the payload.
///
/// # Errors
///
/// If it is no JSON object.
pub fn payload(bytes: &[u8]) -> Result<Value, Problem> {
    let broken = |why: String| {
        Problem::new("the event's payload cannot be read")
            .because(why)
            .fix("GITHUB_EVENT_PATH is set by the runner: leave it as it is")
    };
    match serde_json::from_slice(bytes) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(broken("it is no JSON object".into())),
        Err(error) => Err(broken(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pull(head: &Value) -> Value {
        json!({ "number": 7, "repository": { "full_name": "acme/greeter" },
            "pull_request": { "number": 7, "head": { "repo": head } } })
    }

    #[test]
    fn a_fork_is_another_repository_or_none() {
        let own = pull_of("pull_request", &pull(&json!({ "full_name": "acme/greeter" }))).unwrap();
        assert_eq!((own.fork, own.number), (Some(false), Some(7)));
        let fork = pull_of("pull_request_target", &pull(&json!({ "full_name": "eve/greeter" }))).unwrap();
        assert_eq!(fork.words(), "pull request #7 from the fork eve/greeter");
        let gone = pull_of("pull_request", &pull(&Value::Null)).unwrap();
        assert_eq!(gone.words(), "pull request #7 from a fork that is gone");
        assert_eq!(pull_of("pull_request", &json!({})).unwrap().fork, None);
    }

    #[test]
    fn what_follows_a_pull_request_is_one() {
        let after = json!({ "repository": { "full_name": "acme/greeter" }, "workflow_run": {
            "event": "pull_request", "head_repository": { "full_name": "eve/greeter" }, "pull_requests": [] } });
        assert_eq!(pull_of("workflow_run", &after).unwrap().fork, Some(true));
        let push = json!({ "workflow_run": { "event": "push" } });
        assert_eq!(pull_of("workflow_run", &push), None);
        assert!(pull_of("merge_group", &json!({})).is_some());
        for name in ["push", "workflow_dispatch", "schedule", "release", "issue_comment"] {
            assert_eq!(pull_of(name, &json!({})), None, "{name}");
        }
    }

    #[test]
    fn a_payload_that_is_none_is_told() {
        assert!(payload(b"{").unwrap_err().to_string().contains("payload"));
        assert!(payload(b"[]").is_err());
        assert!(payload(b"{}").is_ok());
    }
}
