//! The page at `/`: what this forge holds, for people.

use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{AssetState, Repo};
use http::{Method, StatusCode};
use std::fmt::Write;

/// `GET /`.
pub(crate) async fn page(call: &Call) -> Reply {
    if call.method != Method::GET {
        return Err(Problem::not_found());
    }
    let mut html = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Rehearsal forge</title>\
         <style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}\
         code{font-size:.9em}li{margin:.2em 0}</style><h1>Rehearsal forge</h1>\
         <p>Everything here is a rehearsal: nothing leaves this machine.",
    );
    for cell in call.world.all().await {
        let repo = cell.read().await;
        if call.caller.writes() || !repo.meta.private {
            repository(&mut html, &repo);
        }
    }
    html.push_str("<h2>Effects</h2><ol>");
    for effect in call.world.effects.list() {
        let (time, words) = (effect.at.format("%H:%M:%S"), escape(&effect.words));
        add(&mut html, format_args!("<li><code>{time}</code> {words}</li>"));
    }
    html.push_str("</ol></html>");
    Ok(Answer::bytes(StatusCode::OK, "text/html; charset=utf-8", html))
}

fn repository(html: &mut String, repo: &Repo) {
    let meta = &repo.meta;
    add(html, format_args!("<h2>{}/{}</h2><ul>", meta.owner, meta.name));
    add(
        html,
        format_args!("<li>{} refs, default branch {}</li>", repo.refs.len(), escape(&meta.default_branch)),
    );
    // Drafts are no secret here: the page is for the one who runs the forge, on loopback.
    for release in repo.releases.values().rev() {
        let state = match (release.draft, release.prerelease) {
            (true, _) => "draft",
            (false, true) => "prerelease",
            (false, false) => "release",
        };
        add(html, format_args!("<li>{state} <b>{}</b><ul>", escape(&release.tag_name)));
        for asset in repo.assets_of(release.id) {
            let state = if asset.state == AssetState::Starter { " (starter)" } else { "" };
            let (name, digest) = (escape(&asset.name), asset.digest.as_deref().unwrap_or("no digest"));
            add(html, format_args!("<li>{name}{state}, {} bytes, <code>{digest}</code></li>", asset.size));
        }
        html.push_str("</ul></li>");
    }
    html.push_str("</ul>");
}

fn add(html: &mut String, text: std::fmt::Arguments<'_>) {
    html.write_fmt(text).expect("writing to a String can't fail");
}

/// Text as HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
