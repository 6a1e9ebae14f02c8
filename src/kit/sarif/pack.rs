//! The document as code scanning takes it: packed, and never longer than it may be.

use std::io::Write as _;

use serde_json::Value;

use super::run::{MOST, Note, Origin, Run, document};

/// The most bytes of an upload, packed (GitHub: 10 MB).
pub const LONGEST: usize = 10_000_000;

/// What did not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cut {
    /// Findings that are left out, none worse than those that are there.
    pub findings: u64,
    /// Findings that somebody let pass, which code scanning would show as open ones.
    pub let_pass: u64,
}

/// A document ready to be uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The document.
    pub document: Value,
    /// The same, packed with gzip.
    pub bytes: Vec<u8>,
    /// What did not fit.
    pub cut: Cut,
}

/// Packs what fits, the worst first.
///
/// # Errors
///
/// If it cannot be packed.
pub fn pack(origin: &Origin, runs: Vec<Run>, longest: usize) -> std::io::Result<Packed> {
    let (runs, let_pass) = without_let_pass(runs);
    let mut most = MOST;
    loop {
        let (document, findings) = document(origin, &runs, most);
        let bytes = packed(&document)?;
        if bytes.len() <= longest || most == 0 {
            return Ok(Packed { document, bytes, cut: Cut { findings, let_pass } });
        }
        most /= 2;
    }
}

/// GitHub knows no suppressions.
fn without_let_pass(mut runs: Vec<Run>) -> (Vec<Run>, u64) {
    let mut all = 0;
    for run in &mut runs {
        let before = run.found.len();
        run.found.retain(|found| found.let_pass.is_none());
        let gone = before - run.found.len();
        if gone > 0 {
            let text = format!("{gone} findings that somebody let pass are left out");
            run.notes.push(Note { level: "note", text, rule: None });
        }
        all += gone as u64;
    }
    (runs, all)
}

fn packed(document: &Value) -> std::io::Result<Vec<u8>> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(&serde_json::to_vec(document)?)?;
    packer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, Found, LetPass, Looked, Problem};

    #[test]
    fn what_is_too_long_is_cut_until_it_fits() {
        let mut run = Run::of(Looked { name: "t".into(), version: String::new() });
        run.found = (0..400_u32)
            .map(|line| {
                let noise = Digest::of(&line.to_le_bytes()).hex();
                Found::blocking("r", "t", Problem::new(noise).at("a.go", Some(line + 1), None))
            })
            .collect();
        let passed = Some(LetPass { in_source: true, why: "x".into() });
        run.found.push(Found { let_pass: passed, ..run.found[0].clone() });
        let origin = Origin::default();
        let whole = pack(&origin, vec![run.clone()], LONGEST).unwrap();
        assert_eq!(whole.cut, Cut { findings: 0, let_pass: 1 });
        let half = pack(&origin, vec![run], whole.bytes.len() / 2).unwrap();
        assert!(half.bytes.len() <= whole.bytes.len() / 2);
        let left = half.document["runs"][0]["results"].as_array().unwrap().len() as u64;
        assert!(left > 0 && half.cut.findings == 400 - left, "{left} {:?}", half.cut);
        assert!(half.document.to_string().contains("more findings are left out here"));
    }
}
