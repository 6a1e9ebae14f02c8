//! A repository, a forge, and the program between them: `greeter().tagged().run(&forge, &["run"])`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use release_rehearsal::{Fault, Forge, Options};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::running::Running;

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A forge of its own for one test.
pub struct World {
    pub(crate) runtime: tokio::runtime::Runtime,
    forge: Option<Forge>,
    env: Vec<(String, String)>,
}

/// A forge without faults.
pub fn forge() -> World {
    forge_with(&[])
}

/// A forge with these faults.
pub fn forge_with(faults: &[&str]) -> World {
    let faults = faults.iter().map(|text| text.parse::<Fault>().unwrap()).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let forge = runtime.block_on(Forge::start(Options { faults, ..Options::default() })).unwrap();
    let env = forge.env();
    World { runtime, forge: Some(forge), env }
}

/// A release as the forge holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Whether it is still a draft.
    pub draft: bool,
    /// The notes.
    pub body: String,
    /// Assets: name to digest.
    pub assets: BTreeMap<String, String>,
}

impl World {
    pub(crate) fn forge(&self) -> &Forge {
        self.forge.as_ref().unwrap()
    }

    /// The variables that point a program at it.
    pub fn env(&self) -> impl Iterator<Item = (String, String)> {
        self.env.iter().cloned()
    }

    /// Brings a repository to the forge, as `git push --mirror` would.
    pub fn seed(&self, repo: &Repo) {
        let path = camino::Utf8PathBuf::try_from(repo.dir.clone()).unwrap();
        self.runtime.block_on(self.forge().seed("acme", "greeter", &path)).unwrap();
    }

    /// What had to happen while answers were late has happened: from now on none is.
    pub fn hurry(&self) {
        self.forge().hurry();
    }

    /// What changed, in plain words.
    pub fn effects(&self) -> Vec<String> {
        self.forge().effects().into_iter().map(|effect| effect.words).collect()
    }

    /// Every request's method, path and query, as they were sent.
    pub fn addresses(&self) -> Vec<String> {
        let line = |request: &release_rehearsal::RequestRecord| {
            format!("{} {}?{}", request.method, request.path, request.query)
        };
        self.forge().requests().iter().map(line).collect()
    }

    /// How many requests of this method had a path with this text in it.
    pub fn requests(&self, method: &str, part: &str) -> usize {
        self.forge()
            .requests()
            .iter()
            .filter(|request| request.method == method && request.path.contains(part))
            .count()
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.call("GET", &format!("/api/v3{path}"), "")
    }

    /// Every release of the repository.
    pub fn releases(&self) -> Vec<Held> {
        let releases = self.get("/repos/acme/greeter/releases?per_page=100");
        let one = |release: &Value| {
            let id = release["id"].as_u64().unwrap();
            let assets = self.get(&format!("/repos/acme/greeter/releases/{id}/assets?per_page=100"));
            let names: Vec<&str> =
                assets.as_array().unwrap().iter().map(|asset| asset["name"].as_str().unwrap()).collect();
            let assets: BTreeMap<String, String> = assets
                .as_array()
                .unwrap()
                .iter()
                .map(|asset| {
                    assert_eq!(asset["state"], "uploaded", "{asset}");
                    let digest = asset["digest"].as_str().map_or_else(|| self.stored(asset), str::to_owned);
                    (asset["name"].as_str().unwrap().to_owned(), digest)
                })
                .collect();
            assert_eq!(assets.len(), names.len(), "one asset of each name: {names:?}");
            Held {
                draft: release["draft"].as_bool().unwrap(),
                body: release["body"].as_str().unwrap_or_default().to_owned(),
                assets,
            }
        };
        releases.as_array().unwrap().iter().map(one).collect()
    }

    /// The digest of what the forge holds of an asset, where a fault keeps it from telling.
    fn stored(&self, asset: &Value) -> String {
        let file = format!("repos/acme/greeter/assets/{}", asset["id"]);
        format!("sha256:{}", sha256(self.forge().dir().join(file).as_std_path()))
    }

    /// The one release, which must be public.
    pub fn release(&self) -> Held {
        let mut releases = self.releases();
        assert_eq!(releases.len(), 1, "{releases:?}");
        let release = releases.remove(0);
        assert!(!release.draft, "{release:?}");
        release
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(forge) = self.forge.take() {
            let idle: Vec<String> = forge.idle_faults().iter().map(ToString::to_string).collect();
            // A test that failed shows its own failure, not that of the tidying.
            drop(self.runtime.block_on(forge.stop()));
            if !std::thread::panicking() {
                assert!(idle.is_empty(), "no request met the fault(s) that this test rests on: {idle:?}");
            }
        }
    }
}

/// The assets of the example's release that no accident has touched: name to digest.
pub fn undisturbed() -> BTreeMap<String, String> {
    static ONCE: std::sync::OnceLock<BTreeMap<String, String>> = std::sync::OnceLock::new();
    let release = || {
        let world = forge();
        let repo = greeter();
        world.seed(&repo);
        repo.run(&world, &["run", "--skip", "gates"]).exits(0);
        world.release().assets
    };
    ONCE.get_or_init(release).clone()
}

/// A Git repository.
pub struct Repo {
    _home: TempDir,
    /// Its folder.
    pub dir: PathBuf,
}

