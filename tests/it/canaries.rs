//! Two dozen secrets of all kinds, in every place where one could slip through, are seen nowhere.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::doubles::answering;
use crate::harness::{Ran, Repo, World, forge, greeter};

/// The secrets by the variables that hold them, each with a middle that no other text holds.
fn canaries() -> Vec<(String, String)> {
    let names = [
        "NPM_TOKEN",
        "CARGO_REGISTRY_TOKEN",
        "PYPI_TOKEN",
        "SIGNING_KEY",
        "GPG_PRIVATE_KEY",
        "GPG_PASSPHRASE",
        "AWS_SECRET_ACCESS_KEY",
        "DB_PASSWORD",
        "SMTP_PASSWD",
        "MY_API_KEY",
        "CLIENT_SECRET",
        "COSIGN_PASSWORD",
        "SLACK_WEBHOOK_URL",
        "JSR_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "SECRET_NOTE",
        "INPUT_TOKEN_SECRET",
        "DEPLOY_ACCESS_KEY",
        "RELEASE_ACTION_SECRET",
        "GOOGLE_CREDENTIALS",
        "GITHUB_PAT",
        "PGPASSWORD",
        "MYSQL_PWD",
    ];
    let value = |at: usize| -> String {
        let middle = format!("CaNaRy{at:02}x{}", "7f3aQ9zK".repeat(2));
        match at % 10 {
            // A key of several lines, longer than the lines that base64 is broken into.
            3 | 4 => {
                let line = |number: usize| format!("MIIE{middle}{number:02}{}==", "kL0pQ2".repeat(7));
                let lines: Vec<String> = (0..8).map(line).collect();
                format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
            }
            0 => format!("npm_{middle}"),
            1 => format!("{middle}/+=?&#%20"),
            2 => format!("pass \"{middle}\" <&> 'q' \\ end"),
            5 => format!("{middle}é✓ü"),
            6 => format!("https://hooks.example/{middle}/x?y={middle}"),
            7 => format!("{{\"type\":\"account\",\n \"key\":\"{middle}\"}}"),
            8 => format!("::{middle}::##[{middle}]"),
            _ => format!("-{middle}-~_.!*()"),
        }
    };
    names.iter().enumerate().map(|(at, name)| ((*name).to_owned(), value(at))).collect()
}

/// All that gives a secret away: each line of it, and what other programs make of it.
fn needles(secret: &str) -> Vec<String> {
    let mut all: BTreeSet<String> = BTreeSet::new();
    for text in secret.lines().map(str::trim).chain([secret]) {
        // What stands in every key is no secret.
        if text.len() < 12 || text.starts_with("-----") && !text.contains('\n') {
            continue;
        }
        all.insert(text.to_owned());
        all.insert(utf8_percent_encode(text, NON_ALPHANUMERIC).to_string());
        let json = serde_json::Value::from(text).to_string();
        all.insert(json[1..json.len() - 1].to_owned());
        for shift in 0..3 {
            let bytes = ["u".repeat(shift).as_bytes(), text.as_bytes()].concat();
            for encoded in [STANDARD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
                let inner = &encoded[4..encoded.len() - 4];
                all.insert(inner.to_owned());
                // A line of wrapped base64 is enough.
                all.extend(
                    inner
                        .as_bytes()
                        .chunks(60)
                        .filter(|part| part.len() == 60)
                        .map(|part| String::from_utf8(part.to_vec()).unwrap()),
                );
            }
        }
    }
    // The middle by itself, where more than one canary would have to be guessed.
    all.extend(secret.match_indices("CaNaRy").map(|(at, _)| secret[at..at + 25].to_owned()));
    all.into_iter().collect()
}

