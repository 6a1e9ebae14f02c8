//! The token of a job: a JWT whose scope names the run and the job.

use crate::state::World;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// Whose call it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) run: String,
    pub(super) job: String,
}

/// Makes a token for a job of a run.
pub(crate) fn mint(world: &World, run: &str, job: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(&json!({"alg": "HS256", "typ": "JWT"}));
    let claims = part(&json!({"scp": format!("Actions.GenericRead:0 Actions.Results:{run}:{job}")}));
    let signature = URL_SAFE_NO_PAD.encode(world.secrets.seal(&format!("{head}.{claims}")));
    format!("{head}.{claims}.{signature}")
}

/// The scope of a token that this forge made; `None` for any other.
pub(super) fn read(world: &World, token: &str) -> Option<Scope> {
    let (signed, signature) = token.rsplit_once('.')?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&world.secrets.runtime).ok()?;
    mac.update(signed.as_bytes());
    mac.verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    let (_, claims) = signed.split_once('.')?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let scope = claims["scp"].as_str()?.split(' ').find_map(|part| part.strip_prefix("Actions.Results:"))?;
    let (run, job) = scope.split_once(':')?;
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    (plain(run) && plain(job)).then(|| Scope { run: run.to_owned(), job: job.to_owned() })
}
