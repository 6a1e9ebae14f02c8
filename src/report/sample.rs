//! Made-up runs that look like real ones, for the tests of every reporter.

use chrono::{DateTime, Duration, Utc};

use crate::model::event::EVENT_FORMAT;
use crate::model::{
    Artifact, ArtifactKind, Digest, Event, ExitCode, Platform, Problem, Proof, Rank, Record, Row, State,
    Status, Step, Stream, TakenFrom, TaskId, Undone, Verdict,
};

/// Collects events, a clock beside them.
pub struct Tape {
    at: DateTime<Utc>,
    began: DateTime<Utc>,
    records: Vec<Record>,
}

impl Tape {
    pub fn new() -> Self {
        let at = "2026-11-21T04:00:00Z".parse().unwrap();
        Self { at, began: at, records: Vec::new() }
    }

    pub fn tell(&mut self, event: Event) -> &mut Self {
        let seq = self.records.iter().filter(|record| record.event.is_kept()).count() as u64;
        self.records.push(Record { v: EVENT_FORMAT, seq, at: self.at, event });
        self
    }

    pub fn wait(&mut self, millis: i64) -> &mut Self {
        self.at += Duration::milliseconds(millis);
        self
    }

    pub fn begin(&mut self, tasks: usize) -> &mut Self {
        self.began = self.at;
        self.tell(Event::RunStarted {
            run: "18239471-1".into(),
            tool: "0.1.0".into(),
            project: "greeter".into(),
            tag: "v1.4.0".into(),
            commit: "3f2a91c07d5e8b64a1f09c2d7e3b5a68914fd02c".into(),
            plan: Digest::of(b"plan"),
            tasks,
        })
    }

    pub fn start(&mut self, task: &str, title: &str) -> &mut Self {
        self.tell(Event::TaskStarted {
            task: id(task),
            title: title.into(),
            key: Digest::of(task.as_bytes()),
        })
    }

    pub fn done(&mut self, task: &str, millis: u64, artifacts: Vec<Artifact>) -> &mut Self {
        self.wait(i64::try_from(millis).unwrap()).tell(Event::TaskFinished {
            task: id(task),
            key: Digest::of(task.as_bytes()),
            millis,
            artifacts,
        })
    }

    pub fn judged(&mut self, task: &str, verdict: Verdict) -> &mut Self {
        self.tell(Event::Judged { task: id(task), key: Digest::of(task.as_bytes()), verdict })
    }

    pub fn failed(&mut self, task: &str, millis: u64, problem: Problem, soft: bool) -> &mut Self {
        self.wait(i64::try_from(millis).unwrap()).tell(Event::TaskFailed {
            task: id(task),
            millis,
            problem,
            soft,
        })
    }

    pub fn takes(&mut self, task: &str, from: TakenFrom, artifacts: Vec<Artifact>) -> &mut Self {
        self.tell(Event::TaskTakenOver {
            task: id(task),
            key: Digest::of(task.as_bytes()),
            from,
            artifacts,
            verdict: None,
        })
    }

    pub fn target(&mut self, task: &str, title: &str, rank: Rank, millis: u64, proof: &str) -> &mut Self {
        self.start(task, title)
            .tell(Event::Observed { task: id(task), state: State::Absent })
            .tell(Event::Intent { task: id(task), rank, before: State::Absent })
            .wait(i64::try_from(millis).unwrap())
            .tell(Event::Applied { task: id(task), after: State::Same { proof: proof.into() } })
            .tell(Event::TaskFinished {
                task: id(task),
                key: Digest::of(task.as_bytes()),
                millis,
                artifacts: Vec::new(),
            })
    }

    pub fn records(&self) -> &[Record] {
        &self.records
    }

    pub fn end(&mut self, exit: ExitCode) -> Vec<Record> {
        let millis = u64::try_from((self.at - self.began).num_milliseconds()).unwrap();
        self.tell(Event::RunFinished { exit, millis });
        std::mem::take(&mut self.records)
    }
}

pub fn id(text: &str) -> TaskId {
    TaskId(text.into())
}

pub fn row(metric: &str, comparator: &str, threshold: &str, actual: &str, ok: bool) -> Row {
    Row {
        metric: metric.into(),
        comparator: comparator.into(),
        threshold: threshold.into(),
        actual: actual.into(),
        ok,
    }
}

pub fn artifact(name: &str, kind: ArtifactKind, size: u64) -> Artifact {
    let platform = name.contains("linux").then(|| Platform {
        os: "linux".into(),
        arch: "amd64".into(),
        variant: String::new(),
    });
    Artifact {
        name: name.into(),
        kind,
        path: name.into(),
        platform,
        size,
        digest: Digest::of(name.as_bytes()),
        extra: Default::default(),
    }
}

