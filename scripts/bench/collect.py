"""sentrix-collect: catching up, a long line, append to visible."""
import os
import re
import shutil
import signal
import time

from measure import MIB, Child, Failed, percentile, ratio, run, summary

SEQ = re.compile(rb'"seq": ?(\d+)')


def outputs(directory):
    return sorted(path for path in directory.glob("2*.json")) if directory.exists() else []


def fresh(path):
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)
    return path


def events_in(directory):
    return sum(line.startswith(b"  {") for path in outputs(directory) for line in open(path, "rb"))


def ours_once(bench, source, directory):
    return run([bench.program("sentrix-collect"), "--input", source, "--log-dir", directory, "--once"])


def python_once(bench, source, directory):
    """It follows for ever: stopped when it stands at the end of the source and its output rests."""
    env = {"OPENCLAW_RAW_STREAM_PATH": str(source), "SENTRIX_LOG_DIR": str(directory), "SENTRIX_ROTATE_MINS": "600"}
    child = Child(bench.python.collector, env=env)
    size, resting = -1, 0
    while resting < 4:
        time.sleep(0.25)
        now = sum(path.stat().st_size for path in outputs(directory))
        resting = resting + 1 if now == size and now > 0 else 0
        size = now
        if child.process.poll() is not None:
            raise Failed("the Python collector ended by itself")
    return child.stop(signal.SIGTERM)


def sides(bench):
    yield "ours", ours_once
    if not bench.python.missing:
        yield "python", python_once


def catch_up(bench):
    source = bench.dir / "stream.jsonl"
    size, lines = bench.stream(source, 10_000_000 if bench.small else 100_000_000)
    runs = {}
    for _ in range(bench.repeats):
        for name, once in sides(bench):
            directory = fresh(bench.dir / "collected")
            runs.setdefault(name, []).append(once(bench, source, directory))
            found = events_in(directory)
            if found != lines:
                raise Failed(f"{name}: {found} of {lines} events are in the log files")
    result = {name: summary(list(values), size) for name, values in runs.items()}
    result["cat"] = summary([run(["cat", source]) for _ in range(bench.repeats)], size)
    result["jq"] = bench.jq(source, size)
    result["times_python"] = ratio(result["ours"], result.get("python", {}))
    return {"bytes": size, "events": lines, "budget": {"mb_per_cpu_s": 300, "rss_mib": 16, "times_python": 27}, **result}


def long_line(bench):
    source = bench.dir / "long.jsonl"
    length = (4 if bench.small else 64) * MIB
    with open(source, "wb") as file:
        file.write(b'{"event":"assistant_message_end","runId":"long","ts":1,"rawText":"')
        for _ in range(length // MIB):
            file.write(b"lorem ipsum dolo" * (MIB // 16))
        file.write(b'"}\n')
    result = {}
    for name, once in sides(bench):
        directory = fresh(bench.dir / "collected")
        result[name] = summary([once(bench, source, directory)], length)
        if events_in(directory) != 1:
            raise Failed(f"{name}: the long line is not in the log file")
    return {"bytes": length, "budget": {"rss_mib": 2 * length / MIB}, **result}


def latencies(command, env, source, directory, seconds, rate=100):
    """Appends lines to the source and notes when each is in a log file. The watcher looks every 0.2 ms."""
    source.write_bytes(b"")
    child = Child(command, env=env)
    time.sleep(1.5)
    sent, seen, position, current = {}, {}, 0, None
    began = time.monotonic()
    with open(source, "ab", buffering=0) as out:
        number, deadline = 0, began + seconds + 2
        while time.monotonic() < deadline and len(seen) < seconds * rate:
            now = time.monotonic()
            if number < seconds * rate and now >= began + number / rate:
                out.write(b'{"ts":1,"event":"assistant_text_stream","runId":"bench","evtType":"text_delta","delta":"word ","content":"","seq":%d}\n' % number)
                sent[number] = time.monotonic()
                number += 1
            if current is None:
                found = outputs(directory)
                current = os.open(found[0], os.O_RDONLY) if found else None
            elif (size := os.fstat(current).st_size) > position:
                stamp = time.monotonic()
                for match in SEQ.finditer(os.pread(current, size, max(0, position - 64))):
                    seen.setdefault(int(match[1]), stamp)
                position = size
            time.sleep(0.0002)
    cost = child.stop(signal.SIGTERM, allowed=(0, 143, -15))
    waits = [(seen[number] - sent[number]) * 1000 for number in seen]
    if len(waits) < seconds * rate:
        raise Failed(f"{len(waits)} of {seconds * rate} lines became visible")
    return {f"p{share}_ms": round(percentile(waits, share / 100), 2) for share in (50, 90, 99)} | {
        "max_ms": round(max(waits), 2), "lines": len(waits), "cpu_s": round(cost["cpu_s"], 3)}


def visible(bench):
    seconds = 3 if bench.small else 30
    source, directory = bench.dir / "live.jsonl", bench.dir / "collected"
    command = [bench.program("sentrix-collect"), "--input", source, "--log-dir", directory]
    result = {"ours": latencies(command, {}, source, fresh(directory), seconds)}
    if not bench.python.missing:
        env = {"OPENCLAW_RAW_STREAM_PATH": str(source), "SENTRIX_LOG_DIR": str(directory)}
        result["python"] = latencies(bench.python.collector, env, source, fresh(directory), seconds)
    return {"lines_per_s": 100, "seconds": seconds, "watcher_ms": 0.2, "budget": {"p50_ms": 2, "p99_ms": 20}, **result}


PATHS = {"collect_catch_up": catch_up, "collect_long_line": long_line, "collect_visible": visible}
