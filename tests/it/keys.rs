//! A result is taken over only where nothing that decides it has changed, tracked by Git or not.

use std::collections::BTreeMap;
use std::path::Path;

use crate::harness::{Ran, Repo, forge, repo, sha256};

const MOD: (&str, &str) = ("go.mod", "module example.com/m\n\ngo 1.21\n");
const EMBEDS: (&str, &str) = (
    "main.go",
    "package main\n\nimport \"embed\"\n\n//go:embed web/*.txt\nvar files embed.FS\n\n\
     func main() { text, _ := files.ReadFile(\"web/a.txt\"); println(string(text)) }\n",
);
const IGNORE: (&str, &str) = (".gitignore", "/dist/\n/web/\n/extra/\n/gen.go\ncliff.toml\n/notes\n");

/// Makes what a release is made of, for one platform.
fn make(repo: &Repo) -> Ran {
    repo.call(&["run", "--snapshot", "--only", "package,changelog", "--set", "build.targets=linux/amd64"])
}

/// The tasks that ran in the last run.
fn ran(repo: &Repo) -> Vec<String> {
    let journal = repo.journal();
    let begin = journal.iter().rposition(|line| line["event"] == "run_started").unwrap();
    let started = journal[begin..].iter().filter(|line| line["event"] == "task_started");
    let makes = ["build/", "package/", "changelog/"];
    started
        .map(|line| line["task"].as_str().unwrap().to_owned())
        .filter(|task| makes.iter().any(|step| task.starts_with(step)))
        .collect()
}

/// Every file in the dist folder that a person downloads or a build left.
fn bytes(repo: &Repo) -> BTreeMap<String, String> {
    let dist = repo.dir.join("dist");
    let mut all = BTreeMap::new();
    let mut add = |dir: &Path| {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let made = ["tar.gz", "_checksums.txt"].iter().any(|end| name.ends_with(end)) || name == "m";
            if path.is_file() && made {
                all.insert(name, sha256(&path));
            }
        }
    };
    add(&dist);
    add(&dist.join("m_linux_amd64_v1"));
    assert_eq!(all.len(), 3, "{all:?}");
    all
}

#[track_caller]
fn nothing_runs(repo: &Repo) {
    make(repo).exits(0);
    assert_eq!(ran(repo), [""; 0], "everything is taken over");
}

#[test]
fn an_ignored_file_that_is_embedded_makes_everything_new() {
    let repo = repo(&[MOD, EMBEDS, IGNORE]);
    repo.write("web/a.txt", "one");
    make(&repo).exits(0);
    let first = bytes(&repo);
    nothing_runs(&repo);
    repo.write("web/not-embedded.md", "x");
    nothing_runs(&repo);
    repo.write("web/a.txt", "two");
    make(&repo).exits(0);
    let second = bytes(&repo);
    let same = first.iter().filter(|(name, digest)| second.get(*name) == Some(*digest)).count();
    assert_eq!(same, 0, "binary, archive and checksums are new: {first:?} {second:?}");
    nothing_runs(&repo);
    repo.write("web/a.txt", "one");
    make(&repo).exits(0);
    assert_eq!(bytes(&repo), first, "the same input gives the same bytes");
}

#[test]
fn ignored_sources_and_modules_outside_of_the_repository_count() {
    let main = "package main\n\nimport \"example.com/x\"\n\nfunc main() { println(x.Text, other) }\n";
    let module =
        "module example.com/m\n\ngo 1.21\n\nrequire example.com/x v0.0.0\n\nreplace example.com/x => ../x\n";
    let repo = repo(&[("go.mod", module), ("main.go", main), IGNORE]);
    repo.write("../x/go.mod", "module example.com/x\n");
    repo.write("../x/x.go", "package x\n\nconst Text = \"one\"\n");
    repo.write("gen.go", "package main\n\nconst other = 1\n");
    make(&repo).exits(0);
    nothing_runs(&repo);
    for (name, text) in [
        ("gen.go", "package main\n\nconst other = 2\n"),
        ("../x/x.go", "package x\n\nconst Text = \"two\"\n"),
    ] {
        let before = bytes(&repo);
        repo.write(name, text);
        make(&repo).exits(0);
        assert_ne!(bytes(&repo)["m"], before["m"], "{name}");
        nothing_runs(&repo);
    }
}

