//! What an answer that is no success means.

use serde_json::Value;

use super::super::policy::Answer;
use crate::kit::secret::Redactor;
use crate::ports::forge::ForgeError;

/// The longest message of the forge that is told on, in characters.
const LONGEST: usize = 500;

/// The error for an answer.
pub fn refusal(what: String, answer: &Answer, redactor: &Redactor) -> ForgeError {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let (message, codes) = words(&body);
    let message = redactor.clean(&message);
    let told = if message.is_empty() { format!("HTTP {}", answer.status) } else { message };
    match answer.status {
        status @ (301 | 302 | 307 | 308) => ForgeError::Moved { what, status },
        404 | 410 => ForgeError::NotFound { what, message: told },
        401 | 403 if !answer.is_limit() => ForgeError::Denied { what, status: answer.status, message: told },
        400 | 409 | 413 | 422 => {
            let codes = codes.iter().map(|code| redactor.clean(code)).collect();
            ForgeError::Refused { what, message: format!("{told} (HTTP {})", answer.status), codes }
        }
        _ if answer.is_limit() => ForgeError::Limited {
            what,
            why: format!("the rate limit was still used up after several attempts: {told}"),
        },
        status if status >= 500 || status == 408 => {
            ForgeError::Passing { what, why: format!("the forge failed: {told} (HTTP {status})") }
        }
        status => ForgeError::Nonsense { what, why: format!("unexpected HTTP {status}: {told}") },
    }
}

/// The message with its errors, and the errors' codes as `field code`.
fn words(body: &Value) -> (String, Vec<String>) {
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut message = text(body, "message");
    let mut codes = Vec::new();
    for error in body.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let code = format!("{} {}", text(error, "field"), text(error, "code")).trim().to_owned();
        let own = error.as_str().map_or_else(|| text(error, "message"), str::to_owned);
        let words = if own.is_empty() { &code } else { &own };
        if !words.is_empty() {
            message = if message.is_empty() { words.clone() } else { format!("{message}: {words}") };
        }
        if !code.is_empty() {
            codes.push(code);
        }
    }
    (message.chars().filter(|c| !c.is_control()).take(LONGEST).collect(), codes)
}
