//! What targets begin with: one sample of each format, and small archives.

use std::io::{self, Write as _};
use std::path::Path;

use super::findings::{CLEAN, SAMPLES};
use super::reports::slug;
use super::samples::{COVERAGE, NOTHING, TESTS};

/// Writes the seeds of each target into a folder of its name.
pub fn seeds(dir: &Path) -> io::Result<()> {
    for (format, text) in COVERAGE.iter().chain(TESTS) {
        put(dir, &slug(format), "sample", text.as_bytes())?;
        put(dir, "head", &slug(format), text.as_bytes())?;
    }
    for sample in SAMPLES {
        put(dir, &slug(sample.format), "sample", sample.text.as_bytes())?;
        put(dir, "head", &slug(sample.format), sample.text.as_bytes())?;
    }
    for (format, text) in CLEAN {
        put(dir, &slug(format), "clean", text.as_bytes())?;
        put(dir, "head", &format!("{}-clean", slug(format)), text.as_bytes())?;
    }
    for (at, text) in NOTHING.iter().enumerate() {
        put(dir, "head", &format!("nothing-{at}"), text.as_bytes())?;
    }
    for (target, name, bytes) in archives()? {
        put(dir, target, name, &bytes)?;
        put(dir, "archive-secrets", name, &bytes)?;
    }
    for (at, line) in WORDS.iter().enumerate() {
        put(dir, "words", &format!("word-{at}"), line.as_bytes())?;
        put(dir, "licence", &format!("word-{at}"), line.as_bytes())?;
        put(dir, "template", &format!("word-{at}"), line.as_bytes())?;
    }
    put(dir, "settings", "line", b"gates.coverage.minimum=90\nBUILD__TARGETS=[linux/amd64]\n")?;
    put(dir, "dockerfile", "stages", DOCKERFILE)?;
    put(dir, "npm-lock", "lock", NPM_LOCK)?;
    put(dir, "evidence", "empty", EVIDENCE)
}

const WORDS: [&str; 12] = [
    "1.2.3-rc.1+build",
    "85.1234",
    "90s",
    "feat(core)!: words\n\nBREAKING CHANGE: more",
    "https://github.com/acme/greeter.git",
    "git@github.com:acme/greeter",
    "MIT OR (Apache-2.0 WITH LLVM-exception AND BSD-3-Clause)",
    "{{ project }}_{{ version | upper }}_{% if os == 'linux' %}{{ env.A }}{% endif %}",
    "{% for a in range(9) %}{{ a }}{% endfor %}",
    "bin/greeter\nbin/Greeter\nbin/greeter/x\n",
    "release-action works here: plan=0123456789abcdef dist=0123456789abcdef by=0123456789abcdef run=1.2 turn=1 over=- term=300 beat=1",
    "release-action_1.0.0_linux_amd64.tar.gz",
];

const DOCKERFILE: &[u8] =
    b"# syntax=docker/dockerfile:1\nARG V=12\nFROM --platform=$BUILDPLATFORM debian:${V:-11}@sha256:00 AS a\nRUN <<EOF\nFROM x\nEOF\nFROM a\nCOPY --from=b:1 /a /b\n";

const NPM_LOCK: &[u8] = br#"{"name":"m","lockfileVersion":3,"packages":{"":{"name":"m"},"node_modules/a":{"version":"1.0.0","license":"MIT"},"node_modules/b":{"version":"2.0.0","license":{"type":"MIT"}},"w":{"link":true}}}"#;

const EVIDENCE: &[u8] = br#"{"format":1,"project":"p","tag":"v1.0.0","version":"1.0.0","commit":"0123456789abcdef0123456789abcdef01234567","plan":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","made":{},"judged":{}}"#;

fn put(dir: &Path, target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = dir.join(target);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(format!("seed-{name}")), bytes)
}

/// Small archives of each kind, by the target that reads it first.
fn archives() -> io::Result<Vec<(&'static str, &'static str, Vec<u8>)>> {
    let plain = tar(&[("a/b", b"text\n"), ("c", b"ghp_012345678901234567890123456789012345")])?;
    let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for name in ["a/b.txt", "c"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default())?;
        zip.write_all(b"text text text text\n")?;
    }
    let zip = zip.finish()?.into_inner();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 0);
    xz.write_all(&plain)?;
    let gz = gzip(&plain)?;
    let nested = gzip(&tar(&[("in.zip", zip.as_slice()), ("in.tar.gz", gz.as_slice())])?)?;
    let long = "d/".repeat(120) + "e";
    let mut ar = b"!<arch>\n".to_vec();
    write!(ar, "{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", "data.tar.gz/", 0, 0, 0, "100644", gz.len())?;
    ar.extend_from_slice(&gz);
    Ok(vec![
        ("archive-tar-gz", "gz", gz),
        ("archive-tar-gz", "long", gzip(&tar(&[(long.as_str(), b"x".as_slice())])?)?),
        ("archive-tar-xz", "xz", xz.finish()?),
        ("archive-tar-zst", "zst", zstd::encode_all(plain.as_slice(), 1)?),
        ("archive-zip", "zip", zip),
        ("secrets", "tar", plain),
        ("secrets", "nested", nested),
        ("secrets", "ar", ar),
    ])
}

fn tar(entries: &[(&str, &[u8])]) -> io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, *bytes)?;
    }
    builder.into_inner()
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes)?;
    out.finish()
}
