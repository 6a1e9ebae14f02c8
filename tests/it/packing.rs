//! What goes into archives and what must never go there, told before anything is built.

use crate::harness::{Repo, repo};

const MODULE: &str = "module example.com/greeter\n\ngo 1.24\n";

const MAIN: &str = "package main\n\nfunc main() { println(\"0.1.0\") }\n";

fn project() -> Repo {
    repo(&[("go.mod", MODULE), ("main.go", MAIN)])
}

/// Packs everything for one platform; nothing leaves this machine.
const PACK: [&str; 7] =
    ["run", "--snapshot", "--skip", "gates", "--set", "build.targets=[linux/amd64]", "--quiet"];

#[test]
fn a_link_to_gits_own_files_is_refused_before_anything_is_built() {
    let project = project();
    project.git(&["config", "http.extraheader", "AUTHORIZATION: basic hunter2hunter2"]);
    std::os::unix::fs::symlink(".git/config", project.dir.join("README-x")).unwrap();
    project.commit("docs: a link").tag("v0.1.0");
    project.call(&PACK).exits(2).says("`README-x` leads to `.git/config`, which Git keeps for itself");
    assert!(project.journal().iter().all(|line| line["event"] != "task_started"), "nothing was begun");
}

#[test]
fn a_name_that_cannot_be_unpacked_everywhere_is_refused_before_anything_is_built() {
    let project = project();
    project.write("man/Foo::Bar.3", "x");
    project.write("docs/a", "x");
    project.write("docs/A", "y");
    project.write(".release.yaml", "version: 1\npackage:\n  archive:\n    files: [man, docs]\n");
    project.commit("docs: pages").tag("v0.1.0");
    let ran = project.call(&PACK).exits(2).says("`man/Foo::Bar.3` cannot go into an archive");
    drop(ran.says("two files would be `docs/a` in the archive"));
    assert!(project.journal().iter().all(|line| line["event"] != "task_started"), "nothing was begun");
}
