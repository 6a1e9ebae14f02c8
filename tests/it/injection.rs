//! Whatever comes from outside says nothing to the runner: 200 commands in eight places, and none is carried out.

use crate::doubles::answering;
use crate::harness::{Ran, Repo, World, forge, greeter};
use crate::runner_port::{Culture, Obeyed, Runner};

/// 25 ways of writing a command, `N` for its name and `V` for its value: both forms, every end of a line, encoded ends,
/// escapes, characters that are not seen.
const SHAPES: [&str; 25] = [
    "::N::V",
    "##[N]V",
    " \t::N::V",
    "x\n::N::V",
    "x\r::N::V",
    "x\r\n##[N]V",
    "\u{feff}::N::V",
    "\u{85}::N::V",
    "%0A::N::V",
    "\u{1b}[0m::N::V",
    "\u{2028}::N::V",
    "a##[N]V",
    "\u{b}::N::V",
    "\u{c}##[N]V",
    "::N::V%0A::N::V",
    "\u{1b}]0;\n::N::V",
    ":\u{1b}[m:N::V",
    "#\u{1b}[m#[N]V",
    "\u{200e}::N::V",
    ":\u{200d}:N::V",
    "x\n\n\n  ::N::V\n",
    "::notoken::\n::N::V",
    "#\u{7}#[N]V",
    "\u{a0}::N::V",
    "\u{3000}::N::V",
];

const NAMES: [&str; 10] = [
    "set-env name=INJ",
    "add-mask",
    "stop-commands",
    "set-output name=INJ",
    "error file=INJ",
    "group",
    "add-path",
    "save-state name=INJ",
    "debug",
    "add-matcher",
];

/// What every value begins with, and nothing of our own.
const MARK: &str = "INJ";

/// The 25 payloads of one place; each place begins with another name.
fn payloads(place: usize) -> Vec<String> {
    let fill = |(at, shape): (usize, &&str)| {
        let name = NAMES[(at + place) % NAMES.len()];
        shape.replace('N', name).replace('V', &format!("{MARK}-{place}-{at}-end"))
    };
    SHAPES.iter().enumerate().map(fill).collect()
}

/// Commands that foreign text would have had carried out: by name, or by a value that only foreign text holds.
fn foreign(runner: &Runner) -> Vec<Obeyed> {
    let own = ["group", "endgroup", "stop-commands", "add-mask", "error", "warning", "notice"];
    let is_foreign = |command: &&Obeyed| {
        !own.contains(&command.name.as_str())
            || command.data.trim_start().starts_with(MARK)
            || command.properties.values().any(|value| value.starts_with(MARK))
    };
    runner.obeyed.iter().filter(is_foreign).cloned().collect()
}

/// Reads what a program said as the runner would, in any order in which it may come by the two streams.
#[track_caller]
fn assert_harmless(ran: &Ran, wanted: &[&str]) {
    for culture in [Culture::Invariant, Culture::Icu] {
        for order in [[&ran.out, &ran.err], [&ran.err, &ran.out]] {
            let mut runner = Runner::new(culture);
            runner.read(order[0]).read(order[1]);
            assert_eq!(foreign(&runner), [], "{culture:?}\n{}\n{}", ran.out, ran.err);
            assert!(!runner.is_stopped(), "a fence is left closed");
            for name in wanted {
                assert!(
                    runner.obeyed.iter().any(|command| command.name == *name),
                    "our own `{name}` is not obeyed\n{}\n{}",
                    ran.out,
                    ran.err
                );
            }
        }
        // Line by line from either stream in turn.
        let mut runner = Runner::new(culture);
        let (mut out, mut err) = (ran.out.split(['\n', '\r']), ran.err.split(['\n', '\r']));
        loop {
            match (out.next(), err.next()) {
                (None, None) => break,
                (one, other) => one.into_iter().chain(other).for_each(|line| runner.line(line)),
            }
        }
        assert_eq!(foreign(&runner), []);
    }
}

