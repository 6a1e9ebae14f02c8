//! Parts of machines that differ, and what travels with them.

use crate::harness::forge;
use crate::parts::{leg, small, started};

#[test]
fn machines_with_other_compilers_make_one_release() {
    let repo = small();
    // A compiler of its own, as on a Mac: the tests' keys hold it, and with cgo the builds' keys do.
    let compiler = repo.dir.parent().unwrap().join("own-cc");
    std::fs::write(&compiler, "#!/bin/sh\nexec gcc \"$@\"\n").unwrap();
    std::fs::set_permissions(&compiler, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let own = [("CC", compiler.to_str().unwrap())];
    for cgo in ["build.go.cgo=false", "build.go.cgo=true"] {
        let set = ["--set", cgo, "--set", "build.targets=linux/amd64"];
        let world = forge();
        let with = |args: &[&'static str]| [args, &set].concat();
        let machine = repo.fresh_clone();
        machine.job_with(&world, (7, 1), &own, &with(&["build", "--target", "linux/amd64"])).exits(0);
        let last = repo.fresh_clone();
        last.job(&world, (7, 1), &with(&["merge"])).exits(0).says("1 builds from 1 parts joined");
        last.job(&world, (7, 1), &with(&["package"])).exits(0);
        assert_eq!(started(&last, "build/"), 0, "{cgo}: what the part holds is not built again");
        let plans = [&machine, &last].map(|repo| repo.dist("plan.json"));
        assert_ne!(plans[0], plans[1], "{cgo}: the two machines do tell different things");
    }
}

/// A hook makes a file for the archive, one for the build, and one that differs each time.
const HOOKED: &str = "version: 1\nbuild:\n  targets: [linux/amd64, linux/arm64]\n  hooks:\n    before:\n      \
    - [sh, -c, 'mkdir -p made; echo complete > made/small.bash; chmod +x made/small.bash; echo $$ > made/cache; echo ran >> made/count']\n\
    package: { archive: { files: ['made/*.bash'] } }\n";

#[test]
fn what_hooks_made_for_the_archives_travels_with_the_parts() {
    let repo = small();
    repo.write(".release.yaml", HOOKED);
    repo.write(".gitignore", "/dist/\n/made/\n");
    repo.git(&["tag", "-d", "v1.0.0"]);
    repo.commit("build: completions").tag("v1.0.0");
    let world = forge();
    let one = repo.fresh_clone();
    one.job(&world, (7, 1), &["package"]).exits(0);
    let packed = started(&one, "package/");
    one.job(&world, (7, 1), &["package"]).exits(0);
    assert_eq!(started(&one, "package/"), packed, "what a hook left makes no archive anew");
    let other = leg(&repo, &world, (7, 2), "linux/amd64");
    let second = leg(&repo, &world, (7, 2), "linux/arm64");
    let last = repo.fresh_clone();
    last.job(&world, (7, 2), &["merge"]).exits(0);
    assert!(!last.dir.join("made/cache").exists(), "what only the build needs stays where it was");
    last.job(&world, (7, 2), &["package"]).exits(0);
    assert_eq!(started(&last, "build/"), 0);
    assert!(!last.dir.join("made/count").exists(), "the hook did not run here");
    assert_eq!(last.checksums(), one.checksums());

    // Taken away, it is made again; and no part may write over the source.
    std::fs::remove_file(one.dir.join("made/small.bash")).unwrap();
    one.job(&world, (7, 1), &["package"]).exits(0);
    assert_eq!(one.checksums(), last.checksums());
    let (dist, second) = (other.dir.join("dist"), second.dir.join("dist"));
    let part = dist.join("part.json");
    let told = std::fs::read_to_string(&part).unwrap();
    let merge = ["merge", dist.to_str().unwrap(), second.to_str().unwrap()];
    for (path, words) in [
        ("main.go", "a part brings main.go, which Git does not ignore"),
        (".git/config", "a file that no hook can have made: `.git/config`"),
        ("../x", "a file that no hook can have made: `../x`"),
    ] {
        std::fs::write(&part, told.replace("made/small.bash", path)).unwrap();
        repo.fresh_clone().call(&merge).exits(2).says(words);
    }
    std::fs::write(&part, &told).unwrap();
    std::fs::write(dist.join("made-by-hooks/made/small.bash"), "other").unwrap();
    repo.fresh_clone().call(&merge).exits(2).says("is not what its part says");
}

#[test]
fn a_password_that_is_a_word_of_the_plan_loses_no_part() {
    let repo = small();
    let world = forge();
    let set = ["--set", "build.targets=linux/amd64"];
    let with = |args: &[&'static str]| [args, &set].concat();
    let machine = repo.fresh_clone();
    for word in ["small", "linux", "build"] {
        machine.job_with(&world, (7, 1), &[("DB_PASSWORD", word)], &with(&["build"])).exits(0);
        let dist = machine.dir.join("dist");
        let merge = ["merge", dist.to_str().unwrap()];
        repo.fresh_clone().call(&[&merge[..], &set].concat()).exits(0).says("1 builds from 1 parts joined");
    }
    assert_eq!(started(&machine, "build/"), 1, "what is here is known again");
}
