//! What the program tells of its own inner life, with `-vv` and more: a call made again, a container left
//! behind. Each line passes the redactor and goes to standard error.

use std::fmt::{Debug, Write as _};
use std::io::Write as _;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::report::text::clean;

use super::wire::World;

/// From how many `-v` on our own lines are heard, and from how many those of libraries.
const OURS: u8 = 2;
const ALL: u8 = 3;

/// Our own crate, as the targets of its lines begin.
const US: &str = "release_action";

/// Hears lines and writes them.
struct Heard {
    world: World,
}

/// From now on what is told inside is heard, if the command line asks for it.
pub(super) fn listen(world: &World) {
    if world.globals.verbose < OURS {
        return;
    }
    let heard = Heard { world: world.clone() };
    if tracing::subscriber::set_global_default(heard).is_err() {
        // The first world of this process is heard already.
        tracing::debug!("a second listener is left out");
    }
}

impl Subscriber for Heard {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        let ours = about.target().split("::").next() == Some(US);
        *about.level() <= Level::DEBUG && (ours || self.world.globals.verbose >= ALL)
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let about = event.metadata();
        let text = format!("{} {}: {}{}\n", about.level(), about.target(), line.message, line.fields);
        let clean = self.world.guarded(&clean(&text, &self.world.redactor));
        // Telling that it cannot be told would end here again.
        drop(std::io::stderr().lock().write_all(clean.as_bytes()));
    }

    // Spans are not told: each line says by itself what it is about.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A line, taken together from its fields.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let written = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
        // Writing to a String does not fail.
        debug_assert!(written.is_ok());
    }
}
