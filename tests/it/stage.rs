//! A runner for workflows: `act` on this machine's Docker Engine, with us as `org/release-action@v1`
//! and a forge of the rehearsal behind it.
//!
//! It differs from GitHub's runner: the workspace lies at its own path, all jobs share it (so they run
//! one after another, and the checkout empties `dist/` as the real one does), and the image is the
//! one built here, under a name instead of a digest.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use tempfile::TempDir;

use crate::harness::{Ran, Repo, World, root};
use crate::yaml;

/// Names an image that is used instead of the one from the Dockerfile.
const IMAGE_VARIABLE: &str = "RELEASE_ACTION_TEST_IMAGE";

/// act names its containers after the workflow and its jobs, so two runs would share them.
static ALONE: Mutex<()> = Mutex::new(());

/// The image of the jobs; a step of a script needs a shell, an Action of ours nothing.
const JOB_IMAGE: &str = "node:20-bookworm-slim";

/// The checkout that all our workflows name, told by them.
fn checkout() -> String {
    let text = std::fs::read_to_string(root().join(".github/workflows/release.yml")).unwrap();
    let line = text.lines().find_map(|line| line.trim().strip_prefix("- uses: actions/checkout@"));
    format!("actions/checkout@{}", line.expect("a checkout").split(' ').next().unwrap())
}

/// Runs Docker, which has to be there.
fn docker(args: &[&str]) -> Ran {
    let docker = Command::new("docker").args(args).env("DOCKER_BUILDKIT", "0").stdin(Stdio::null()).output();
    Ran::of(docker.expect("`docker` is missing: `scripts/setup test` installs it"))
}

/// The Action's image, built once.
pub fn image() -> &'static str {
    static IMAGE: OnceLock<String> = OnceLock::new();
    IMAGE.get_or_init(|| {
        let up = docker(&["version", "--format", "{{.Server.Version}}"]);
        assert_eq!(
            up.code, 0,
            "the Docker Engine does not answer: `scripts/setup test` starts it\n{}",
            up.err
        );
        if let Ok(image) = std::env::var(IMAGE_VARIABLE) {
            return image;
        }
        let top = root().to_str().unwrap();
        let mut args = vec!["build", "--tag", "release-action:tests", "--build-arg", "PROFILE=dev"];
        for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"] {
            // Docker knows these by name; without a value it takes that of our environment.
            args.extend(["--build-arg", proxy]);
        }
        args.push(top);
        docker(&args).exits(0);
        "release-action:tests".into()
    })
}

/// What stands on the runner beside the repository.
pub struct Stage {
    home: TempDir,
}

/// A runner that resolves us and the checkout to folders of this machine.
pub fn stage() -> Stage {
    let home = TempDir::new().unwrap();
    let write = |path: &str, text: &str| {
        let path = home.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let action = read("action.yml");
    let named = action.replace("image: Dockerfile", &format!("image: docker://{}", image()));
    assert_ne!(action, named, "action.yml names the Dockerfile");
    write("us/action.yml", &named);
    // act gives every job the same folder and starts four jobs of a matrix at once.
    let release = read(".github/workflows/release.yml");
    let in_turn = release.replace("      fail-fast: false", "      max-parallel: 1\n      fail-fast: false");
    assert_ne!(release, in_turn, "release.yml has a matrix");
    write("us/.github/workflows/release.yml", &in_turn);
    write("us/.github/workflows/ci.yml", &read(".github/workflows/ci.yml"));
    write(
        "checkout/action.yml",
        "name: checkout\ndescription: The repository is there already\nruns:\n  using: composite\n  steps:\n    \
         - run: rm -rf dist\n      shell: sh\n",
    );
    write("actrc/act/actrc", "");
    Stage { home }
}

/// What a workflow runs for.
pub enum Event<'a> {
    /// A tag was pushed.
    Tag(&'a str),
    /// A pull request was opened, from a fork or not.
    Pull {
        /// Whether it is from a fork.
        fork: bool,
    },
    /// It is time.
    Schedule,
}

impl Event<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Tag(_) => "push",
            Self::Pull { .. } => "pull_request",
            Self::Schedule => "schedule",
        }
    }

    fn payload(&self) -> serde_json::Value {
        let repository = serde_json::json!({ "full_name": "acme/greeter", "default_branch": "main" });
        match self {
            Self::Tag(tag) => {
                serde_json::json!({ "ref": format!("refs/tags/{tag}"), "repository": repository })
            }
            Self::Pull { fork } => {
                let head = if *fork { "eve/greeter" } else { "acme/greeter" };
                serde_json::json!({
                    "number": 7,
                    "repository": repository,
                    "pull_request": {
                        "number": 7,
                        "head": { "ref": "topic", "repo": { "full_name": head, "fork": fork } },
                        "base": { "ref": "main", "repo": { "full_name": "acme/greeter" } },
                    },
                })
            }
            Self::Schedule => serde_json::json!({ "schedule": "23 3 * * *", "repository": repository }),
        }
    }
}

