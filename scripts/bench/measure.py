"""Runs a command and says what it cost: CPU time of the child (wait4), wall time, peak memory.

Peak memory is VmHWM of the child, polled while it runs: ru_maxrss would count the memory of this harness, which the child inherits at fork.
"""
import os
import statistics
import subprocess
import threading
import time

MIB = 1024 * 1024


class Failed(Exception):
    """The measured command did not do its work."""


class Child:
    """A started command; `wait` or `stop` it to get the cost."""

    def __init__(self, command, env=None, stdin=None, stdout=subprocess.DEVNULL, cwd=None):
        self.command = [str(part) for part in command]
        self.hwm_kib = 0
        self.began = time.monotonic()
        self.process = subprocess.Popen(self.command, env={**os.environ, **(env or {})}, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, cwd=cwd)
        self.stderr = b""
        self.reader = threading.Thread(target=self._read_stderr, daemon=True)
        self.reader.start()
        self.poller = threading.Thread(target=self._poll, daemon=True)
        self.done = threading.Event()
        self.poller.start()

    def _read_stderr(self):
        while chunk := self.process.stderr.read1(65536):
            self.stderr = (self.stderr + chunk)[-4096:]

    def _poll(self):
        while True:
            self.sample()
            if self.done.wait(0.01):
                return

    def sample(self):
        try:
            with open(f"/proc/{self.process.pid}/status", "rb") as status:
                for line in status:
                    if line.startswith(b"VmHWM:"):
                        self.hwm_kib = max(self.hwm_kib, int(line.split()[1]))
        except OSError:
            pass

    def stop(self, signal, allowed=(0,)):
        self.sample()
        self.process.send_signal(signal)
        return self.wait(allowed)

    def wait(self, allowed=(0,)):
        _, status, usage = os.wait4(self.process.pid, 0)
        wall = time.monotonic() - self.began
        self.done.set()
        self.poller.join()
        self.reader.join(timeout=1)
        code = os.waitstatus_to_exitcode(status)
        self.process.returncode = code
        if code not in allowed:
            last = self.stderr.decode(errors="replace").strip().splitlines()[-1:] or [""]
            raise Failed(f"{' '.join(self.command[:4])} … ended with {code}: {last[0][:200]}")
        return {"cpu_s": usage.ru_utime + usage.ru_stime, "wall_s": wall, "rss_mib": self.hwm_kib / 1024}


def run(command, allowed=(0,), **options):
    return Child(command, **options).wait(allowed)


def summary(runs, size=None):
    """Minimum and median of several runs; with a size in bytes also the throughput at the median."""
    cpu = [one["cpu_s"] for one in runs]
    out = {
        "runs": len(runs),
        "cpu_s_min": round(min(cpu), 4),
        "cpu_s_median": round(statistics.median(cpu), 4),
        "wall_s_median": round(statistics.median(one["wall_s"] for one in runs), 4),
        "rss_mib_max": round(max(one["rss_mib"] for one in runs), 1),
    }
    if size:
        out["mb_per_cpu_s"] = round(size / 1e6 / max(statistics.median(cpu), 1e-4), 1)
    return out


def ratio(ours, theirs, key="mb_per_cpu_s"):
    """How many times the other's figure ours is, where both are known."""
    return round(ours[key] / theirs[key], 1) if key in ours and theirs.get(key) else None


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
