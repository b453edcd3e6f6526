"""sentrix-bridge: CPU for a relayed message, memory for an idle browser, a state, the time to the first word.

Gateway and browsers are this process; only the bridge's own CPU time (of all of its threads) is counted.
"""
import asyncio
import json
import signal
import socket
import sqlite3
import time
from datetime import datetime, timezone
from pathlib import Path

from measure import Child, Failed, percentile
from python_version import BRIDGE
from websocket import Closed, accept, connect, trusting

ORIGIN = "http://localhost:3000"
DELTAS = 20
WORDS = "There are three things on it, flour and two lemons. "


class Gateway:
    """Answers each message with as many deltas, each with the whole text so far, and an end, as OpenClaw does; its `agent` events are those that both bridges relay."""

    def __init__(self):
        self.sent = {}
        # Seconds between two deltas; what waits together may be sent as one.
        self.pace = 0.003

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=1 << 22)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def serve(self, reader, writer):
        ws = await accept(reader, writer)
        event = lambda name, payload: ws.send(json.dumps({"type": "event", "event": name, "payload": payload}))
        event("connect.challenge", {"nonce": "n", "ts": 1})
        try:
            while True:
                frame = json.loads(await ws.receive())
                answer = {"type": "hello-ok", "protocol": frame["params"].get("maxProtocol", 3), "server": {"version": "bench"}}
                if frame["method"] == "chat.send":
                    answer = {"runId": frame["params"]["idempotencyKey"], "status": "started"}
                ws.send(json.dumps({"type": "res", "id": frame["id"], "ok": True, "payload": answer}))
                if frame["method"] == "chat.send":
                    asyncio.ensure_future(self.answer(event, frame["params"]))
        except (Closed, asyncio.CancelledError):
            # The bridge has gone, or we are going.
            pass

    async def answer(self, event, params):
        run, key = params["idempotencyKey"], params["sessionKey"]
        text = ""
        for number in range(DELTAS):
            delta = WORDS[number % 40 : number % 40 + 12]
            text += delta
            self.sent.setdefault(params["message"], []).append((len(text), time.perf_counter()))
            event("agent", {"runId": run, "sessionKey": f"agent:main:{key}", "seq": number, "stream": "assistant", "data": {"text": text, "delta": delta}})
            await asyncio.sleep(self.pace)
        message = {"role": "assistant", "content": [{"type": "text", "text": text}]}
        event("chat", {"runId": run, "sessionKey": f"agent:main:{key}", "seq": DELTAS, "state": "final", "message": message})


