//! The whole release against the embedded forge, as `make demo` shows it.

use std::process::{Command, Stdio};

use crate::harness::{greeter, repo, sha256};
use crate::running::Running;

#[test]
fn a_go_project_without_configuration_is_released() {
    let repo = greeter();
    let ran = repo.call(&["rehearse", "--keep"]).exits(0);
    let ran = ran.says("v1.0.0");
    assert!(!ran.out.contains('\u{1b}'), "a pipe sees no colours");
    for platform in ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"] {
        assert!(repo.dir.join(format!("dist/greeter_1.0.0_{platform}.tar.gz")).is_file(), "{platform}");
    }
    for platform in ["windows_amd64", "windows_arm64"] {
        assert!(repo.dir.join(format!("dist/greeter_1.0.0_{platform}.zip")).is_file(), "{platform}");
    }
    for file in [
        "plan.json",
        "journal.jsonl",
        "artifacts.json",
        "metadata.json",
        "config.yaml",
        "CHANGELOG.md",
        "release-notes.md",
        "release-evidence.json",
        "report/index.html",
        "report/report.json",
        "report/results.sarif",
        "report/junit.xml",
    ] {
        assert!(!repo.dist(file).is_empty(), "{file}");
    }
    let published = ran.out.lines().filter(|line| line.contains("published")).count();
    assert!(published >= 1, "{}", ran.out);
    // `sha256sum -c`, as a downloader would.
    let checked = Command::new("sha256sum")
        .args(["-c", "--strict", "greeter_1.0.0_checksums.txt"])
        .current_dir(repo.dir.join("dist"))
        .output()
        .unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    the_downloaded_binary_tells_its_version(&repo);
}

#[test]
fn what_a_killed_rehearsal_left_behind_is_removed_by_the_next() {
    let (repo, home) = (greeter(), tempfile::tempdir().unwrap());
    let forges = || {
        let names = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name());
        names
            .filter(|name| name.to_str().is_some_and(|name| name.starts_with("release-forge-")))
            .collect::<Vec<_>>()
    };
    let serve = || {
        let mut command = repo.program(&["rehearse", "--serve"]);
        command.env("TMPDIR", home.path()).stdout(Stdio::null()).stderr(Stdio::null());
        Running(command.spawn().unwrap())
    };
    let seeded = |name: &std::ffi::OsString| home.path().join(name).join("forge.lock").exists();
    serve().kill_when("its folder is there", || forges().iter().any(seeded));
    let left = forges();
    assert_eq!(left.len(), 1);
    let mut next = serve();
    next.wait_for("another folder", || forges().iter().any(|name| !left.contains(name) && seeded(name)));
    assert_eq!(forges().len(), 1, "{left:?}: {:?}", forges());
    // One that runs keeps its own.
    let other = serve();
    other.kill_when("a third folder", || forges().len() == 2);
    assert_eq!(next.signal_when("INT", "the end", || true), Some(0));
    assert_eq!(forges().len(), 1, "only that of the one that was killed");
}

/// The binary of this machine, out of the archive that was downloaded for verification.
fn the_downloaded_binary_tells_its_version(repo: &crate::harness::Repo) {
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let name = format!("greeter_1.0.0_linux_{arch}.tar.gz");
    let downloaded = repo.dir.join("dist/verify").join(&name);
    assert_eq!(sha256(&downloaded), sha256(&repo.dir.join("dist").join(&name)));
    let unpacked = tempfile::tempdir().unwrap();
    let tar =
        Command::new("tar").arg("-xzf").arg(&downloaded).arg("-C").arg(unpacked.path()).status().unwrap();
    assert!(tar.success());
    let told = Command::new(unpacked.path().join("greeter")).arg("--version").output().unwrap();
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let commit = repo.git(&["rev-parse", "HEAD"]);
    assert!(told.contains("1.0.0") && told.contains(&commit), "{told}");
}

#[test]
fn a_kept_forge_is_that_of_the_last_rehearsal() {
    let repo = repo(&[(".release.yaml", "version: 1\n"), (".gitignore", "/dist/\n")]);
    repo.tag("v1.0.0");
    repo.call(&["rehearse", "--keep"]).exits(0).says("--state");
    repo.call(&["rehearse", "--keep"]).exits(0).says("ublished");
    repo.git(&["tag", "-d", "v1.0.0"]);
    repo.commit("fix: more").tag("v1.0.0");
    repo.call(&["rehearse", "--keep"]).exits(0).says("ublished");
    assert!(repo.dir.join("dist/forge/requests.jsonl").is_file());
}

#[test]
fn a_rehearsal_without_a_tag_takes_the_next_version() {
    let repo = greeter();
    repo.write("README.md", "# Greeter\n\nGreets.\n");
    repo.commit("fix: say it shorter");
    repo.call(&["rehearse", "--skip", "gates"]).exits(0).says("v1.0.1");
    assert_eq!(repo.git(&["tag", "--points-at", "HEAD"]), "", "the user's repository is not touched");
}

#[test]
fn the_summary_of_a_rehearsal_says_that_nothing_is_published() {
    let repo = repo(&[(".release.yaml", "version: 1\n"), (".gitignore", "/dist/\n")]);
    repo.tag("v1.0.0");
    let home = tempfile::tempdir().unwrap();
    let summary = home.path().join("summary.md");
    let mut command = repo.program(&["rehearse"]);
    let out = command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary).output().unwrap();
    crate::harness::Ran::of(out).exits(0);
    let page = std::fs::read_to_string(summary).unwrap();
    assert!(page.starts_with("## ✅ rehearsal of "), "{page}");
    assert!(page.contains("- **v1.0.0** would be public: "), "{page}");
    for claim in ["is released", "is public", "](<http", ", 0 B"] {
        assert!(!page.contains(claim), "`{claim}`: {page}");
    }
}