impl Stage {
    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Runs one workflow of a repository to its end.
    pub fn act(&self, repo: &Repo, world: &World, event: &Event<'_>, workflow: &str) -> Ran {
        // A test that failed leaves nothing behind that could harm the next.
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = |pairs: &mut dyn Iterator<Item = (&str, &str)>| -> String {
            pairs
                .map(|(name, value)| {
                    format!("{name}=\"{}\"\n", value.replace('\\', "\\\\").replace('"', "\\\""))
                })
                .collect()
        };
        let is_token = |name: &str| name.ends_with("_TOKEN");
        let mut vars: Vec<(String, String)> = world.env().collect();
        if matches!(event, Event::Pull { fork: true }) {
            // What a fork begins gets a token that can only read.
            for (_, token) in vars.iter_mut().filter(|(name, _)| name == "GITHUB_TOKEN") {
                world.reader_token().clone_into(token);
            }
        }
        // No registry can be reached for the image that `go.mod` asks for.
        vars.push(("RELEASE_ACTION_BUILD__DOCKER__IMAGE".into(), crate::container::GOLANG.into()));
        let env = || vars.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let files = [
            ("env", lines(&mut env().filter(|(name, _)| !is_token(name)))),
            ("secrets", lines(&mut env().filter(|(name, _)| is_token(name)))),
            ("event.json", event.payload().to_string()),
        ];
        for (name, text) in files {
            std::fs::write(self.path(name), text).unwrap();
        }
        let local = |what: &str, folder: &Path| format!("--local-repository={what}={}", folder.display());
        let mut act = Command::new(yaml::tool("act"));
        act.current_dir(&repo.dir)
            .stdin(Stdio::null())
            .env("DOCKER_BUILDKIT", "0")
            // Nobody's own settings of act.
            .env("XDG_CONFIG_HOME", self.path("actrc"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .arg(event.name())
            .arg(format!("--workflows=.github/workflows/{workflow}"))
            .args(["--bind", "--rm", "--pull=false", "--action-offline-mode", "--no-skip-checkout"])
            .args(["--concurrent-jobs=1", "--no-cache-server", "--artifact-server-addr=127.0.0.1"])
            .arg(format!("--artifact-server-port={}", free_port()))
            .arg(format!("--platform=ubuntu-latest={JOB_IMAGE}"))
            .arg(local("org/release-action@v1", &self.path("us")))
            .arg(local(&checkout(), &self.path("checkout")));
        for (flag, name) in [
            ("env-file", "env"),
            ("secret-file", "secrets"),
            ("eventpath", "event.json"),
            ("artifact-server-path", "artifacts"),
            ("action-cache-path", "actions"),
        ] {
            act.arg(format!("--{flag}={}", self.path(name).display()));
        }
        Ran::of(act.output().unwrap())
    }
}

/// A port that was free a moment ago; act takes no other way to choose one. It is none of those that the system gives
/// to the forges of other tests meanwhile.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 8_000).unwrap();
    (0..1_000)
        .map(|_| first + NEXT.fetch_add(1, Ordering::Relaxed) % 4_000)
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a port is free")
}