class Bridge:
    """A running bridge: ours, or the Python version's."""

    def __init__(self, command, env, port):
        self.child, self.port = Child(command, env=env), port

    def cpu(self):
        """Seconds on a processor, of all threads."""
        tasks = Path(f"/proc/{self.child.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def rss_kib(self):
        status = Path(f"/proc/{self.child.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))

    async def ready(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                (await connect(self.port, ORIGIN, trusting())).close()
                return self
            except (OSError, Closed, asyncio.IncompleteReadError):
                await asyncio.sleep(0.1)
        self.stop()
        raise Failed("the bridge does not answer")

    def stop(self):
        self.child.stop(signal.SIGTERM, (0, 143, -15))


def free_ports():
    """A port with a free one before and behind it."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1] + 1
        try:
            for one in (port - 1, port, port + 1):
                with socket.socket() as other:
                    other.bind(("127.0.0.1", one))
            return port
        except OSError:
            continue


def ours(bench, logs, gateway):
    port = free_ports()
    command = [bench.program("sentrix-bridge"), "--log-dir", logs, "--home", logs / "home", "--host", "127.0.0.1", "--port", port, "--gateway-url", f"ws://127.0.0.1:{gateway.port}", "--quiet"]
    return Bridge(command, {}, port)


def theirs(bench, logs, gateway):
    port = free_ports()
    (logs / ".sentrix_sandbox_id").write_text("bench")
    return Bridge(bench.python.script(BRIDGE, logs, f"127.0.0.1:{gateway.port}", port), {"HOME": str(logs)}, port)


async def hear(ws, kind, ident=None):
    while True:
        frame = json.loads(await asyncio.wait_for(ws.receive(), 60))
        if frame.get("type") == kind and (ident is None or frame.get("id") == ident):
            return frame


async def relay(bridge, gateway, chats):
    """Messages one after the other; CPU for each frame that the gateway sent, and how long deltas were on their way."""
    ws = await connect(bridge.port, ORIGIN, trusting())
    await hear(ws, "bridge.ready")

    async def chat(ident):
        ws.send(json.dumps({"type": "chat", "id": ident, "payload": {"text": ident}}))
        frames, ways = 0, []
        while True:
            frame = json.loads(await asyncio.wait_for(ws.receive(), 60))
            if frame.get("id") != ident:
                continue
            now = time.perf_counter()
            text = frame["payload"].get("accumulated") or frame["payload"]["text"]
            # A frame may bring several deltas.
            ways += [now - sent for length, sent in gateway.sent[ident][len(ways) :] if length <= len(text)]
            frames += 1
            if frame["type"] == "response":
                return frames, [way * 1000 for way in ways]

    async def figures(name):
        began = bridge.cpu()
        all_chats = [await chat(f"{name}{number}") for number in range(chats)]
        cpu = bridge.cpu() - began
        firsts, later = [ways[0] for _, ways in all_chats], [way for _, ways in all_chats for way in ways[1:]]
        return {
            "frames_out": sum(frames for frames, _ in all_chats),
            "cpu_us_per_message": round(cpu / (chats * (DELTAS + 1)) * 1e6, 1),
            "first_delta_ms_p50": round(percentile(firsts, 0.5), 3),
            "first_delta_ms_p99": round(percentile(firsts, 0.99), 3),
            # Ours are joined when they come faster than a screen shows them.
            "later_delta_ms_p50": round(percentile(later, 0.5), 3),
            "later_delta_ms_p99": round(percentile(later, 0.99), 3),
        }

    await chat("warm")
    result = {"chats": chats, "messages_in": chats * (DELTAS + 1)}
    # As a model writes, and as fast as the gateway can.
    for name, pace in (("paced_3_ms", 0.003), ("burst", 0)):
        gateway.pace = pace
        result[name] = await figures(name)
    ws.close()
    return result


async def idle(bridge, _gateway, browsers, ask=False):
    """Memory for each browser that says nothing; that has asked for a state before, if it is to ask."""

    async def come(many):
        crowd = [await connect(bridge.port, ORIGIN, trusting()) for _ in range(many)]
        for ws in crowd:
            await hear(ws, "bridge.ready")
            if ask:
                ws.send(json.dumps({"type": "get_state"}))
                await hear(ws, "state")
        return crowd

    warm = await come(4)
    before, cpu = bridge.rss_kib(), bridge.cpu()
    all_of_them = await come(browsers)
    await asyncio.sleep(1)
    grown, cpu = bridge.rss_kib() - before, bridge.cpu() - cpu
    for ws in warm + all_of_them:
        ws.close()
    return {"browsers": browsers, "kib_per_browser": round(grown / browsers, 1), "cpu_ms_per_connect": round(cpu / browsers * 1000, 2), "rss_mib": round(bridge.rss_kib() / 1024, 1)}


async def idle_after_state(bridge, gateway, browsers):
    return await idle(bridge, gateway, browsers, ask=True)


async def state(bridge, _gateway, times):
    ws = await connect(bridge.port, ORIGIN, trusting())
    await hear(ws, "bridge.ready")

    async def get():
        ws.send(json.dumps({"type": "get_state"}))
        return await hear(ws, "state")

    size = len(json.dumps(await get()))
    began = bridge.cpu()
    for _ in range(times):
        await get()
    cpu = bridge.cpu() - began
    ws.close()
    return {"requests": times, "answer_bytes": size, "cpu_ms_per_request": round(cpu / times * 1000, 2)}


def logs_of(bench, name, size=0):
    """A log directory with an active log of that size, 38 flags and 24 cases."""
    logs = bench.dir / name
    logs.mkdir(exist_ok=True)
    if not size:
        return logs
    now = datetime.now(timezone.utc)
    ts = int(now.timestamp() * 1000)
    events, written = [], 0
    while written < size:
        events.append(json.dumps({"ts": ts, "event": "assistant_text_stream", "runId": f"{len(events) // 400:08x}-1111-4111-8111-111111111111", "evtType": "text_delta", "delta": "a few words of it ", "content": ""}))
        written += len(events[-1])
    (logs / f"{now:%Y%m%dT%H%M%S}.json").write_text("[\n  " + ",\n  ".join(events) + "\n]\n")
    vote = {"vote_id": "v", "source_agent": "log_patrol_0", "severity": "MEDIUM", "confidence": 0.8, "pii_labels_detected": ["iban"], "observation": "o" * 120, "category": "pii_leak"}
    flags = [{"flag_id": f"f{number}", "source_file": "x.json", "run_id_ts": "r_1", "consensus_severity": "MEDIUM", "votes": [vote], "referral_summary": "s" * 200, "timestamp": f"{now:%Y-%m-%dT%H:%M:%SZ}"} for number in range(38)]
    (logs / "patrol_flags.jsonl").write_text("".join(json.dumps(flag) + "\n" for flag in flags))
    with sqlite3.connect(logs / "police.db") as database:
        database.execute("CREATE TABLE IF NOT EXISTS case_files (investigation_id TEXT PRIMARY KEY, flag_id TEXT NOT NULL, source_file TEXT NOT NULL, concluded_at TEXT NOT NULL, case_file_json TEXT NOT NULL)")
        case = json.dumps({"crime_classification": "pii_leak", "severity_score": "HIGH", "confidence": 0.9, "case_facts": "f" * 1500, "relevant_log_ids": ["r_1"], "verdict_summary": "v" * 400})
        database.executemany("INSERT OR REPLACE INTO case_files VALUES (?, ?, ?, ?, ?)", [(f"i{number}", f"f{number}", "x.json", f"2026-03-10T00:00:{number:02}Z", case) for number in range(24)])
    return logs


def measured(bench, name, what, ours_many, theirs_many, ours_size=0, theirs_size=0, **budget):
    """What is measured, on ours and, where it can be run, on the Python version."""

    async def one(make, logs, many):
        gateway = await Gateway().start()
        bridge = await make(bench, logs, gateway).ready()
        try:
            return await what(bridge, gateway, many)
        finally:
            bridge.stop()

    result = {"ours": asyncio.run(one(ours, logs_of(bench, f"{name}-ours", ours_size), ours_many))}
    if ours_size:
        result["ours"]["active_log_bytes"] = ours_size
    if theirs_many and not bench.python.missing:
        try:
            result["python"] = asyncio.run(one(theirs, logs_of(bench, f"{name}-python", theirs_size), theirs_many))
            if theirs_size:
                result["python"]["active_log_bytes"] = theirs_size
        except (Failed, Closed, asyncio.TimeoutError) as error:
            result["python"] = {"failed": f"{type(error).__name__}: {error}"}
    return {"budget": budget, **result}


def bridge_relay(bench):
    many = 20 if bench.small else 200
    return measured(bench, "relay", relay, many, many, cpu_us_per_message=40, first_delta_ms_p99=2)


def bridge_idle(bench):
    many = 20 if bench.small else 100
    return measured(bench, "idle", idle, many, many, kib_per_browser=128)


def bridge_idle_after_state(bench):
    # The Python version takes half a second for each state.
    many = 20 if bench.small else 100
    return measured(bench, "after-state", idle_after_state, many, 0, 1_000_000, kib_per_browser=128)


def bridge_state(bench):
    # The Python version does not finish on as large a log.
    return measured(bench, "state", state, 50, 3, 10_000_000, 68_000, cpu_ms_per_request=5)


PATHS = {"bridge_relay": bridge_relay, "bridge_idle": bridge_idle, "bridge_idle_after_state": bridge_idle_after_state, "bridge_state": bridge_state}
