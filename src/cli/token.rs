//! The token that was given, as far as it can be one.

use crate::kit::secret::Secret;
use crate::model::Problem;

use super::Failure;

/// The token, if it can stand in a header: no line break, no blank, nothing that is no plain letter.
///
/// # Errors
///
/// If it can't; without showing it.
pub(super) fn usable(token: Option<Secret>) -> Result<Option<Secret>, Failure> {
    match token {
        Some(token) if !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) => Err(Failure::usage(
            Problem::new("the token holds what no token has: a line break, a blank or a special character")
                .fix("store the secret anew, as one line and without quotes around it"),
        )),
        token => Ok(token),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pasted_with_more_than_the_token_is_refused() {
        let of = |text: &str| usable(Some(Secret::new(text)));
        assert!(of("ghs_0aZ-._~+/=").is_ok() && usable(None).is_ok());
        for text in ["abc\ndef", "abc def", "abc\u{a0}", "ab\tc", "\"\u{201c}"] {
            let failure = of(text).unwrap_err();
            assert!(!format!("{failure:?}").contains(text), "it is not shown");
        }
    }
}