fn checks(tape: &mut Tape) -> &mut Tape {
    tape.start("preflight/tree", "working tree")
        .judged("preflight/tree", Verdict::pass("clean, v1.4.0 at HEAD", Proof::seen("git status")))
        .done("preflight/tree", 38, Vec::new())
        .start("gates/coverage", "coverage of the Go tests")
        .tell(Event::TaskOutput {
            task: id("gates/coverage"),
            stream: Stream::Out,
            line: "ok  \tgreeter/internal/cli\t0.412s".into(),
        })
        .judged(
            "gates/coverage",
            Verdict::pass(
                "91.2 % of statements covered",
                Proof {
                    tool: Some("go 1.25.4".into()),
                    digest: Some(Digest::of(b"cover")),
                    file: Some("report/coverage/cover.out".into()),
                    what: "coverage profile".into(),
                },
            )
            .row(row("statements covered", ">=", "85 %", "91.2 % (114 of 125)", true))
            .row(row("core/** statements", ">=", "95 %", "96.66 % (29 of 30)", true)),
        )
        .done("gates/coverage", 8_123, Vec::new())
}

/// A second run that took over what the first, killed one had made.
pub fn success() -> Vec<Record> {
    let mut tape = Tape::new();
    tape.begin(11).target("release/draft", "draft of v1.4.0", Rank::Reversible, 640, "draft 1290");
    tape.start("release/assets", "upload 5 assets").wait(2_000);
    checks(tape.wait(60_000).begin(11));
    tape.takes(
        "build/go/linux_amd64",
        TakenFrom::Dist,
        vec![artifact("greeter_linux_amd64", ArtifactKind::Binary, 4_012_345)],
    )
    .takes("build/go/darwin_arm64", TakenFrom::NotNeeded, Vec::new())
    .start("build/go/windows_arm64", "windows/arm64 greeter")
    .tell(Event::TaskRetried {
        task: id("build/go/windows_arm64"),
        attempt: 1,
        problem: Problem::new("the module proxy did not answer").because("connection reset").passing(),
    })
    .done(
        "build/go/windows_arm64",
        6_212,
        vec![artifact("greeter_windows_arm64.exe", ArtifactKind::Binary, 4_212_992)],
    )
    .takes(
        "package/archive/linux_amd64",
        TakenFrom::Release,
        vec![artifact("greeter_1.4.0_linux_amd64.tar.gz", ArtifactKind::Archive, 1_843_201)],
    )
    .start("package/archive/windows_arm64", "greeter_1.4.0_windows_arm64.zip")
    .done(
        "package/archive/windows_arm64",
        402,
        vec![artifact("greeter_1.4.0_windows_arm64.zip", ArtifactKind::Archive, 1_901_774)],
    )
    .start("package/checksums", "checksums")
    .done("package/checksums", 3, vec![artifact("greeter_1.4.0_checksums.txt", ArtifactKind::Checksums, 612)])
    .tell(Event::Notice {
        task: None,
        problem: Problem::new("42 calls are left of the rate budget")
            .fix("wait until 05:00 UTC before a second release"),
    })
    .start("release/draft", "draft of v1.4.0")
    .tell(Event::Observed { task: id("release/draft"), state: State::Same { proof: "draft 1290".into() } })
    .done("release/draft", 120, Vec::new())
    .target(
        "release/publish",
        "publish v1.4.0",
        Rank::Irreversible,
        910,
        "https://github.com/acme/greeter/releases/tag/v1.4.0",
    )
    .start("publish/daggerverse", "Daggerverse")
    .failed(
        "publish/daggerverse",
        5_020,
        Problem::new("the Daggerverse does not list v1.4.0 yet")
            .fix("look again later: https://daggerverse.dev/mod/github.com/acme/greeter")
            .passing(),
        true,
    );
    tape.end(ExitCode::Done)
}

/// A run that failed for three reasons at once.
pub fn failure() -> Vec<Record> {
    let mut tape = Tape::new();
    checks(tape.begin(6));
    let finding = |line| {
        Problem::new("unreachable code")
            .at("internal/cli/cli.go", Some(line), Some(2))
            .because("vet: unreachable code")
            .fix("remove the statement")
    };
    let verdict = Verdict::fail("2 findings")
        .row(row("findings", "=", "0", "2", false))
        .problem(finding(40))
        .problem(finding(71));
    tape.start("gates/vet", "go vet")
        .judged("gates/vet", verdict)
        .failed("gates/vet", 1_240, Problem::new("2 findings"), false)
        .start("build/go/linux_amd64", "linux/amd64 greeter")
        .failed(
            "build/go/linux_amd64",
            2_310,
            Problem::new("linux/amd64 does not compile")
                .at("cmd/greeter/main.go", Some(17), Some(9))
                .because("cmd/greeter/main.go:17:9: undefined: versoin\ncmd/greeter/main.go:21:2: declared and not used: x")
                .fix("go build ./cmd/greeter"),
            false,
        )
        .tell(Event::TaskSkipped { task: id("package/archive/linux_amd64"), because: "build/go/linux_amd64 failed".into() })
        .start("changelog/notes", "notes of v1.4.0");
    tape.end(ExitCode::Step(Step::Gates))
}

