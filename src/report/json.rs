//! One record a line, as JSON, for programs that watch.

use std::io::Write;

use crate::kit::secret::Redactor;
use crate::model::Record;

use super::github_command::harmless_json;
use super::text::clean_record;

/// Writes each record as a line of JSON and flushes it.
pub struct Json<W: Write> {
    out: W,
    redactor: Redactor,
    broken: bool,
}

impl<W: Write> Json<W> {
    /// Writes to `out`.
    pub fn new(out: W, redactor: Redactor) -> Self {
        Self { out, redactor, broken: false }
    }

    /// Takes a record. After the reader has gone away nothing more is written; the run does not depend on it.
    pub fn take(&mut self, record: &Record) {
        if !self.broken {
            self.broken = self.write(&clean_record(record, &self.redactor)).is_err();
        }
    }

    /// Flushes what is left.
    ///
    /// # Errors
    ///
    /// If the output cannot be written.
    pub fn finish(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }

    fn write(&mut self, record: &Record) -> std::io::Result<()> {
        // A workflow's log may be JSON too.
        let line = harmless_json(&serde_json::to_string(record)?) + "\n";
        self.out.write_all(line.as_bytes())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn every_record_is_a_line_that_reads_back() {
        let mut bytes = Vec::new();
        let mut json = Json::new(&mut bytes, Redactor::default());
        let records = sample::success();
        records.iter().for_each(|record| json.take(record));
        json.finish().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let read: Vec<Record> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(read, records);
    }
}
