//! Generated release notes.

use super::input::Input;
use super::{publish, release_json};
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{Repo, RepoCell};
use serde_json::json;

/// `POST releases/generate-notes`: nothing is kept.
pub(crate) async fn generate(call: &mut Call, cell: &RepoCell) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let tag = input.required("Release", "tag_name")?;
    let repo = cell.read().await;
    let target = input.plain("target_commitish")?.unwrap_or_else(|| repo.meta.default_branch.clone());
    let previous = input.plain("previous_tag_name")?;
    let (name, body) = compose(call, &repo, &tag, &target, previous.as_deref()).await?;
    Ok(Answer::ok(&json!({"name": name, "body": body})))
}

/// Name and text for a tag, from the commits since the tag before it.
pub(crate) async fn compose(
    call: &Call,
    repo: &Repo,
    tag: &str,
    target: &str,
    previous: Option<&str>,
) -> Result<(String, String), Problem> {
    let (git, dir) = (&call.world.git, repo.git_dir());
    let head = match repo.refs.get(&format!("refs/tags/{tag}")) {
        Some(target) => target.commit().to_owned(),
        None => publish::commitish(call, repo, target)
            .await
            .ok_or_else(|| Problem::unprocessable("Invalid target_commitish parameter"))?,
    };
    let previous = match previous {
        Some(previous) if !repo.refs.contains_key(&format!("refs/tags/{previous}")) => {
            return Err(Problem::unprocessable("Invalid previous_tag parameter"));
        }
        Some(previous) => Some(previous.to_owned()),
        None => {
            let exclude = format!("--exclude={tag}");
            // No tag before this one is an exit code.
            git.text(&dir, &["describe", "--tags", "--abbrev=0", &exclude, &head]).await.ok()
        }
    };
    let range = match &previous {
        Some(previous) => format!("refs/tags/{previous}..{head}"),
        None => head,
    };
    let commits = git.log(&dir, &["--max-count=250", &range]).await?;
    let mut body = String::from("## What's Changed\n");
    for commit in &commits {
        let subject = commit.message.lines().next().unwrap_or_default();
        body.push_str(&format!("* {subject} by {} in {}\n", commit.author.name, &commit.sha[..7]));
    }
    let html = release_json::html_base(call, repo);
    body.push_str(&match previous {
        Some(previous) => format!("\n\n**Full Changelog**: {html}/compare/{previous}...{tag}"),
        None => format!("\n\n**Full Changelog**: {html}/commits/{tag}"),
    });
    Ok((tag.to_owned(), body))
}
