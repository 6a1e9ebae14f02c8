//! Files as they would be published, with and without secrets in them.

use std::io::Write as _;

use serde_json::{Value, json};

use super::Secrets;
use crate::config::section::NoSettings;
use crate::model::{Artifact, ArtifactKind, Expected, Problem, Status, Step, Verdict};
use crate::ports::Files as _;
use crate::steps::room::{Draft, Maker, Site};
use crate::steps::trial::Trial;
use crate::steps::trial_image;

/// Makes a file of these bytes.
struct Given(&'static str, Vec<u8>);

#[async_trait::async_trait]
impl Maker for Given {
    async fn make(&self, site: &Site) -> Result<Vec<Artifact>, Problem> {
        let path = site.dist.join(self.0);
        site.ports.files.write(&path, &self.1)?;
        let (size, digest) = site.ports.files.digest(&path)?;
        let kind = ArtifactKind::Archive;
        let extra = std::collections::BTreeMap::new();
        Ok(vec![Artifact {
            name: self.0.into(),
            kind,
            path: self.0.into(),
            platform: None,
            size,
            digest,
            extra,
        }])
    }
}

async fn scanned(name: &'static str, bytes: &[u8], settings: Value) -> Result<Verdict, Problem> {
    let mut trial = Trial::of(&[("README.md", "words\n")]).await;
    let expected =
        Expected { name: name.into(), kind: ArtifactKind::Archive, platform: None, id: String::new() };
    let maker =
        Draft::new(Step::Package, "given", "", "a file").makes(expected).maker(Given(name, bytes.to_vec()));
    trial.planned.push(maker.clone());
    trial.make(&maker).await?;
    let planned = trial.planned::<Secrets, NoSettings>(settings, json!({}));
    trial.check(&planned[0]).await
}

/// The one that GitHub showed when it told how tokens are made, put together here.
fn token() -> String {
    ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat()
}

fn program(secret: &str) -> Vec<u8> {
    let mut bytes = b"\x7fELF".to_vec();
    bytes.extend((0..300_000_u32).flat_map(u32::to_le_bytes));
    bytes.extend_from_slice(format!("texts{secret}beside").as_bytes());
    bytes.extend(std::iter::repeat_n(7_u8, 50_000));
    bytes
}

fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in [("README.md", &b"# words"[..]), (name, bytes)] {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

/// A tar with a file's name of 3 MiB, which packs well.
fn long_name() -> Vec<u8> {
    let (mut header, name) = (tar::Header::new_gnu(), vec![b'n'; 3 << 20]);
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(name.len() as u64);
    header.set_cksum();
    [header.as_bytes().to_vec(), name, tar("a", b"b")].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut packed = liblzma::write::XzEncoder::new(Vec::new(), 1);
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap().into_inner()
}

fn ar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut all = b"!<arch>\n".to_vec();
    for (name, bytes) in [("debian-binary", &b"2.0\n"[..]), ("odd", b"abc"), (name, bytes)] {
        all.extend_from_slice(
            format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, bytes.len()).as_bytes(),
        );
        all.extend_from_slice(bytes);
        if bytes.len() % 2 == 1 {
            all.push(b'\n');
        }
    }
    all
}

/// The same program in all that it may be published in.
fn published(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = program(secret);
    vec![
        ("app", bytes.clone()),
        ("app.gz", gzip(&bytes)),
        ("app.tar", tar("bin/app", &bytes)),
        ("app.tar.gz", gzip(&tar("bin/app", &bytes))),
        ("app.tar.xz", xz(&tar("bin/app", &bytes))),
        ("app.tar.zst", zstd::encode_all(tar("bin/app", &bytes).as_slice(), 1).unwrap()),
        ("app.zip", zip("bin/app", &bytes)),
        ("app.deb", ar("data.tar.xz", &xz(&tar("usr/bin/app", &bytes)))),
        ("deep.tar.gz", gzip(&tar("a.zip", &zip("b.tar", &tar("c.gz", &gzip(&bytes)))))),
        // Two members, and what follows the end of a tar.
        ("two.gz", [gzip(b"one"), gzip(&bytes)].concat()),
        ("after.tar.gz", gzip(&[tar("a", b"b"), bytes].concat())),
        // The name says nothing.
        ("app.txt", gzip(&program(secret))),
    ]
}

