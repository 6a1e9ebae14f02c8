//! Every parser of what comes from outside, each as a target: it takes any bytes, and must not panic, hang, or say two
//! different things of them.

mod archives;
#[path = "../../src/formats/findings/samples.rs"]
#[expect(dead_code, reason = "tests of release-action use the rest of it")]
mod findings;
mod reports;
#[path = "../../src/formats/samples.rs"]
mod samples;
mod seed;
mod texts;

pub use seed::seeds;

/// A parser that is fed.
pub struct Target {
    /// Its name: `lcov-tracefile`.
    pub name: String,
    /// The dictionary that helps with its form: a file in `dictionaries/`.
    pub dictionary: &'static str,
    /// Feeds it.
    pub run: Box<dyn Fn(&[u8]) + Send + Sync>,
}

impl Target {
    fn new(name: &str, dictionary: &'static str, run: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        Self { name: name.into(), dictionary, run: Box::new(run) }
    }
}

/// All of them. A format that is added to a list of `src/formats` is one by that.
pub fn targets() -> Vec<Target> {
    let mut all = reports::targets();
    all.extend(texts::targets());
    all.extend(archives::targets());
    all
}