#[test]
fn ignored_files_beside_the_binaries_and_ignored_styles_count() {
    let settings = "package: { archive: { files: ['extra/*'] } }\n";
    let repo =
        repo(&[MOD, ("main.go", "package main\n\nfunc main() {}\n"), IGNORE, (".release.yaml", settings)]);
    repo.write("extra/LICENSE", "one");
    make(&repo).exits(0);
    nothing_runs(&repo);
    let before = bytes(&repo);
    repo.write("extra/LICENSE", "two");
    make(&repo).exits(0);
    let ran_now = ran(&repo);
    assert!(ran_now.iter().all(|task| task.starts_with("package/")), "{ran_now:?}");
    assert!(ran_now.iter().any(|task| task.contains("checksums")), "{ran_now:?}");
    let after = bytes(&repo);
    assert_eq!(before["m"], after["m"], "the binary has nothing to do with it");
    assert_eq!(before.iter().filter(|(name, digest)| after[*name] == **digest).count(), 1);
    repo.write("cliff.toml", "[changelog]\nbody = \"other words\"\n");
    make(&repo).exits(0);
    assert_eq!(ran(&repo).len(), 2, "{:?}", ran(&repo));
    assert!(repo.dist("CHANGELOG.md").contains("other words"));
    nothing_runs(&repo);
}

#[test]
fn a_broken_archive_in_dist_is_made_again() {
    let repo = repo(&[MOD, ("main.go", "package main\n\nfunc main() {}\n"), IGNORE]);
    make(&repo).exits(0);
    let first = bytes(&repo);
    let archive = first.keys().find(|name| name.ends_with("tar.gz")).unwrap();
    let path = repo.dir.join("dist").join(archive);
    let mut broken = std::fs::read(&path).unwrap();
    let middle = broken.len() / 2;
    broken[middle] ^= 1;
    std::fs::write(&path, broken).unwrap();
    make(&repo).exits(0);
    let ran = ran(&repo);
    assert!(ran.len() == 1 && ran[0].starts_with("package/archive/"), "{ran:?}");
    assert_eq!(bytes(&repo), first);
}

#[test]
fn what_hooks_make_is_theirs_until_somebody_else_changes_it() {
    let hook = "build:\n  hooks:\n    before:\n      - [sh, -c, 'mkdir -p web; printf made > web/a.txt; echo ran >> notes']\n";
    let repo = repo(&[MOD, EMBEDS, IGNORE, (".release.yaml", hook)]);
    let times = || std::fs::read_to_string(repo.dir.join("notes")).unwrap().lines().count();
    make(&repo).exits(0);
    let first = bytes(&repo);
    nothing_runs(&repo);
    assert_eq!(times(), 1);
    let key = |repo: &Repo| repo.call(&["plan", "--snapshot", "--json"]).exits(0).out;
    assert_eq!(key(&repo), key(&repo.fresh_clone()), "what a hook made changes no key");
    // Changed by hand: the hook runs again, and what it makes is what is built.
    for change in ["changed", ""] {
        match change {
            "" => std::fs::remove_file(repo.dir.join("web/a.txt")).unwrap(),
            text => repo.write("web/a.txt", text),
        }
        let before = times();
        make(&repo).exits(0);
        assert_eq!((times(), bytes(&repo)), (before + 1, first.clone()));
        make(&repo).exits(0);
        nothing_runs(&repo);
    }
}

#[test]
fn a_hook_that_changes_the_source_is_refused() {
    for (hook, words) in [
        ("echo '// x' >> main.go", "main.go is not as it was committed"),
        ("echo x > new.txt", "new.txt is new, and Git does not ignore it"),
    ] {
        let settings = format!("build: {{ hooks: {{ before: [[sh, -c, \"{hook}\"]] }} }}\n");
        let main = "package main\n\nfunc main() {}\n";
        let repo = repo(&[MOD, ("main.go", main), IGNORE, (".release.yaml", &settings)]);
        make(&repo).exits(12).says(words).says("add it to .gitignore");
    }
}

