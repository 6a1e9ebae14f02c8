//! Git objects as the API shows them.

use super::person;
use super::release_json::{api_base, html_base, segment};
use super::time::stamp;
use crate::git::{Commit, Person};
use crate::http::Call;
use crate::state::{RefTarget, Repo};
use serde_json::{Value, json};

/// A `git-ref`.
pub(crate) fn git_ref(call: &Call, repo: &Repo, name: &str, target: &RefTarget) -> Value {
    let api = api_base(call, repo);
    json!({
        "ref": name,
        "node_id": person::node("Ref", name),
        "url": format!("{api}/git/{name}"),
        "object": object(&api, &target.kind, &target.sha),
    })
}

/// What a ref or a tag points at.
pub(crate) fn object(api: &str, kind: &str, sha: &str) -> Value {
    json!({"sha": sha, "type": kind, "url": format!("{api}/git/{kind}s/{sha}")})
}

/// Name, mail and date.
pub(crate) fn signature(person: &Person) -> Value {
    json!({"name": person.name, "email": person.email, "date": stamp(person.date)})
}

/// This forge checks no signatures.
pub(crate) fn unsigned() -> Value {
    json!({"verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null})
}

fn parents(call: &Call, repo: &Repo, kind: &str, commit: &Commit) -> Value {
    let (api, html) = (api_base(call, repo), html_base(call, repo));
    let parent = |sha: &String| json!({"sha": sha, "url": format!("{api}/{kind}/{sha}"), "html_url": format!("{html}/commit/{sha}")});
    commit.parents.iter().map(parent).collect()
}

/// A `git-commit`.
pub(crate) fn git_commit(call: &Call, repo: &Repo, commit: &Commit) -> Value {
    let (api, html, sha) = (api_base(call, repo), html_base(call, repo), &commit.sha);
    json!({
        "sha": sha,
        "node_id": person::node("Commit", sha),
        "url": format!("{api}/git/commits/{sha}"),
        "html_url": format!("{html}/commit/{sha}"),
        "author": signature(&commit.author),
        "committer": signature(&commit.committer),
        "tree": {"sha": commit.tree, "url": format!("{api}/git/trees/{}", commit.tree)},
        "message": commit.message,
        "parents": parents(call, repo, "git/commits", commit),
        "verification": unsigned(),
    })
}

/// The account of a mail address, where one is known.
fn account(call: &Call, repo: &Repo, person: &Person) -> Value {
    let login = repo.meta.accounts.get(&person.email.to_ascii_lowercase());
    login.map_or(Value::Null, |login| person::user(call, login))
}

/// A `commit`; an account is shown where its mail address is known.
pub(crate) fn commit(call: &Call, repo: &Repo, commit: &Commit) -> Value {
    let (api, html, sha) = (api_base(call, repo), html_base(call, repo), &commit.sha);
    json!({
        "sha": sha,
        "node_id": person::node("Commit", sha),
        "commit": {
            "author": signature(&commit.author),
            "committer": signature(&commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree, "url": format!("{api}/git/trees/{}", commit.tree)},
            "url": format!("{api}/git/commits/{sha}"),
            "comment_count": 0,
            "verification": unsigned(),
        },
        "url": format!("{api}/commits/{sha}"),
        "html_url": format!("{html}/commit/{sha}"),
        "comments_url": format!("{api}/commits/{sha}/comments"),
        "author": account(call, repo, &commit.author),
        "committer": account(call, repo, &commit.committer),
        "parents": parents(call, repo, "commits", commit),
    })
}

/// A `tag` of the list of tags.
pub(crate) fn tag(call: &Call, repo: &Repo, name: &str, target: &RefTarget) -> Value {
    let (api, sha) = (api_base(call, repo), target.commit());
    let (full, path) = (format!("refs/tags/{name}"), segment(name));
    json!({
        "name": name,
        "zipball_url": format!("{api}/zipball/refs/tags/{path}"),
        "tarball_url": format!("{api}/tarball/refs/tags/{path}"),
        "commit": {"sha": sha, "url": format!("{api}/commits/{sha}")},
        "node_id": person::node("Ref", full),
    })
}
