#!/usr/bin/env python3
"""Measures what ARCHITECTURE.md promises, beside the Python version, jq and cat, and prints JSON lines.

    scripts/bench.sh [NAME…]            all paths, or those whose names begin with NAME

SENTRIX_BENCH_DIR     where data is made and kept (default: a temporary directory, removed afterwards)
SENTRIX_BENCH_SMALL   a quick run on a tenth of the data and less; its figures mean little
SENTRIX_BENCH_SESSION raw streams or log files that the data is made from, with colons between (default: the recording of an ordinary
                      session; what ends in _demo is made from the demo's, which is full of leaks, short answers and runs that never ended)
SENTRIX_BENCH_PYTHON  a Python that has openclaw-sentrix 0.1.11 (default: a virtual environment is made)
SENTRIX_BENCH_BINS    where our programs are (default: target/release)
"""
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import bridge
import collect
import data
import judges
import patrol
import police
import start
import sync
import tap
from measure import Failed, run, summary
from python_version import PACKAGE, PythonVersion

ROOT = Path(__file__).resolve().parents[2]
PATHS = {**start.PATHS, **collect.PATHS, **patrol.PATHS, **judges.PATHS, **bridge.PATHS, **tap.PATHS, **sync.PATHS, **police.PATHS}


def note(text):
    print(f"bench: {text}", file=sys.stderr)


class Bench:
    """What every measurement needs: programs, data, the comparison tools."""

    def __init__(self, directory):
        self.dir = directory
        self.small = bool(os.environ.get("SENTRIX_BENCH_SMALL"))
        self.repeats = 1 if self.small else 3
        self.bins = Path(os.environ.get("SENTRIX_BENCH_BINS") or ROOT / "target/release")
        recordings = os.environ.get("SENTRIX_BENCH_SESSION") or str(ROOT / "tests/data/session/raw-stream.jsonl")
        self.session = data.Session(*map(Path, recordings.split(":")))
        self.demo = data.Session(ROOT / "tests/data/demo/raw-stream.jsonl")
        self.python = PythonVersion(directory, note)

    def program(self, name):
        path = self.bins / name
        if not path.exists():
            raise Failed(f"{path} is not built: cargo build --release")
        return path

    def stream(self, path, size):
        return data.stream(self.session, path, size)

    def archive(self, name, session, files, size):
        """An archive of a session, made once and used by several paths."""
        directory = self.dir / f"{name}-{files}-{size}"
        if not directory.exists():
            note(f"making {directory.name}")
            unfinished = directory.with_suffix(".part")
            shutil.rmtree(unfinished, ignore_errors=True)
            data.archive(session, unfinished, files, size)
            unfinished.rename(directory)
        return directory, sum(path.stat().st_size for path in directory.glob("*.json"))

    def jq(self, path, size):
        if not shutil.which("jq"):
            return {"missing": "jq is not installed"}
        return summary([run(["jq", "-c", ".", path])], size)


def first(path, prefix):
    try:
        return next(line.split(":", 1)[1].strip() for line in open(path, encoding="utf-8") if line.startswith(prefix))
    except (OSError, StopIteration):
        return None


def version(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def machine():
    return {
        "machine": {
            "cpu": first("/proc/cpuinfo", "model name"),
            "cores": os.cpu_count(),
            "memory": first("/proc/meminfo", "MemTotal"),
            "kernel": platform.release(),
            "rustc": version("rustc", "--version"),
            "python": platform.python_version(),
            "jq": version("jq", "--version"),
            "load": os.getloadavg(),
        },
        "commit": version("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"),
    }


def measure(bench, name):
    note(name)
    record = {"path": name, **({"small": True} if bench.small else {})}
    try:
        record |= PATHS[name](bench)
    except Failed as error:
        record["failed"] = str(error)
    if bench.python.missing:
        record.setdefault("python", {"missing": bench.python.missing})
    record["load_after"] = round(os.getloadavg()[0], 2)
    print(json.dumps(record), flush=True)
    return "failed" not in record


def main():
    wanted = [name for name in PATHS if not sys.argv[1:] or any(name.startswith(given) for given in sys.argv[1:])]
    if not wanted:
        note(f"no such path; there are {', '.join(PATHS)}")
        return 2
    kept = os.environ.get("SENTRIX_BENCH_DIR")
    directory = Path(kept or tempfile.mkdtemp(prefix="sentrix-bench-")).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    try:
        bench = Bench(directory)
        print(json.dumps({**machine(), "comparison": bench.python.missing or PACKAGE}), flush=True)
        results = [measure(bench, name) for name in wanted]
        return 0 if all(results) else 3
    finally:
        if not kept:
            shutil.rmtree(directory, ignore_errors=True)


sys.exit(main())
