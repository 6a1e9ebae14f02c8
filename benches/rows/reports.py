"""Reading reports: coverage profiles and test events, small and large."""

import json
import os

from .kit import Row, best, run, seconds

SMALL, LARGE = 1_000_000, 256_000_000
FILES, FUNCTIONS = 60, 250


def module(bench):
    """Sources that a profile can be about, because `go tool cover` looks into them."""
    path = bench.fresh("covered")
    (path / "go.mod").write_text("module bench.example/covered\n\ngo 1.24\n")
    for file in range(FILES):
        body = "".join(f"\nfunc F{file}x{number}() int {{\n\treturn {number}\n}}\n" for number in range(FUNCTIONS))
        (path / f"file{file:03}.go").write_text(f"package covered\n{body}")
    return path


def profile(path, size):
    """What a run with `-coverpkg=./...` writes: every test binary writes every block."""
    blocks = [f"bench.example/covered/file{file:03}.go:{3 + 4 * number}.{12 + len(f'F{file}x{number}')},{5 + 4 * number}.2 1 "
              for file in range(FILES) for number in range(FUNCTIONS)]
    with open(path, "w") as out:
        written, round_ = out.write("mode: atomic\n"), 0
        while written < size:
            written += out.write("".join(f"{block}{(at * 31 + round_ * 7) % 5}\n" for at, block in enumerate(blocks)))
            round_ += 1


def events(path, size):
    """The events of `go test -json`: tests that print a little, in packages of 200."""
    stamp = '"Time":"2026-01-05T09:30:00.123456789+01:00"'
    with open(path, "w") as out:
        written, number = 0, 0
        while written < size:
            package = f"bench.example/covered/part{number}"
            line = lambda action, rest: f'{{{stamp},"Action":"{action}","Package":"{package}"{rest}}}\n'
            lines = [line("start", "")]
            for test in range(200):
                name = f',"Test":"TestReadsWhatItShould{test}"'
                lines += [line("run", name), line("output", name + f',"Output":"=== RUN   TestReadsWhatItShould{test}\\n"'),
                          line("output", name + f',"Output":"    reader_test.go:{test}: took \\u003c 1 ms\\n"'),
                          line("output", name + f',"Output":"--- PASS: TestReadsWhatItShould{test} (0.00s)\\n"'),
                          line("pass", name + ',"Elapsed":0')]
            lines += [line("output", ',"Output":"PASS\\n"'), line("pass", ',"Elapsed":0.5')]
            written += out.write("".join(lines))
            number += 1


def measure(bench, format_, path):
    words = ["cargo", "bench", "--quiet", "--bench", "formats", "--", format_, str(path)]
    return json.loads(run(words, bench.top, env=rust_env()).out.strip().splitlines()[-1])


def rust_env():
    return {name: os.environ[name] for name in ("CARGO_TARGET_DIR",) if name in os.environ}


def reports(bench):
    """Each size in a process of its own, so that its memory is its own."""
    rows, sources = [], module(bench)
    for format_, write, words in (("coverage", profile, "Go coverage profile"), ("tests", events, "go test -json")):
        found = {}
        for size in (SMALL, LARGE):
            path = bench.work / f"report-{format_}"
            write(path, size)
            found[size] = measure(bench, format_, path)
            rate = found[size]["bytes"] / found[size]["seconds"] / 1e6
            flat = found[size]["peak_kib"] <= found[SMALL]["peak_kib"] * 1.5
            peer, ratio = "", ""
            if format_ == "coverage":
                cover = best(3 if size == SMALL else 1, lambda: run(["go", "tool", "cover", f"-func={path}"], sources)).wall
                peer, ratio = f"go tool cover -func {seconds(cover)}", f"{cover / found[size]['seconds']:.0f} times as fast"
            rows.append(Row(f"{words}, {found[size]['bytes'] / 1e6:.0f} MB", peer, f"{rate:.0f} MB/s, peak {found[size]['peak_kib'] / 1024:.1f} MB",
                            ratio, "300 MB/s, memory flat", rate >= 300 and flat))
            path.unlink()
    return rows
