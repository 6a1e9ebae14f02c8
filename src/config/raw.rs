//! YAML 1.2 to a tree with places. Recursion and growth are bounded, so no input can exhaust us.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::diagnostic::Fault;
use super::scalar;
use super::text::{Lines, decode};
use super::tree::{Entry, Kind, Mark, Node};

/// How deep values may lie in each other.
const DEEPEST: usize = 64;

/// How many values a file may hold once its aliases are expanded.
const MOST: usize = 100_000;

/// Reads a file; the text is given back for excerpts.
///
/// # Errors
///
/// All that is wrong as far as it can be known: what is no YAML ends the reading, repeated keys do not.
pub fn read(bytes: &[u8]) -> (String, Result<Node, Vec<Fault>>) {
    match decode(bytes) {
        Ok(text) => {
            let node = parse(&text);
            (text, node)
        }
        Err(fault) => {
            // Enough for an excerpt: a fault of a file that is too large has no place in it.
            let shown = bytes.get(..super::text::LARGEST).unwrap_or(bytes);
            let shown = shown.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(shown);
            (String::from_utf8_lossy(shown).into_owned(), Err(vec![fault]))
        }
    }
}

/// Parses text of at most 1 MiB.
///
/// # Errors
///
/// As [`read`].
pub fn parse(text: &str) -> Result<Node, Vec<Fault>> {
    let mut builder = Builder {
        parser: Parser::new_from_str(text),
        lines: Lines::of(text),
        anchors: HashMap::new(),
        made: 0,
        faults: Vec::new(),
    };
    match builder.document() {
        Ok(node) if builder.faults.is_empty() => Ok(node),
        Ok(_) => Err(builder.faults),
        Err(fault) => {
            builder.faults.push(fault);
            Err(builder.faults)
        }
    }
}

struct Builder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    lines: Lines<'a>,
    anchors: HashMap<usize, (Node, Size)>,
    made: usize,
    faults: Vec<Fault>,
}

