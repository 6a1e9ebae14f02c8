"""The changelog of a long history, beside git-cliff."""

from .kit import Row, best, journal, remove, run, seconds

COMMITS, TAGS = 9620, 1041
KINDS = ["feat", "fix", "fix", "perf", "refactor", "docs", "test", "chore", "feat", "fix(cli)", "feat(api)", "build"]
WORDS = "reader writer cache index parser retry upload folder signal digest report target token header".split()


def stream():
    """A history for `git fast-import`, the same everywhere: conventional commits, the last one tagged."""
    yield "blob\nmark :1\ndata 2\nx\n"
    tagged = 0
    for number in range(1, COMMITS + 1):
        kind, word, other = KINDS[number * 7 % 12], WORDS[number % 14], WORDS[number * 5 % 14]
        message = f"{kind}: let the {word} of number {number} know its {other}"
        if number % 9 == 0:
            message += f" (#{number // 9})"
        if number % 331 == 0:
            message = message.replace(":", "!:", 1) + "\n\nBREAKING CHANGE: the old way is gone."
        who = f"Author {number % 41} <author{number % 41}@users.noreply.example> {1500000000 + number * 3600} +0000"
        data = message.encode()
        yield f"commit refs/heads/main\nmark :{number + 1}\nauthor {who}\ncommitter {who}\ndata {len(data)}\n{message}\n"
        if number == 1:
            yield "M 100644 :1 file\n"
        if number * TAGS // COMMITS > tagged:
            tagged = number * TAGS // COMMITS
            text = f"release {tagged}"
            yield f"tag v1.{tagged}.0\nfrom :{number + 1}\ntagger {who}\ndata {len(text)}\n{text}\n"


def repository(bench):
    path = bench.fresh("history")
    run(["git", "init", "--quiet", "--initial-branch=main", "."], path)
    run(["git", "remote", "add", "origin", "https://github.com/acme/long.git"], path)
    source = bench.work / "history.fast-import"
    source.write_text("".join(stream()))
    run(["sh", "-c", 'exec git fast-import --quiet <"$1"', "sh", str(source)], path)
    run(["git", "reset", "--hard", "--quiet"], path)
    made = run(["sh", "-c", "git rev-list --count HEAD; git tag | wc -l"], path).out.split()
    if made != [str(COMMITS), str(TAGS)]:
        raise SystemExit(f"run: the history has {made} commits and tags")
    return path


def ours(bench, path, *more):
    remove(bench.work / "history-dist")
    return bench.ours(["--dist", str(bench.work / "history-dist"), *more, "changelog", "--snapshot"], path)


def millis(bench, task):
    return min(r["millis"] for r in journal(bench.work / "history-dist") if r["event"] == "task_finished" and r["task"] == task)


def history(bench):
    """The whole history, as a whole command."""
    path = repository(bench)
    peer = run([bench.git_cliff, "--offline", "-o", str(bench.work / "cliff.md")], path).wall
    mine = best(3, lambda: ours(bench, path)).wall
    made = (bench.work / "history-dist" / "CHANGELOG.md").read_text()
    if made.count("\n## ") < TAGS - 1:
        raise SystemExit("run: our changelog lacks releases")
    return [Row("changelog, 9,620 commits and 1,041 tags", f"git-cliff {seconds(peer)}", f"{seconds(mine)} (notes included)",
                f"{peer / mine:.0f} times as fast", "< 1.0 s", mine < 1.0)]


def latest(bench):
    """The last release only, as a whole command: the room of the whole history is switched off."""
    path = repository(bench)
    peer = best(5, lambda: run([bench.git_cliff, "--offline", "--latest", "-o", str(bench.work / "cliff.md")], path)).wall
    runs = [(ours(bench, path, "--set", "changelog.history.enabled=false").wall, millis(bench, "changelog/notes")) for _ in range(5)]
    mine, task = min(runs)
    return [Row("changelog of the last release", f"git-cliff --latest {seconds(peer)}", f"{seconds(mine)} (the task itself {task} ms)",
                f"{mine / peer:.2f}", "no slower", mine <= peer)]
