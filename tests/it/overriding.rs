//! Emergency overrides, from the command line to the forge: what is forged is refused, what is genuine counts once.

use serde_json::{Value, json};

use crate::harness::{Ran, Repo, World, forge, forge_with, repo};

const CONFIG: &str = "version: 1\nproject: { name: greeter }\ngates:\n  \
    override: { approvers: [ada, actor, again, author, committer, opener], never: [commits] }\n  \
    publish: { check: true }\n";

const BAD: &str = "<testsuite name='s'><testcase name='a'/><testcase name='b'><failure message='x'/></testcase></testsuite>";

const BRANCH: &str = "release-action-audit";
const HOME: (&str, &str) = ("acme", "greeter");
const ISSUES: &str = "/repos/acme/greeter/issues?state=all&creator=github-actions%5Bbot%5D";

struct Rig {
    world: World,
    repo: Repo,
}

fn rig_on(world: World, more: &[(&str, &str)]) -> Rig {
    let files = [(".release.yaml", CONFIG), (".gitignore", "/dist/\n/out/\n"), ("main.py", "print()\n")];
    let repo = repo(&[&files[..], more].concat());
    repo.git(&["commit", "-q", "--allow-empty", "--author=A <author@example.com>", "-m", "fix: now"]);
    repo.tag("v1.0.0");
    world.seed(&repo);
    repo.write("out/j.xml", BAD);
    for (login, mail) in
        [("author", "author@example.com"), ("committer", "test@users.noreply.example"), ("ada", "ada@x.y")]
    {
        world.runtime.block_on(world.forge().account(HOME, login, mail)).unwrap();
    }
    let rig = Rig { world, repo };
    rig.environment(&json!({ "prevent_self_review": true, "reviewers": [rig.reviewer()] }));
    rig.world.runtime.block_on(rig.world.forge().merge_pull_request(HOME, "opener", &rig.head())).unwrap();
    rig
}

fn rig() -> Rig {
    rig_on(forge(), &[])
}

/// One approval, and what it is of; a test spoils one thing of it.
struct Said {
    actor: &'static str,
    again: &'static str,
    user: &'static str,
    state: &'static str,
    comment: String,
    head: String,
    age: i64,
    request: Value,
    env: Vec<(&'static str, &'static str)>,
}

impl Rig {
    fn head(&self) -> String {
        self.repo.git(&["rev-parse", "HEAD"])
    }

    fn reviewer(&self) -> Value {
        let id = self.world.runtime.block_on(self.world.forge().account(HOME, "ada", "ada@x.y")).unwrap();
        json!({ "type": "User", "id": id })
    }

    fn environment(&self, body: &Value) {
        self.world.call_as_admin("PUT", "environments/release-override", &body.to_string());
    }

    fn run(&self, run: &str, args: &[&str], env: &[(&str, &str)]) -> Ran {
        let mut all = vec![
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_REPOSITORY", "acme/greeter"),
            ("GITHUB_RUN_ID", run),
        ];
        all.extend_from_slice(env);
        self.repo.run_with(&self.world, &all, args)
    }

    /// What a first run says that the approver must write.
    fn nonce(&self, run: &str) -> String {
        let ran = self.run(run, &["gates", "--report", "out/j.xml"], &[]).exits(11);
        let ran = ran.says("environment `release-override`").says("one of ada, actor").says(&self.head());
        let at =
            ran.out.find("ro1-").or(ran.err.find("ro1-")).map(|_| format!("{}{}", ran.out, ran.err)).unwrap();
        let at = at[at.find("ro1-").unwrap()..].to_owned();
        at.chars().take(36).collect()
    }

    fn genuine(&self, nonce: &str) -> Said {
        let expires = chrono::Utc::now() + chrono::TimeDelta::hours(2);
        Said {
            actor: "actor",
            again: "again",
            user: "ada",
            state: "approved",
            comment: format!("seen and agreed: {nonce}"),
            head: self.head(),
            age: 1,
            request: json!({ "gates": ["tests"], "reason": "the registry's certificate ends tonight",
                "ticket": "OPS-1", "expires": expires.to_rfc3339(), "sha": self.head() }),
            env: Vec::new(),
        }
    }

    /// The run begins, somebody says something to it, and the job asks.
    fn ask(&self, said: &Said, args: &[&str]) -> Ran {
        self.say(said);
        self.asked(said, args)
    }

