//! What is told of: the commit that carries the verdict, and the pull request that it is in.

use serde_json::Value;

use crate::model::{Facts, Problem};
use crate::steps::room::{Outlook, Seen};

/// The longest payload that is read, in bytes; GitHub's own limit is 25 MB.
const LONGEST: u64 = 32 * 1024 * 1024;

/// Names in [`Seen`].
const COMMIT: &str = "commit";
const PULL: &str = "pull";
const READ_ONLY: &str = "read-only";

/// Where the verdict belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The commit that carries it.
    pub commit: String,
    /// The pull request.
    pub pull: Option<u64>,
    /// Why the token can only read, where that is certain.
    pub read_only: Option<String>,
}

impl Subject {
    /// As the room saw it.
    #[must_use]
    pub fn of(facts: &Facts, seen: &Seen) -> Self {
        Self {
            commit: seen.get(COMMIT).cloned().unwrap_or_else(|| facts.commit.id.clone()),
            pull: seen.get(PULL).and_then(|number| number.parse().ok()),
            read_only: seen.get(READ_ONLY).cloned(),
        }
    }

    /// The whole name of the ref that was looked at, as code scanning wants it; none where that cannot be told.
    #[must_use]
    pub fn git_ref(&self, facts: &Facts) -> Option<String> {
        let judged = facts.commit.id.as_str();
        if let Some(number) = self.pull {
            // GitHub checks out the merge of the pull request, unless it is told otherwise.
            let which = if self.commit == judged { "head" } else { "merge" };
            return Some(format!("refs/pull/{number}/{which}"));
        }
        let get = |name: &str| facts.env.get(name).map(String::as_str).filter(|value| !value.is_empty());
        let of_run = get("GITHUB_REF").filter(|name| name.starts_with("refs/"));
        if let Some(name) = of_run.filter(|_| get("GITHUB_SHA") == Some(judged)) {
            return Some(name.to_owned());
        }
        let branch = facts.commit.branch.as_ref().map(|branch| format!("refs/heads/{branch}"));
        branch.or_else(|| facts.tag_at_head.then(|| format!("refs/tags/{}", facts.tag)))
    }
}

/// Looks which pull request the run is of.
///
/// # Errors
///
/// If the event or the commit cannot be read.
pub async fn look(outlook: &Outlook) -> Result<Seen, Problem> {
    let facts = &outlook.facts;
    let get = |name: &str| facts.env.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let mut seen = Seen::new();
    let Some(path) = get("GITHUB_EVENT_PATH") else { return Ok(seen) };
    let unreadable = |problem: Problem| {
        problem.fix("GITHUB_EVENT_PATH is set by the runner: leave it as it is, or set `gates.publish.enabled: false`")
    };
    let bytes = outlook.ports.files.read(path.into(), LONGEST).map_err(|error| unreadable(error.into()))?;
    let payload: Value = serde_json::from_slice(&bytes)
        .map_err(|error| unreadable(Problem::new("the event's payload cannot be read").caused_by(&error)))?;
    let event = get("GITHUB_EVENT_NAME").unwrap_or_default();
    if let Some(why) = read_only(event, &payload, get("GITHUB_ACTOR").unwrap_or_default()) {
        seen.insert(READ_ONLY.into(), why.into());
    }
    let Some((number, head)) = pull(event, &payload) else { return Ok(seen) };
    let commit = outlook.ports.git.text(&["cat-file", "commit", "HEAD"]).await?;
    if holds(&facts.commit.id, &commit, &head) {
        seen.insert(COMMIT.into(), head);
        seen.insert(PULL.into(), number.to_string());
    }
    Ok(seen)
}

/// The number and the newest commit of the pull request that an event is about.
fn pull(event: &str, payload: &Value) -> Option<(u64, String)> {
    let (number, head) = match event {
        "workflow_run" => ("/workflow_run/pull_requests/0/number", "/workflow_run/head_sha"),
        _ => ("/pull_request/number", "/pull_request/head/sha"),
    };
    let head = payload.pointer(head)?.as_str()?;
    let is_id = matches!(head.len(), 40 | 64) && head.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some((payload.pointer(number)?.as_u64()?, is_id.then(|| head.to_ascii_lowercase())?))
}

/// Whether what was judged holds this commit: it is the commit itself, or the merge of it that GitHub checks
/// out. Anything else, as the base of `pull_request_target`, says nothing of the pull request.
fn holds(judged: &str, text: &str, head: &str) -> bool {
    let head_lines = text.lines().take_while(|line| !line.is_empty());
    judged == head || head_lines.filter_map(|line| line.strip_prefix("parent ")).any(|parent| parent == head)
}

/// Why the token of such a run can only read.
fn read_only(event: &str, payload: &Value, actor: &str) -> Option<&'static str> {
    let name = |at: &str| payload.pointer(at).and_then(Value::as_str);
    // `pull_request_target` and `workflow_run` have the repository's own token.
    let foreign = matches!(event, "pull_request" | "pull_request_review" | "pull_request_review_comment");
    if foreign && name("/pull_request/head/repo/full_name") != name("/repository/full_name") {
        return Some("a pull request from a fork gets a token that can only read");
    }
    let bot = actor == "dependabot[bot]" && (foreign || event == "push");
    bot.then_some("what Dependabot begins gets a token that can only read")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pull_request_is_told_of_only_where_its_commit_was_judged() {
        let (head, base) = ("a".repeat(40), "b".repeat(40));
        let merge =
            format!("tree {base}\nparent {base}\nparent {head}\nauthor x\n\nparent {}\n", "c".repeat(40));
        assert!(holds(&head, "", &head));
        assert!(holds("merge", &merge, &head));
        assert!(!holds("merge", &merge, &"c".repeat(40)), "words of a message are no parent");
        assert!(!holds(&base, &format!("tree {head}\n\n"), &head), "the base alone");
    }

    #[test]
    fn reads_number_and_commit_and_nothing_else() {
        let of = |sha: &str| json!({ "pull_request": { "number": 7, "head": { "sha": sha } } });
        assert_eq!(pull("pull_request", &of(&"A".repeat(40))), Some((7, "a".repeat(40))));
        for sha in ["", "main", "../../x", &"g".repeat(40)] {
            assert_eq!(pull("pull_request", &of(sha)), None, "{sha}");
        }
        let after =
            json!({ "workflow_run": { "head_sha": "d".repeat(40), "pull_requests": [{ "number": 3 }] } });
        assert_eq!(pull("workflow_run", &after), Some((3, "d".repeat(40))));
        assert_eq!(pull("push", &json!({})), None);
    }

    #[test]
    fn knows_tokens_that_can_only_read() {
        let payload = |from: &str| {
            json!({ "repository": { "full_name": "acme/x" },
                "pull_request": { "head": { "repo": { "full_name": from } } } })
        };
        assert_eq!(read_only("pull_request", &payload("acme/x"), "ada"), None);
        assert!(read_only("pull_request", &payload("eve/x"), "ada").unwrap().contains("fork"));
        assert_eq!(read_only("pull_request_target", &payload("eve/x"), "ada"), None);
        assert!(read_only("push", &json!({}), "dependabot[bot]").unwrap().contains("Dependabot"));
    }
}
