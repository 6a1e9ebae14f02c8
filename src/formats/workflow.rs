//! What a workflow or an action of GitHub runs that others wrote: its `uses:` and its images.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, Span, StrInput};

use super::BadReport;

/// How deep values may lie in each other.
const DEEPEST: usize = 64;

/// What is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An action or a reusable workflow: `owner/name@ref`, `./folder`, `docker://image`.
    Uses,
    /// An image: a job's container, a service, a container action.
    Image,
}

/// One place that runs what others wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What.
    pub kind: Kind,
    /// As it is written.
    pub text: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

/// Every reference in the file, from top to bottom.
///
/// # Errors
///
/// If it is no YAML, with the place.
pub fn references(text: &str) -> Result<Vec<Reference>, BadReport> {
    let mut walk = Walk {
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        found: Vec::new(),
        open: Vec::new(),
    };
    while let Some(next) = walk.parser.next_event() {
        let (event, span) = next.map_err(|error| {
            BadReport::at(error.marker().line() as u64, format!("it is no YAML: {}", error.info()))
        })?;
        if !walk.take(event, span)? {
            break;
        }
    }
    Ok(walk.found)
}

/// A container that is open.
enum Open {
    List,
    /// With the key whose value comes next, if its name was read.
    Map(Option<String>),
}

struct Walk<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, String>,
    found: Vec<Reference>,
    open: Vec<Open>,
}

impl<'a> Walk<'a> {
    /// Takes an event; false after the last.
    fn take(&mut self, event: Event<'a>, span: Span) -> Result<bool, BadReport> {
        match event {
            Event::StreamEnd => return Ok(false),
            Event::SequenceStart(..) => self.begin(Open::List, span)?,
            Event::MappingStart(..) => self.begin(Open::Map(None), span)?,
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
                self.value_is_done();
            }
            Event::Scalar(text, _, anchor, _) => {
                if anchor > 0 {
                    self.anchors.insert(anchor, text.to_string());
                }
                self.scalar(&text, span);
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(text) => self.scalar(&text, span),
                // What a list or a map holds was read where it stands, but not as what it is here.
                None if self.may_run() => {
                    return Err(BadReport::at(
                        span.start.line() as u64,
                        "an alias stands here for what is run; write it out, so that it can be read",
                    ));
                }
                None => self.value_is_done(),
            },
            _ => {}
        }
        Ok(true)
    }

    fn begin(&mut self, open: Open, span: Span) -> Result<(), BadReport> {
        if self.open.len() >= DEEPEST {
            return Err(BadReport::at(span.start.line() as u64, "values lie too deep in each other"));
        }
        // A container in the place of a key is no key of ours.
        if let Some(Open::Map(key @ None)) = self.open.last_mut() {
            *key = Some(String::new());
        }
        self.open.push(open);
        Ok(())
    }

    fn scalar(&mut self, text: &str, span: Span) {
        if let Some(Open::Map(key @ None)) = self.open.last_mut() {
            *key = Some(text.to_owned());
            return;
        }
        if let Some(kind) = self.kind() {
            let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX); // No editor goes further.
            let (line, column) = (number(span.start.line()), number(span.start.col() + 1));
            self.found.push(Reference { kind, text: text.to_owned(), line, column });
        }
        self.value_is_done();
    }

    fn value_is_done(&mut self) {
        if let Some(Open::Map(key)) = self.open.last_mut() {
            *key = None;
        }
    }

    /// Whether a list or a map here can hold references.
    fn may_run(&self) -> bool {
        matches!(
            self.path().as_slice(),
            ["jobs" | "runs"]
                | ["jobs", _]
                | ["jobs", _, "steps" | "container" | "services" | "<<"]
                | ["jobs", _, "steps", "[]"]
                | ["jobs", _, "steps", "[]", "<<"]
                | ["jobs", _, "services", _]
                | ["runs", "steps" | "<<"]
                | ["runs", "steps", "[]"]
        )
    }

    /// The keys that lead here.
    fn path(&self) -> Vec<&str> {
        fn name(open: &Open) -> &str {
            match open {
                Open::List => "[]",
                Open::Map(key) => key.as_deref().unwrap_or_default(),
            }
        }
        self.open.iter().map(name).collect()
    }

    /// What a scalar here is, by the keys that lead to it (docs.github.com: workflow and metadata syntax).
    fn kind(&self) -> Option<Kind> {
        match self.path().as_slice() {
            ["jobs", _, "uses"] | ["jobs", _, "steps", "[]", "uses"] | ["runs", "steps", "[]", "uses"] => {
                Some(Kind::Uses)
            }
            ["jobs", _, "container"]
            | ["jobs", _, "container", "image"]
            | ["jobs", _, "services", _, "image"]
            | ["runs", "image"] => Some(Kind::Image),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Kind, String, u32, u32)> {
        let all = references(text).unwrap();
        all.into_iter().map(|one| (one.kind, one.text, one.line, one.column)).collect()
    }

    #[test]
    fn finds_what_others_wrote_and_where() {
        let text = "on: push\nuses: not/this@v1\njobs:\n  a:\n    uses: o/r/.github/workflows/x.yml@v1\n  b:\n    container: &image debian:12\n    services:\n      db: { image: postgres }\n    steps:\n      - uses: actions/checkout@v4 # four\n        with: { uses: no/no@v1 }\n      - { name: x, uses: \"docker://alpine\" }\n      - run: 'uses: no@v1'\n  c:\n    container: { image: *image }\n";
        assert_eq!(
            found(text),
            [
                (Kind::Uses, "o/r/.github/workflows/x.yml@v1".into(), 5, 11),
                (Kind::Image, "debian:12".into(), 7, 16),
                (Kind::Image, "postgres".into(), 9, 20),
                (Kind::Uses, "actions/checkout@v4".into(), 11, 15),
                (Kind::Uses, "docker://alpine".into(), 13, 26),
                (Kind::Image, "debian:12".into(), 16, 25),
            ]
        );
        assert_eq!(
            found("runs:\n  using: composite\n  steps:\n    - uses: a/b@c\n"),
            [(Kind::Uses, "a/b@c".into(), 4, 13)]
        );
        assert_eq!(
            found("runs: { using: docker, image: Dockerfile }"),
            [(Kind::Image, "Dockerfile".into(), 1, 31)]
        );
        assert_eq!(found(""), []);
        for hidden in [
            "jobs:\n  a:\n    strategy: { matrix: { include: &s [{ uses: evil/thing@main }] } }\n    steps: *s\n",
            "x: &j { uses: a/b@c }\njobs:\n  a: *j\n",
        ] {
            assert!(references(hidden).unwrap_err().why.contains("alias"), "{hidden}");
        }
        assert_eq!(found("env: &e { A: b }\njobs:\n  a:\n    env: *e\n    uses: c/d@e\n").len(), 1);
    }

    #[test]
    fn what_is_no_yaml_has_a_place() {
        let error = references("jobs:\n  a: [\n").unwrap_err();
        assert!(error.line >= 2 && error.why.contains("no YAML"), "{error:?}");
        let deep = "- ".repeat(DEEPEST + 1) + "x";
        assert!(references(&deep).unwrap_err().why.contains("too deep"));
        assert!(references(&"[".repeat(100_000)).is_err());
    }
}
