//! Sends the message once.
//!
//! Nobody can ask a receiver whether it has had a message. So the release remembers it: a mark in the
//! notes, which stay editable after publishing. Between the answer and the mark a run may be killed; the
//! receiver then drops the second message by its `webhook-id`, as Standard Webhooks asks of it.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use url::Url;

use super::message;
use super::receiver::Receiver;
use super::sign::Key;
use crate::kit::mark;
use crate::model::{Problem, State, Undone};
use crate::ports::forge::Wanted;
use crate::ports::http::{HttpError, Request, Response};
use crate::steps::public;
use crate::steps::room::{Site, Target};

/// How often it is tried.
const ATTEMPTS: u32 = 3;

/// The longest wait that a receiver may ask for, in seconds.
const LONGEST_WAIT: u64 = 60;

/// How much of an answer is read, in bytes.
const LONGEST_ANSWER: usize = 16 * 1024;

/// The target.
pub struct Hook {
    /// The message's id.
    pub id: String,
    /// Who is told.
    pub receiver: Receiver,
    /// How long an attempt may take.
    pub limit: Duration,
    /// What the receiver answered, once it has taken the message.
    pub sent: OnceLock<String>,
}

/// What an attempt means.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Taken,
    Again { why: String, wait: Duration },
    Never { why: String },
}

impl Hook {
    fn request(&self, url: &Url, key: &Key, body: &Bytes, now: i64) -> Request {
        let mut request = Request::new(Method::POST, url.clone());
        request.secret_url = true;
        // Each attempt has a time and so a signature of its own: the attempts are ours to make.
        request.repeatable = false;
        request.limit = self.limit;
        request.most = LONGEST_ANSWER;
        // A receiver that took the message took it, however much or little it says about that.
        request.status_decides = true;
        request.body = body.clone();
        request.headers = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", self.id.clone()),
            ("webhook-timestamp", now.to_string()),
            ("webhook-signature", key.sign(&self.id, now, body)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        request
    }
}

/// Reads an answer: only what may pass is tried again.
fn outcome(url: &Url, answer: &Result<Response, HttpError>, attempt: u32) -> Outcome {
    let pause = Duration::from_secs(1 << attempt.min(5));
    let response = match answer {
        Err(HttpError::Network { why, .. }) => return Outcome::Again { why: why.clone(), wait: pause },
        Err(error) => return Outcome::Never { why: error.to_string() },
        Ok(response) => response,
    };
    if response.url.origin() != url.origin() {
        return Outcome::Never { why: "it redirects to another host".into() };
    }
    match response.status {
        200..=299 => Outcome::Taken,
        status @ (429 | 500..=599) => {
            let asked = response.header("retry-after").and_then(|text| text.trim().parse::<u64>().ok());
            let wait = asked.map_or(pause, |seconds| Duration::from_secs(seconds.min(LONGEST_WAIT)));
            Outcome::Again { why: format!("HTTP {status} {}", response.excerpt()), wait }
        }
        status => Outcome::Never { why: format!("HTTP {status} {}", response.excerpt()) },
    }
}

#[async_trait::async_trait]
impl Target for Hook {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let Some(release) = public::release(site).await? else {
            // Nothing is announced that nobody can see.
            return Ok(public::awaited(site));
        };
        if !release.body.contains(&mark::sent(&self.id)) {
            return Ok(State::Absent);
        }
        let proof = self
            .sent
            .get()
            .cloned()
            .unwrap_or_else(|| format!("{} is marked as sent on the release", self.id));
        Ok(State::Same { proof })
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        if self.sent.get().is_none() {
            self.send(site).await?;
        }
        self.remember(site).await
    }

    async fn undo(&self, _: &Site, _: bool) -> Result<Undone, Problem> {
        Ok(Undone::Impossible {
            why: "a message that was sent cannot be called back".into(),
            instead: "tell the receiver yourself that the release is withdrawn".into(),
        })
    }
}