/// Whatever a person has set for their own eyes and hands.
const OWN_SETTINGS: &str = "[grep]\n lineNumber = true\n column = true\n patternType = fixed\n fullName = true\n\
    [column]\n ui = always\n tag = always\n status = always\n[tag]\n sort = -refname\n\
    [submodule]\n recurse = true\n[i18n]\n logOutputEncoding = ISO-8859-1\n\
    [log]\n follow = true\n showSignature = true\n decorate = full\n date = relative\n abbrevCommit = true\n\
    [color]\n ui = always\n grep = always\n diff = always\n status = always\n[core]\n quotePath = true\n abbrev = 5\n\
    [diff]\n noprefix = true\n mnemonicPrefix = true\n context = 9\n interHunkContext = 9\n algorithm = patience\n\
     submodule = log\n colorMoved = zebra\n suppressBlankEmpty = true\n wsErrorHighlight = all\n relative = true\n\
    [status]\n showUntrackedFiles = no\n relativePaths = true\n branch = true\n short = true\n submoduleSummary = true\n";

#[test]
fn a_persons_own_settings_for_git_change_nothing() {
    let repo = repo(&[MOD, EMBEDS, IGNORE, (".gitattributes", "*.go -diff\n")]);
    repo.write("libs/x.txt", "grün");
    repo.commit("fix: grün wird größer").tag("v1.0.0").commit("feat: zwölf").tag("v1.1.0");
    repo.write("web/a.txt", "one");
    repo.write("libs/x.txt", "blau");
    repo.write("ungetrackt/ä", "x");
    let settings = repo.dir.join("../settings");
    std::fs::write(&settings, OWN_SETTINGS).unwrap();
    let own = [("GIT_CONFIG_GLOBAL", settings.to_str().unwrap()), ("GIT_LITERAL_PATHSPECS", "1")];
    let call = |args: &[&str], env: &[(&str, &str)]| {
        Ran::of(repo.program(args).envs(env.iter().copied()).output().unwrap()).exits(0)
    };
    let plan = |env| call(&["plan", "--snapshot", "--json"], env).out;
    let (before, with_own) = (plan(&[]), plan(&own));
    assert_eq!(before, with_own, "the same keys");
    repo.write("web/a.txt", "two");
    assert_ne!(plan(&[]), before, "the embedded file counts");
    assert_ne!(plan(&own), before, "and whatever is set");
    let words = |env| {
        call(&["run", "--snapshot", "--only", "changelog"], env);
        let text = repo.dist("CHANGELOG.md");
        std::fs::remove_dir_all(repo.dir.join("dist")).unwrap();
        text
    };
    let text = words(&[]);
    assert!(text.contains("Zwölf") || text.contains("zwölf"), "{text}");
    assert_eq!(words(&own), text);
}

#[test]
fn a_change_in_a_submodule_is_a_change_whatever_git_is_told_to_ignore() {
    let main = "package main\n\nimport \"example.com/m/sub\"\n\nfunc main() { println(sub.Text) }\n";
    let inner = repo(&[("sub.go", "package sub\n\nconst Text = \"one\"\n")]);
    let repo = repo(&[MOD, ("main.go", main), IGNORE]);
    let from = inner.dir.to_str().unwrap();
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", from, "sub"]);
    repo.git(&["config", "-f", ".gitmodules", "submodule.sub.ignore", "all"]);
    repo.git(&["config", "diff.ignoreSubmodules", "all"]);
    repo.commit("feat: a submodule");
    make(&repo).exits(0);
    let before = bytes(&repo);
    nothing_runs(&repo);
    repo.write("sub/sub.go", "package sub\n\nconst Text = \"two\"\n");
    make(&repo).exits(0);
    assert_ne!(bytes(&repo)["m"], before["m"], "the submodule's bytes are the release's");
    let world = forge();
    let told = repo.tag("v1.0.0").run(&world, &["preflight"]).exits(10);
    told.says("a file differs from the commit").says("M sub");
}
