"""The Action's image: its size, how soon its first step begins, and what it costs beside the bare program."""

import gzip
import json
import subprocess
import tarfile
import tempfile
import time
from datetime import datetime
from pathlib import Path

from .kit import Row, best, journal, remove, run, seconds

IMAGE = "release-action:bench"
BASE = "debian:bookworm-slim"
PROGRAM = "/usr/local/bin/release-action"
LIMIT = 60 * 1000 * 1000


def image(bench):
    """Builds it; the engine's own layers make this short where nothing changed."""
    run(["docker", "build", "--quiet", "--tag", IMAGE, str(bench.top)], bench.top, env={"DOCKER_BUILDKIT": "0"})


def layers(name):
    """The compressed size of each layer, as a registry would hold it, in order."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "image.tar"
        subprocess.run(["docker", "save", "--output", str(saved), name], check=True)
        with tarfile.open(saved) as outer:
            order = json.load(outer.extractfile("manifest.json"))[0]["Layers"]
            return [compressed(outer.extractfile(layer)) for layer in order]


def compressed(layer):
    class Count:
        size = 0

        def write(self, data):
            self.size += len(data)

        def flush(self):
            pass

    count = Count()
    with gzip.GzipFile(fileobj=count, mode="wb", compresslevel=6, mtime=0) as out:
        while block := layer.read(1 << 20):
            out.write(block)
    return count.size


def size(bench):
    """Whole; the base beside it, of which only a part is taken, and which may be another than the published one."""
    image(bench)
    whole, base = sum(layers(IMAGE)), sum(layers(BASE))
    show = lambda value: f"{value / 1e6:.1f} MB"
    return [Row("Action image, compressed", f"{BASE} here {show(base)}", show(whole), "", "< 60 MB", whole < LIMIT)]


def docker(repository, words, env=None):
    """The command line of GitHub's runner, as far as it costs time."""
    command = ["docker", "run", "--rm", "--network", "host", "--workdir", "/github/workspace"]
    command += ["-v", f"{repository}:/github/workspace", "-v", "/var/run/docker.sock:/var/run/docker.sock"]
    for name in env or {}:
        command += ["-e", name]
    return run([*command, "--entrypoint", PROGRAM, IMAGE, *words], repository, env=env)


def plain(bench):
    """A repository of no ecosystem: nothing but the program itself is measured."""
    repository = bench.fresh("container")
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@users.noreply.example"]
    run(["git", "init", "--quiet", "--initial-branch", "main"], repository)
    (repository / "README").write_text("nothing\n")
    (repository / ".gitignore").write_text("/dist/\n")
    run(git + ["add", "."], repository)
    run(git + ["commit", "--quiet", "--message", "feat: begin"], repository)
    run(git + ["tag", "--annotate", "v1.0.0", "--message", "v1.0.0"], repository)
    run(["git", "remote", "add", "origin", "https://github.com/acme/plain.git"], repository)
    return repository


WORDS = ["run", "--snapshot", "--only", "preflight"]


def first_step(repository, began):
    """How long after `began` the first task was begun."""
    event = next(record for record in journal(repository / "dist") if record["event"] == "task_started")
    return datetime.fromisoformat(event["at"].replace("Z", "+00:00")).timestamp() - began


def start(bench):
    """From the engine's order to the first task in the journal, and a whole short run in the container and
    beside it. What any container costs on this machine stands in the column of the peer."""
    image(bench)
    repository, first, idle = plain(bench), [], []
    for _ in range(5):
        remove(repository / "dist")
        began = time.time()
        docker(repository, WORDS)
        first.append(first_step(repository, began))
        idle.append(run(["docker", "run", "--rm", "--entrypoint", "/bin/true", IMAGE], repository).wall)
    fresh = lambda make: (remove(repository / "dist"), make())[1]
    inside = best(5, lambda: fresh(lambda: docker(repository, WORDS))).wall
    bare = best(5, lambda: fresh(lambda: bench.ours(WORDS, repository))).wall
    container, ours = min(idle), min(first)
    return [
        Row("container's start to its first step", f"`docker run` of /bin/true, whole {seconds(container)}", seconds(ours), "", "< 300 ms", ours < 0.3),
        Row("a short run in the container", f"the bare program {seconds(bare)}, an idle container {seconds(container)}", seconds(inside),
            f"{seconds(max(0.0, inside - bare - container))} beyond both", "", None),
    ]