    fn say(&self, said: &Said) {
        let created_at = chrono::Utc::now() - chrono::TimeDelta::minutes(said.age);
        let run = release_rehearsal::Begun {
            id: 77,
            head_sha: said.head.clone(),
            actor: said.actor.into(),
            triggering_actor: said.again.into(),
            created_at,
        };
        let review = release_rehearsal::Said {
            environment: "release-override".into(),
            state: said.state.into(),
            user: said.user.into(),
            comment: said.comment.clone(),
        };
        let forge = self.world.forge();
        self.world.runtime.block_on(forge.begin_run(HOME, run)).unwrap();
        if !said.state.is_empty() {
            self.world.runtime.block_on(forge.review(HOME, 77, review)).unwrap();
        }
    }

    fn asked(&self, said: &Said, args: &[&str]) -> Ran {
        self.repo.write("out/override.json", said.request.to_string());
        let args = [args, &["--override", "out/override.json"]].concat();
        self.run("77", &args, &said.env)
    }

    /// Everything that is shown says who overrode it.
    fn shows_it(&self, nonce: &str) {
        let (issues, check) = (self.issues(), self.check());
        assert_eq!((issues.len(), &issues[0]["state"]), (1, &json!("open")));
        assert!(issues[0]["body"].as_str().unwrap().contains(nonce), "{}", issues[0]);
        assert_eq!(check["conclusion"], "success");
        assert!(
            check["output"]["title"].as_str().unwrap().starts_with("OVERRIDDEN by ada: tests;"),
            "{check}"
        );
        for file in [
            "report/report.json",
            "report/junit.xml",
            "report/results.sarif",
            "report/index.html",
            "release-evidence.json",
        ] {
            let text = self.repo.dist(file);
            assert!(text.contains("OVERRIDDEN by ada"), "{file}");
        }
        assert!(self.repo.dist("report/junit.xml").contains("<skipped message=\"OVERRIDDEN"), "not passed");
    }

