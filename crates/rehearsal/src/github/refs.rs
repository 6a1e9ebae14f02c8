//! Refs.

use super::input::Input;
use super::{git_json, page};
use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{RefTarget, Repo, RepoCell, WriteGuard};

/// `GET git/ref/{ref}`.
pub(crate) async fn get(call: &Call, cell: &RepoCell, name: &str) -> Reply {
    let repo = call.view(cell).await;
    let name = format!("refs/{name}");
    let target = repo.refs.get(&name).ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(&git_json::git_ref(call, &repo, &name, target)))
}

/// `GET git/matching-refs/{prefix}`; the older `GET git/refs/{prefix}` is the same.
pub(crate) async fn matching(call: &Call, cell: &RepoCell, prefix: &str) -> Reply {
    let repo = call.view(cell).await;
    let prefix = format!("refs/{prefix}");
    let found = repo.refs.iter().filter(|(name, _)| name.starts_with(&prefix));
    page::list(call, found.map(|(name, target)| git_json::git_ref(call, &repo, name, target)).collect())
}

/// `POST git/refs`.
pub(crate) async fn create(call: &mut Call, cell: &RepoCell) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let name = input.required("Reference", "ref")?;
    let sha = input.required("Reference", "sha")?;
    let mut repo = cell.write().await;
    let git = &call.world.git;
    if !name.starts_with("refs/")
        || name.matches('/').count() < 2
        || !git.ref_is_valid(&repo.git_dir(), &name).await
    {
        return Err(Problem::unprocessable(
            "Reference name must start with 'refs/' and contain at least two slashes",
        ));
    }
    if repo.refs.contains_key(&name) {
        return Err(Problem::unprocessable("Reference already exists"));
    }
    guard_locked(&repo, &name)?;
    let target = target(call, &repo, &sha).await?;
    git.update_ref(&repo.git_dir(), &name, &sha, Some(&"0".repeat(40))).await?;
    let shown = git_json::git_ref(call, &repo, &name, &target);
    let at = &target.commit()[..7];
    match name.strip_prefix("refs/tags/") {
        Some(tag) => call.effect(EffectKind::TagCreated, format!("tag {tag} made at {at}")),
        None => call.effect(EffectKind::RefCreated, format!("{name} made at {at}")),
    }
    repo.refs.insert(name, target);
    Ok(Answer::created(&shown))
}

/// `PATCH git/refs/{ref}`.
pub(crate) async fn update(call: &mut Call, cell: &RepoCell, name: &str) -> Reply {
    call.must_write()?;
    let input = Input(call.json().await?);
    let sha = input.required("Reference", "sha")?;
    let force = input.flag("force")?.unwrap_or(false);
    let mut repo = cell.write().await;
    let name = format!("refs/{name}");
    let old = existing(&repo, &name)?;
    guard_locked(&repo, &name)?;
    let new = target(call, &repo, &sha).await?;
    let (git, dir) = (&call.world.git, repo.git_dir());
    let forward = git.run(&dir, &["merge-base", "--is-ancestor", old.commit(), new.commit()]).await.is_ok();
    if !force && !forward {
        return Err(Problem::unprocessable("Update is not a fast forward"));
    }
    git.update_ref(&dir, &name, &sha, Some(&old.sha)).await?;
    call.effect(
        EffectKind::RefUpdated,
        format!("{name} moved from {} to {}", &old.commit()[..7], &new.commit()[..7]),
    );
    let shown = git_json::git_ref(call, &repo, &name, &new);
    repo.refs.insert(name, new);
    Ok(Answer::ok(&shown))
}

/// `DELETE git/refs/{ref}`.
pub(crate) async fn delete(call: &Call, cell: &RepoCell, name: &str) -> Reply {
    call.must_write()?;
    let mut repo = cell.write().await;
    let name = format!("refs/{name}");
    existing(&repo, &name)?;
    guard_locked(&repo, &name)?;
    if name == format!("refs/heads/{}", repo.meta.default_branch) {
        return Err(Problem::unprocessable("Cannot delete the default branch"));
    }
    call.world.git.delete_ref(&repo.git_dir(), &name).await?;
    repo.refs.remove(&name);
    call.effect(EffectKind::RefDeleted, format!("{name} deleted"));
    Ok(Answer::no_content())
}

fn existing(repo: &Repo, name: &str) -> Result<RefTarget, Problem> {
    repo.refs.get(name).cloned().ok_or_else(|| Problem::unprocessable("Reference does not exist"))
}

/// The tag of an immutable release stays where it is.
fn guard_locked(repo: &WriteGuard<'_>, name: &str) -> Result<(), Problem> {
    match name.strip_prefix("refs/tags/") {
        Some(tag) if repo.tag_is_locked(tag) => Err(Problem::unprocessable(
            "Repository rule violations found\n\nCannot change a tag of an immutable release",
        )),
        _ => Ok(()),
    }
}

async fn target(call: &Call, repo: &Repo, sha: &str) -> Result<RefTarget, Problem> {
    let (git, dir) = (&call.world.git, repo.git_dir());
    let kind = git.kind(&dir, sha).await.ok_or_else(|| Problem::unprocessable("Object does not exist"))?;
    let peeled = if kind == "tag" { git.commit_id(&dir, sha).await } else { None };
    Ok(RefTarget { sha: sha.to_owned(), kind, peeled })
}
