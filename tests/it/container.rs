//! The Action's image, built from the Dockerfile and started as GitHub's runner starts it
//! (`DockerCommandManager.cs`, `ContainerActionHandler.cs`): the toolchain runs in a container beside it.
//!
//! The engine and the images that are built on are had by `scripts/setup test`.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::harness::{Repo, World, forge, greeter, root};
use crate::running::patiently;
use crate::stage::image;

/// The image with this machine's version of Go, made by `scripts/setup test`.
pub const GOLANG: &str = "release-action-test-golang:latest";

/// Whom the checkout belongs to on GitHub's own runners.
const RUNNER: (u32, u32) = (1001, 121);

/// Two targets are enough to show that they are built elsewhere.
const TARGETS: &str = "linux/amd64, windows/arm64";

fn docker(args: &[&str]) -> String {
    let mut command = Command::new("docker");
    let out = command.args(args).env("DOCKER_BUILDKIT", "0").current_dir(root()).output();
    let out = out.unwrap_or_else(|error| panic!("docker: {error}: run `scripts/setup test`"));
    assert!(
        out.status.success(),
        "docker {args:?}: {}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

/// A job on a runner: folders of the machine, and where the container sees them.
struct Job {
    home: TempDir,
    repo: Repo,
    name: String,
}

impl Job {
    /// The example, its dependencies in the repository so that a build needs no network.
    fn new(world: &World) -> Self {
        let repo = greeter();
        let vendored = Command::new("go").args(["mod", "vendor"]).current_dir(&repo.dir).status().unwrap();
        assert!(vendored.success());
        repo.commit("chore: vendor the dependencies").tag("v1.1.0");
        world.seed(&repo);
        let home = TempDir::new().unwrap();
        for folder in ["_temp", "_home", "_workflow", "_file_commands"] {
            std::fs::create_dir(home.path().join(folder)).unwrap();
        }
        for file in ["output", "env", "path", "state", "summary"] {
            std::fs::write(home.path().join("_file_commands").join(file), "").unwrap();
        }
        std::fs::write(home.path().join("_workflow/event.json"), "{}").unwrap();
        let name = format!(
            "release-action-test-{}",
            home.path().file_name().unwrap().to_str().unwrap().replace('.', "")
        );
        Self { home, repo, name }
    }

    /// Gives checkout and folders to the runner's user, where the tests may do that.
    fn hand_out(&self) -> u32 {
        let ours = std::fs::metadata(self.home.path()).unwrap().uid();
        if ours != 0 {
            return ours;
        }
        let owner = format!("{}:{}", RUNNER.0, RUNNER.1);
        let given =
            Command::new("chown").args(["-R", &owner]).args([&self.repo.dir, self.home.path()]).status();
        assert!(given.unwrap().success());
        RUNNER.0
    }

    fn variables(&self, world: &World) -> BTreeMap<String, String> {
        let sha = std::fs::read_to_string(self.repo.dir.join(".git/refs/heads/main")).unwrap();
        let mut env: BTreeMap<String, String> = [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_ACTOR", "octocat"),
            ("GITHUB_ENV", "/github/file_commands/env"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_EVENT_PATH", "/github/workflow/event.json"),
            ("GITHUB_JOB", "release"),
            ("GITHUB_OUTPUT", "/github/file_commands/output"),
            ("GITHUB_PATH", "/github/file_commands/path"),
            ("GITHUB_REF", "refs/tags/v1.1.0"),
            ("GITHUB_REF_NAME", "v1.1.0"),
            ("GITHUB_REF_TYPE", "tag"),
            ("GITHUB_REPOSITORY", "acme/greeter"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_RUN_ID", "4711"),
            ("GITHUB_SHA", sha.trim()),
            ("GITHUB_STATE", "/github/file_commands/state"),
            ("GITHUB_STEP_SUMMARY", "/github/file_commands/summary"),
            ("GITHUB_WORKSPACE", "/github/workspace"),
            ("HOME", "/github/home"),
            ("INPUT_DRY-RUN", "false"),
            ("INPUT_STEP", "run"),
            ("RUNNER_OS", "Linux"),
            ("RUNNER_TEMP", "/github/runner_temp"),
            ("RELEASE_ACTION_BUILD__DOCKER__IMAGE", GOLANG),
            ("RELEASE_ACTION_BUILD__DOCKER__NETWORK", "none"),
            ("RELEASE_ACTION_BUILD__DOCKER__CACHE", "false"),
            ("RELEASE_ACTION_BUILD__TARGETS", TARGETS),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        env.extend(world.env());
        let token = env["GITHUB_TOKEN"].clone();
        env.insert("INPUT_TOKEN".into(), token);
        env
    }

    /// The runner's own command line. `network` is that of the machine, since the forge is on loopback.
    fn start(&self, world: &World, args: &[&str]) -> Child {
        let env = self.variables(world);
        let mut command = Command::new("docker");
        command.args(["run", "--name", &self.name, "--label", "release-action-test", "--rm"]);
        command.args(["--workdir", "/github/workspace", "--network", "host"]);
        // As the runner: names only, so that no value is among the arguments.
        for name in env.keys() {
            command.args(["-e", name]);
        }
        command.envs(&env);
        let folder = |name: &str| self.home.path().join(name);
        let mounts: [(PathBuf, &str); 6] = [
            ("/var/run/docker.sock".into(), "/var/run/docker.sock"),
            (folder("_temp"), "/github/runner_temp"),
            (folder("_home"), "/github/home"),
            (folder("_workflow"), "/github/workflow"),
            (folder("_file_commands"), "/github/file_commands"),
            (self.repo.dir.clone(), "/github/workspace"),
        ];
        for (outside, inside) in &mounts {
            command.args(["-v", &format!("{}:{inside}", outside.display())]);
        }
        command.args(["--entrypoint", "/usr/local/bin/release-action", image()]).args(args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The containers that were started beside it.
    fn siblings(&self) -> Vec<String> {
        let all = docker(&["ps", "--all", "--quiet", "--filter", "label=release-action.sibling"]);
        let ours = |id: &&str| {
            let format = "{{range .Mounts}}{{.Source}}\n{{end}}";
            // One that ends meanwhile is none.
            let out = Command::new("docker").args(["inspect", "--format", format, id]).output().unwrap();
            String::from_utf8_lossy(&out.stdout).lines().any(|line| Path::new(line) == self.repo.dir)
        };
        all.lines().filter(ours).map(str::to_owned).collect()
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        // Only where a test failed before its end is there still one.
        drop(Command::new("docker").args(["rm", "--force", &self.name]).output());
    }
}

/// Every path below a folder that does not belong to this user.
fn not_of(uid: u32, dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(path) = open.pop() {
        let meta = std::fs::symlink_metadata(&path).unwrap();
        if meta.uid() != uid {
            found.push(path.clone());
        }
        if meta.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found
}

/// Archives by digest: what holds the binaries, and nothing of the run.
fn archives(world: &World) -> BTreeMap<String, String> {
    let assets = world.release().assets.into_iter();
    assets.filter(|(name, _)| name.ends_with(".tar.gz") || name.ends_with(".zip")).collect()
}

#[test]
fn released_from_the_runners_own_command_line() {
    let world = forge();
    let job = Job::new(&world);
    let clone = job.repo.fresh_clone();
    let uid = job.hand_out();
    let config = std::fs::read(job.repo.dir.join(".git/config")).unwrap();
    let ended = job.start(&world, &["run", "--skip", "publish,notify"]).wait_with_output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert_eq!(ended.status.code(), Some(0), "{said}");
    let released = archives(&world);
    assert_eq!(released.len(), 2, "{released:?}");
    assert_eq!(job.siblings(), Vec::<String>::new(), "what was started beside it is gone");

    assert_eq!(not_of(uid, &job.repo.dir), Vec::<PathBuf>::new());
    assert_eq!(not_of(uid, job.home.path()), Vec::<PathBuf>::new());
    assert_eq!(std::fs::read(job.repo.dir.join(".git/config")).unwrap(), config);
    let home: Vec<_> = std::fs::read_dir(job.home.path().join("_home")).unwrap().collect();
    assert!(home.is_empty(), "{home:?}");
    let seen = job.repo.dist("journal.jsonl");
    assert!(seen.contains(&format!(" in {GOLANG}@sha256:")), "it is told which image the toolchain was in");

    // The same commit, released by this machine's own Go.
    let native = forge();
    native.seed(&clone);
    let targets = format!("build.targets={TARGETS}");
    let words =
        ["--set", &targets, "--set", "build.environment=native", "run", "--skip", "gates,publish,notify"];
    clone.run(&native, &words).exits(0);
    assert_eq!(archives(&native), released, "the same bytes wherever the toolchain runs");
}

/// What the processes of a container have in their environment, none once it has ended.
fn environments(container: &str, user: &str) -> String {
    let shown = "cat /proc/[0-9]*/environ 2>/dev/null || true";
    let out = Command::new("docker").args(["exec", "--user", user, container, "sh", "-c", shown]).output();
    String::from_utf8_lossy(&out.unwrap().stdout).replace('\0', "\n")
}

#[test]
fn killed_it_leaves_no_container_behind() {
    let world = forge();
    let job = Job::new(&world);
    let uid = job.hand_out();
    let mut run = job.start(&world, &["run", "--skip", "gates,publish,notify"]);
    let building = || {
        let events = job.repo.journal();
        let begun = |event: &str| {
            let is = |line: &&serde_json::Value| {
                line["event"] == event && line["task"].as_str().is_some_and(|task| task.starts_with("build/"))
            };
            events.iter().filter(is).count()
        };
        begun("task_started") > begun("task_finished")
    };
    patiently("a build in a container", || {
        assert!(run.try_wait().unwrap().is_none(), "it ended before that");
        building() && job.siblings().len() == 1
    });
    let sibling = job.siblings().remove(0);
    let env = docker(&[
        "inspect",
        "--format",
        "{{.Config.Env}} {{.HostConfig.Privileged}} {{.HostConfig.CapDrop}}",
        &sibling,
    ]);
    assert!(env.ends_with("false [ALL]"), "{env}");
    let user = format!("{uid}:{}", std::fs::metadata(&job.repo.dir).unwrap().gid());
    // Every command that runs in it, until one of ours is seen: between a task's start and its command there is time.
    let mut seen = String::new();
    patiently("a command of ours in the container", || {
        assert!(run.try_wait().unwrap().is_none(), "it ended before that: {seen}");
        seen.push_str(&environments(&sibling, &user));
        seen.contains("GOOS=") || seen.contains("GOFLAGS=")
    });
    for (name, value) in world.env().filter(|(name, _)| name.contains("TOKEN") || name.contains("SECRET")) {
        assert!(!seen.contains(&value), "{name} is in the container");
    }
    docker(&["kill", "--signal", "KILL", &job.name]);
    run.wait().unwrap();
    patiently("no container is left", || job.siblings().is_empty());
    assert_eq!(not_of(uid, &job.repo.dir), Vec::<PathBuf>::new(), "also where nobody could tidy up");
}
