//! Tag objects, the list of tags, and branches.

use super::input::Input;
use super::person::BOT;
use super::release_json::{api_base, html_base, segment};
use super::{git_json, page, person};
use crate::effect::EffectKind;
use crate::git::{Person, signature};
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::RepoCell;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// `GET tags`, the newest name first.
pub(crate) async fn list(call: &Call, cell: &RepoCell) -> Reply {
    let repo = call.view(cell).await;
    let tags =
        repo.refs.iter().rev().filter_map(|(name, target)| Some((name.strip_prefix("refs/tags/")?, target)));
    page::list(call, tags.map(|(name, target)| git_json::tag(call, &repo, name, target)).collect())
}

/// `POST git/tags`: the object alone; a ref is made by another call.
pub(crate) async fn create(call: &mut Call, cell: &RepoCell) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let tag = input.required("Tag", "tag")?;
    let message = input.required("Tag", "message")?;
    let object = input.required("Tag", "object")?;
    let kind = input.required("Tag", "type")?;
    let tagger = person(&input, "tagger")?;
    let repo = cell.read().await;
    let (git, dir) = (&call.world.git, repo.git_dir());
    if git.kind(&dir, &object).await.as_deref() != Some(kind.as_str()) {
        return Err(Problem::unprocessable("Object does not exist"));
    }
    if !git.ref_is_valid(&dir, &format!("refs/tags/{tag}")).await {
        return Err(Problem::field("Tag", "invalid", "tag"));
    }
    let end = if message.ends_with('\n') { "" } else { "\n" };
    let text =
        format!("object {object}\ntype {kind}\ntag {tag}\ntagger {}\n\n{message}{end}", signature(&tagger));
    let sha = git.write_tag(&dir, &text).await?;
    call.effect(EffectKind::ObjectCreated, format!("tag object {tag} made, {}", &sha[..7]));
    Ok(Answer::created(&shown(&api_base(call, &repo), &sha, &text)))
}

/// `GET git/tags/{sha}`.
pub(crate) async fn get(call: &Call, cell: &RepoCell, sha: &str) -> Reply {
    let repo = call.view(cell).await;
    let (git, dir) = (&call.world.git, repo.git_dir());
    if git.kind(&dir, sha).await.as_deref() != Some("tag") {
        return Err(Problem::not_found());
    }
    let text = git.tag_text(&dir, sha).await?;
    Ok(Answer::ok(&shown(&api_base(call, &repo), sha, &text)))
}

/// A `git-tag` from the object's text.
fn shown(api: &str, sha: &str, text: &str) -> Value {
    let (head, message) = text.split_once("\n\n").unwrap_or((text, ""));
    let field = |name: &str| {
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap_or_default()
    };
    let tagger = field("tagger");
    let (name, rest) = tagger.split_once(" <").unwrap_or((tagger, ""));
    let (email, time) = rest.split_once("> ").unwrap_or((rest, ""));
    let seconds = time.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0);
    let date = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    let tagger = Person { name: name.to_owned(), email: email.to_owned(), date };
    json!({
        "sha": sha,
        "node_id": person::node("Tag", sha),
        "url": format!("{api}/git/tags/{sha}"),
        "tag": field("tag"),
        "message": message.trim_end_matches('\n'),
        "tagger": git_json::signature(&tagger),
        "object": git_json::object(api, field("type"), field("object")),
        "verification": git_json::unsigned(),
    })
}

/// A person of a body's field; the bot where there is none.
pub(crate) fn person(input: &Input, field: &str) -> Result<Person, Problem> {
    let now = Utc::now();
    let bot = Person { name: BOT.to_owned(), email: format!("{BOT}@users.noreply.github.com"), date: now };
    let Some(given) = input.0.get(field).filter(|value| !value.is_null()) else { return Ok(bot) };
    let text = |name: &str| given[name].as_str().map(str::to_owned);
    let name =
        text("name").ok_or_else(|| Problem::field("Commit", "missing_field", &format!("{field}.name")))?;
    let email =
        text("email").ok_or_else(|| Problem::field("Commit", "missing_field", &format!("{field}.email")))?;
    let date = text("date").and_then(|date| date.parse().ok()).unwrap_or(now);
    Ok(Person { name, email, date })
}

/// `GET branches/{branch}`.
pub(crate) async fn branch(call: &Call, cell: &RepoCell, name: &str) -> Reply {
    let repo = call.view(cell).await;
    let target = repo.refs.get(&format!("refs/heads/{name}"));
    let target = target.ok_or_else(|| Problem::new(http::StatusCode::NOT_FOUND, "Branch not found"))?;
    let commit = call.world.git.commit(&repo.git_dir(), target.commit()).await?;
    let (api, html) = (api_base(call, &repo), html_base(call, &repo));
    let at = format!("{api}/branches/{}", segment(name));
    Ok(Answer::ok(&json!({
        "name": name,
        "commit": git_json::commit(call, &repo, &commit),
        "_links": {"self": at, "html": format!("{html}/tree/{name}")},
        "protected": false,
        "protection": {"enabled": false, "required_status_checks": {"enforcement_level": "off", "contexts": [], "checks": []}},
        "protection_url": format!("{at}/protection"),
    })))
}
