"""Packing twelve large binaries, the same bytes for both."""

from pathlib import Path

from .kit import Row, covered, journal, remove, run, seconds, spans

SYSTEMS = {"linux": ["amd64", "arm64", "386", "riscv64"], "darwin": ["amd64", "arm64"], "windows": ["amd64", "arm64", "386"],
           "freebsd": ["amd64", "arm64"], "netbsd": ["amd64"]}
TARGETS = [f"{system}/{arch}" for system, archs in SYSTEMS.items() for arch in archs]
SIZE = 48_000_000

MAIN = """package main

import (
	_ "embed"
	"fmt"
)

//go:embed code.bin
var code string

func main() { fmt.Println(len(code)) }
"""

OURS = f"""version: 1
build: {{ targets: [{", ".join(TARGETS)}] }}
package:
  archive: {{ format_overrides: [] }}
  sbom: {{ enabled: false }}
"""

# GoReleaser asks this for a build and gets a link to the binary that we built: it packs the same bytes.
FAKE_GO = """#!/bin/sh
[ "$1" = build ] || exec go "$@"
while [ "$1" != -o ]; do shift; done
ln -f "$(ls -d "$BENCH_BINARIES"/big_"$GOOS"_"$GOARCH"*/big*)" "$2"
"""

PEER = """version: 2
project_name: big
builds:
  - binary: big
    tool: {tool}
    targets: [{targets}]
archives:
  - formats: [tar.gz]
"""


def project(bench):
    """A command with 50 MB of real machine code in it: the bytes of GoReleaser's own program."""
    path = bench.fresh("big")
    code = Path(bench.goreleaser).read_bytes()[:SIZE]
    for name, text in {"go.mod": "module bench.example/big\n\ngo 1.24\n", "main.go": MAIN, ".release.yaml": OURS, ".gitignore": "dist/\n"}.items():
        (path / name).write_text(text)
    (path / "code.bin").write_bytes(code)
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@users.noreply.example"]
    for words in (["init", "--quiet", "--initial-branch=main"], ["add", "--all"], ["commit", "--quiet", "--message", "feat: begin"]):
        run(git + words, path)
    run(git + ["tag", "--annotate", "v1.0.0", "--message", "big 1.0.0"], path)
    return path


def ours(bench, path):
    """Only the packages are missing; gives the time in which they are made, the command's, and the size."""
    for made in [*path.glob("dist/*.tar.gz"), *path.glob("dist/*checksums.txt")]:
        made.unlink()
    wall = bench.ours(["package", "--snapshot"], path).wall
    records = journal(path / "dist")
    if [r["task"] for r in records if r["event"] == "task_started" and r["task"].startswith("build/")]:
        raise SystemExit("run: the binaries were known, and were built again")
    made = list(path.glob("dist/*.tar.gz"))
    if len(made) != len(TARGETS):
        raise SystemExit(f"run: {len(made)} archives instead of {len(TARGETS)}")
    return covered(spans(records, "package/")), wall, sum(file.stat().st_size for file in made)


def goreleaser(bench, path, config, verb):
    words = [bench.goreleaser, verb, "--snapshot", "--clean", "-f", str(config)]
    return run(words, path, env={"BENCH_BINARIES": str(bench.work / "big-binaries")}).wall


def packaging(bench):
    """Throughput is the binaries' bytes by the time of archives and checksums alone."""
    path = project(bench)
    bench.ours(["package", "--snapshot"], path)
    binaries = bench.fresh("big-binaries")
    for folder in path.glob("dist/big_*/"):
        if folder.is_dir():
            run(["cp", "-a", str(folder), str(binaries)], path)
    total = sum(file.stat().st_size for file in binaries.glob("*/big*"))
    mine, wall, size = min(ours(bench, path) for _ in range(3))
    remove(path / "dist")
    tool, config = bench.work / "fake-go", bench.work / "big.yaml"
    tool.write_text(FAKE_GO)
    tool.chmod(0o755)
    targets = [target.replace("/", "_") for target in TARGETS]
    config.write_text(PEER.format(tool=tool, targets=", ".join(targets)))
    runs = []
    for _ in range(2):
        building = goreleaser(bench, path, config, "build")
        runs.append(goreleaser(bench, path, config, "release") - building)
        peer_size = sum(file.stat().st_size for file in path.glob("dist/*.tar.gz"))
    peer = min(runs)
    rate = lambda time: f"{total / 1e6 / time:.0f} MB/s"
    return [Row(f"{len(TARGETS)} × {total / 1e6 / len(TARGETS):.0f} MB as tar.gz with SHA-256", f"GoReleaser {seconds(peer)} ({rate(peer)}), {peer_size / 1e6:.1f} MB out",
                f"{seconds(mine)} ({rate(mine)}), {size / 1e6:.1f} MB out; whole command {seconds(wall)}",
                f"{peer / mine:.2f} times the throughput, {size / peer_size:.3f} of the size", "5 times, no larger",
                mine * 5 <= peer and size <= peer_size)]
