"""A whole snapshot release of the example for six targets: cold, warm, and with nothing changed."""

import resource
import subprocess
import sys
import time

from .kit import Row, best, clean_env, covered, journal, remove, run, seconds, spans

TARGETS = [(system, arch) for system in ("linux", "darwin", "windows") for arch in ("amd64", "arm64")]
OURS = ["run", "--snapshot", "--skip", "gates"]
FLAGS = "-s -w -X main.version=1.0.0 -X main.commit=none -X main.date=none -X main.builtBy=bench -buildid="

GORELEASER = f"""version: 2
project_name: greeter
builds:
  - main: ./cmd/greeter
    binary: greeter
    env: [CGO_ENABLED=0]
    flags: [-trimpath, -buildvcs=false]
    ldflags: ["{FLAGS}"]
    goos: [linux, darwin, windows]
    goarch: [amd64, arm64]
archives:
  - formats: [tar.gz]
    format_overrides: [{{ goos: windows, formats: [zip] }}]
"""


def builds(repository, cache, out, at_once):
    """The six `go build`s and nothing else, with the flags that we use; gives wall clock and processor time."""
    out.mkdir(parents=True, exist_ok=True)
    began, before, waiting, running = time.perf_counter(), children_time(), list(TARGETS), []
    while waiting or running:
        while waiting and len(running) < at_once:
            system, arch = waiting.pop(0)
            env = clean_env({"GOOS": system, "GOARCH": arch, "CGO_ENABLED": "0", "GOCACHE": str(cache)})
            words = ["go", "build", "-trimpath", "-buildvcs=false", f"-ldflags={FLAGS}"]
            words += ["-o", str(out / f"{system}_{arch}"), "./cmd/greeter"]
            running.append(subprocess.Popen(words, cwd=repository, env=env))
        # Whichever ends first makes room: polling is far finer than a build is long.
        time.sleep(0.001)
        for child in [child for child in running if child.poll() is not None]:
            if child.returncode != 0:
                raise SystemExit("run: a plain `go build` of the example failed")
            running.remove(child)
    return time.perf_counter() - began, children_time() - before


def children_time():
    """The processor time of every child that has ended, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def whole(bench, repository, cache):
    remove(repository / "dist")
    return bench.ours(OURS, repository, env={"GOCACHE": str(cache)})


def goreleaser(bench, repository, cache):
    config = bench.work / "goreleaser.yaml"
    config.write_text(GORELEASER)
    words = [bench.goreleaser, "release", "--snapshot", "--clean", "-f", str(config)]
    return run(words, repository, env={"GOCACHE": str(cache)})


def download_modules(bench, repository):
    run(["go", "mod", "download"], repository)


def cold(bench):
    """Cold build cache: a new GOCACHE each time, everyone in turn, two rounds. The processor time
    stands beside the clock, because it holds on a busy machine, too."""
    repository = bench.greeter("cold")
    download_modules(bench, repository)
    rounds = {"two": [], "ours": [], "peer": [], "one": []}
    for _ in range(2):
        rounds["two"].append(builds(repository, bench.fresh("cache"), bench.fresh("out"), 2))
        ran = whole(bench, repository, bench.fresh("cache"))
        outside = ran.wall - covered(spans(journal(repository / "dist"), "build/"))
        rounds["ours"].append((ran.wall, ran.own + ran.children, ran.own, outside))
        ran = goreleaser(bench, repository, bench.fresh("cache"))
        rounds["peer"].append((ran.wall, ran.own + ran.children))
        rounds["one"].append(builds(repository, bench.fresh("cache"), bench.fresh("out"), 1))
        print(f"  so far: {rounds}", file=sys.stderr, flush=True)
    # What is outside has a best round of its own: a slow disk shows there first.
    outside = min((outside / wall, outside, wall) for wall, _, _, outside in rounds["ours"])
    return cold_rows({name: min(found) for name, found in rounds.items()}, outside)


def cold_rows(found, outside):
    (one, _), (two, two_cpu), (peer, peer_cpu) = found["one"], found["two"], found["peer"]
    ours, cpu, own, _ = found["ours"]
    share, outside, whole = outside
    plain, what = min(one, two), "snapshot release, 6 targets, cold cache"
    return [
        Row(what, f"builds alone {seconds(plain)} (one by one {seconds(one)}, two at a time {seconds(two)})",
            seconds(ours), f"{ours / plain:.3f}", "≤ 1.02 × the builds alone", ours <= 1.02 * plain),
        Row("the same in processor time", f"builds two at a time {two_cpu:.2f} s, GoReleaser {peer_cpu:.2f} s", f"{cpu:.2f} s",
            f"{cpu / two_cpu:.3f}", "", None),
        Row(what, f"GoReleaser {seconds(peer)}", seconds(ours), f"{ours / peer:.3f}", "", None),
        Row("time outside children", f"whole {seconds(whole)}", f"{seconds(outside)} with no build running",
            f"{share:.2%}", "< 3 % of the whole", share < 0.03),
        Row("processor time of our own, of that run", f"children's too {cpu:.2f} s", f"{own:.2f} s", f"{own / cpu:.2%}", "", None),
    ]


def warm(bench):
    """Everything compiled already."""
    repository, cache = bench.greeter("warm"), bench.fresh("warm-cache")
    download_modules(bench, repository)
    goreleaser(bench, repository, cache)
    whole(bench, repository, cache)
    plain, _ = min(builds(repository, cache, bench.fresh("out"), at_once) for at_once in (1, 2, 1, 2, 1, 2))
    peer = best(4, lambda: goreleaser(bench, repository, cache)).wall
    ours = best(4, lambda: whole(bench, repository, cache)).wall
    return [Row("the same, warm cache", f"GoReleaser {seconds(peer)} (builds alone {seconds(plain)})", seconds(ours),
                f"{peer / ours:.2f} times as fast", "2 times as fast", ours * 2 <= peer)]


def unchanged(bench):
    """Run again on what the last run left."""
    repository, cache = bench.greeter("unchanged"), bench.fresh("unchanged-cache")
    download_modules(bench, repository)
    whole(bench, repository, cache)
    ours = best(5, lambda: bench.ours(OURS, repository, env={"GOCACHE": str(cache)})).wall
    again = [r["task"] for r in journal(repository / "dist") if r["event"] == "task_started" and not r["task"].startswith("preflight/")]
    if again:
        raise SystemExit(f"run: nothing had changed, and yet these ran: {again}")
    goreleaser(bench, repository, cache)
    peer = best(3, lambda: goreleaser(bench, repository, cache)).wall
    return [Row("the same, nothing changed", f"GoReleaser {seconds(peer)} (it starts over)", seconds(ours),
                f"{peer / ours:.1f} times as fast", "< 0.3 s", ours < 0.3)]
