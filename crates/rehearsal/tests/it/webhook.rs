use crate::harness::{Rig, rig, send};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

fn env(rig: &Rig, name: &str) -> String {
    rig.forge.env().into_iter().find(|(key, _)| key == name).unwrap().1
}

fn sign(secret: &str, id: &str, stamp: i64, body: &str) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{stamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn a_signed_webhook_is_taken_and_a_repeated_one_known() {
    let rig = rig().await;
    let (url, secret) = (env(&rig, "RELEASE_ACTION_WEBHOOK_URL"), env(&rig, "RELEASE_ACTION_WEBHOOK_SECRET"));
    let now = chrono::Utc::now().timestamp();
    let body = r#"{"tag":"v1"}"#;
    let post = async |id: &str, stamp: i64, signature: &str| {
        let request = rig.bare("POST", &url).header("webhook-id", id).header("webhook-timestamp", stamp);
        send(request.header("webhook-signature", signature).body(body)).await.unwrap()
    };
    let good = sign(&secret, "msg_1", now, body);
    assert_eq!(post("msg_1", now, &good).await.is(200).json()["duplicate"], false);
    assert_eq!(post("msg_1", now, &good).await.is(200).json()["duplicate"], true);
    post("msg_2", now, &good).await.is(401);
    let late = now - 3600;
    post("msg_3", late, &sign(&secret, "msg_3", late, body)).await.is(401);
    let words: Vec<String> = rig.effects().into_iter().filter(|words| words.contains("webhook")).collect();
    assert_eq!(
        words,
        ["webhook msg_1 received at release", "webhook msg_1 received at release again, time 2"]
    );
    let kept: Vec<String> = std::fs::read_dir(rig.forge.dir().join("webhooks"))
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert_eq!(kept.len(), 2);
    assert!(kept[0].contains("\"tag\": \"v1\"") && !kept[0].contains(&good));
}
