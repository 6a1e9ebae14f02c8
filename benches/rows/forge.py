"""Against the embedded forge, served by another process: re-runs, preflight, memory."""

import random

from .kit import Row, best, journal, remove, run, seconds
from .release import download_modules

# From the fifth upload on, every one fails: that run cannot succeed however often it tries.
BROKEN = "POST */assets#5-100000=status:500"


def interrupted(bench, where, faults=(BROKEN,)):
    """A first run that fails for good while it uploads; gives the repository and the forge's folder.
    Its own time counts for nothing, so it may have the warm cache."""
    state, repository = bench.fresh(f"{where}-forge"), bench.greeter(where)
    with bench.forge(repository, state, faults) as env:
        bench.ours(["run"], repository, env=env | {"GOCACHE": str(bench.work / "rerun-cache")}, may_fail=True)
    return repository, state


def rerun(bench):
    """The first run's time is that of an undisturbed whole one with a cold build cache, as on a runner;
    the failed one's would hold the waits between its retries, and flatter us."""
    repository, state = bench.greeter("first"), bench.fresh("first-forge")
    download_modules(bench, repository)
    with bench.forge(repository, state) as env:
        first = bench.ours(["run"], repository, env=env | {"GOCACHE": str(bench.fresh("rerun-cache"))})
    waited = asked(repository / "dist")
    rows = []
    for what in ("dist kept", "fresh clone, empty dist"):
        repository, state = interrupted(bench, "broken")
        if what != "dist kept":
            clone = bench.work / "clone"
            remove(clone)
            run(["git", "clone", "--quiet", str(repository), str(clone)], bench.work)
            run(["git", "remote", "set-url", "origin", "https://github.com/acme/greeter.git"], clone)
            repository = clone
        with bench.forge(repository, state) as env:
            again = bench.ours(["run"], repository, env=env | {"GOCACHE": str(bench.fresh("cache"))})
        built = [r["task"] for r in journal(repository / "dist") if r["event"] == "task_started" and r["task"].startswith("build/")]
        mine, whole = again.wall - asked(repository / "dist"), first.wall - waited
        rows.append(Row(f"re-run after a failed upload, {what}", f"first run {seconds(first.wall)}",
                        f"{seconds(mine)} ({len(built)} built again; {seconds(again.wall)} with the wait for Daggerverse)",
                        f"{mine / whole:.2%}", "< 2 % of the first run", mine < 0.02 * whole))
    return rows


def asked(dist):
    """How long Daggerverse was waited for, in seconds: the time of the network, in both runs alike."""
    return sum(r["millis"] for r in journal(dist) if r["event"] == "task_finished" and r["task"].startswith("publish/daggerverse")) / 1000


def preflight(bench):
    """Every check, on a forge that answers."""
    repository, state = bench.greeter("preflight"), bench.fresh("preflight-forge")
    with bench.forge(repository, state) as env:
        ours = best(4, lambda: bench.ours(["preflight"], repository, env=env)).wall
    checks = {r["task"] for r in journal(repository / "dist") if r["event"] == "task_finished"}
    return [Row(f"preflight, {len(checks)} checks, embedded forge", "", seconds(ours), "", "< 2 s", ours < 2)]


def upload(bench):
    """Two extra files of 1 GB; the forge is another process, so the memory is ours alone."""
    repository, state = bench.greeter("upload"), bench.fresh("upload-forge")
    block = (bench.work / "block").absolute()
    # No program that exists: those may hold what looks like a secret, which a release refuses.
    block.write_bytes(random.Random(1).randbytes(100 * 1000 * 1000))
    for name in ("a.bin", "b.bin"):
        run(["sh", "-c", f'for n in 1 2 3 4 5 6 7 8 9 10; do cat "$1"; done >{name}', "sh", str(block)], repository)
    (repository / ".release.yaml").write_text("version: 1\npackage:\n  files:\n    files: [{ from: a.bin }, { from: b.bin }]\n")
    with open(repository / ".gitignore", "a") as ignored:
        ignored.write("*.bin\n")
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@users.noreply.example"]
    run(git + ["add", ".release.yaml", ".gitignore"], repository)
    run(git + ["commit", "--quiet", "--message", "chore: publish large files"], repository)
    run(git + ["tag", "--annotate", "v1.1.0", "--message", "greeter 1.1.0"], repository)
    words = ["run", "--skip", "gates,publish,verify,notify"]
    with bench.forge(repository, state) as env:
        bench.ours(["package"], repository, env=env)
        ran = bench.ours(words, repository, env=env, watched=True)
    sent = [r["millis"] for r in journal(repository / "dist") if r["event"] == "task_finished" and r["task"].endswith(".bin") and "asset" in r["task"]]
    if len(sent) != 2:
        raise SystemExit(f"run: {len(sent)} large assets were uploaded instead of 2")
    peak = ran.peak_kib
    for path in (repository, state):
        remove(path)
    return [Row("resident memory while uploading 2 GB", "", f"{peak / 1024:.1f} MB (a whole run of {seconds(ran.wall)})", "", "< 64 MB", peak < 64 * 1024)]
