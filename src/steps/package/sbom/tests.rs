//! Bills of materials of real Go binaries, held against CycloneDX's own schema.

use std::io::{Cursor, Write as _};
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use proptest::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

use super::buildinfo::{BuildInfo, InfoError};
use super::document::{Binary, Subject, write};
use super::image;
use crate::model::Digest;
use crate::ports::Files;
use crate::ports::real::RealFiles;

const GO_MOD: &str = "module example.com/greeter\n\ngo 1.21\n\nrequire (\n\texample.com/dep v1.0.0\n\texample.com/old v1.0.0\n\
                      \texample.com/near v0.1.0\n)\n\nreplace example.com/old => example.com/fork v1.1.0\n\n\
                      replace example.com/near => ./near\n";

const MAIN_GO: &str = "package main\n\nimport (\n\t\"example.com/dep\"\n\t\"example.com/near\"\n\t\"example.com/old\"\n)\n\n\
                       func main() { println(dep.D, near.D, old.D) }\n";

/// A Go project, and a module proxy in a folder beside it, so that no network is needed.
struct Project {
    _keep: TempDir,
    dir: Utf8PathBuf,
}

impl Project {
    fn new() -> Self {
        let keep = tempfile::tempdir().unwrap();
        let dir = RealFiles.real_path(Utf8Path::from_path(keep.path()).unwrap()).unwrap();
        let put = |path: &str, text: &str| {
            RealFiles.write(&dir.join("greeter").join(path), text.as_bytes()).unwrap()
        };
        put("go.mod", GO_MOD);
        put("main.go", MAIN_GO);
        put("near/go.mod", "module example.com/near\n");
        put("near/near.go", "package near\n\nconst D = 3\n");
        offer(&dir.join("proxy"), "example.com/dep", "v1.0.0", "example.com/dep", "dep");
        offer(&dir.join("proxy"), "example.com/fork", "v1.1.0", "example.com/fork", "old");
        Self { _keep: keep, dir }
    }

    #[expect(clippy::disallowed_methods, reason = "the test needs binaries of the real compiler")]
    fn go(&self, platform: &str, args: &[&str]) -> String {
        let (os, arch) = platform.split_once('/').unwrap();
        let mut command = Command::new("go");
        command.args(args).current_dir(self.dir.join("greeter")).env("GOOS", os).env("GOARCH", arch);
        command
            .env("CGO_ENABLED", "0")
            .env("GOPROXY", format!("file://{}/proxy", self.dir))
            .env("GOSUMDB", "off");
        command
            .env("GOMODCACHE", self.dir.join("cache"))
            .env("GOFLAGS", "-modcacherw -mod=mod")
            .env("GOWORK", "off");
        let output = command.output().expect("Go is needed for this test");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        text
    }

    fn build(&self, platform: &str) -> Utf8PathBuf {
        let path = self.dir.join(platform.replace('/', "_"));
        self.go(platform, &["build", "-trimpath", "-ldflags=-s -w -buildid=", "-o", path.as_str(), "."]);
        path
    }
}

