//! Tokens and the webhook secret: made anew at each start, never written to disk or to a log.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

/// What a token lets its bearer do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// No token: sees what is public.
    Anonymous,
    /// May read.
    Reader,
    /// An app, as the token of a job is: may write everything but settings of branches.
    Writer,
    /// A person, who is an administrator of every repository. No app, so it can write no check runs.
    Admin,
}

impl Caller {
    /// Whether contents may be written.
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Writer | Self::Admin)
    }
}

/// The secrets of a running forge.
pub(crate) struct Secrets {
    pub(crate) writer: String,
    pub(crate) reader: String,
    pub(crate) admin: String,
    /// Key of Standard Webhooks signatures, 32 bytes.
    pub(crate) webhook: [u8; 32],
    /// Key of the tokens of jobs and of signed addresses.
    pub(crate) runtime: [u8; 32],
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// Draws new secrets.
    pub(crate) fn new() -> Self {
        let token = || format!("ghs_{}", &hex(&random())[..36]);
        Self {
            writer: token(),
            reader: token(),
            admin: token().replace("ghs_", "ghp_"),
            webhook: random(),
            runtime: random(),
        }
    }

    /// Who holds this token; `None`: nobody.
    pub(crate) fn caller(&self, token: &str) -> Option<Caller> {
        if token == self.writer {
            Some(Caller::Writer)
        } else if token == self.reader {
            Some(Caller::Reader)
        } else if token == self.admin {
            Some(Caller::Admin)
        } else {
            None
        }
    }

    /// What only the holder of the runtime key can say of this text: HMAC-SHA256.
    pub(crate) fn seal(&self, text: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.runtime).expect("HMAC takes keys of any length");
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// The webhook secret as Standard Webhooks writes it.
    pub(crate) fn webhook_secret(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.webhook))
    }
}

/// 32 bytes that can't be foreseen: the standard library seeds its hashers from the system.
fn random() -> [u8; 32] {
    let mut digest = Sha256::new();
    for round in 0..8_u64 {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u64(round);
        digest.update(hasher.finish().to_le_bytes());
    }
    digest.finalize().into()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String can't fail");
        text
    })
}
