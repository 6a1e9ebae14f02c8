//! `release-lines ROOT MESSAGES PROFILES OUT`: writes as LCOV which lines of the sources below ROOT were reached.

#![expect(clippy::disallowed_methods, reason = "a tool of its own, with nothing between it and the world")]

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [root, messages, profiles, out] = words.as_slice() else {
        bail!("usage: release-lines ROOT MESSAGES PROFILES OUT");
    };
    let root = std::fs::canonicalize(root).with_context(|| format!("{root} is no folder"))?;
    let report = release_lines::measure(&root, Path::new(messages), Path::new(profiles))?;
    std::fs::write(out, report.lcov()).with_context(|| format!("{out} cannot be written"))?;
    let (covered, all) = report.totals();
    writeln!(
        std::io::stdout(),
        "{covered} of {all} lines in {} files were reached: {out}",
        report.files.len()
    )?;
    Ok(())
}