/// A run that was told to stop in the middle of an upload.
pub fn interruption() -> Vec<Record> {
    let mut tape = Tape::new();
    checks(tape.begin(6));
    tape.target("release/draft", "draft of v1.4.0", Rank::Reversible, 640, "draft 1290")
        .start("release/assets", "upload 5 assets")
        .tell(Event::Observed { task: id("release/assets"), state: State::Absent })
        .tell(Event::Intent { task: id("release/assets"), rank: Rank::Reversible, before: State::Absent })
        .wait(1_500);
    for task in ["release/assets", "release/publish", "verify/download"] {
        tape.tell(Event::TaskSkipped { task: id(task), because: "the run was stopped".into() });
    }
    tape.end(ExitCode::Interrupted)
}

/// A run in which every text from outside is `text`.
pub fn hostile(text: &str) -> Vec<Record> {
    let mut tape = Tape::new();
    let problem = || Problem {
        what: text.into(),
        place: Some(crate::model::Place { file: text.into(), line: Some(1), column: Some(1) }),
        causes: vec![text.into(), format!("first\n{text}")],
        fix: Some(text.into()),
        setting: Some(text.into()),
        beside: Vec::new(),
        passing: false,
        held: false,
    };
    let state = || State::Same { proof: text.into() };
    let mut verdict = Verdict::fail(text).row(row(text, text, text, text, false)).problem(problem());
    verdict.evidence.push(Proof {
        what: text.into(),
        file: Some(text.into()),
        digest: None,
        tool: Some(text.into()),
    });
    tape.tell(Event::RunStarted {
        run: text.into(),
        tool: text.into(),
        project: text.into(),
        tag: text.into(),
        commit: text.into(),
        plan: Digest::of(b""),
        tasks: 3,
    })
    .start("gates/x", text)
    .tell(Event::TaskProgress { task: id("gates/x"), done: 1, total: Some(2), unit: text.into() })
    .tell(Event::TaskOutput { task: id("gates/x"), stream: Stream::Out, line: text.into() })
    .tell(Event::TaskRetried { task: id("gates/x"), attempt: 1, problem: problem() })
    .judged("gates/x", verdict.clone())
    .failed("gates/x", 5, problem(), false)
    .start("build/x", text)
    .done("build/x", 5, vec![artifact(text, ArtifactKind::File, 1)])
    .tell(Event::Notice { task: Some(id("build/x")), problem: problem() })
    .start("release/x", text)
    .tell(Event::Observed { task: id("release/x"), state: State::Differs { how: text.into() } })
    .tell(Event::Intent {
        task: id("release/x"),
        rank: Rank::Pointer,
        before: State::Broken { why: text.into(), fix: text.into() },
    })
    .tell(Event::Applied { task: id("release/x"), after: state() })
    .tell(Event::Undid {
        task: id("release/x"),
        outcome: Undone::Impossible { why: text.into(), instead: text.into() },
    })
    .done("release/x", 5, Vec::new())
    .tell(Event::TaskSkipped { task: id("verify/x"), because: text.into() });
    verdict.status = Status::Overridden;
    tape.start("scan/x", text).judged("scan/x", verdict).done("scan/x", 1, Vec::new());
    tape.end(ExitCode::Step(Step::Gates))
}

/// A release for six targets, side by side on two cores.
pub fn many() -> Vec<Record> {
    let mut tape = Tape::new();
    checks(tape.begin(20));
    for (at, platform) in
        ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64", "windows_arm64"]
            .iter()
            .enumerate()
    {
        let (build, pack) = (format!("build/go/{platform}"), format!("package/archive/{platform}"));
        let archive = format!("greeter_1.4.0_{platform}.tar.gz");
        let (size, made) = (
            1_800_000 + at as u64 * 31_337,
            artifact(&format!("greeter_{platform}"), ArtifactKind::Binary, 4_012_345),
        );
        if at < 2 {
            tape.takes(&build, TakenFrom::Dist, vec![made]).takes(
                &pack,
                TakenFrom::Dist,
                vec![artifact(&archive, ArtifactKind::Archive, size)],
            );
            continue;
        }
        tape.start(&build, &format!("{} greeter", platform.replace('_', "/"))).done(
            &build,
            2_100 + at as u64 * 350,
            vec![made],
        );
        tape.start(&pack, &archive).done(&pack, 410, vec![artifact(&archive, ArtifactKind::Archive, size)]);
    }
    tape.target("release/draft", "draft of v1.4.0", Rank::Reversible, 640, "draft 1290")
        .target("release/assets", "upload 8 assets", Rank::Reversible, 3_640, "8 assets, digests compared")
        .target(
            "release/publish",
            "publish v1.4.0",
            Rank::Irreversible,
            910,
            "https://github.com/acme/greeter/releases/tag/v1.4.0",
        );
    tape.end(ExitCode::Done)
}
