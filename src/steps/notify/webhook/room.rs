//! Settings and tasks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::message;
use super::receiver::{Receiver, ReceiverCheck};
use super::send::Hook;
use crate::kit::span::Span;
use crate::model::{Problem, Rank, Step, Use};
use crate::steps::notify::settings::NotifySettings;
use crate::steps::room::{Draft, Planned, Room, Scene};

/// The settings of `notify.webhook`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookSettings {
    /// The variable that holds the address, which is a secret by itself.
    pub url_env: String,
    /// The variable that holds the signing secret, `whsec_…`.
    pub secret_env: String,
    /// How long an attempt may take.
    pub timeout: Span,
    /// Refused: an address in the file would be a secret in the repository.
    #[serde(deserialize_with = "no_literal", skip_serializing)]
    #[schemars(skip)]
    pub url: (),
    /// Refused as well.
    #[serde(deserialize_with = "no_literal", skip_serializing)]
    #[schemars(skip)]
    pub secret: (),
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            url_env: "RELEASE_ACTION_WEBHOOK_URL".into(),
            secret_env: "RELEASE_ACTION_WEBHOOK_SECRET".into(),
            timeout: Span::seconds(15),
            url: (),
            secret: (),
        }
    }
}

/// Takes no value and says where it belongs instead.
fn no_literal<'de, D: serde::Deserializer<'de>>(_: D) -> Result<(), D::Error> {
    Err(serde::de::Error::custom(
        "a webhook's address and secret are not written into this file, where everyone can read them: \
         put them into environment variables and name those with `url_env` and `secret_env`",
    ))
}

/// The room.
pub struct Webhook;

impl Room for Webhook {
    const ID: &'static str = "webhook";
    const ABOUT: &'static str = "One signed message to a program (Standard Webhooks)";
    type Settings = WebhookSettings;

    fn plan(settings: &WebhookSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let step: NotifySettings = scene.step()?;
        for (key, name) in [("url_env", &settings.url_env), ("secret_env", &settings.secret_env)] {
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return Err(Problem::new(format!("`notify.webhook.{key}` is no name of a variable"))
                    .fix("give a name as MY_HOOK_URL; its value stays in the environment"));
            }
        }
        // The address itself is a secret, but whether it is there decides the plan.
        let facts = scene.facts;
        let is_set = facts.secrets.contains(&settings.url_env) || facts.env.contains_key(&settings.url_env);
        let wanted = scene.demanded || step.required || is_set;
        if scene.facts.snapshot || !wanted {
            return Ok(Vec::new());
        }
        let id = message::id(scene.facts, message::RELEASE_PUBLISHED);
        let draft = |part: &str, title: &str| {
            let draft = Draft::new(Step::Notify, Self::ID, part, title)
                .keyed("id", &id)
                .keyed("url_env", &settings.url_env)
                .keyed("secret_env", &settings.secret_env);
            if step.required { draft } else { draft.soft() }
        };
        let receiver =
            Receiver { url_env: settings.url_env.clone(), secret_env: settings.secret_env.clone() };
        let check =
            draft("check", "webhook: address and key can be used").check(ReceiverCheck(receiver.clone()));
        let mut draft = draft("", "webhook: release published").needs_own(&check, Use::Order);
        for earlier in scene.before {
            // The message tells names and digests of what is published, after all of it is verified.
            if earlier.task.makes.iter().any(|made| made.kind.is_published()) {
                draft = draft.needs(&earlier.task.id, Use::Digests, scene);
            } else if matches!(earlier.task.step, Step::Release | Step::Verify) {
                draft = draft.needs(&earlier.task.id, Use::Order, scene);
            }
        }
        let hook = Hook {
            id: id.clone(),
            receiver,
            limit: settings.timeout.get(),
            sent: std::sync::OnceLock::new(),
        };
        Ok(vec![check, draft.target(Rank::Irreversible, hook)])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::Facts;

    fn facts(env: &[&str]) -> Facts {
        let mut facts = message::tests::facts();
        facts.secrets = env.iter().map(|name| (*name).to_owned()).collect();
        facts
    }

    fn planned(facts: &Facts, step: Value, demanded: bool) -> Vec<Planned> {
        let scene = Scene { facts, seen: &Default::default(), step_settings: &step, before: &[], demanded };
        Webhook::plan(&WebhookSettings::default(), &scene).unwrap()
    }

    #[test]
    fn is_planned_where_there_is_an_address_or_a_wish() {
        let step = json!({"required": false});
        assert!(planned(&facts(&[]), step.clone(), false).is_empty());
        let auto = planned(&facts(&["RELEASE_ACTION_WEBHOOK_URL"]), step.clone(), false);
        assert!(auto.len() == 2 && auto.iter().all(|planned| planned.task.soft));
        assert_eq!(planned(&facts(&[]), step, true).len(), 2);
        let required = planned(&facts(&[]), json!({"required": true}), false);
        assert!(required.iter().all(|planned| !planned.task.soft));
        let snapshot = Facts { snapshot: true, ..facts(&[]) };
        assert!(planned(&snapshot, json!({"required": true}), true).is_empty());
    }

    #[test]
    fn a_variable_has_a_name() {
        let settings =
            WebhookSettings { url_env: "https://hooks.test/x".into(), ..WebhookSettings::default() };
        let facts = facts(&[]);
        let step = json!({});
        let scene = Scene {
            facts: &facts,
            seen: &Default::default(),
            step_settings: &step,
            before: &[],
            demanded: true,
        };
        assert!(Webhook::plan(&settings, &scene).err().unwrap().what.contains("no name of a variable"));
    }

    #[test]
    fn refuses_secrets_in_the_file() {
        for key in ["url", "secret"] {
            let text = format!(r#"{{"{key}": "https://hooks.test/x"}}"#);
            let value: Value = serde_json::from_str(&text).unwrap();
            let error = serde_json::from_value::<WebhookSettings>(value).unwrap_err().to_string();
            assert!(error.contains("`url_env` and `secret_env`"), "{error}");
        }
        let filled = serde_json::to_value(WebhookSettings::default()).unwrap();
        assert_eq!(filled["timeout"], "15s");
        assert!(serde_json::from_value::<WebhookSettings>(filled).is_ok());
    }
}