#[tokio::test]
async fn a_token_is_found_in_whatever_is_published_and_is_not_shown() {
    for (name, bytes) in published(&token()) {
        let verdict = scanned(name, &bytes, json!({})).await.unwrap();
        assert_eq!(verdict.status, Status::Fail, "{name}: {verdict:?}");
        assert_eq!(verdict.problems.len(), 1, "{name}: {verdict:?}");
        let what = &verdict.problems[0].what;
        assert!(
            what.starts_with("github-token:") && what.contains(name) && what.contains("at byte "),
            "{what}"
        );
        assert!(!format!("{verdict:?}").contains(&token()[4..20]), "{verdict:?}");
    }
    for (name, bytes) in published("ghp_nothing") {
        let verdict = scanned(name, &bytes, json!({})).await.unwrap();
        assert_eq!((verdict.status, verdict.problems.len()), (Status::Pass, 0), "{name}: {verdict:?}");
        let file = &verdict.evidence[1];
        assert!(file.what.contains(name) && file.digest.is_some(), "{file:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_looked_into_is_no_pass() {
    let whole = gzip(&tar("bin/app", &program("")));
    let xz = xz(&tar("bin/app", &program("")));
    let mut torn_zip = zip("bin/app", &program(""));
    torn_zip.truncate(torn_zip.len() - 4);
    let mut wrong = whole.clone();
    let at = wrong.len() - 6;
    wrong[at] ^= 1;
    let mut deep = b"x".to_vec();
    for _ in 0..12 {
        deep = gzip(&deep);
    }
    for (name, bytes) in [
        ("torn.tar.gz", whole[..whole.len() / 2].to_vec()),
        ("torn-at-the-end.tar.gz", whole[..whole.len() - 4].to_vec()),
        ("wrong-sum.tar.gz", wrong),
        ("torn.tar.xz", xz[..xz.len() - 8].to_vec()),
        ("torn.zip", torn_zip),
        ("torn.deb", ar("data.tar.xz", &xz)[..500].to_vec()),
        ("deep.gz", deep),
        ("deep.zip", (0..12).fold(b"x".to_vec(), |inner, _| zip("a", &inner))),
        ("deep.tar", (0..12).fold(b"x".to_vec(), |inner, _| tar("a", &inner))),
        ("deep.a", (0..12).fold(b"x".to_vec(), |inner, _| ar("a", &inner))),
        ("deep.zst", (0..12).fold(b"x".to_vec(), |inner, _| zstd::encode_all(inner.as_slice(), 1).unwrap())),
        ("name.tar.gz", gzip(&long_name())),
        ("closed.7z", b"7z\xbc\xaf\x27\x1c and more".to_vec()),
        ("closed.tar", tar("a.rpm", b"\xed\xab\xee\xdb and more")),
    ] {
        let verdict = scanned(name, &bytes, json!({})).await.unwrap();
        assert_eq!(verdict.status, Status::Error, "{name}: {verdict:?}");
        assert!(verdict.problems[0].what.starts_with("unread:"), "{name}: {verdict:?}");
        assert!(verdict.summary.contains("could not be looked into"), "{verdict:?}");
    }
}

#[tokio::test]
async fn what_is_let_pass_is_named_and_ends() {
    let bytes = gzip(&tar("bin/app", &program(&token())));
    let found = scanned("a.tar.gz", &bytes, json!({})).await.unwrap();
    let print = found.problems[0].what.split(": ").next().unwrap().to_owned();
    let entry = |id: &str, expires: &str| json!({ "ignore": [{ "id": id, "reason": "an example", "owner": "ann", "expires": expires }] });
    for (id, expires, status) in [
        (print.as_str(), "9999-12-31", Status::Pass),
        ("github-token", "9999-12-31", Status::Pass),
        (&print, "2020-12-31", Status::Fail),
        ("github-token:0000000000000000", "9999-12-31", Status::Fail),
    ] {
        let verdict = scanned("a.tar.gz", &bytes, entry(id, expires)).await.unwrap();
        assert_eq!(verdict.status, status, "{id}: {verdict:?}");
    }
    let idle = scanned("a.tar.gz", &gzip(&tar("a", b"b")), entry(&print, "9999-12-31")).await.unwrap();
    assert_eq!(idle.status, Status::Fail, "{idle:?}");
    assert!(idle.problems[0].what.contains("fits no finding"), "{idle:?}");
    let closed = scanned("a.7z", b"7z\xbc\xaf\x27\x1c", entry("unread:a.7z", "9999-12-31")).await.unwrap();
    assert_eq!(closed.status, Status::Pass, "{closed:?}");
}

#[tokio::test]
async fn real_programs_hold_none_but_what_they_were_given() {
    let tools = camino::Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools");
    // gitleaks holds keys of Google that somebody published, so as not to tell of them.
    for (name, known) in [("gitleaks", "google-api-key:"), ("govulncheck", ""), ("actionlint", "")] {
        let bytes = crate::ports::real::RealFiles.read(&tools.join(name), 1 << 30).unwrap();
        let verdict = scanned("tool", &bytes, json!({})).await.unwrap();
        assert_eq!(verdict.problems.is_empty(), known.is_empty(), "{name}: {verdict:?}");
        let others = verdict.problems.iter().filter(|problem| !problem.what.starts_with(known));
        assert_eq!(others.count(), 0, "{name}: {verdict:?}");
    }
}

/// Looks through an image that lies in the repository's folder.
async fn image(bytes: &[u8]) -> Result<Verdict, Problem> {
    let trial = Trial::of(&[("README.md", "words\n")]).await;
    trial.ports.files.write(&trial.root.join("out/image.tar"), bytes).unwrap();
    let planned = trial.plan::<Secrets, NoSettings>(json!({ "images": ["out/image.tar"] }), json!({}))?;
    assert!(!planned[0].task.keeps, "the next image has the same name");
    trial.check(&planned[0]).await
}

#[tokio::test]
async fn a_token_in_any_layer_or_in_the_history_of_an_image_is_found() {
    let secret = trial_image::tar(&[("app/.env", token().as_bytes())]);
    let packed = gzip(&secret);
    let gone = trial_image::tar(&[("app/.wh..env", b"")]);
    let plain = trial_image::tar(&[("app/m", &program(""))]);
    let said = format!("ARG TOKEN={}", token());
    for make in [trial_image::saved, trial_image::laid_out] {
        for (layers, created_by, place) in [
            (vec![plain.clone(), secret.clone(), gone.clone()], "COPY", "entry app/.env"),
            (vec![packed.clone()], "COPY", "entry app/.env"),
            (vec![plain.clone()], said.as_str(), "out/image.tar"),
        ] {
            let verdict = image(&make(&layers, created_by)).await.unwrap();
            assert_eq!(verdict.status, Status::Fail, "{verdict:?}");
            let what = &verdict.problems[0].what;
            assert!(what.starts_with("github-token:") && what.contains(place), "{what}");
            assert!(!format!("{verdict:?}").contains(&token()[4..20]), "{verdict:?}");
        }
        let clean = image(&make(&[plain.clone(), gone.clone()], "COPY")).await.unwrap();
        assert_eq!((clean.status, clean.problems.len()), (Status::Pass, 0), "{clean:?}");
        assert!(
            clean.evidence.iter().any(|proof| proof.what.contains("2 layers of out/image.tar")),
            "{clean:?}"
        );
    }
}

#[tokio::test]
async fn an_image_that_is_not_whole_is_no_pass() {
    let plain = trial_image::tar(&[("app/m", &program(""))]);
    let whole = trial_image::saved(std::slice::from_ref(&plain), "COPY");
    let elsewhere = trial_image::tar(&[
        ("manifest.json", br#"[{"Config":"c.json","Layers":["l/layer.tar"]}]"#),
        ("c.json", b"{}"),
    ]);
    let no_layer =
        trial_image::tar(&[("manifest.json", br#"[{"Config":"c.json","Layers":[]}]"#), ("c.json", b"{}")]);
    let index = trial_image::tar(&[("index.json", br#"{"manifests":[{"digest":"sha256:00"}]}"#)]);
    for (bytes, why) in [
        (elsewhere, "name l/layer.tar, which does not lie in it"),
        (no_layer, "name no layer"),
        (index, "it does not lie in it"),
        (trial_image::tar(&[("manifest.json", b"[{")]), "manifest.json cannot be read"),
        (plain, "it is no image"),
        (whole[..whole.len() / 2].to_vec(), ""),
        (b"words".to_vec(), ""),
        (Vec::new(), ""),
    ] {
        let verdict = image(&bytes).await.unwrap();
        assert_eq!(verdict.status, Status::Error, "{why}: {verdict:?}");
        assert!(format!("{verdict:?}").contains(why), "{why}: {verdict:?}");
    }
    let trial = Trial::of(&[("README.md", "words\n")]).await;
    let planned = trial.plan::<Secrets, NoSettings>(json!({ "images": ["no.tar"] }), json!({})).unwrap();
    assert!(trial.check(&planned[0]).await.unwrap_err().what.contains("no image in `no.tar`"));
}
