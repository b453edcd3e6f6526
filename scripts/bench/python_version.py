"""The Python version of Sentrix (openclaw-sentrix from PyPI), installed beside ours for the comparison."""
import os
import subprocess
import sys
from pathlib import Path

PACKAGE = "openclaw-sentrix==0.1.11"

# Reads all turns, as each sweep does; prints their number and the CPU time of the reading alone, without the imports.
READ_TURNS = """
import sys, time
from pathlib import Path
from sentrix.patrol.log_reader import load_turns_from_log_dir
began = time.process_time()
turns = load_turns_from_log_dir(Path(sys.argv[1]))
print(len(turns), time.process_time() - began)
"""

# A sweep that finds nothing new: all turns are cleared already.
NOTHING_NEW = """
import sys, time
from pathlib import Path
from sentrix.patrol.config import MODEL_VERSION, RULESET_VERSION, patrol_state_db_path
from sentrix.patrol.log_reader import load_turns_from_log_dir
from sentrix.patrol.state import filter_pending_turns, open_patrol_state_db
log_dir = Path(sys.argv[1])
state = open_patrol_state_db(patrol_state_db_path(log_dir))
if sys.argv[2] == "clear":
    rows = [(turn["runId_ts"], "CLEAN", "2026-09-22T00:00:00Z", RULESET_VERSION, MODEL_VERSION) for turn in load_turns_from_log_dir(log_dir)]
    state.executemany("INSERT OR REPLACE INTO cleared VALUES (?, ?, ?, ?, ?)", rows)
    state.commit()
else:
    began = time.process_time()
    assert filter_pending_turns(load_turns_from_log_dir(log_dir), state, RULESET_VERSION, MODEL_VERSION) == []
    print(time.process_time() - began)
"""


# Its bridge, with a gateway in place of the one that it would look up in its sandbox, and without a line of log for each message.
BRIDGE = """
import logging, sys
from pathlib import Path
import sentrix.bridge as bridge
async def sandbox(*_):
    return None
async def endpoint(*_):
    return sys.argv[2]
bridge.connect_sandbox, bridge.get_direct_endpoint = sandbox, endpoint
logging.disable(logging.WARNING)
bridge.run_bridge(Path(sys.argv[1]), "127.0.0.1", int(sys.argv[3]))
"""


class PythonVersion:
    def __init__(self, directory, note):
        """`missing` says why it cannot be compared with, or is None."""
        self.missing = None
        self.python = Path(os.environ.get("SENTRIX_BENCH_PYTHON") or directory / "venv/bin/python")
        if not self.python.exists():
            note(f"installing {PACKAGE}")
            try:
                subprocess.run([sys.executable, "-m", "venv", directory / "venv"], check=True, capture_output=True)
                subprocess.run([self.python, "-m", "pip", "install", "-q", PACKAGE], check=True, capture_output=True)
            except subprocess.CalledProcessError as error:
                last = error.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
                self.missing = f"{PACKAGE} cannot be installed: {last[0]}"
                return
        found = list(self.python.parent.parent.glob("lib/python*/site-packages/sentrix/sandbox/collect_logs.py"))
        if found:
            self.collector = [self.python, found[0]]
        else:
            self.missing = f"{self.python} has no {PACKAGE}"

    def script(self, text, *arguments):
        return [self.python, "-c", text, *arguments]

    @property
    def cli(self):
        return [self.python.parent / "sentrix", "--help"]