/// Puts a module into a proxy folder, as `go help goproxy` describes it.
fn offer(proxy: &Utf8Path, path: &str, version: &str, module: &str, package: &str) {
    let folder = proxy.join(path).join("@v");
    let go_mod = format!("module {module}\n");
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in
        [("go.mod", go_mod.as_str()), ("a.go", &format!("package {package}\n\nconst D = 1\n"))]
    {
        zip.start_file(format!("{path}@{version}/{name}"), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    RealFiles.write(&folder.join(format!("{version}.zip")), zip.finish().unwrap().get_ref()).unwrap();
    RealFiles.write(&folder.join(format!("{version}.mod")), go_mod.as_bytes()).unwrap();
    RealFiles
        .write(&folder.join(format!("{version}.info")), format!("{{\"Version\":\"{version}\"}}").as_bytes())
        .unwrap();
    RealFiles.write(&folder.join("list"), format!("{version}\n").as_bytes()).unwrap();
}

fn info(path: &Utf8Path) -> Result<BuildInfo, InfoError> {
    image::read(RealFiles.open(path).unwrap())
}

fn document(binaries: Vec<(&str, BuildInfo)>) -> String {
    let binary = |(name, info): (&str, BuildInfo)| Binary {
        name: name.into(),
        digest: Digest::of(name.as_bytes()),
        info,
    };
    write(&Subject {
        name: "greeter_1.2.3_linux_amd64.tar.gz".into(),
        digest: Digest::of(b"archive"),
        version: "1.2.3".into(),
        time: "2026-11-21T04:05:06Z".parse().unwrap(),
        binaries: binaries.into_iter().map(binary).collect(),
    })
    .unwrap()
}

/// One of CycloneDX's own schemas.
fn schema(name: &str) -> Value {
    let fixtures = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schemas");
    serde_json::from_slice(&RealFiles.read(&fixtures.join(name), 1 << 24).unwrap()).unwrap()
}

fn assert_valid(text: &str) {
    let spdx = schema("cyclonedx.spdx.schema.json");
    let jsf = schema("cyclonedx.jsf-0.82.schema.json");
    let registry = jsonschema::Registry::new()
        .add("http://cyclonedx.org/schema/spdx.schema.json", &spdx)
        .unwrap()
        .add("http://cyclonedx.org/schema/jsf-0.82.schema.json", &jsf)
        .unwrap()
        .prepare()
        .unwrap();
    let validator = jsonschema::options()
        .with_registry(&registry)
        .should_validate_formats(true)
        .build(&schema("cyclonedx.bom-1.6.schema.json"))
        .unwrap();
    let document: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{text}");
    let mut broken = document;
    broken["components"][0]["type"] = "nonsense".into();
    assert!(!validator.is_valid(&broken), "the schema must be able to refuse");
}

#[test]
fn tells_what_go_tells_of_binaries_for_every_system() {
    let project = Project::new();
    for platform in ["linux/amd64", "darwin/arm64", "windows/amd64"] {
        let path = project.build(platform);
        let info = info(&path).unwrap();
        let listed = project.go("linux/amd64", &["version", "-m", path.as_str()]);
        let mut lines = listed.lines();
        assert_eq!(lines.next(), Some(format!("{path}: {}", info.go).as_str()));
        let mut ours = vec![format!("\tpath\t{}", info.package)];
        let text = |word: &str, one: &super::buildinfo::Module| {
            let fields = [word, &one.path, &one.version, &one.sum].join("\t");
            format!("\t{}", fields.trim_end())
        };
        for (word, module) in
            info.main.iter().map(|one| ("mod", one)).chain(info.modules.iter().map(|one| ("dep", one)))
        {
            ours.push(text(word, module));
            ours.extend(module.replace.iter().map(|one| text("=>", one)));
        }
        let theirs = lines.filter(|line| !line.starts_with("\tbuild\t")).map(str::trim_end);
        // Go puts an empty line behind each replacement.
        let theirs: Vec<&str> = theirs.filter(|line| !line.is_empty()).collect();
        assert_eq!(ours, theirs);
        let goos = info.settings.iter().find(|(key, _)| key == "GOOS").map(|(_, value)| value.as_str());
        assert_eq!(goos, platform.split('/').next());
    }
}

#[test]
fn the_document_is_valid_and_says_what_is_in_the_binary() {
    let project = Project::new();
    let info = info(&project.build("linux/amd64")).unwrap();
    let text = document(vec![("greeter", info.clone()), ("second", info.clone())]);
    assert_valid(&text);
    assert_eq!(text, document(vec![("greeter", info.clone()), ("second", info)]), "the same bytes each time");
    let value: Value = serde_json::from_str(&text).unwrap();
    let components = value["components"].as_array().unwrap();
    let named = |name: &str| {
        components.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {text}"))
    };
    assert_eq!(named("example.com/dep")["purl"], "pkg:golang/example.com/dep@v1.0.0");
    assert_eq!(named("example.com/dep")["properties"][0]["name"], "release-action:go:h1");
    assert!(named("example.com/dep")["properties"][0]["value"].as_str().unwrap().starts_with("h1:"));
    assert_eq!(named("example.com/fork")["properties"][1]["value"], "example.com/old@v1.0.0");
    assert_eq!(named("example.com/near").get("purl"), None);
    assert!(named("stdlib")["purl"].as_str().unwrap().starts_with("pkg:golang/stdlib@1."));
    assert_eq!(named("greeter")["purl"], "pkg:golang/example.com/greeter@v1.2.3");
    assert_eq!(value["metadata"]["timestamp"], "2026-11-21T04:05:06Z");
    assert_eq!(components.len(), 6, "two binaries share their modules");
}

#[test]
fn what_is_no_go_binary_is_told_so() {
    assert!(matches!(image::read(Cursor::new(b"#!/bin/sh\n")), Err(InfoError::NoExecutable(_))));
    // This very program holds the magic as data, but it is Rust.
    let this = Utf8PathBuf::from_path_buf(std::env::current_exe().unwrap()).unwrap();
    assert_eq!(info(&this), Err(InfoError::Missing));
}

#[test]
fn a_broken_binary_never_breaks_the_reader() {
    let project = Project::new();
    let good = RealFiles.read(&project.build("linux/amd64"), 1 << 26).unwrap();
    let headers = good.len().min(4096);
    proptest!(ProptestConfig::with_cases(64), |(changes in prop::collection::vec((0..headers, any::<u8>()), 1..12), cut in 0..good.len())| {
        let mut bad = good.clone();
        for (at, byte) in changes {
            bad[at] = byte;
        }
        for bytes in [&bad[..], &bad[..cut]] {
            if let Ok(info) = image::read(Cursor::new(bytes)) {
                prop_assert!(info.go.starts_with("go"));
            }
        }
    });
}