/// How many of a place's payloads came as far as the log.
fn shown(ran: &Ran, place: usize) -> usize {
    let is_there = |at: &usize| {
        let mark = format!("{MARK}-{place}-{at}-end");
        ran.out.contains(&mark) || ran.err.contains(&mark)
    };
    (0..SHAPES.len()).filter(is_there).count()
}

fn run(repo: &Repo, world: &World, args: &[&str]) -> Ran {
    let out = repo.in_workflow(world, &[], args).output().unwrap();
    assert!(
        !out.status.success() || args.contains(&"plan") || args.contains(&"changelog"),
        "{args:?} is meant to fail"
    );
    Ran::of(out)
}

/// A text in double quotes, all of it in ASCII.
fn yaml(text: &str) -> String {
    let escaped = |unit: u16| match char::from_u32(u32::from(unit)) {
        Some(char) if (char.is_ascii_graphic() || char == ' ') && !"\"\\".contains(char) => char.to_string(),
        _ => format!("\\u{unit:04x}"),
    };
    format!("\"{}\"", text.encode_utf16().map(escaped).collect::<String>())
}

#[test]
fn what_hooks_and_tests_print_and_what_people_write() {
    let world = forge();
    let repo = greeter();
    // Place 0: commit messages; place 1: tag messages; place 2: what hooks print; place 3: what tests print.
    repo.write("hook.bin", payloads(2).join("\n"));
    let mut tests = String::from("package greeting\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n");
    // Of a test that fails its last lines are told. It writes in pieces that end anywhere, and then as a whole.
    for (number, some) in payloads(3).chunks(5).enumerate() {
        repo.write(&format!("internal/greeting/inj{number}.bin"), some.join("\n"));
        tests.push_str(&format!(
            "\nfunc TestInj{number}(t *testing.T) {{\n\tall, _ := os.ReadFile(\"inj{number}.bin\")\n\t\
             for at := 0; at < len(all); at += 7 {{\n\t\tos.Stdout.Write(all[at:min(at+7, len(all))])\n\t}}\n\t\
             t.Error(string(all))\n}}\n"
        ));
    }
    repo.write("internal/greeting/inj_test.go", tests);
    repo.write(
        ".release.yaml",
        "version: 1\nbuild:\n  hooks:\n    before:\n      - [sh, -c, 'cat hook.bin; cat hook.bin >&2; printf \"::error::INJ-2-tail\"; exit 3']\n",
    );
    for message in payloads(0) {
        repo.commit(&format!("feat: say {message}\n\n{message}\n\nBREAKING CHANGE: {message}"));
    }
    repo.git(&["tag", "-a", "v2.0.0", "-m", &payloads(1).join("\n\n")]);
    world.seed(&repo);

    let ran = run(&repo, &world, &["run", "--tag", "v2.0.0"]);
    assert_harmless(&ran, &["group", "endgroup", "error", "stop-commands"]);
    assert_eq!((shown(&ran, 2), shown(&ran, 3)), (25, 25), "{}", ran.out);
    for args in [
        ["run", "--log-format=json", "-vv"],
        ["plan", "-v", "--tag=v2.0.0"],
        ["plan", "--json", "--tag=v2.0.0"],
        ["changelog", "-vv", "--tag=v2.0.0"],
    ] {
        assert_harmless(&run(&repo, &world, &args), &[]);
    }
    let notes = repo.dist("release-notes.md");
    assert!(notes.contains("INJ-0-0-end"), "the messages came into the notes: {notes}");
}

#[test]
fn what_compilers_print() {
    let world = forge();
    let repo = greeter();
    let mut imports = String::new();
    for (at, payload) in payloads(4).iter().enumerate() {
        // A compiler shows ten errors a package at most, and a comment ends with its line.
        let line = payload.replace(['\n', '\r'], " ").replace('\u{feff}', "\u{200b}");
        let text = format!(
            "package bad{at}\n\n//line /{line}:1\nvar _ int = \"INJ\"\n\n//line {line}:1\nvar _ int = \"INJ\"\n"
        );
        repo.write(&format!("internal/bad{at}/bad.go"), text);
        imports.push_str(&format!("import _ \"github.com/acme/greeter/internal/bad{at}\"\n"));
    }
    repo.write("cmd/greeter/bad.go", format!("package main\n\n{imports}"));
    repo.commit("feat: be bad").tag("v2.0.0");
    world.seed(&repo);
    for args in [&["build"][..], &["run"], &["build", "--log-format=json"]] {
        let ran = run(&repo, &world, args);
        let wanted: &[&str] = if args.len() == 1 { &["group", "error"] } else { &[] };
        assert_harmless(&ran, wanted);
        assert!(shown(&ran, 4) >= 20, "{}: {}", shown(&ran, 4), ran.out);
    }
}

