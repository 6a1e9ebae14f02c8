//! Which part of the forge a path belongs to.

use super::call::{Call, Reply};
use super::problem::Problem;
use crate::{daggerverse, git, github, home, run_artifacts, webhook};

/// Hands the request to its part.
pub(crate) async fn route(call: &mut Call) -> Reply {
    let Some(all) = Call::segments(&call.path) else { return Err(Problem::not_found()) };
    let path: Vec<&str> = all.iter().map(String::as_str).collect();
    match path.as_slice() {
        [""] => home::page(call).await,
        ["api", "v3", rest @ ..] => github::api(call, rest).await,
        ["api", "uploads", rest @ ..] => github::uploads(call, rest).await,
        ["repos" | "user" | "rate_limit", ..] => github::api(call, &path).await,
        ["storage", owner, name, id, key] => github::storage(call, owner, name, id, key).await,
        ["daggerverse", rest @ ..] => daggerverse::route(call, rest).await,
        ["twirp", service, method] => run_artifacts::route(call, service, method).await,
        ["run-artifacts", id] => run_artifacts::serve(call, id).await,
        ["webhook", name] => webhook::receive(call, name).await,
        [owner, name, "releases", "download", tag @ .., file] if !tag.is_empty() => {
            github::download(call, owner, name, &tag.join("/"), file).await
        }
        [owner, name, "releases", "latest", "download", file] => {
            github::download_latest(call, owner, name, file).await
        }
        [owner, name, rest @ ..] if !rest.is_empty() => git::serve(call, owner, name, &rest.join("/")).await,
        _ => Err(Problem::not_found()),
    }
}
