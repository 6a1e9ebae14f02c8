//! Which run and which job a runtime token is of.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

/// The service's names for the run and the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    /// The workflow run.
    pub run: String,
    /// The job.
    pub job: String,
}

#[derive(Deserialize)]
struct Claims {
    scp: String,
}

/// Reads `Actions.Results:<run>:<job>` from the claim `scp` of a JWT. Its signature is for the service to
/// check.
///
/// # Errors
///
/// The rest of a sentence that begins with the token's name; it holds nothing of the token.
pub fn ids(token: &str) -> Result<Ids, &'static str> {
    let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let mut parts = token.trim().split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("is no JSON web token");
    };
    let bytes = GeneralPurpose::new(&URL_SAFE, padding).decode(claims).map_err(|_| "is not in base64")?;
    let claims: Claims = serde_json::from_slice(&bytes).map_err(|_| "has no claim `scp`")?;
    let scope = claims.scp.split(' ').find_map(|scope| scope.strip_prefix("Actions.Results:"));
    let scope = scope.ok_or("has no scope `Actions.Results`")?;
    match scope.split(':').collect::<Vec<_>>().as_slice() {
        [run, job] if !run.is_empty() && !job.is_empty() => {
            Ok(Ids { run: (*run).to_owned(), job: (*job).to_owned() })
        }
        _ => Err("has a scope `Actions.Results` without run and job"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token with these claims, unsigned.
    pub fn token(claims: &str) -> String {
        format!("e30.{}.c2ln", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn finds_the_run_and_the_job_among_the_scopes() {
        let claims = r#"{"scp":"Actions.Example Actions.Results:ce7f-54:ca39-50 Other:1:2","exp":1}"#;
        assert_eq!(ids(&token(claims)), Ok(Ids { run: "ce7f-54".into(), job: "ca39-50".into() }));
    }

    #[test]
    fn says_what_is_wrong_without_the_token() {
        for (text, why) in [
            ("secret", "is no JSON web token"),
            ("a.b!.c", "is not in base64"),
            (&token("{}"), "has no claim `scp`"),
            (&token(r#"{"scp":"Actions.Other:1:2"}"#), "has no scope `Actions.Results`"),
            (&token(r#"{"scp":"Actions.Results:1"}"#), "has a scope `Actions.Results` without run and job"),
            (&token(r#"{"scp":"Actions.Results:1:"}"#), "has a scope `Actions.Results` without run and job"),
        ] {
            assert_eq!(ids(text), Err(why), "{text}");
        }
    }
}