/// What leaks: every secret in every form, each on a line, as a careless tool would print it.
fn leaks(canaries: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, secret) in canaries {
        let b64 = STANDARD.encode(secret);
        let wrapped: Vec<&str> =
            b64.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        for form in [
            secret.clone(),
            format!("{name}={secret}"),
            format!("Authorization: Basic {}", STANDARD.encode(format!("user:{secret}"))),
            format!("x{}", URL_SAFE_NO_PAD.encode(format!("ab{secret}"))),
            wrapped.join("\n"),
            format!("https://u:{}@host/", utf8_percent_encode(secret, NON_ALPHANUMERIC)),
            serde_json::json!({ "token": secret }).to_string(),
            secret.replace("CaNaRy", "CaN\u{1b}[0maRy"),
            secret.replace('\n', "\r"),
        ] {
            text.push_str(&form);
            text.push('\n');
        }
    }
    text
}

struct Bench {
    world: World,
    repo: Repo,
    canaries: Vec<(String, String)>,
    /// Where the wrappers of tools write down their arguments and variables.
    told: PathBuf,
    path: String,
}

impl Bench {
    fn new() -> Self {
        let (world, repo, canaries) = (forge(), greeter(), canaries());
        assert_eq!(canaries.len(), 24);
        let outside = repo.dir.parent().unwrap().to_owned();
        let (bin, told) = (outside.join("bin"), outside.join("told.txt"));
        std::fs::create_dir_all(&bin).unwrap();
        let path = std::env::var("PATH").unwrap();
        for tool in ["git", "go", "sh"] {
            let real =
                path.split(':').map(|dir| Path::new(dir).join(tool)).find(|file| file.is_file()).unwrap();
            let script = format!(
                "#!/bin/sh\n{{ printf '%s\\n' \"$0\" \"$@\"; env; }} >> '{}'\nexec '{}' \"$@\"\n",
                told.display(),
                real.display()
            );
            let file = bin.join(tool);
            std::fs::write(&file, script).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        std::fs::write(outside.join("leaks.txt"), leaks(&canaries)).unwrap();
        let path = format!("{}:{path}", bin.display());
        Self { world, repo, canaries, told, path }
    }

    fn outside(&self, name: &str) -> PathBuf {
        self.repo.dir.parent().unwrap().join(name)
    }

    /// A hook that prints everything, and ends with this code.
    fn leaking_hook(&self, code: u8) {
        let leaks = self.outside("leaks.txt");
        let script = format!("cat {0}; cat {0} >&2; exit {code}", leaks.display());
        let config = format!("version: 1\nbuild:\n  hooks:\n    before:\n      - [sh, -c, '{script}']\n");
        self.repo.write(".release.yaml", config);
    }

    /// Runs the program as a workflow would, and searches everything it leaves for any canary.
    #[track_caller]
    fn run(&self, more: &[(&str, &str)], args: &[&str]) -> Ran {
        let (summary, output) = (self.outside("summary.md"), self.outside("output.txt"));
        let mut env: Vec<(&str, &str)> =
            self.canaries.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        env.extend([
            ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
            ("GITHUB_OUTPUT", output.to_str().unwrap()),
            ("PATH", self.path.as_str()),
        ]);
        env.extend(more);
        let ran = watched(self.repo.in_workflow(&self.world, &env, args), &self.needles());
        self.search(&ran);
        ran
    }

    fn needles(&self) -> Vec<String> {
        self.canaries.iter().flat_map(|(_, secret)| needles(secret)).collect()
    }

    #[track_caller]
    fn search(&self, ran: &Ran) {
        let told = |log: &str| -> String {
            // A mask is the one line that must hold it; the runner shows it to nobody.
            log.lines()
                .filter(|line| !line.starts_with("::add-mask::"))
                .map(|line| format!("{line}\n"))
                .collect()
        };
        let mut places = vec![
            ("standard output".to_owned(), told(&ran.out).into_bytes()),
            ("standard error".to_owned(), ran.err.clone().into_bytes()),
            ("addresses at the forge".to_owned(), self.world.addresses().join("\n").into_bytes()),
            ("arguments and variables of tools".to_owned(), std::fs::read(&self.told).unwrap_or_default()),
        ];
        for name in ["summary.md", "output.txt"] {
            places.push((name.to_owned(), std::fs::read(self.outside(name)).unwrap_or_default()));
        }
        files(&self.repo.dir.join("dist"), &mut places);
        let needles = self.needles();
        let finder = aho_corasick::AhoCorasick::new(&needles).unwrap();
        for (place, bytes) in &places {
            if let Some(found) = finder.find(bytes) {
                let from = found.start().saturating_sub(200);
                let to = bytes.len().min(found.end() + 200);
                panic!(
                    "`{}` is in {place}:\n{}",
                    needles[found.pattern().as_usize()],
                    String::from_utf8_lossy(&bytes[from..to])
                );
            }
        }
    }
}

/// Every file below a folder, and every name.
fn files(dir: &Path, places: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        places.push((format!("the name of {}", path.display()), path.display().to_string().into_bytes()));
        if path.is_dir() {
            files(&path, places);
        } else {
            places.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

/// Runs a command and looks at the arguments of every process of this machine meanwhile.
#[track_caller]
fn watched(mut command: Command, needles: &[String]) -> Ran {
    let finder = aho_corasick::AhoCorasick::new(needles).unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&over);
    let watcher = std::thread::spawn(move || {
        let mut seen = BTreeSet::new();
        while !done.load(Ordering::Relaxed) {
            for entry in std::fs::read_dir("/proc").unwrap().flatten() {
                // A process may end while it is looked at.
                let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
                if finder.is_match(&line) {
                    seen.insert(String::from_utf8_lossy(&line).into_owned());
                }
            }
            // Each look takes its time; processes of ours live far longer than one.
            std::thread::yield_now();
        }
        seen
    });
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    over.store(true, Ordering::Relaxed);
    assert_eq!(watcher.join().unwrap(), BTreeSet::new(), "a process was given a secret as argument");
    Ran::of(output)
}

#[test]
fn a_release_that_goes_well_shows_none() {
    let bench = Bench::new();
    bench.leaking_hook(0);
    bench.repo.write("internal/greeting/leak_test.go", leaking_test(&bench, false));
    bench.repo.commit("feat: leak").tag("v2.0.0");
    bench.world.seed(&bench.repo);
    let ran = bench.run(&[], &["run", "-vv"]).exits(0).says("***");
    let masks = ran.out.lines().take_while(|line| line.starts_with("::add-mask::")).count();
    assert!(masks >= 20 * 4, "masks come before anything else: {masks}");
    assert!(std::fs::read_to_string(bench.outside("summary.md")).unwrap().contains("is released"));
    assert_eq!(bench.world.release().assets.len(), 14);
    // The other log has no masks at all.
    let json = bench.run(&[], &["run", "--log-format=json"]).exits(0);
    assert!(!json.out.contains("::add-mask::") && !json.err.contains("::add-mask::"));
}

#[test]
fn a_release_that_fails_at_debug_level_shows_none() {
    let bench = Bench::new();
    bench.leaking_hook(7);
    bench.repo.write("internal/greeting/leak_test.go", leaking_test(&bench, true));
    bench.repo.commit("feat: leak").tag("v2.0.0");
    bench.world.seed(&bench.repo);
    for args in [&["run", "-vv"][..], &["run"], &["run", "-vv", "--log-format=json"]] {
        let ran = bench.run(&[("RUNNER_DEBUG", "1")], args).says("***");
        assert!([11, 12].contains(&ran.code), "{}", ran.code);
    }
    // Not in a workflow: no masks are printed at all.
    let ran = bench.run(&[("GITHUB_ACTIONS", "")], &["run", "-vv"]);
    assert!(!ran.out.contains("::add-mask::") && !ran.err.contains("::add-mask::"));
}

/// A test that prints everything; Go hands it on as JSON.
fn leaking_test(bench: &Bench, fails: bool) -> String {
    let end = if fails { "t.Error(string(all))" } else { "t.Log(string(all))" };
    format!(
        "package greeting\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestLeak(t *testing.T) {{\n\tall, _ := os.ReadFile({:?})\n\t\
         for at := 0; at < len(all); at += 7 {{\n\t\tos.Stdout.Write(all[at:min(at+7, len(all))])\n\t}}\n\tos.Stdout.Write(all)\n\tos.Stderr.Write(all)\n\t{end}\n}}\n",
        bench.outside("leaks.txt").display().to_string()
    )
}

#[test]
fn names_of_files_and_the_compilers_words_show_none() {
    let bench = Bench::new();
    let middles: Vec<String> = bench
        .canaries
        .iter()
        .filter(|(_, secret)| !secret.contains(['/', '\n']))
        .map(|(_, secret)| secret.clone())
        .collect();
    for secret in &middles {
        bench.repo.write(&format!("internal/greeting/{secret}.txt"), "x");
    }
    bench.world.seed(&bench.repo);
    bench.run(&[], &["preflight", "-vv"]).exits(10).says("***");
    // A text of one line, as the compiler shows it again.
    let told = |secret: &str| serde_json::Value::from(secret.lines().last().unwrap()).to_string();
    let line = |secret: &str| {
        format!("//line {}.go:1\nvar _ int = {}\n\n", secret.lines().next().unwrap(), told(secret))
    };
    // It cuts long texts short, and half a secret is not known to be one.
    let short = bench.canaries.iter().filter(|(_, secret)| secret.len() < 50);
    let lines: String = short.map(|(_, secret)| line(secret)).collect();
    bench.repo.write("cmd/greeter/leak.go", format!("package main\n\n{lines}"));
    bench.repo.commit("feat: leak").tag("v2.0.0");
    bench.world.seed(&bench.repo);
    bench.run(&[("RUNNER_DEBUG", "1")], &["build", "-vv"]).exits(12);
}

#[test]
fn answers_of_a_forge_and_a_configuration_show_none() {
    let bench = Bench::new();
    bench.world.seed(&bench.repo);
    let message = serde_json::json!({ "message": leaks(&bench.canaries) });
    let url = answering("422 No", &message);
    for args in [
        &["preflight", "-vv"][..],
        &["run", "--skip", "gates", "-vv"],
        &["status"],
        &["preflight", "--log-format=json"],
    ] {
        bench.run(&[("GITHUB_API_URL", &url), ("RUNNER_DEBUG", "1")], args).says("***");
    }
    let keys: String = bench
        .canaries
        .iter()
        .map(|(_, secret)| format!("{}: 1\n", serde_json::Value::from(secret.as_str())))
        .collect();
    bench.repo.write(".release.yaml", format!("version: 1\n{keys}"));
    for args in [&["check"][..], &["run", "-vv"]] {
        bench.run(&[], args).exits(2).says("***");
    }
}

/// What the configuration names is a secret by being named, whatever its variable is called.
#[test]
fn secrets_under_names_of_ones_own_show_nowhere() {
    let mut bench = Bench::new();
    let of = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    bench.canaries = vec![
        of("MY_HOOK", "http://127.0.0.1:1/CaNaRy71x7f3aQ9zK7f3aQ9zK/hook"),
        of("MY_HOOKS_SEAL", "whsec_Q2FOYVJ5NzJ4N2YzYVE5eks3ZjNhUTl6Sw=="),
    ];
    std::fs::write(bench.outside("leaks.txt"), leaks(&bench.canaries)).unwrap();
    // Git is asked where the configuration lies, before anybody can know what it names.
    std::fs::remove_file(bench.outside("bin/git")).unwrap();
    bench.leaking_hook(0);
    let config = std::fs::read_to_string(bench.repo.dir.join(".release.yaml")).unwrap();
    let named = "notify:\n  webhook:\n    url_env: MY_HOOK\n    secret_env: MY_HOOKS_SEAL\n";
    bench.repo.write(".release.yaml", config + named);
    bench.repo.commit("feat: leak").tag("v2.0.0");
    bench.world.seed(&bench.repo);
    let run = ["run", "--skip", "gates", "-vv", "--set", "build.targets=[linux/amd64]"];
    bench.run(&[], &run).exits(0).says("***").says("the webhook could not be reached");
    bench.run(&[], &["rehearse", "--skip", "gates", "-vv"]).exits(0).says("***");
    let template = ["plan", "--set", "package.archive.name={{ env.MY_HOOK }}"];
    bench.run(&[], &template).exits(2).says("MY_HOOK");
}
