//! Archives on a real disk, looked at by the tools that people unpack them with.
#![expect(clippy::disallowed_methods, reason = "modes and links are set up as a careless hand would")]

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::entries::{self, Entry};
use super::maker::write;
use super::pack::Recipe;
use super::readback::{self, Whole, Written};
use super::settings::Format;
use super::watch::Watch;
use crate::model::{Artifact, ArtifactKind, Digest};
use crate::ports::Files;
use crate::ports::real::RealFiles;

const PACKED: [Format; 4] = [Format::TarGz, Format::TarXz, Format::TarZst, Format::Zip];

pub fn folder() -> (TempDir, Utf8PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = RealFiles.real_path(Utf8Path::from_path(dir.path()).unwrap()).unwrap();
    (dir, path)
}

fn watch() -> Watch {
    Watch::new(CancellationToken::new(), |_| {})
}

fn recipe(format: Format) -> Recipe {
    let time = "2026-11-21T04:05:06Z".parse().unwrap();
    Recipe { format, level: format.level(None).unwrap(), time, longest_whole: u64::MAX }
}

/// Puts a file there, with a mode as another umask would have left it.
pub fn put(path: &Utf8Path, bytes: &[u8], mode: u32) {
    RealFiles.write(path, bytes).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn entry(dir: &Utf8Path, name: &str, executable: bool) -> Entry {
    let from = dir.join(name);
    let len = RealFiles.meta(&from).unwrap().unwrap().len;
    Entry { name: name.into(), from, len, executable, digest: None }
}

/// A binary, a file in a folder, an empty file.
fn example(dir: &Utf8Path, mode: u32) -> Vec<Entry> {
    let binary: Vec<u8> = (0..300_000_u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
    put(&dir.join("greeter"), &binary, mode | 0o100);
    put(&dir.join("docs/read me.md"), b"Hello\n", mode);
    put(&dir.join("empty"), b"", mode);
    let made = [("greeter", true), ("docs/read me.md", false), ("empty", false)];
    let made = made.map(|(name, executable)| entry(dir, name, executable));
    entries::arrange(made.to_vec(), "").unwrap()
}

#[expect(clippy::disallowed_methods, reason = "tests run the tools that people unpack archives with")]
fn run(dir: &Utf8Path, program: &str, args: &[&str]) -> String {
    let output =
        Command::new(program).args(args).current_dir(dir).env("TZ", "UTC").env("LC_ALL", "C.UTF-8").output();
    let output = output.unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program} {args:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[test]
fn the_same_bytes_in_any_folder_and_with_any_mode() {
    let (_keep, one) = folder();
    let (_keep_too, other) = folder();
    for format in PACKED {
        let name = format!("out.{}", format.name());
        let made = [(&one, 0o644), (&other, 0o600)].map(|(dir, mode)| {
            write(&RealFiles, &dir.join(&name), &example(dir, mode), &recipe(format), watch()).unwrap()
        });
        assert_eq!(made[0], made[1], "{format:?}");
        assert_eq!(RealFiles.digest(&one.join(&name)).unwrap(), made[0]);
    }
}

#[test]
fn tar_lists_what_went_in_with_owner_mode_and_time_made_even() {
    let (_keep, dir) = folder();
    let entries = example(&dir, 0o600);
    for format in [Format::TarGz, Format::TarXz, Format::TarZst] {
        let name = format!("out.{}", format.name());
        write(&RealFiles, &dir.join(&name), &entries, &recipe(format), watch()).unwrap();
        let listing = run(&dir, "tar", &["--full-time", "-tvf", &name]);
        assert_eq!(
            listing,
            "-rw-r--r-- 0/0               6 2026-11-21 04:05:06 docs/read me.md\n\
             -rw-r--r-- 0/0               0 2026-11-21 04:05:06 empty\n\
             -rwxr-xr-x 0/0         1200000 2026-11-21 04:05:06 greeter\n"
        );
    }
    let header = RealFiles.read(&dir.join("out.tar.gz"), 1 << 20).unwrap();
    // RFC 1952: deflate, no flags, no time, and an unknown system.
    assert_eq!((&header[..8], header[9]), (&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0][..], 255));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the real sha256sum is asked")]
fn sha256sum_accepts_what_was_hashed_while_it_was_written() {
    let (_keep, dir) = folder();
    let entries = example(&dir, 0o644);
    let line = |format: Format| {
        let name = format!("out.{}", format.name());
        let (_, digest) = write(&RealFiles, &dir.join(&name), &entries, &recipe(format), watch()).unwrap();
        format!("{}  {name}\n", digest.hex())
    };
    RealFiles.write(&dir.join("sums"), PACKED.map(line).concat().as_bytes()).unwrap();
    assert_eq!(run(&dir, "sha256sum", &["--strict", "-c", "sums"]).matches(": OK").count(), 4);
    put(&dir.join("out.zip"), b"other", 0o644);
    assert!(
        !Command::new("sha256sum").args(["-c", "sums"]).current_dir(&dir).output().unwrap().status.success()
    );
}

#[test]
fn unzip_lists_and_tests_what_went_in() {
    let (_keep, dir) = folder();
    write(&RealFiles, &dir.join("out.zip"), &example(&dir, 0o600), &recipe(Format::Zip), watch()).unwrap();
    let listing = run(&dir, "unzip", &["-ZT", "out.zip"]);
    for line in ["-rw-r--r--", "-rwxr-xr-x", " 1200000 bX", "20261121.040506 docs/read me.md"] {
        assert!(listing.contains(line), "{line}: {listing}");
    }
    run(&dir, "unzip", &["-t", "out.zip"]);
    let fields = run(&dir, "unzip", &["-Zv", "out.zip"]);
    // The time in UTC, and nothing else: no owner.
    assert_eq!(
        fields.matches("length of extra field:                          9 bytes").count(),
        3,
        "{fields}"
    );
}

#[test]
fn a_tar_too_large_for_memory_is_the_same_tar() {
    let (_keep, dir) = folder();
    let entries = example(&dir, 0o644);
    let streamed = Recipe { longest_whole: 0, ..recipe(Format::TarGz) };
    let first = write(&RealFiles, &dir.join("streamed.tar.gz"), &entries, &streamed, watch()).unwrap();
    write(&RealFiles, &dir.join("whole.tar.gz"), &entries, &recipe(Format::TarGz), watch()).unwrap();
    for name in ["streamed", "whole"] {
        run(&dir, "gzip", &["-d", &format!("{name}.tar.gz")]);
    }
    assert_eq!(
        RealFiles.digest(&dir.join("streamed.tar")).unwrap(),
        RealFiles.digest(&dir.join("whole.tar")).unwrap()
    );
    assert_eq!(write(&RealFiles, &dir.join("again.tar.gz"), &entries, &streamed, watch()).unwrap(), first);
}

/// The tar in a tar.gz.
fn unzipped(path: &Utf8Path) -> Vec<u8> {
    let mut tar = Vec::new();
    let packed = RealFiles.open(path).unwrap();
    std::io::copy(&mut flate2::read::GzDecoder::new(packed), &mut tar).unwrap();
    tar
}

#[test]
fn what_changed_on_the_disk_is_noticed() {
    let (_keep, dir) = folder();
    let entries = example(&dir, 0o644);
    let digests: Vec<Digest> = entries.iter().map(|entry| RealFiles.digest(&entry.from).unwrap().1).collect();
    let ways = PACKED.map(recipe).into_iter().chain([Recipe { longest_whole: 0, ..recipe(Format::TarGz) }]);
    for recipe in ways {
        let path = dir.join(format!("out.{}", recipe.format.name()));
        write(&RealFiles, &path, &entries, &recipe, watch()).unwrap();
        let tar = recipe.is_whole(&entries).then(|| unzipped(&path));
        // As if what is on the disk now had been written: only what is inside can tell the difference.
        let compare = |entries: &[Entry]| {
            let bytes = RealFiles.digest(&path).unwrap();
            let packed = RealFiles.read(&path, 1 << 22).unwrap();
            let whole = tar.as_deref().map(|tar| Whole { tar, packed: &packed });
            let written = Written { path: &path, recipe: &recipe, bytes, entries, digests: &digests, whole };
            readback::compare(&RealFiles, &written, &mut Vec::new(), &mut watch())
                .map_err(|error| error.to_string())
        };
        compare(&entries).unwrap();
        assert!(compare(&entries[..2]).is_err(), "{recipe:?} with an entry too much");
        let mut renamed = entries.clone();
        renamed[2].name = "other".into();
        assert!(compare(&renamed).unwrap_err().contains("its name"), "{recipe:?}");
        let mut runs = entries.clone();
        runs[0].executable = true;
        assert!(compare(&runs).unwrap_err().contains("its mode"), "{recipe:?}");
        let good = RealFiles.read(&path, 1 << 22).unwrap();
        RealFiles.write(&path, &good[..good.len() / 2]).unwrap();
        assert!(compare(&entries).is_err(), "{recipe:?} cut in half");
        let mut bad = good.clone();
        bad[good.len() / 2] ^= 0x40;
        RealFiles.write(&path, &bad).unwrap();
        assert!(compare(&entries).is_err(), "{recipe:?} with a wrong bit");
        let bytes = (good.len() as u64, Digest::of(&good));
        let whole = tar.as_deref().map(|tar| Whole { tar, packed: &good });
        let written =
            Written { path: &path, recipe: &recipe, bytes, entries: &entries, digests: &digests, whole };
        let error = readback::compare(&RealFiles, &written, &mut Vec::new(), &mut watch()).unwrap_err();
        assert_eq!(error.to_string(), "its bytes are not those that were written");
        put(&dir.join("docs/read me.md"), b"Hallo\n", 0o644);
        write(&RealFiles, &path, &entries, &recipe, watch()).unwrap();
        assert!(compare(&entries).unwrap_err().contains("its bytes"), "{recipe:?} packed from another file");
        put(&dir.join("docs/read me.md"), b"Hello\n", 0o644);
    }
}

#[test]
fn a_binary_that_is_not_the_built_one_is_refused() {
    let (_keep, dir) = folder();
    put(&dir.join("greeter"), b"after", 0o755);
    let artifact = Artifact {
        name: "greeter".into(),
        kind: ArtifactKind::Binary,
        path: "greeter".into(),
        platform: None,
        size: 5,
        digest: Digest::of(b"built"),
        extra: std::collections::BTreeMap::new(),
    };
    for format in PACKED.into_iter().chain([Format::Binary]) {
        let path = dir.join("out");
        let problem = write(&RealFiles, &path, &[entries::binary(&artifact, &dir)], &recipe(format), watch())
            .unwrap_err();
        assert!(problem.causes[0].contains("changed since it was made"), "{problem}");
        assert_eq!(RealFiles.meta(&path).unwrap(), None, "nothing may be left");
    }
}

#[test]
fn long_and_foreign_names_come_out_of_tar_as_they_went_in() {
    let (_keep, dir) = folder();
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(200));
    for name in [long.as_str(), "grüße.txt", "a b;$(x).txt", "-rf"] {
        put(&dir.join("in").join(name), name.as_bytes(), 0o644);
    }
    let made =
        [long.as_str(), "grüße.txt", "a b;$(x).txt", "-rf"].map(|name| entry(&dir.join("in"), name, false));
    let entries = entries::arrange(made.to_vec(), "top").unwrap();
    for format in [Format::TarGz, Format::Zip] {
        let name = format!("out.{}", format.name());
        write(&RealFiles, &dir.join(&name), &entries, &recipe(format), watch()).unwrap();
        match format {
            Format::Zip => run(&dir, "unzip", &["-q", "-o", &name]),
            _ => run(&dir, "tar", &["-xf", &name]),
        };
        for name in [long.as_str(), "grüße.txt", "a b;$(x).txt", "-rf"] {
            assert_eq!(RealFiles.read(&dir.join("top").join(name), 1000).unwrap(), name.as_bytes());
        }
        RealFiles.remove(&dir.join("top")).unwrap();
    }
}

#[test]
fn names_that_break_readers_are_refused() {
    for name in ["a\nb", "a\\b", "\u{1b}[2J", "man/Foo::Bar.3", "/a", "a//b"] {
        let made = Entry { name: name.into(), from: "x".into(), len: 0, executable: false, digest: None };
        assert!(entries::arrange(vec![made], "").unwrap_err().what.contains("cannot go into an archive"));
    }
    let twice = ["x", "y"].map(|from| Entry {
        name: "a".into(),
        from: from.into(),
        len: 0,
        executable: false,
        digest: None,
    });
    assert!(entries::arrange(twice.to_vec(), "").unwrap_err().what.contains("two files would be `a`"));
    let cases = ["docs/a", "docs/A"].map(|name| Entry { name: name.into(), ..twice[0].clone() });
    assert!(entries::arrange(cases.to_vec(), "").unwrap_err().what.contains("two files would be `docs/a`"));
}

#[test]
fn a_stopped_run_leaves_nothing() {
    let (_keep, dir) = folder();
    let entries = example(&dir, 0o644);
    let stop = CancellationToken::new();
    stop.cancel();
    let problem =
        write(&RealFiles, &dir.join("out"), &entries, &recipe(Format::TarGz), Watch::new(stop, |_| {}))
            .unwrap_err();
    assert!(problem.causes[0].contains("the run was stopped"), "{problem}");
    assert_eq!(RealFiles.meta(&dir.join("out")).unwrap(), None);
}