/// The example with its history and its tag.
pub fn greeter() -> Repo {
    let home = TempDir::new().unwrap();
    let dir = home.path().join("greeter");
    let made = Command::new(root().join("examples/greeter/make-history")).arg(&dir).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Repo { _home: home, dir }
}

/// A forge with these faults, and the example, which it has too.
pub fn house(faults: &[&str]) -> (World, Repo) {
    let (world, repo) = (forge_with(faults), greeter());
    world.seed(&repo);
    (world, repo)
}

/// A repository with these files, one commit, no tag.
pub fn repo(files: &[(&str, &str)]) -> Repo {
    let home = TempDir::new().unwrap();
    let dir = home.path().join("repo");
    std::fs::create_dir_all(&dir).unwrap();
    let repo = Repo { _home: home, dir };
    repo.git(&["init", "-q", "-b", "main"]);
    repo.git(&["remote", "add", "origin", "https://github.com/acme/greeter.git"]);
    for (name, text) in files {
        repo.write(name, text);
    }
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "feat: begin"]);
    repo
}

impl Repo {
    /// What says in a draft of a tag at HEAD that it is ours.
    pub fn mark(&self, tag: &str) -> String {
        format!("<!-- release-action tag={tag} commit={} -->", self.git(&["rev-parse", "HEAD"]))
    }

    /// Runs Git in it.
    pub fn git(&self, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.current_dir(&self.dir).args(args);
        for name in ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"] {
            git.env(name, "Test");
        }
        for name in ["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"] {
            git.env(name, "test@users.noreply.example");
        }
        let out = git.env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
        assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits everything.
    pub fn commit(&self, message: &str) -> &Self {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self
    }

    /// Tags HEAD.
    pub fn tag(&self, name: &str) -> &Self {
        self.git(&["tag", "-a", name, "-m", name]);
        self
    }

    /// A fresh clone with the same remote and an empty dist folder.
    pub fn fresh_clone(&self) -> Self {
        let home = TempDir::new().unwrap();
        let dir = home.path().join("fresh");
        let from = self.dir.to_str().unwrap();
        self.git(&["clone", "-q", from, dir.to_str().unwrap()]);
        let clone = Self { _home: home, dir };
        clone.git(&["remote", "set-url", "origin", "https://github.com/acme/greeter.git"]);
        clone
    }

    /// The program, in this repository, pointed at nothing.
    pub fn program(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_release-action"));
        command.current_dir(&self.dir).args(args).stdin(Stdio::null());
        for (name, _) in std::env::vars() {
            let foreign = ["GITHUB_", "RUNNER_", "INPUT_", "ACTIONS_", "RELEASE_ACTION_", "GIT_"];
            if foreign.iter().any(|prefix| name.starts_with(prefix)) || name == "CI" || name == "NO_COLOR" {
                command.env_remove(name);
            }
        }
        command
    }

    /// Runs the program to its end, without a forge.
    pub fn call(&self, args: &[&str]) -> Ran {
        Ran::of(self.program(args).output().unwrap())
    }

    /// Runs the program to its end, against a forge.
    pub fn run(&self, world: &World, args: &[&str]) -> Ran {
        Ran::of(self.program(args).envs(world.env.iter().cloned()).output().unwrap())
    }

    /// Runs the program to its end, against a forge and with these variables.
    pub fn run_with(&self, world: &World, env: &[(&str, &str)], args: &[&str]) -> Ran {
        let mut command = self.program(args);
        command.envs(world.env.iter().cloned()).envs(env.iter().copied());
        Ran::of(command.output().unwrap())
    }

    /// Starts the program against a forge.
    pub fn start(&self, world: &World, args: &[&str]) -> Running {
        let mut command = self.program(args);
        let child = command
            .envs(world.env.iter().cloned())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Running(child)
    }

    /// The text of a file in the dist folder.
    pub fn dist(&self, name: &str) -> String {
        let path = self.dir.join("dist").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The events in the journal so far; a torn last line is none.
    pub fn journal(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.dir.join("dist/journal.jsonl")).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The digests of everything in the checksums file, and of that file.
    pub fn checksums(&self) -> BTreeMap<String, String> {
        let dist = self.dir.join("dist");
        let names =
            std::fs::read_dir(&dist).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let file = names.into_iter().find(|name| name.ends_with("_checksums.txt")).expect("a checksums file");
        let mut all = BTreeMap::new();
        for line in std::fs::read_to_string(dist.join(&file)).unwrap().lines() {
            let (digest, name) = line.split_once("  ").expect("two spaces");
            assert_eq!(sha256(&dist.join(name)), digest, "{name}");
            all.insert(name.to_owned(), digest.to_owned());
        }
        all.insert(file.clone(), sha256(&dist.join(&file)));
        all
    }
}

/// The digest of a file, in hex.
pub fn sha256(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A program that ended.
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// What it said.
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("an exit code"),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// It ended with this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- stdout\n{}\n--- stderr\n{}", self.out, self.err);
        self
    }

    /// One of its outputs says this.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        let said = self.out.contains(words) || self.err.contains(words);
        assert!(said, "`{words}` was not said\n--- stdout\n{}\n--- stderr\n{}", self.out, self.err);
        self
    }
}
