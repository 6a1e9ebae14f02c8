//! Signatures of the Standard Webhooks specification 1.0.0 (symmetric, `v1`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::kit::secret::Secret;
use crate::model::Problem;

/// A signing key.
pub struct Key(Vec<u8>);

impl Key {
    /// Reads `whsec_` and base64 of 24 to 64 bytes, the prefix being optional.
    ///
    /// # Errors
    ///
    /// If it is anything else; the secret is not repeated.
    pub fn read(secret: &Secret, name: &str) -> Result<Self, Problem> {
        let text = secret.expose().trim();
        let bytes = STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok();
        match bytes {
            Some(bytes) if (24..=64).contains(&bytes.len()) => Ok(Self(bytes)),
            _ => Err(Problem::new(format!("the webhook's secret in {name} is not of the form of Standard Webhooks"))
                .because("`whsec_` and the base64 of 24 to 64 random bytes are expected")
                .fix(format!("make one with `echo whsec_$(openssl rand -base64 32)` and give it to the receiver and to {name}"))),
        }
    }

    /// The value of `webhook-signature`.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_the_specification_holds() {
        for secret in ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"] {
            let key = Key::read(&Secret::new(secret), "X").unwrap();
            assert_eq!(
                key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#),
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
            );
        }
    }

    #[test]
    fn refuses_weak_keys_without_telling_them() {
        for secret in ["", "whsec_", "whsec_c2hvcnQ=", "not base64 at all!"] {
            let problem = Key::read(&Secret::new(secret), "HOOK").err().unwrap();
            assert!(
                problem.to_string().contains("HOOK") && !problem.to_string().contains("not base64"),
                "{problem}"
            );
        }
    }
}
