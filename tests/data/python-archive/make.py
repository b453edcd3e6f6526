#!/usr/bin/env python3
"""Makes this archive anew with the Python version of Sentrix (openclaw-sentrix from PyPI): its collector, its patrol, its police.

    python3 tests/data/python-archive/make.py WORKDIR

WORKDIR gets the virtual environment. Needs Python 3.10 or later, Node 20 or later and, for the packages, a network.
"""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

PACKAGE = "openclaw-sentrix==0.1.11"
HERE = Path(__file__).resolve().parent
STREAM = HERE.parent / "demo" / "raw-stream.jsonl"
LOGS = HERE / "agent_logs"
SERVER = HERE.parent.parent / "model-server" / "server.mjs"
RUNS_PER_FILE = 1

# Runs inside the environment: one sweep of the patrol loop, then the police queue until it is empty.
INSIDE = '''
import asyncio, sys
from pathlib import Path
from sentrix.patrol.sweep import run_patrol_loop
from sentrix.police.escalation import enqueue_flags_for_investigation, run_investigation_consumer

async def main(log_dir):
    queue = asyncio.Queue()
    enqueue = lambda flags: enqueue_flags_for_investigation(flags, "medium_above", log_dir, queue)
    patrol = asyncio.create_task(run_patrol_loop(log_dir, poll_secs=600, on_flags=enqueue))
    police = asyncio.create_task(run_investigation_consumer(log_dir, queue, "medium_above"))
    await asyncio.sleep(15)
    assert queue.empty(), "the police queue is not empty"
    for task in (patrol, police):
        task.cancel()

asyncio.run(main(Path(sys.argv[1])))
'''


def environment(work):
    venv = work / "venv"
    if not (venv / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin/pip", "install", "-q", PACKAGE], check=True)
    return venv / "bin/python"


def parts():
    """The recording's lines, RUNS_PER_FILE runs to a part."""
    runs = []
    for line in STREAM.read_bytes().splitlines(keepends=True):
        run = json.loads(line)["runId"]
        if not runs or runs[-1][0] != run:
            runs.append((run, []))
        runs[-1][1].append(line)
    for start in range(0, len(runs), RUNS_PER_FILE):
        yield b"".join(line for _, lines in runs[start:start + RUNS_PER_FILE] for line in lines)


def collect(python, work, number, data, torn):
    """Lets the collector write one file; killed instead of stopped, it leaves the file without its end."""
    source = work / f"part-{number}.jsonl"
    source.write_bytes(data)
    collector = next(python.parent.parent.glob("lib/python*/site-packages/sentrix/sandbox/collect_logs.py"))
    env = {**os.environ, "OPENCLAW_RAW_STREAM_PATH": str(source), "SENTRIX_LOG_DIR": str(LOGS)}
    child = subprocess.Popen([python, collector], env=env)
    time.sleep(2)
    child.send_signal(signal.SIGKILL if torn else signal.SIGTERM)
    child.wait()


def old_layout(path):
    """The layout of the Python version before it was published: the comma on a line of its own."""
    path.write_text(path.read_text().replace("},\n", "}\n,\n"))


def main():
    work = Path(sys.argv[1]).resolve()
    work.mkdir(parents=True, exist_ok=True)
    python = environment(work)
    shutil.rmtree(LOGS, ignore_errors=True)
    chunks = list(parts())
    for number, data in enumerate(chunks):
        collect(python, work, number, data, torn=number == len(chunks) - 1)
    logs = sorted(LOGS.glob("*.json"))
    assert len(logs) == len(chunks), f"{len(logs)} log files from {len(chunks)} parts"
    old_layout(logs[0])

    server = subprocess.Popen(["node", SERVER, "--scenario", HERE / "judge.json"], stdout=subprocess.PIPE, text=True)
    url = json.loads(server.stdout.readline())["listening"]
    env = {**os.environ, "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_BASE": f"{url}/v1"}
    subprocess.run([python, "-c", INSIDE, LOGS], env=env, check=True, cwd=work)
    server.terminate()
    for name in ("patrol_state.db", "police.db"):
        database = sqlite3.connect(LOGS / name)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        for rest in ("-wal", "-shm"):
            (LOGS / (name + rest)).unlink(missing_ok=True)


main()
