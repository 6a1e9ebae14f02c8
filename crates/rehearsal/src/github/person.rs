//! Accounts: the bot behind the token, and owners of repositories.

use crate::http::Call;
use crate::state::Caller;
use serde_json::{Value, json};

/// Login of whoever holds a token of this forge.
pub(crate) const BOT: &str = "github-actions[bot]";

/// Login of the administrator.
pub(crate) const ADMIN: &str = "maintainer";

/// Its number; on GitHub this bot has the same.
const BOT_ID: u64 = 41_898_282;

/// A `simple-user`.
pub(crate) fn user(call: &Call, login: &str) -> Value {
    let (api, html) = (&call.api, &call.world.url);
    let at = format!("{api}/users/{login}");
    json!({
        "login": login,
        "id": id(login),
        "node_id": node("User", id(login)),
        "avatar_url": format!("{html}/avatars/{login}"),
        "gravatar_id": "",
        "url": at,
        "html_url": format!("{html}/{login}"),
        "followers_url": format!("{at}/followers"),
        "following_url": format!("{at}/following{{/other_user}}"),
        "gists_url": format!("{at}/gists{{/gist_id}}"),
        "starred_url": format!("{at}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{at}/subscriptions"),
        "organizations_url": format!("{at}/orgs"),
        "repos_url": format!("{at}/repos"),
        "events_url": format!("{at}/events{{/privacy}}"),
        "received_events_url": format!("{at}/received_events"),
        "type": if login.ends_with("[bot]") { "Bot" } else { "User" },
        "user_view_type": "public",
        "site_admin": false,
    })
}

/// The bot.
pub(crate) fn bot(call: &Call) -> Value {
    user(call, BOT)
}

/// Whoever holds the token of this call.
pub(crate) fn caller(call: &Call) -> &'static str {
    if call.caller == Caller::Admin { ADMIN } else { BOT }
}

/// A stable number for a login.
pub(crate) fn id(login: &str) -> u64 {
    if login == BOT {
        return BOT_ID;
    }
    // FNV-1a over the login, cut to what looks like an account number.
    let hash =
        login.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    u64::from(hash % 100_000_000) + 1
}

/// A node id in GitHub's older form: base64 of type and number.
pub(crate) fn node(kind: &str, id: impl std::fmt::Display) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(format!("0{}:{kind}{id}", kind.len()))
}
