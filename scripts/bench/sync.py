"""sentrix-sync: a long closed file out of a container, beside `docker cp` of the same file. Needs Docker and a static busybox."""
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import uuid
from pathlib import Path

from collect import fresh, latencies, outputs
from measure import Child, Failed, run

INSIDE = "/capture/agent_logs"


def docker(*args):
    done = subprocess.run(["docker", *map(str, args)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"docker {args[0]}: {done.stderr.strip()[:200]}")
    return done.stdout.strip()


class Container:
    """A running container that holds the log files: busybox, the collector with its libraries, and nothing else."""

    def __init__(self, bench, logs):
        self.name = f"sentrix-bench-{uuid.uuid4().hex[:8]}"
        busybox = shutil.which("busybox")
        if not busybox or not shutil.which("docker"):
            raise Failed("docker or a static busybox is missing (on Debian: docker.io, busybox-static)")
        collect = bench.program("sentrix-collect")
        with tempfile.TemporaryDirectory(dir=bench.dir) as root:
            self.place(Path(root), busybox, "bin/busybox")
            (Path(root) / "bin/sh").symlink_to("busybox")
            (Path(root) / "bin/sleep").symlink_to("busybox")
            self.place(Path(root), collect, "usr/local/bin/sentrix-collect")
            for library in re.findall(r"(/\S+)", subprocess.run(["ldd", collect], capture_output=True, text=True, check=True).stdout):
                self.place(Path(root), library, library.lstrip("/"))
            packed = subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE)
            self.image = subprocess.run(["docker", "import", "-"], stdin=packed.stdout, capture_output=True, text=True, check=True).stdout.strip()
        docker("run", "-d", "--name", self.name, "--network", "none", "-v", f"{logs}:{INSIDE}:ro", self.image, "/bin/sh", "-c", "while :; do sleep 1; done")

    @staticmethod
    def place(root, source, name):
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        target.chmod(0o755)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["docker", "rm", "-f", self.name], capture_output=True, check=False)
        subprocess.run(["docker", "rmi", "-f", self.image], capture_output=True, check=False)


def closed_file(bench):
    source, logs = bench.dir / "long-stream.jsonl", bench.dir / "long-logs"
    bench.stream(source, 52_400_000 if bench.small else 524_000_000)
    run([bench.program("sentrix-collect"), "--input", source, "--log-dir", fresh(logs), "--once", "--rotate-bytes", "0"])
    [log] = outputs(logs)
    source.unlink()
    return logs, log


def long_file(bench):
    logs, log = closed_file(bench)
    size = log.stat().st_size
    walls = {"ours": [], "docker_cp": [], "docker_cp_and_sync": []}
    cpu = []
    with Container(bench, logs) as container:
        for _ in range(bench.repeats):
            copy = bench.dir / "copied.json"
            copied = run(["docker", "cp", f"{container.name}:{INSIDE}/{log.name}", copy])["wall_s"]
            walls["docker_cp"].append(copied)
            # Ours is on disk when it says so.
            walls["docker_cp_and_sync"].append(copied + run(["sync", copy])["wall_s"])
            copy.unlink()
            directory = fresh(bench.dir / "synced")
            cost = run([bench.program("sentrix-sync"), "--container", container.name, "--user", "0:0", "--path", INSIDE, "--log-dir", directory])
            walls["ours"].append(cost["wall_s"])
            cpu.append(cost["cpu_s"])
            if (directory / log.name).stat().st_size != size:
                raise Failed("the copy is not whole")
            run([bench.program("sentrix-collect"), "verify", directory])
    rate = {name: round(size / 1e6 / statistics.median(values), 1) for name, values in walls.items()}
    return {
        "bytes": size,
        "budget": {"share_of_docker_cp": 0.8},
        "mb_per_s": rate,
        "cpu_s": round(statistics.median(cpu), 3),
        "share_of_docker_cp": round(rate["ours"] / rate["docker_cp"], 2),
        "share_of_docker_cp_and_sync": round(rate["ours"] / rate["docker_cp_and_sync"], 2),
    }


def lag(bench):
    """From a line appended in the container's raw stream to the event in the host's copy of the active log file."""
    source, logs, copies = bench.dir / "live.jsonl", fresh(bench.dir / "live-logs"), bench.dir / "synced"
    source.write_bytes(b"")
    collector = Child([bench.program("sentrix-collect"), "--input", source, "--log-dir", logs])
    try:
        with Container(bench, logs) as container:
            command = [bench.program("sentrix-sync"), "--follow", "--container", container.name, "--user", "0:0", "--path", INSIDE, "--log-dir", fresh(copies)]
            return {"budget": {"p99_ms": 1000}, **latencies(command, {}, source, copies, 3 if bench.small else 20)}
    finally:
        collector.stop(signal.SIGTERM, allowed=(0, 143, -15))


PATHS = {"sync_long_file": long_file, "sync_lag": lag}
