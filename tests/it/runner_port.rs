//! What GitHub's runner takes for a command, by its own rules, in our words: the reader that every log must get past.
//!
//! Facts: runner `src/Runner.Common/ActionCommand.cs` (the two forms), `src/Runner.Worker/ActionCommandManager.cs`
//! (names, stop and resume), `Handlers/OutputManager.cs` (lines of both streams, one state).

use std::collections::BTreeMap;

/// The commands that the runner knows. Names are compared without regard to case.
const KNOWN: [&str; 16] = [
    "stop-commands",
    "set-env",
    "set-output",
    "save-state",
    "add-mask",
    "add-path",
    "add-matcher",
    "remove-matcher",
    "debug",
    "warning",
    "error",
    "notice",
    "group",
    "endgroup",
    "echo",
    "internal-set-repo-path",
];

/// A command that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obeyed {
    /// Its name in small letters.
    pub name: String,
    /// Its properties.
    pub properties: BTreeMap<String, String>,
    /// Its data, unescaped.
    pub data: String,
}

/// How the runner compares texts where it does so by culture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Culture {
    /// Byte for byte: a machine without ICU.
    Invariant,
    /// With ICU: characters without weight are as good as not there.
    Icu,
}

/// The state that both streams of a step share.
pub struct Runner {
    culture: Culture,
    stopped: Option<String>,
    /// What it carried out, in order.
    pub obeyed: Vec<Obeyed>,
}

impl Runner {
    /// A runner at the beginning of a step.
    pub fn new(culture: Culture) -> Self {
        Self { culture, stopped: None, obeyed: Vec::new() }
    }

    /// Reads a stream to its end. CR, LF and CRLF end a line, as in .NET's `ReadLine`.
    pub fn read(&mut self, stream: &str) -> &mut Self {
        for line in stream.split(['\n', '\r']) {
            self.line(line);
        }
        self
    }

    /// Whether it is told to take no commands at the moment.
    pub fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Takes a line.
    pub fn line(&mut self, line: &str) {
        let line = match self.culture {
            Culture::Invariant => line.to_owned(),
            Culture::Icu => line.chars().filter(|char| has_weight(*char)).collect(),
        };
        let Some(command) = self.second_form(&line).or_else(|| self.first_form(&line)) else { return };
        match &self.stopped {
            Some(token) if token.eq_ignore_ascii_case(&command.name) => self.stopped = None,
            Some(_) => {}
            None => {
                if command.name == "stop-commands" {
                    assert!(
                        !command.data.is_empty() && !self.knows(&command.data),
                        "the runner refuses {command:?}"
                    );
                    self.stopped = Some(command.data.clone());
                }
                self.obeyed.push(command);
            }
        }
    }

    fn knows(&self, name: &str) -> bool {
        let token = self.stopped.as_deref().is_some_and(|token| token.eq_ignore_ascii_case(name));
        token || KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// `::name key=value,key=value::data` at a line's beginning, white space aside.
    fn second_form(&self, line: &str) -> Option<Obeyed> {
        let (head, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
        self.command(
            head,
            data,
            ',',
            &[("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")],
        )
    }

    /// `##[name key=value;key=value]data` wherever it stands in a line, the first one only.
    fn first_form(&self, line: &str) -> Option<Obeyed> {
        let (_, rest) = line.split_once("##[")?;
        let (head, data) = rest.split_once(']')?;
        self.command(
            head,
            data,
            ';',
            &[("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%")],
        )
    }

    fn command(&self, head: &str, data: &str, between: char, escapes: &[(&str, &str)]) -> Option<Obeyed> {
        let (name, rest) = head.split_once(' ').unwrap_or((head, ""));
        if !self.knows(name) {
            return None;
        }
        let read =
            |text: &str| escapes.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        let pairs = rest.trim().split(between).filter_map(|pair| pair.split_once('='));
        let properties = pairs.map(|(key, value)| (key.to_ascii_lowercase(), read(value))).collect();
        Some(Obeyed { name: name.to_ascii_lowercase(), properties, data: read(data) })
    }
}

/// False for what Unicode's collation passes over: controls, formats, joiners and selectors.
fn has_weight(char: char) -> bool {
    let code = u32::from(char);
    let control =
        code < 0x20 && !(0x9..=0xd).contains(&code) || (0x7f..=0x9f).contains(&code) && code != 0x85;
    let format = matches!(code, 0xad | 0x34f | 0x61c | 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e
        | 0x2060..=0x206f | 0xfe00..=0xfe0f | 0xfeff | 0xfff0..=0xfffb | 0xe0000..=0xe0fff);
    !(control || format)
}

#[test]
fn it_reads_as_the_runner_does() {
    let names = |log: &str, culture| -> Vec<String> {
        Runner::new(culture).read(log).obeyed.iter().map(|command| command.name.clone()).collect()
    };
    let log =
        "::error file=a::b\nx\n \u{a0} ::Group::y\ra ##[debug]z\n::nobody::x\n:: error::x\nx ::error::y";
    assert_eq!(names(log, Culture::Invariant), ["error", "group", "debug"]);
    let log = "::stop-commands::t0ken\n::error::x\n##[error]x\n::T0KEN::\n::notice::y\n##[stop-commands]u\n::error::z";
    assert_eq!(names(log, Culture::Invariant), ["stop-commands", "notice", "stop-commands"]);
    let log = "\u{feff}::error::x\n:\u{200d}:group::y\n#\u{ad}#[debug]";
    assert_eq!(names(log, Culture::Invariant), Vec::<String>::new());
    assert_eq!(names(log, Culture::Icu), ["error", "group", "debug"]);
    let mut runner = Runner::new(Culture::Invariant);
    runner.read("::error title=a%3Ab%2Cc,line=3::100%25%0A::x");
    assert_eq!(runner.obeyed[0].properties["title"], "a:b,c");
    assert_eq!(runner.obeyed[0].data, "100%\n::x");
}