/// How much an anchored value holds.
#[derive(Clone, Copy)]
struct Size {
    nodes: usize,
    depth: usize,
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Fault> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(self.no_yaml(&error)),
            // The parser ends with `StreamEnd`, after which nothing is asked.
            None => Err(Fault::new("the file ends where YAML does not")),
        }
    }

    fn document(&mut self) -> Result<Node, Fault> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                Event::StreamEnd => break,
                Event::DocumentStart(_) if root.is_some() => {
                    return Err(Fault::new(
                        "a second document begins here; the configuration is one document",
                    )
                    .at(self.mark(span))
                    .help("remove the line `---` and what follows it"));
                }
                Event::DocumentStart(_) => {}
                event => root = Some(self.node(event, span, 0)?.0),
            }
        }
        Ok(root.unwrap_or(Node { kind: Kind::Null, mark: self.lines.mark(0, 0) }))
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<(Node, Size), Fault> {
        self.made += 1;
        self.bounded(depth, span)?;
        let mark = self.mark(span);
        let (node, anchor, size) = match event {
            Event::Alias(anchor) => return self.expand(anchor, span, depth),
            Event::Scalar(text, style, anchor, tag) => {
                let kind = self.scalar(&text, style, tag.as_deref(), span)?;
                (Node { kind, mark }, anchor, Size { nodes: 1, depth: 1 })
            }
            Event::SequenceStart(anchor, tag) => {
                self.core(tag.as_deref(), "seq", span)?;
                let (kind, size) = self.list(depth)?;
                (Node { kind, mark }, anchor, size)
            }
            Event::MappingStart(anchor, tag) => {
                self.core(tag.as_deref(), "map", span)?;
                let (kind, size) = self.map(depth)?;
                (Node { kind, mark }, anchor, size)
            }
            _ => return Err(Fault::new("YAML ends in the middle of a value").at(mark)),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok((node, size))
    }

    fn list(&mut self, depth: usize) -> Result<(Kind, Size), Fault> {
        let mut items = Vec::new();
        let mut whole = Size { nodes: 1, depth: 1 };
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok((Kind::List(items), whole));
            }
            let (item, size) = self.node(event, span, depth + 1)?;
            whole.add(size);
            items.push(item);
        }
    }

    fn map(&mut self, depth: usize) -> Result<(Kind, Size), Fault> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut whole = Size { nodes: 1, depth: 1 };
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok((Kind::Map(entries), whole));
            }
            let (key, mark) = self.key(event, span)?;
            let (event, span) = self.next()?;
            let (value, size) = self.node(event, span, depth + 1)?;
            whole.add(size);
            match places.get(&key).and_then(|index| entries.get(*index)) {
                Some(first) => self.faults.push(
                    Fault::new(format!("the key `{key}` stands here a second time"))
                        .at(mark)
                        .label("again")
                        .also(first.mark.clone(), "first")
                        .help("join the two, or remove one"),
                ),
                None => {
                    places.insert(key.clone(), entries.len());
                    entries.push(Entry { key, mark, value });
                }
            }
        }
    }

    fn key(&mut self, event: Event<'a>, span: Span) -> Result<(String, Mark), Fault> {
        self.made += 1;
        let mark = self.mark(span);
        match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<" => {
                Err(Fault::new("the merge key `<<` is no part of YAML 1.2")
                    .at(mark)
                    .help("repeat the settings, or use an alias for a whole value: `key: *name`"))
            }
            Event::Scalar(text, _, anchor, tag) => {
                self.core(tag.as_deref(), "str", span)?;
                if anchor > 0 {
                    let node = Node { kind: Kind::Text(text.to_string()), mark: mark.clone() };
                    self.anchors.insert(anchor, (node, Size { nodes: 1, depth: 1 }));
                }
                Ok((text.into_owned(), mark))
            }
            Event::Alias(anchor) => match self.expand(anchor, span, 0)?.0.kind {
                Kind::Text(text) | Kind::Number { text, .. } => Ok((text, mark)),
                _ => Err(Fault::new("a key must be text").at(mark)),
            },
            _ => Err(Fault::new("a key must be text, not a list or a mapping")
                .at(mark)
                .help("a template that begins with `{{` must stand in quotes")),
        }
    }

    fn expand(&mut self, anchor: usize, span: Span, depth: usize) -> Result<(Node, Size), Fault> {
        let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
            return Err(Fault::new("this alias stands inside the value it names, which would never end")
                .at(self.mark(span))
                .label("cyclic alias")
                .help("write the value out"));
        };
        self.made = self.made.saturating_add(size.nodes);
        self.bounded(depth + size.depth, span)?;
        Ok((node, size))
    }

    fn bounded(&self, depth: usize, span: Span) -> Result<(), Fault> {
        if depth > DEEPEST {
            let what = format!("values lie more than {DEEPEST} deep in each other");
            return Err(Fault::new(what).at(self.mark(span)).label("too deep"));
        }
        if self.made > MOST {
            let what =
                format!("the configuration holds more than {MOST} values, those of its aliases counted");
            return Err(Fault::new(what).at(self.mark(span)).label("too many"));
        }
        Ok(())
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Result<Kind, Fault> {
        let resolved = || scalar::resolve(text).map_err(|what| Fault::new(what).at(self.mark(span)));
        let Some(tag) = tag else {
            return if style == ScalarStyle::Plain { resolved() } else { Ok(Kind::Text(text.to_owned())) };
        };
        let kind = match (tag.is_yaml_core_schema(), tag.suffix.as_str()) {
            (true, "str") => return Ok(Kind::Text(text.to_owned())),
            (false, "") if tag.handle == "!" => return Ok(Kind::Text(text.to_owned())),
            (true, "null" | "bool" | "int" | "float") => resolved()?,
            _ => return Err(self.foreign(tag, span)),
        };
        let fits = match (tag.suffix.as_str(), &kind) {
            ("null", Kind::Null) | ("bool", Kind::Bool(_)) | ("float", Kind::Number { .. }) => true,
            ("int", Kind::Number { value, .. }) => !value.is_f64(),
            _ => false,
        };
        if fits {
            Ok(kind)
        } else {
            Err(Fault::new(format!("`{text}` is no `!!{}`", tag.suffix)).at(self.mark(span)))
        }
    }

    fn core(&self, tag: Option<&Tag>, expected: &str, span: Span) -> Result<(), Fault> {
        match tag {
            Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == expected) => {
                Err(self.foreign(tag, span))
            }
            _ => Ok(()),
        }
    }

    fn foreign(&self, tag: &Tag, span: Span) -> Fault {
        Fault::new(format!("the tag `{tag}` has no meaning here")).at(self.mark(span)).help("remove the tag")
    }

    fn mark(&self, span: Span) -> Mark {
        let start = self.lines.offset(span.start.line(), span.start.col());
        let end = self.lines.offset(span.end.line(), span.end.col());
        self.lines.mark(start, end.saturating_sub(start))
    }

    fn no_yaml(&self, error: &ScanError) -> Fault {
        let at = error.marker();
        for line in [at.line(), at.line().saturating_sub(1)] {
            let text = self.lines.line(line);
            let indent = text.len() - text.trim_start_matches([' ', '\t']).len();
            if let Some(tab) = text.get(..indent).and_then(|indent| indent.find('\t')) {
                return Fault::new("a tab stands where YAML wants spaces")
                    .at(self.lines.mark(self.lines.offset(line, tab), 1))
                    .label("a tab")
                    .help("indent with spaces");
            }
        }
        let mark = self.lines.mark(self.lines.offset(at.line(), at.col()), 0);
        let info = error.info();
        if info.contains("unknown anchor") {
            return Fault::new("this alias names nothing that stands before it")
                .at(mark)
                .label("unknown alias");
        }
        if info.contains("recursion limit") {
            return Fault::new(format!("values lie more than {DEEPEST} deep in each other"))
                .at(mark)
                .label("too deep");
        }
        Fault::new(format!("this is no YAML: {info}")).at(mark).label("the parser stopped here")
    }
}

impl Size {
    fn add(&mut self, inner: Self) {
        self.nodes = self.nodes.saturating_add(inner.nodes);
        self.depth = self.depth.max(inner.depth + 1);
    }
}
