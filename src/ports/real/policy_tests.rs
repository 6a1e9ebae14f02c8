//! Waits by a clock that only counts.

use super::*;

/// A clock that stands still but for its sleeps, and remembers them.
pub struct Counting(pub Mutex<(DateTime<Utc>, Vec<Duration>)>);

impl Counting {
    /// A clock at a fixed time.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new((DateTime::from_timestamp(1_800_000_000, 0).unwrap(), Vec::new()))))
    }

    /// The sleeps so far.
    pub fn slept(&self) -> Vec<Duration> {
        self.0.lock().unwrap().1.clone()
    }
}

#[async_trait::async_trait]
impl Clock for Counting {
    fn now(&self) -> DateTime<Utc> {
        self.0.lock().unwrap().0
    }

    async fn sleep(&self, duration: Duration) {
        let mut state = self.0.lock().unwrap();
        state.0 += duration;
        state.1.push(duration);
    }
}

fn answer(status: u16, headers: &[(&'static str, &str)], body: &'static str) -> Failed {
    let headers = headers
        .iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
        .collect();
    Failed::Answered(Box::new(Answer {
        status,
        headers,
        url: None,
        body: Bytes::from_static(body.as_bytes()),
    }))
}

#[tokio::test]
async fn obeys_limits_and_closes_the_host() {
    let clock = Counting::new();
    let policy = Policy::new(clock.clone());
    for (failed, seconds) in [
        (answer(429, &[("retry-after", "7")], ""), 7),
        (answer(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1800000019")], ""), 13),
        (answer(403, &[], "You have exceeded a secondary rate limit."), 60),
        (answer(503, &[("retry-after", "3")], ""), 3),
    ] {
        policy.pause(&mut 0, "host", true, failed).await.unwrap();
        assert_eq!(clock.slept().last().unwrap().as_secs(), seconds);
    }
    let two = policy.clone();
    policy.closed.lock().unwrap().insert("host".into(), clock.now() + TimeDelta::seconds(5));
    two.enter("host").await;
    assert_eq!(clock.slept().last().unwrap().as_secs(), 5);
    let before = clock.slept().len();
    two.enter("other").await;
    assert_eq!(clock.slept().len(), before);
}

#[tokio::test]
async fn says_when_a_long_limit_ends() {
    let clock = Counting::new();
    let failed = answer(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1800003600")], "");
    let failed = Policy::new(clock.clone()).pause(&mut 0, "host", true, failed).await.unwrap_err();
    let Failed::Limited(why) = failed else { panic!("{failed:?}") };
    assert!(why.contains("2027-01-15 09:00:01 UTC, in 61 min"), "{why}");
    assert!(clock.slept().is_empty());
}

#[tokio::test]
async fn repeats_only_what_may_be_repeated() {
    let policy = Policy::new(Counting::new());
    for (failed, repeatable, again) in [
        (answer(500, &[], ""), true, true),
        (answer(500, &[], ""), false, false),
        (Failed::Lost("reset".into()), true, true),
        (Failed::Lost("reset".into()), false, false),
        (Failed::NotSent("refused".into()), false, true),
        (answer(429, &[("retry-after", "1")], ""), false, true),
        (answer(403, &[], "Resource not accessible by integration"), true, false),
        (answer(404, &[], ""), true, false),
        (answer(501, &[], ""), true, false),
        (Failed::Useless("redirected".into()), true, false),
    ] {
        let words = format!("{failed:?}");
        assert_eq!(policy.pause(&mut 0, "host", repeatable, failed).await.is_ok(), again, "{words}");
    }
}

#[tokio::test]
async fn gives_up_in_the_end_with_growing_waits() {
    let clock = Counting::new();
    let policy = Policy::new(clock.clone());
    let mut tries = 0;
    while policy.pause(&mut tries, "host", true, answer(502, &[], "")).await.is_ok() {}
    assert_eq!(tries, ATTEMPTS);
    let slept = clock.slept();
    assert_eq!(slept.len(), 4);
    for (index, wait) in slept.iter().enumerate() {
        let least = FIRST * 2_u32.pow(u32::try_from(index).unwrap());
        assert!((least..=least.mul_f64(1.5)).contains(wait), "{slept:?}");
    }
}
