//! Repositories as the API shows them.

use super::person;
use super::release_json::{api_base, html_base};
use super::time::stamp;
use crate::http::Call;
use crate::state::{Caller, Repo};
use serde_json::{Map, Value, json};

/// The templates of a repository's addresses: field and what follows the repository's own address.
const TEMPLATES: [(&str, &str); 37] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
    ("url", ""),
];

/// A `minimal-repository`.
pub(crate) fn minimal(call: &Call, repo: &Repo) -> Map<String, Value> {
    let (api, meta) = (api_base(call, repo), &repo.meta);
    let mut value = Map::new();
    value.insert("id".to_owned(), json!(meta.id));
    value.insert("node_id".to_owned(), json!(person::node("Repository", meta.id)));
    value.insert("name".to_owned(), json!(meta.name));
    value.insert("full_name".to_owned(), json!(format!("{}/{}", meta.owner, meta.name)));
    value.insert("private".to_owned(), json!(meta.private));
    value.insert("owner".to_owned(), person::user(call, &meta.owner));
    value.insert("html_url".to_owned(), json!(html_base(call, repo)));
    value.insert("description".to_owned(), json!(meta.description));
    value.insert("fork".to_owned(), json!(false));
    for (field, tail) in TEMPLATES {
        value.insert(field.to_owned(), json!(format!("{api}{tail}")));
    }
    value
}

/// A `full-repository`.
pub(crate) fn full(call: &Call, repo: &Repo) -> Value {
    let (html, meta) = (html_base(call, repo), &repo.meta);
    let open = repo.issues.values().filter(|issue| issue.open).count();
    let rest = json!({
        "git_url": format!("{html}.git"),
        "ssh_url": format!("{html}.git"),
        "clone_url": format!("{html}.git"),
        "svn_url": html,
        "homepage": meta.homepage,
        "created_at": stamp(meta.created_at),
        "updated_at": stamp(meta.updated_at),
        "pushed_at": stamp(meta.pushed_at),
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": null,
        "has_issues": meta.has_issues,
        "has_projects": false,
        "has_downloads": true,
        "has_wiki": false,
        "has_pages": false,
        "has_discussions": false,
        "forks_count": 0,
        "mirror_url": null,
        "archived": meta.archived,
        "disabled": false,
        "open_issues_count": open,
        "license": null,
        "allow_forking": true,
        "is_template": false,
        "topics": [],
        "visibility": if meta.private { "private" } else { "public" },
        "forks": 0,
        "open_issues": open,
        "watchers": 0,
        "default_branch": meta.default_branch,
        "network_count": 0,
        "subscribers_count": 0,
        "permissions": permissions(call),
    });
    let mut value = minimal(call, repo);
    if let Value::Object(rest) = rest {
        value.extend(rest);
    }
    Value::Object(value)
}

/// What the caller may do.
fn permissions(call: &Call) -> Value {
    let writes = call.caller.writes();
    json!({"admin": call.caller == Caller::Admin, "maintain": writes, "push": writes, "triage": writes, "pull": true})
}
