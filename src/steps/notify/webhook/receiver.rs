//! Who is told: an address and a key, both secrets of the environment.

use url::Url;

use super::sign::Key;
use crate::kit::address;
use crate::kit::secret::Secret;
use crate::model::verdict::Row;
use crate::model::{Problem, Proof, Verdict};
use crate::steps::room::{Check, Site};

/// Where address and key are.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// The variable with the address.
    pub url_env: String,
    /// The variable with the signing secret.
    pub secret_env: String,
}

impl Receiver {
    /// The address and the key.
    ///
    /// # Errors
    ///
    /// All that is wrong with them; neither is repeated.
    pub fn read(&self, site: &Site) -> Result<(Url, Key), Problem> {
        match (self.address(site), self.key(site)) {
            (Ok(url), Ok(key)) => Ok((url, key)),
            (Err(url), Err(key)) => Err(Problem { beside: vec![key], ..url }),
            (Err(problem), _) | (_, Err(problem)) => Err(problem),
        }
    }

    fn address(&self, site: &Site) -> Result<Url, Problem> {
        let text = secret(site, &self.url_env, "address")?;
        address::safe(text.expose()).map_err(|error| {
            Problem::new(format!("the webhook's address in {} cannot be used: {error}", self.url_env))
                .fix(format!("give an https address in {}", self.url_env))
        })
    }

    fn key(&self, site: &Site) -> Result<Key, Problem> {
        Key::read(&secret(site, &self.secret_env, "signing secret")?, &self.secret_env)
    }
}

fn secret(site: &Site, name: &str, what: &str) -> Result<Secret, Problem> {
    site.ports.secrets.get(name).ok_or_else(|| {
        Problem::new(format!("the webhook's {what} is missing: {name} is not set")).fix(format!(
            "set {name} in the job's `env:` from a secret, or set `notify.webhook.enabled: false`"
        ))
    })
}

/// Looks at both before the first effect: afterwards it would be too late to stop.
pub struct ReceiverCheck(pub Receiver);

#[async_trait::async_trait]
impl Check for ReceiverCheck {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let problems = self.0.read(site).err().map(Problem::each).unwrap_or_default();
        let row = Row {
            metric: "address and key of the webhook".into(),
            comparator: "is".into(),
            threshold: "usable".into(),
            actual: if problems.is_empty() { "usable" } else { "not usable" }.into(),
            ok: problems.is_empty(),
        };
        let verdict = if problems.is_empty() {
            let proof = Proof::seen(format!("{} and {}", self.0.url_env, self.0.secret_env));
            Verdict::pass("the webhook can be signed and addressed", proof)
        } else {
            Verdict::fail("the webhook could not be told")
        };
        Ok(problems.into_iter().fold(verdict.row(row), Verdict::problem))
    }
}
