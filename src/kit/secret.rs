//! Values that must not be seen, and the one place that cuts them out of text.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use aho_corasick::AhoCorasick;
use secrecy::{ExposeSecret, SecretString};

use super::secret_forms::forms;

/// A secret: it can be given to a child or a request, never printed or written.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself, for the moment of use.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What stands where a secret stood.
const MASK: &str = "***";

/// Cuts every known secret out of text, in all of its [`forms`].
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    secrets: Vec<SecretString>,
    /// In the order in which they were learned, each once.
    forms: Vec<String>,
    /// Finds all forms in one walk; none as long as there are no forms, or if there are too many for it.
    finder: Option<AhoCorasick>,
}

impl Redactor {
    /// Knows this secret from now on, each line of it too.
    pub fn learn(&self, secret: &Secret) {
        let text = secret.expose();
        if self.read().secrets.iter().any(|known| known.expose_secret() == text) {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.secrets.push(SecretString::from(text));
        let old: HashSet<String> = known.forms.iter().cloned().collect();
        known.forms.extend(forms(text).into_iter().filter(|form| !old.contains(form)));
        known.finder = if known.forms.is_empty() { None } else { AhoCorasick::new(&known.forms).ok() };
    }

    /// The forms that were learned after the first `seen`, in their order: what a log's reader has to be told to
    /// mask. They are the secrets themselves, so they go nowhere else.
    #[must_use]
    pub fn forms_after(&self, seen: usize) -> Vec<String> {
        self.read().forms.get(seen..).unwrap_or_default().to_vec()
    }

    /// The text without any known secret. Secrets that overlap go together.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        let known = self.read();
        match &known.finder {
            Some(finder) if finder.is_match(text) => cut_out(text, finder),
            None if !known.forms.is_empty() => cut_out_slowly(text, &known.forms),
            _ => text.to_owned(),
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cut_out(text: &str, finder: &AhoCorasick) -> String {
    let mut places: Vec<(usize, usize)> =
        finder.find_overlapping_iter(text).map(|found| (found.start(), found.end())).collect();
    places.sort_unstable();
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end) in places {
        // What begins in the place before only makes that longer.
        if start >= done || done == 0 {
            clean.push_str(&text[done..start]);
            clean.push_str(MASK);
        }
        done = done.max(end);
    }
    clean.push_str(&text[done..]);
    clean
}

/// The longest first, so that a secret holding another one goes whole.
fn cut_out_slowly(text: &str, forms: &[String]) -> String {
    let mut sorted: Vec<&String> = forms.iter().collect();
    sorted.sort_by_key(|form| std::cmp::Reverse(form.len()));
    sorted.into_iter().fold(text.to_owned(), |text, form| text.replace(form.as_str(), MASK))
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_out_every_form() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("s3cr3t/tok+en\nsecond line"));
        for text in [
            "x s3cr3t/tok+en y",
            "s3cr3t%2Ftok%2Ben%0Asecond%20line",
            "czNjcjN0L3Rvaytlbgpz ZWNvbmQ second line",
        ] {
            let clean = redactor.clean(text);
            assert!(!clean.contains("s3cr3t") && !clean.contains("second line"), "{clean}");
        }
        assert_eq!(format!("{:?}", Secret::new("abc")), "***");
    }

    #[test]
    fn cuts_base64_wherever_it_begins_and_however_it_is_wrapped() {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        let secret = "ghp_0123456789\u{ff}\u{fe}?>~abcdefCANARY";
        let redactor = Redactor::default();
        redactor.learn(&Secret::new(secret));
        for before in ["", "u", "us", "usr", "x-access-token:"] {
            for after in ["", "\n", "@host"] {
                let whole = format!("{before}{secret}{after}");
                for encoded in [STANDARD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
                    let clean = redactor.clean(&encoded);
                    assert!(clean.contains("***") && clean.len() < before.len() * 2 + 20, "{clean}");
                }
            }
        }
        let key = format!("-----BEGIN-----\n{}\n-----END-----\n", "k3yMATERIAL+/".repeat(40));
        redactor.learn(&Secret::new(key.as_str()));
        let encoded = STANDARD.encode(&key);
        for width in [64, 76] {
            let lines: Vec<&str> = (0..encoded.len())
                .step_by(width)
                .map(|at| &encoded[at..encoded.len().min(at + width)])
                .collect();
            for line in &lines[..lines.len() - 1] {
                assert_eq!(redactor.clean(line), "***", "{line}");
            }
        }
    }

    #[test]
    fn secrets_that_overlap_go_together() {
        let redactor = Redactor::default();
        for secret in ["abcdefgh", "efghijkl", "cdef"] {
            redactor.learn(&Secret::new(secret));
        }
        assert_eq!(redactor.clean("x abcdefghijkl y cdef"), "x *** y ***");
        assert_eq!(redactor.clean("abcdefgh"), "***");
        assert_eq!(redactor.clean("cdefcdef!"), "******!");
        assert_eq!(cut_out_slowly("x abcdefgh", &redactor.forms_after(0)), "x ***");
    }

    #[test]
    fn tells_what_is_new() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("first-one"));
        let seen = redactor.forms_after(0).len();
        redactor.learn(&Secret::new("first-one"));
        assert_eq!(redactor.forms_after(seen), Vec::<String>::new());
        redactor.learn(&Secret::new("second-one"));
        assert_eq!(redactor.forms_after(seen)[0], "second-one");
    }

    #[test]
    fn leaves_short_texts_alone() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("abc"));
        assert_eq!(redactor.clean("abcdef"), "abcdef");
    }
}