#[test]
fn names_of_files() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    let mut seen = 0;
    // Ten names are told at once.
    for some in payloads(5).chunks(8) {
        for name in some {
            repo.write(name, "x");
        }
        let ran = run(&repo, &world, &["preflight"]);
        assert_harmless(&ran, &["group", "error"]);
        seen += shown(&ran, 5);
        assert_harmless(&run(&repo, &world, &["preflight", "--log-format=json"]), &[]);
        for name in some {
            std::fs::remove_file(repo.dir.join(name)).unwrap();
        }
    }
    assert!(seen >= 20, "{seen}");
}

#[test]
fn answers_of_a_forge() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    let message = payloads(6).join("\n");
    let body = serde_json::json!({
        "message": message,
        "documentation_url": payloads(6)[0],
        "errors": payloads(6).iter().map(|text| serde_json::json!({ "message": text, "code": "custom", "resource": text, "field": text })).collect::<Vec<_>>(),
    });
    let url = answering("403 ::error::INJ", &body);
    let env = [("GITHUB_API_URL", url.as_str())];
    for args in [
        &["preflight", "-vv"][..],
        &["status"],
        &["run", "--skip", "gates"],
        &["preflight", "--log-format=json"],
    ] {
        let ran = Ran::of(repo.in_workflow(&world, &env, args).output().unwrap());
        let wanted: &[&str] = if args[0] == "run" { &["group", "error"] } else { &[] };
        assert_harmless(&ran, wanted);
        assert!(shown(&ran, 6) > 0 || args[0] == "status", "{}{}", ran.out, ran.err);
    }
}

#[test]
fn values_of_a_configuration_and_of_arguments() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    let keys: String = payloads(7).iter().map(|key| format!("{}: 1\n", yaml(key))).collect();
    repo.write(".release.yaml", format!("version: 1\n{keys}"));
    for args in ["check", "run", "plan"] {
        let out = repo.in_workflow(&world, &[], &[args]).output().unwrap();
        let ran = Ran::of(out).exits(2);
        assert_harmless(&ran, &["error"]);
        assert!(shown(&ran, 7) >= 20, "{}", ran.err);
    }
    for (at, payload) in payloads(7).iter().enumerate() {
        repo.write(".release.yaml", format!("version: {}\n", yaml(payload)));
        assert_harmless(&Ran::of(repo.in_workflow(&world, &[], &["check"]).output().unwrap()), &["error"]);
        let ran =
            Ran::of(repo.in_workflow(&world, &[], &["run", "--from", payload]).output().unwrap()).exits(2);
        assert_harmless(&ran, &[]);
        // clap takes escapes away, and with them all that a torn one swallows.
        assert!(ran.err.contains(&format!("INJ-7-{at}-end")) || payload.contains('\u{1b}'), "{}", ran.err);
        let folder = format!("-C{payload}");
        assert_harmless(&Ran::of(repo.in_workflow(&world, &[], &[&folder, "check"]).output().unwrap()), &[]);
    }
}

#[test]
fn there_are_200_of_them_and_an_unguarded_log_obeys_them() {
    let all: Vec<String> = (0..8).flat_map(payloads).collect();
    assert_eq!(all.len(), 200);
    let obeyed = |text: &str| {
        [Culture::Invariant, Culture::Icu]
            .iter()
            .any(|culture| !foreign(Runner::new(*culture).read(text)).is_empty())
    };
    // The others are ways that must not become one on their way through us.
    let live = all.iter().filter(|text| obeyed(text)).count();
    assert!(live >= 150, "{live} of 200 would be obeyed as they are");
}