    fn log(&self) -> Vec<Value> {
        let listed = self.repo.git(&["-C", self.bare().as_str(), "branch", "--list", BRANCH]);
        if listed.is_empty() {
            return Vec::new();
        }
        let text = self.repo.git(&["-C", self.bare().as_str(), "show", &format!("{BRANCH}:audit.jsonl")]);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn bare(&self) -> String {
        self.world.forge().dir().join("repos/acme/greeter/git").to_string()
    }

    fn issues(&self) -> Vec<Value> {
        self.world.get(ISSUES).as_array().unwrap().clone()
    }

    fn check(&self) -> Value {
        let path = format!("/repos/acme/greeter/commits/{}/check-runs", self.head());
        self.world.get(&path)["check_runs"][0].clone()
    }
}

const GATES: &[&str] = &["gates", "--report", "out/j.xml"];

type Forge = fn(&mut Said);

/// What is forged, how, and what is said.
const FORGED: &[(&str, Forge, &str)] = &[
    ("by the actor", |s| s.user = "actor", "actor began the workflow run"),
    ("by the triggering actor", |s| s.user = "again", "again began this attempt of the run"),
    ("by the author", |s| s.user = "author", "author wrote the commit"),
    ("by the committer", |s| s.user = "committer", "committer committed it"),
    ("by the opener", |s| s.user = "opener", "opener opened the pull request that it came by"),
    ("by nobody that is named", |s| s.user = "mallory", "does not name mallory"),
    (
        "expired",
        |s| s.request["expires"] = "2020-01-01T00:00:00Z".into(),
        "the request expired at 2020-01-01",
    ),
    ("for too long", |s| s.request["expires"] = "2999-01-01T00:00:00Z".into(), "24 hours are the most"),
    (
        "of another commit",
        |s| s.request["sha"] = "d".repeat(40).into(),
        "the request is for the commit ddddd",
    ),
    (
        "of another gate",
        |s| s.request["gates"] = json!(["lint"]),
        "names the gate `lint`, which does not block",
    ),
    (
        "of a gate too many",
        |s| s.request["gates"] = json!(["tests", "secrets"]),
        "`secrets` can never be overridden",
    ),
    (
        "of preflight",
        |s| s.request["gates"] = json!(["tests", "preflight/tag"]),
        "`preflight/tag` is no gate",
    ),
    (
        "with another run's name",
        |s| s.comment = "ro1-ffffffffffffffffffffffffffffffff".into(),
        "does not hold ro1-",
    ),
    (
        "with an edited comment",
        |s| {
            s.comment.pop();
        },
        "does not hold ro1-",
    ),
    ("rejected", |s| s.state = "rejected", "ada said no to `release-override`"),
    ("in a run of another commit", |s| s.head = "d".repeat(40), "the workflow run is of the commit ddddd"),
    ("in an old run", |s| s.age = 25 * 60, "began more than 24 hours ago"),
    (
        "with a variable alone",
        |s| {
            s.state = "";
            s.env = vec![("RELEASE_OVERRIDE", "true"), ("OVERRIDE", "1")];
        },
        "a label, a variable or a message approves nothing",
    ),
];

#[test]
fn forged_overrides_are_refused_and_a_genuine_one_counts_once() {
    let rig = rig();
    let nonce = rig.nonce("77");
    assert_eq!(rig.nonce("77"), nonce, "the same run, the same findings: the same name");
    assert_ne!(rig.nonce("78"), nonce, "another run has another name");
    assert_eq!(rig.log(), Vec::<Value>::new(), "nobody asked for anything yet");
    for (at, (kind, forge, said)) in FORGED.iter().enumerate() {
        let mut one = rig.genuine(&nonce);
        forge(&mut one);
        let ran = rig.ask(&one, GATES);
        assert!(
            ran.code == 11 && (ran.out.contains(said) || ran.err.contains(said)),
            "{kind}: {}\n{}",
            ran.out,
            ran.err
        );
        let log = rig.log();
        assert_eq!((log.len(), &log[at]["outcome"]), (at + 1, &json!("refused")), "{kind}");
        let why = log[at]["refused"].as_array().unwrap().clone();
        assert!(why.iter().any(|why| why.as_str().unwrap().contains(said)), "{kind}: {why:?}");
        assert_eq!(rig.check()["conclusion"], "failure", "{kind}");
    }
    for body in
        [json!({ "prevent_self_review": false }), json!({ "prevent_self_review": true, "reviewers": [] })]
    {
        rig.environment(&body);
        rig.ask(&rig.genuine(&nonce), GATES).exits(11).says("the environment `release-override`");
        rig.environment(&json!({ "prevent_self_review": true, "reviewers": [rig.reviewer()] }));
    }
    assert_eq!(rig.issues(), Vec::<Value>::new(), "nothing was overridden so far");

    let refused = rig.log().len();
    let one = rig.genuine(&nonce);
    rig.ask(&one, GATES).exits(0).says("OVERRIDDEN by ada");
    let log = rig.log();
    let last = &log[refused];
    assert_eq!(
        (log.len(), &last["outcome"], &last["approver"]),
        (refused + 1, &json!("accepted"), &json!("ada"))
    );
    rig.shows_it(&nonce);
    // The same use again, also on an empty machine: nothing is written twice.
    rig.asked(&one, GATES).exits(0).says("OVERRIDDEN by ada");
    std::fs::remove_dir_all(rig.repo.dir.join("dist")).unwrap();
    rig.asked(&one, GATES).exits(0);
    assert_eq!((rig.log().len(), rig.issues().len()), (refused + 1, 1));
    // What is found is another thing now: the approval was not of that.
    rig.repo.write("out/j.xml", BAD.replace("name='b'", "name='c'"));
    rig.asked(&one, GATES).exits(11).says("does not hold ro1-");
    // The log is whole, and holds what the evidence names.
    rig.repo.run(&rig.world, &["audit"]).exits(0).says("ACCEPTED").says("all whole").says("approved by ada");
}

#[test]
fn what_cannot_be_checked_is_refused() {
    for (fault, said) in [
        ("GET */approvals=status:500", "the approvals of the workflow run 77"),
        ("GET */environments/*=status:403", "the environment release-override"),
        ("GET */actions/runs/77=status:404", "the workflow run 77"),
        ("GET */commits/*/pulls=status:403", "pull-requests: read"),
    ] {
        let rig = rig_on(forge_with(&[fault]), &[]);
        let nonce = rig.nonce("77");
        let ran = rig.ask(&rig.genuine(&nonce), GATES).exits(11);
        ran.says("it cannot be checked").says(said);
        assert_eq!(rig.log()[0]["outcome"], "refused", "{fault}");
        assert_eq!((rig.issues().len(), &rig.check()["conclusion"]), (0, &json!("failure")), "{fault}");
    }
}

#[test]
fn who_may_approve_stands_in_the_file_alone_and_a_request_is_never_passed_over() {
    let rig = rig();
    let one = rig.genuine("ro1-0");
    let set = ["--set", "gates.override.approvers=mallory"];
    rig.ask(&one, &[GATES, &set].concat()).exits(2).says("gates.override.approvers");
    let mut by_variable = rig.genuine("ro1-0");
    by_variable.env = vec![("RELEASE_ACTION_GATES__OVERRIDE__ENVIRONMENT", "mine")];
    rig.ask(&by_variable, GATES).exits(2).says("stands in the configuration file");
    rig.ask(&one, &["gates", "--only", "tests", "--report", "out/j.xml"])
        .exits(2)
        .says("nothing here would decide");
    rig.repo.write("out/override.json", "{\"gates\": [\"tests\"], \"reasons\": \"x\"}");
    let ran = rig.run("77", &[GATES, &["--override", "out/override.json"]].concat(), &[]).exits(2);
    ran.says("`reasons` is not known").says("`sha` is missing").says("out/override.json:1:");
    assert_eq!(rig.log().len(), 0);
}

#[test]
fn a_log_that_was_changed_stops_every_override() {
    let rig = rig();
    let nonce = rig.nonce("77");
    let one = rig.genuine(&nonce);
    rig.ask(&one, GATES).exits(0);
    rig.repo.write("out/evidence.json", rig.repo.dist("release-evidence.json"));
    let audit = |more: &[&str]| rig.repo.run(&rig.world, &[&["audit"][..], more].concat());
    audit(&["--evidence", "out/evidence.json"]).exits(0).says("1 overrides of the evidence stand in it");
    let text = rig.repo.git(&["-C", &rig.bare(), "show", &format!("{BRANCH}:audit.jsonl")]) + "\n";
    let put = |text: &str| {
        rig.repo.write("out/audit.jsonl", text);
        audit(&["--file", "out/audit.jsonl"])
    };
    put(&text).exits(0);
    put(&text.replace("accepted", "refused!")).exits(11).says("broken at line 1");
    put(&text.replacen("ada", "bob", 1)).exits(11).says("out/audit.jsonl:1");
    rig.repo.write("out/empty.jsonl", "");
    let cut = ["--file", "out/empty.jsonl", "--evidence", "out/evidence.json"];
    audit(&cut).exits(11).says("the log does not hold the override");
    // On the branch itself: nothing counts any more until somebody has looked.
    rig.repo.write("out/audit.jsonl", text.replace("OPS-1", "OPS-2"));
    let path = rig.repo.dir.join("out/audit.jsonl");
    let at = rig.bare();
    let git = |args: &[&str]| rig.repo.git(&[&["-C", at.as_str()][..], args].concat());
    let blob = git(&["hash-object", "-w", path.to_str().unwrap()]);
    let index = ["update-index", "--add", "--cacheinfo"];
    git(&["read-tree", "--empty"]);
    git(&[&index[..], &[&format!("100644,{blob},audit.jsonl")]].concat());
    let tree = git(&["write-tree"]);
    let commit = git(&["commit-tree", &tree, "-p", BRANCH, "-m", "x"]);
    git(&["update-ref", &format!("refs/heads/{BRANCH}"), &commit]);
    rig.asked(&one, GATES).exits(11).says("is broken at its line 1");
    audit(&[]).exits(11).says("broken at its line 1");
}

#[test]
fn a_release_says_that_its_gates_were_overridden() {
    let rig = rig();
    let nonce = rig.nonce("77");
    let one = rig.genuine(&nonce);
    let args = ["run", "--set", "gates.reports=[\"out/j.xml\"]"];
    rig.run("77", &args, &[]).exits(11);
    assert_eq!(rig.world.releases().len(), 0, "nothing leaves before every gate is good");
    rig.ask(&one, &args).exits(0).says("OVERRIDDEN by ada");
    let release = rig.world.release();
    assert!(
        release.body.contains("OVERRIDDEN by ada") && release.body.contains("[!WARNING]"),
        "{}",
        release.body
    );
    assert_eq!(rig.log().len(), 1);
    let evidence: Value = serde_json::from_str(&rig.repo.dist("release-evidence.json")).unwrap();
    let verdict = &evidence["judged"]["gates/tests"]["verdict"];
    assert_eq!((&verdict["status"], &verdict["overridden"]["nonce"]), (&json!("overridden"), &json!(nonce)));
    // A re-run on an empty machine ends in the same state.
    let before = rig.world.release();
    std::fs::remove_dir_all(rig.repo.dir.join("dist")).unwrap();
    rig.asked(&one, &args).exits(0);
    assert_eq!((rig.world.release(), rig.log().len(), rig.issues().len()), (before, 1, 1));
}
