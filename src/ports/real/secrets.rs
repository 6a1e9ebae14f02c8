//! Secrets from the environment as it was when the program began.

use super::Env;
use crate::kit::secret::{Redactor, Secret};
use crate::ports::Secrets;

/// A snapshot of the environment.
pub struct RealSecrets {
    env: Env,
    redactor: Redactor,
}

impl RealSecrets {
    /// Takes the environment; `redactor` learns each value that is asked for.
    #[must_use]
    pub fn new(env: Env, redactor: Redactor) -> Self {
        Self { env, redactor }
    }
}

impl Secrets for RealSecrets {
    fn get(&self, name: &str) -> Option<Secret> {
        let secret = Secret::new(self.env.get(name).filter(|value| !value.trim().is_empty())?);
        self.redactor.learn(&secret);
        Some(secret)
    }

    fn clean(&self, text: &str) -> String {
        self.redactor.clean(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_out_is_cut_out() {
        let redactor = Redactor::default();
        let secrets = RealSecrets::new(Env::of([("A", "hush-hush"), ("B", " ")]), redactor.clone());
        assert_eq!(redactor.clean("hush-hush"), "hush-hush");
        assert_eq!(secrets.get("A").unwrap().expose(), "hush-hush");
        assert_eq!(redactor.clean("hush-hush"), "***");
        assert!(secrets.get("B").is_none() && secrets.get("C").is_none());
    }
}
