//! The line in a draft's notes by which we know our own.

/// How every mark begins.
const BEGIN: &str = "<!-- release-action ";

/// The mark of a release: an HTML comment, which no page shows.
#[must_use]
pub fn of(tag: &str, commit: &str) -> String {
    // `--` would end the comment; a tag may hold it.
    format!("{BEGIN}tag={} commit={commit} -->", tag.replace("--", "%2D%2D"))
}

/// Whether these notes carry any mark of ours.
#[must_use]
pub fn is_ours(body: &str) -> bool {
    body.contains(BEGIN)
}

/// Whether these notes carry the mark of this very release.
#[must_use]
pub fn is_of(body: &str, tag: &str, commit: &str) -> bool {
    body.contains(&of(tag, commit))
}

/// The mark that a message was sent: on the public release's notes, which stay editable, so that every
/// later run knows it.
#[must_use]
pub fn sent(message: &str) -> String {
    format!("{BEGIN}sent={} -->", message.replace("--", "%2D%2D"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_own_and_only_that() {
        let body = format!("notes\n{}", of("v1.0.0", "abc"));
        assert!(is_ours(&body) && is_of(&body, "v1.0.0", "abc"));
        assert!(!is_of(&body, "v1.0.0", "abd") && !is_of(&body, "v1.0.1", "abc"));
        assert!(!is_ours("notes about release-action"));
    }

    #[test]
    fn a_tag_cannot_end_the_comment() {
        assert_eq!(of("v1--> x", "c").matches("-->").count(), 1);
    }
}
