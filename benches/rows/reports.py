"""Reading reports of each format, small and large, beside what a script would read them with."""

import json
import os
import sys

from .kit import Row, best, run, seconds
from .samples import SAMPLES, Sample, fixed

SMALL, LARGE, PEERS_SIZE = 1_000_000, 1_000_000_000, 50_000_000
FILES, FUNCTIONS = 60, 250

# What is found is kept, up to a limit, and so is the coverage of each file. Beyond that nothing may grow.
FLAT_KIB = 64 * 1024

PEERS = {
    "{": ("json.load of Python", "import json, sys; json.load(open(sys.argv[1], 'rb'))"),
    "<": ("iterparse of Python", "import sys, xml.etree.ElementTree as tree\nfor _, element in tree.iterparse(sys.argv[1]): element.clear()"),
}


def module(bench):
    """Sources that a profile can be about, because `go tool cover` looks into them."""
    path = bench.fresh("covered")
    (path / "go.mod").write_text("module bench.example/covered\n\ngo 1.24\n")
    for file in range(FILES):
        body = "".join(f"\nfunc F{file}x{number}() int {{\n\treturn {number}\n}}\n" for number in range(FUNCTIONS))
        (path / f"file{file:03}.go").write_text(f"package covered\n{body}")
    return path


def profile(i):
    """What a run with `-coverpkg=./...` writes: every test binary writes every block."""
    file = i % FILES
    return "".join(f"bench.example/covered/file{file:03}.go:{3 + 4 * number}.{12 + len(f'F{file}x{number}')},{5 + 4 * number}.2 1 {(number * 31 + i // FILES * 7) % 5}\n"
                   for number in range(FUNCTIONS))


GO = Sample("coverage", "Go coverage profile", profile, fixed("mode: atomic\n"))


def reader(bench):
    """The program that reads one file, built as `cargo bench` builds it."""
    words = ["cargo", "bench", "--quiet", "--no-run", "--bench", "formats", "--message-format", "json"]
    env = {name: os.environ[name] for name in ("CARGO_TARGET_DIR",) if name in os.environ}
    messages = [json.loads(line) for line in run(words, bench.top, env=env).out.splitlines() if line.startswith("{")]
    return next(message["executable"] for message in messages if message.get("executable"))


def peer(sample, path, sources):
    """What else reads it, and for how long."""
    if sample is GO:
        return "go tool cover -func", best(1, lambda: run(["go", "tool", "cover", f"-func={path}"], sources))
    begins = sample.begin(2)[:1]
    if begins not in ("{", "[", "<") or sample.name in ("govulncheck", "clippy"):
        return None
    name, script = PEERS["<" if begins == "<" else "{"]
    return name, run([sys.executable, "-c", script, str(path)], sources)


def reports(bench):
    """Each size in a process of its own, so that its memory is its own. Speed is by processor time: a core's. A peer
    may hold all of a report, so it gets a smaller one."""
    rows, sources, program = [], module(bench), reader(bench)
    path = bench.work / "report"
    for sample in [GO, *SAMPLES]:
        try:
            found = {size: measured(program, sample, path, size, bench) for size in (SMALL, LARGE)}
            sample.write(path, PEERS_SIZE)
            rows.append(row(sample, found, peer(sample, path, sources), path.stat().st_size))
        finally:
            path.unlink(missing_ok=True)
        print(f"  {rows[-1].what}: {rows[-1].ours}", file=sys.stderr, flush=True)
    return rows


def measured(program, sample, path, size, bench):
    sample.write(path, size)
    return json.loads(run([program, sample.kind, str(path)], bench.top).out.strip().splitlines()[-1])


def row(sample, found, other, size):
    peaks = [found[size]["peak_kib"] for size in (SMALL, LARGE)]
    small, large = [found[size]["bytes"] / found[size]["seconds"] / 1e6 for size in (SMALL, LARGE)]
    flat = peaks[1] <= max(peaks[0] * 1.5, FLAT_KIB)
    told, ratio = "", ""
    if other:
        name, ran = other
        rate = size / (ran.own + ran.children) / 1e6
        told, ratio = f"{name} {rate:.0f} MB/s", f"{large / rate:.1f} times as fast"
    ours = f"{small:.0f} and {large:.0f} MB/s, peak {peaks[0] / 1024:.1f} and {peaks[1] / 1024:.1f} MB"
    return Row(f"{sample.name}, 1 MB and 1 GB", told, ours, ratio, "300 MB/s, memory flat", large >= 300 and flat)
