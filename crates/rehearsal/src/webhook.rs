//! A receiver of webhooks that checks their Standard Webhooks signature.

use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::{hex, write_atomic};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8PathBuf;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

/// Longest body taken.
const LIMIT: usize = 1024 * 1024;

/// How far the sender's clock may be off, in seconds (Standard Webhooks: five minutes is usual).
const TOLERANCE: i64 = 300;

/// Webhooks as received; each lies under `DIR/webhooks`.
#[derive(Debug)]
pub(crate) struct Hooks {
    dir: Utf8PathBuf,
    /// Deliveries by endpoint and `webhook-id`.
    seen: Mutex<BTreeMap<(String, String), u32>>,
}

/// One delivery, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Delivery {
    at: DateTime<Utc>,
    endpoint: String,
    id: String,
    /// How many times this id has come, this one counted.
    times: u32,
    headers: BTreeMap<String, String>,
    body: Value,
}

impl Hooks {
    /// Reads which ids have come before.
    pub(crate) fn open(dir: Utf8PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&dir)?;
        let mut seen = BTreeMap::new();
        for entry in dir.read_dir_utf8()? {
            let path = entry?.into_path();
            if path.extension() == Some("json") {
                let delivery: Delivery = serde_json::from_slice(&std::fs::read(&path)?)?;
                let times = seen.entry((delivery.endpoint, delivery.id)).or_insert(0);
                *times = delivery.times.max(*times);
            }
        }
        Ok(Self { dir, seen: Mutex::new(seen) })
    }

    fn count(&self, endpoint: &str, id: &str) -> u32 {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let times = seen.entry((endpoint.to_owned(), id.to_owned())).or_insert(0);
        *times += 1;
        *times
    }

    fn keep(&self, delivery: &Delivery) -> io::Result<()> {
        // The client's words name no file: their digest does.
        let digest = hex(&Sha256::digest(format!("{}\0{}", delivery.endpoint, delivery.id)));
        let file = self.dir.join(format!("{}-{}.json", &digest[..16], delivery.times));
        write_atomic(&file, &serde_json::to_vec_pretty(delivery)?)
    }
}

/// `POST /webhook/{name}`.
pub(crate) async fn receive(call: &mut Call, endpoint: &str) -> Reply {
    if call.method != Method::POST {
        return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "a webhook takes POST"));
    }
    let body = call.small_body(LIMIT).await?;
    let id = verified(call, &body).map_err(|reason| Problem::new(StatusCode::UNAUTHORIZED, reason))?;
    let times = call.world.hooks.count(endpoint, &id);
    let secret = |name: &str| ["authorization", "cookie", "webhook-signature"].contains(&name);
    let shown = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (!secret(name.as_str())).then(|| Some((name.to_string(), value.to_str().ok()?.to_owned()))).flatten()
    };
    let text = String::from_utf8_lossy(&body);
    call.world.hooks.keep(&Delivery {
        at: Utc::now(),
        endpoint: endpoint.to_owned(),
        id: id.clone(),
        times,
        headers: call.headers.iter().filter_map(shown).collect(),
        body: serde_json::from_slice(&body).unwrap_or_else(|_| Value::String(text.into_owned())),
    })?;
    match times {
        1 => call.effect(EffectKind::WebhookReceived, format!("webhook {id} received at {endpoint}")),
        _ => call.effect(
            EffectKind::WebhookRepeated,
            format!("webhook {id} received at {endpoint} again, time {times}"),
        ),
    }
    Ok(Answer::ok(&json!({"received": true, "duplicate": times > 1})))
}

/// Checks signature and time; gives the id.
fn verified(call: &Call, body: &[u8]) -> Result<String, &'static str> {
    let id = call.header("webhook-id").filter(|id| !id.is_empty()).ok_or("webhook-id is missing")?;
    let stamp = call.header("webhook-timestamp").ok_or("webhook-timestamp is missing")?;
    let seconds: i64 = stamp.parse().map_err(|_| "webhook-timestamp is no Unix time")?;
    let given = call.header("webhook-signature").ok_or("webhook-signature is missing")?;
    if (Utc::now().timestamp() - seconds).abs() > TOLERANCE {
        return Err("webhook-timestamp is more than five minutes off");
    }
    match matches(&call.world.secrets.webhook, id, stamp, body, given) {
        true => Ok(id.to_owned()),
        false => Err("no signature matches"),
    }
}

/// Whether one of the space-separated signatures is ours: `v1,` and the base64 of HMAC-SHA256 over
/// `id.timestamp.body`.
fn matches(key: &[u8], id: &str, stamp: &str, body: &[u8], given: &str) -> bool {
    given.split(' ').filter_map(|part| part.strip_prefix("v1,")).any(|signature| {
        let Ok(bytes) = STANDARD.decode(signature) else { return false };
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{stamp}.").as_bytes());
        mac.update(body);
        mac.verify_slice(&bytes).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_standard_webhooks_holds() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let (id, stamp, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        let good = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert!(matches(&key, id, stamp, body, good));
        assert!(matches(&key, id, stamp, body, &format!("v1,AAAA v1a,xx {good}")));
        assert!(!matches(&key, id, "1614265331", body, good));
        assert!(!matches(&key, id, stamp, b"{}", good));
        assert!(!matches(&key, id, stamp, body, "v1,"));
    }
}
