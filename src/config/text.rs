//! Bytes to text that the parser may see, with places counted as people count them.

use super::diagnostic::Fault;
use super::tree::{Mark, Origin};

/// The largest configuration that is read, in bytes.
pub const LARGEST: usize = 1024 * 1024;

/// Where each line of a text begins, and each character where they are not one byte each.
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    /// The byte of each character; none for pure ASCII.
    chars: Option<Vec<usize>>,
}

impl<'a> Lines<'a> {
    /// Counts the lines once, so that later questions cost no walk through the text.
    pub fn of(text: &'a str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(index, _)| index + 1));
        let chars = (!text.is_ascii()).then(|| text.char_indices().map(|(index, _)| index).collect());
        Self { text, starts, chars }
    }

    /// The byte at this line, counted from 1, and column, counted from 0 in characters.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let start = self.start(line);
        let offset = match &self.chars {
            None => start + column,
            Some(chars) => chars.get(self.characters(start) + column).copied().unwrap_or(self.text.len()),
        };
        offset.min(self.text.len())
    }

    /// The line, without its end.
    pub fn line(&self, line: usize) -> &'a str {
        self.text.get(self.start(line)..).unwrap_or_default().lines().next().unwrap_or_default()
    }

    /// The mark of some bytes.
    pub fn mark(&self, offset: usize, len: usize) -> Mark {
        let index = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(index).copied().unwrap_or(0);
        let column = self.characters(offset).saturating_sub(self.characters(start));
        Mark { origin: Origin::File { line: small(index + 1), column: small(column + 1) }, offset, len }
    }

    fn start(&self, line: usize) -> usize {
        self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }

    /// How many characters stand before this byte.
    fn characters(&self, offset: usize) -> usize {
        self.chars.as_ref().map_or(offset, |chars| chars.partition_point(|start| *start < offset))
    }
}

/// Counts are bounded by [`LARGEST`], so nothing is lost.
pub fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The text of a configuration file without its byte order mark.
///
/// # Errors
///
/// If it is larger than 1 MiB, no UTF-8, or holds characters that YAML 1.2 forbids (section 5.1).
pub fn decode(bytes: &[u8]) -> Result<String, Fault> {
    if bytes.len() > LARGEST {
        let what = format!("the file has {} bytes; a configuration may have at most {LARGEST}", bytes.len());
        return Err(
            Fault::new(what).help("is this the file you meant? Long texts belong in files of their own")
        );
    }
    if bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE]) {
        return Err(Fault::new("the file is written in UTF-16").help("save it as UTF-8"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let valid = String::from_utf8_lossy(valid);
        let byte = bytes.get(valid.len()).copied().unwrap_or_default();
        let mark = Lines::of(&valid).mark(valid.len(), 0);
        Fault::new(format!("the file is no UTF-8: the byte 0x{byte:02X} begins no character"))
            .at(mark)
            .label("here")
            .help("save the file as UTF-8")
    })?;
    match text.char_indices().find(|(index, c)| !allowed(*c, text, *index)) {
        None => Ok(text.to_owned()),
        Some((index, c)) => {
            let what = format!("the character U+{:04X} may not stand in YAML", u32::from(c));
            let help = match c {
                '\r' => "end lines with a line feed, or a carriage return and a line feed",
                _ => "remove it, or write it as an escape in double quotes",
            };
            let mark = Lines::of(text).mark(index, c.len_utf8());
            Err(Fault::new(what).at(mark).label("here").help(help))
        }
    }
}

fn allowed(c: char, text: &str, index: usize) -> bool {
    match c {
        '\n' | '\t' | '\u{85}' => true,
        // The parser counts a carriage return of its own as a line, editors do not.
        '\r' => text.get(index + 1..).is_some_and(|rest| rest.starts_with('\n')),
        '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}' => false,
        c => !c.is_control(),
    }
}