impl Hook {
    /// Marks the release, so that no later run sends it again.
    async fn remember(&self, site: &Site) -> Result<(), Problem> {
        let (Some(slug), Some(release)) = (&site.facts.slug, public::release(site).await?) else {
            return Ok(());
        };
        let mark = mark::sent(&self.id);
        if release.body.contains(&mark) {
            return Ok(());
        }
        let wanted = Wanted {
            tag: release.tag,
            target: release.target,
            name: release.name,
            body: format!("{}\n{mark}\n", release.body.trim_end()),
            draft: false,
            prerelease: release.prerelease,
            latest: None,
            discussion: None,
        };
        site.ports.forge.update(slug, release.id, &wanted).await?;
        Ok(())
    }

    async fn send(&self, site: &Site) -> Result<(), Problem> {
        let (url, key) = self.receiver.read(site)?;
        let body = Bytes::from(message::body(&site.facts, &site.inputs()));
        let mut causes = Vec::new();
        for attempt in 0..ATTEMPTS {
            let now = site.ports.clock.now().timestamp();
            let answer = site.ports.http.send(self.request(&url, &key, &body, now)).await;
            match outcome(&url, &answer, attempt) {
                Outcome::Taken => {
                    let status = answer.map(|response| response.status).unwrap_or_default();
                    // Applied again in the same run: the first answer stands.
                    self.sent.get_or_init(|| format!("{} taken with HTTP {status}", self.id));
                    return Ok(());
                }
                Outcome::Never { why } => {
                    return Err(Problem::new("the webhook does not take the message").because(why).fix(
                        format!(
                            "see whether the address in {} and the secret in {} are those of the receiver",
                            self.receiver.url_env, self.receiver.secret_env
                        ),
                    ));
                }
                Outcome::Again { why, wait } => {
                    causes.push(format!("attempt {}: {why}", attempt + 1));
                    if attempt + 1 == ATTEMPTS || site.stop.is_cancelled() {
                        break;
                    }
                    tokio::select! {
                        () = site.ports.clock.sleep(wait) => {}
                        () = site.stop.cancelled() => break,
                    }
                }
            }
        }
        let problem = Problem::new("the webhook could not be reached");
        Err(causes.into_iter().fold(problem, Problem::because).fix("run `release-action notify` again later"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::secret::Secret;

    fn answered(status: u16, at: &str, headers: &[(&str, &str)]) -> Outcome {
        let url = Url::parse("https://hooks.test/a").unwrap();
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let response =
            Response { status, headers, url: Url::parse(at).unwrap(), body: Bytes::from_static(b"words") };
        outcome(&url, &Ok(response), 1)
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let here = "https://hooks.test/b";
        assert_eq!(answered(204, here, &[]), Outcome::Taken);
        let wait = Duration::from_secs(2);
        assert_eq!(answered(503, here, &[]), Outcome::Again { why: "HTTP 503 words".into(), wait });
        let wait = Duration::from_secs(60);
        assert_eq!(
            answered(429, here, &[("retry-after", "9999")]),
            Outcome::Again { why: "HTTP 429 words".into(), wait }
        );
        assert_eq!(answered(401, here, &[]), Outcome::Never { why: "HTTP 401 words".into() });
        assert!(matches!(answered(200, "https://evil.test/", &[]), Outcome::Never { .. }));
    }

    #[test]
    fn the_request_is_signed_anew_at_each_time() {
        let hook = Hook {
            id: "msg_1".into(),
            receiver: Receiver { url_env: "U".into(), secret_env: "S".into() },
            limit: Duration::from_secs(1),
            sent: OnceLock::new(),
        };
        let key = Key::read(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "S").unwrap();
        let url = Url::parse("https://hooks.test/a").unwrap();
        let headers = |now| hook.request(&url, &key, &Bytes::from_static(b"{}"), now).headers;
        assert_eq!(headers(1)[1], headers(2)[1]);
        assert_ne!(headers(1)[3], headers(2)[3]);
        assert!(hook.request(&url, &key, &Bytes::new(), 1).secret_url);
    }
}
