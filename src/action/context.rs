//! The run as the runner describes it: `GITHUB_*`, `RUNNER_*` and the event, read once.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::event::{Pull, pull_of};

/// What a ref is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Ref {
    /// A branch.
    Branch(String),
    /// A tag.
    Tag(String),
    /// A pull request's merge commit, or nothing at all.
    #[default]
    Other,
}

/// What is known of the token's rights before the forge is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    /// Why the token can only read, if that is certain.
    pub read_only: Option<String>,
    /// Whether the job may ask for an identity token (`id-token: write`).
    pub id_token: bool,
}

/// The context of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// Whether a workflow runs this.
    pub in_workflow: bool,
    /// The event's name.
    pub event: String,
    /// The pull request, if the event is about one.
    pub pull: Option<Pull>,
    /// The ref that the run is for.
    pub of: Ref,
    /// The commit that the run is for.
    pub sha: Option<String>,
    /// Who began it; on a re-run, who began the first attempt.
    pub actor: String,
    /// Names the run, the same for every attempt.
    pub run_id: Option<u64>,
    /// Counts the attempts from 1.
    pub attempt: u32,
    /// `owner/name`.
    pub repository: Option<String>,
    /// The forge's web address.
    pub server_url: Option<String>,
    /// The address of the forge's API.
    pub api_url: Option<String>,
    /// The checkout's folder as this process sees it.
    pub workspace: Option<Utf8PathBuf>,
    /// The token's rights.
    pub rights: Rights,
    /// Whether the person asked for debug logs.
    pub debug: bool,
    /// The runner's operating system and processor, as it says them.
    pub runner: (String, String),
}

impl Context {
    /// From the variables and the event's payload (an empty object where there is none).
    #[must_use]
    pub fn of(env: &BTreeMap<String, String>, payload: &Value) -> Self {
        let get = |name: &str| env.get(name).map(String::as_str).filter(|value| !value.is_empty());
        let own = |name: &str| get(name).map(str::to_owned);
        let event = own("GITHUB_EVENT_NAME").unwrap_or_default();
        let pull = pull_of(&event, payload);
        let actor = own("GITHUB_ACTOR").unwrap_or_default();
        let name = own("GITHUB_REF_NAME");
        let of = match (get("GITHUB_REF_TYPE"), name, &pull) {
            (Some("tag"), Some(name), _) => Ref::Tag(name),
            // The ref of a pull request is called a branch, and is none that anything can be released from.
            (Some("branch"), Some(name), None) => Ref::Branch(name),
            _ => Ref::Other,
        };
        let read_only = read_only(&event, pull.as_ref(), &actor);
        Self {
            in_workflow: get("GITHUB_ACTIONS") == Some("true"),
            sha: own("GITHUB_SHA"),
            run_id: get("GITHUB_RUN_ID").and_then(|id| id.parse().ok()),
            attempt: get("GITHUB_RUN_ATTEMPT").and_then(|count| count.parse().ok()).unwrap_or(1),
            repository: own("GITHUB_REPOSITORY"),
            server_url: own("GITHUB_SERVER_URL"),
            api_url: own("GITHUB_API_URL"),
            workspace: get("GITHUB_WORKSPACE").map(Utf8PathBuf::from),
            rights: Rights { read_only, id_token: get("ACTIONS_ID_TOKEN_REQUEST_URL").is_some() },
            debug: get("RUNNER_DEBUG") == Some("1"),
            runner: (own("RUNNER_OS").unwrap_or_default(), own("RUNNER_ARCH").unwrap_or_default()),
            event,
            pull,
            of,
            actor,
        }
    }

    /// Whether this is a later attempt of the same run.
    #[must_use]
    pub fn is_rerun(&self) -> bool {
        self.attempt > 1
    }

    /// A path as later steps can use it, on the runner as in a container: relative to the workspace.
    #[must_use]
    pub fn outside(&self, path: &Utf8Path) -> Utf8PathBuf {
        let inside = self.workspace.as_ref().and_then(|workspace| path.strip_prefix(workspace).ok());
        inside.unwrap_or(path).to_owned()
    }
}

/// Why the token of such a run can only read. What the job's `permissions` say is in no variable.
fn read_only(event: &str, pull: Option<&Pull>, actor: &str) -> Option<String> {
    // `pull_request_target` and `workflow_run` have the base repository's token.
    let foreign = matches!(event, "pull_request" | "pull_request_review" | "pull_request_review_comment");
    if foreign && pull.and_then(|pull| pull.fork) == Some(true) {
        return Some("a pull request from a fork gets a token that can only read".into());
    }
    let bot = actor == "dependabot[bot]" && (foreign || matches!(event, "push" | "create" | "delete"));
    bot.then(|| "what Dependabot begins gets a token that can only read".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn context(vars: &[(&str, &str)], payload: &Value) -> Context {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Context::of(&vars.collect(), payload)
    }

    #[test]
    fn a_tag_is_a_tag_and_a_pull_request_no_branch() {
        let tag = context(
            &[
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_EVENT_NAME", "push"),
                ("GITHUB_REF_TYPE", "tag"),
                ("GITHUB_REF_NAME", "v1.0.0"),
                ("GITHUB_RUN_ID", "42"),
                ("GITHUB_RUN_ATTEMPT", "2"),
                ("GITHUB_WORKSPACE", "/github/workspace"),
                ("RUNNER_DEBUG", "1"),
            ],
            &json!({}),
        );
        assert_eq!(tag.of, Ref::Tag("v1.0.0".into()));
        assert!(tag.is_rerun() && tag.in_workflow && tag.debug && tag.run_id == Some(42));
        assert_eq!(tag.outside("/github/workspace/dist/x".into()), "dist/x");
        assert_eq!(tag.outside("/elsewhere/x".into()), "/elsewhere/x");
        let pull = context(
            &[
                ("GITHUB_EVENT_NAME", "pull_request"),
                ("GITHUB_REF_TYPE", "branch"),
                ("GITHUB_REF_NAME", "7/merge"),
            ],
            &json!({ "pull_request": { "head": { "repo": { "full_name": "eve/x" } } },
                "repository": { "full_name": "acme/x" } }),
        );
        assert_eq!(pull.of, Ref::Other);
        assert!(pull.rights.read_only.unwrap().contains("fork"));
        assert_eq!(pull.attempt, 1);
    }

    #[test]
    fn rights_are_told_only_where_they_are_certain() {
        let rights = |vars: &[(&str, &str)]| context(vars, &json!({})).rights;
        assert_eq!(rights(&[("GITHUB_EVENT_NAME", "push"), ("GITHUB_ACTOR", "ada")]), Rights::default());
        let bot = rights(&[("GITHUB_EVENT_NAME", "push"), ("GITHUB_ACTOR", "dependabot[bot]")]);
        assert!(bot.read_only.is_some());
        assert!(rights(&[("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1/")]).id_token);
        let target = rights(&[("GITHUB_EVENT_NAME", "pull_request_target")]);
        assert_eq!(target.read_only, None);
    }
}
