"""What every row needs: running and timing, the rehearsed forge, and the table."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Row:
    """A line of the table; `met` is None where there is nothing to hold it against."""

    what: str
    peer: str
    ours: str
    ratio: str
    promise: str
    met: bool | None


@dataclass
class Ran:
    """How a command went: wall clock, and the processor time of itself and of its children, in seconds."""

    wall: float
    own: float
    children: float
    peak_kib: int
    out: str


class Bench:
    """Where things are, and how they are run."""

    def __init__(self, binary, top):
        self.binary, self.top = str(binary), top
        self.work = top / "target" / "bench"
        self.peers = top / "target" / "peers"
        self.work.mkdir(parents=True, exist_ok=True)
        self.goreleaser = self.peer("goreleaser")
        self.git_cliff = self.peer("node_modules/git-cliff-linux-x64/bin/git-cliff")

    def peer(self, name):
        path = self.peers / name
        if not path.is_file():
            sys.exit(f"run: {path} is missing: `scripts/setup bench` installs it")
        return str(path)

    def fresh(self, name):
        """An empty folder."""
        path = self.work / name
        remove(path)
        path.mkdir(parents=True)
        return path

    def greeter(self, name):
        """The example as a repository with its history."""
        path = self.fresh(name)
        run([str(self.top / "examples/greeter/make-history"), str(path)], path)
        return path

    def ours(self, words, cwd, **more):
        return run([self.binary, *words], cwd, **more)

    @contextmanager
    def forge(self, repository, state, faults=()):
        """Serves the embedded forge from another process and gives the variables that point at it."""
        words = [self.binary, "-C", str(repository), "rehearse", "--serve", "--state", str(state)]
        words += [word for fault in faults for word in ("--fault", fault)]
        server = subprocess.Popen(words, stdout=subprocess.PIPE, env=clean_env(), text=True)
        try:
            env = {}
            for line in iter(server.stdout.readline, "\n"):
                if not line:
                    raise SystemExit("run: the embedded forge did not start")
                name, value = line.removeprefix("export ").rstrip("\n").split("=", 1)
                env[name] = value.strip("'")
            yield env
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()


def clean_env(more=None):
    """The environment without what would point our program at a real forge."""
    strip = ("GITHUB_", "INPUT_", "RELEASE_ACTION_", "GH_", "GIT_CONFIG")
    env = {name: value for name, value in os.environ.items() if not name.startswith(strip)}
    return env | {"GOFLAGS": "", "GOTOOLCHAIN": "local"} | (more or {})


def run(words, cwd, env=None, may_fail=False, watched=False):
    """Runs to the end. The zombie is read before it is reaped: that tells its own processor time
    apart from its children's, without any tracing. A watched one is asked for its peak of memory
    all the time: what `wait4` says would hold its children's, too."""
    peak = 0
    with tempfile.TemporaryFile("w+") as out:
        began = time.perf_counter()
        child = subprocess.Popen(words, cwd=cwd, env=clean_env(env), stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        while watched and os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            peak = max(peak, resident_peak(child.pid))
            time.sleep(0.01)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        wall = time.perf_counter() - began
        fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
        own, children = [sum(map(int, fields[at : at + 2])) / TICKS for at in (11, 13)]
        _, status = os.waitpid(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read()
    if child.returncode != 0 and not may_fail:
        raise SystemExit(f"run: {' '.join(words)} ended with {child.returncode}:\n{said[-4000:]}")
    if child.returncode == 0 and may_fail:
        raise SystemExit(f"run: {' '.join(words)} should have failed and did not")
    return Ran(wall, own, children, peak, said)


def resident_peak(pid):
    """The most memory that a process ever had resident, in KiB; 0 once it has ended."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def best(times, make):
    """The quickest of several runs."""
    return min((make() for _ in range(times)), key=lambda ran: ran.wall)


def remove(path):
    """Removes a folder, Go's read-only caches too."""
    if os.path.lexists(path):
        subprocess.run(["chmod", "-R", "u+w", str(path)], check=True)
        shutil.rmtree(path)


def journal(dist):
    """The records of the last run in this folder."""
    records = [json.loads(line) for line in (Path(dist) / "journal.jsonl").read_text().splitlines()]
    starts = [at for at, record in enumerate(records) if record["event"] == "run_started"]
    return records[starts[-1] :]


def spans(records, prefix):
    """When tasks of this name ran, each as from and to in seconds."""
    ended = [r for r in records if r["event"] == "task_finished" and r["task"].startswith(prefix)]
    stamp = lambda text: datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    return [(stamp(r["at"]) - r["millis"] / 1000, stamp(r["at"])) for r in ended]


def covered(intervals):
    """The length of the union of intervals."""
    total, until = 0.0, float("-inf")
    for begin, end in sorted(intervals):
        total += max(0.0, end - max(begin, until))
        until = max(until, end)
    return total


def seconds(value):
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def table(rows):
    """The rows as Markdown."""
    mark = {True: "yes", False: "NO", None: "–"}
    cells = [[r.what, r.peer, r.ours, r.ratio, r.promise, mark[r.met]] for r in rows]
    head = ["what", "peer", "ours", "ratio", "promise", "met"]
    wide = [max(len(line[at]) for line in [head, *cells]) for at in range(len(head))]
    show = lambda line: "| " + " | ".join(cell.ljust(wide[at]) for at, cell in enumerate(line)) + " |"
    rule = "|" + "|".join("-" * (width + 2) for width in wide) + "|"
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    foot = f"\n{os.cpu_count()} cores; load at the end {load}; each figure is the best of its runs.\n"
    return "\n".join([show(head), rule, *map(show, cells)]) + "\n" + foot
