"""sentrix-patrol with models: 1000 streams, a model server that answers after 50 ms."""
import asyncio
import json
import multiprocessing
import shutil

from measure import Failed, run

LATENCY_S = 0.05
VERDICT = {"severity": "CLEAN", "confidence": 0.9, "category": "other", "pii_labels_detected": [], "observation": "nothing to see"}


def answer(body):
    """A compliant model: HIGH for what the known turns of the patrol hold, else CLEAN."""
    bad = any(sign in body for sign in (b"PRIVATE KEY", b"data-binary", b"keylogger"))
    verdict = json.dumps({**VERDICT, "severity": "HIGH" if bad else "CLEAN"})
    message = {"role": "assistant", "content": verdict}
    return json.dumps({
        "model": "bench-1",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20},
    }).encode()


async def connection(reader, writer, calls):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            body = await reader.readexactly(length)
            with calls.get_lock():
                calls.value += 1
            await asyncio.sleep(LATENCY_S)
            said = answer(body)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(said) + said)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, StopIteration):
        writer.close()


def serve(port, calls):
    async def main():
        server = await asyncio.start_server(lambda reader, writer: connection(reader, writer, calls), "127.0.0.1", 0, backlog=512)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(main())


class Server:
    def __enter__(self):
        self.port, self.calls = multiprocessing.Value("i", 0), multiprocessing.Value("i", 0)
        self.process = multiprocessing.Process(target=serve, args=(self.port, self.calls), daemon=True)
        self.process.start()
        while not self.port.value and self.process.is_alive():
            self.process.join(0.01)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.join()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port.value}/v1"


def streams(directory, count):
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for n in range(count):
        text = f"Step {n}: I read the file, changed the line, and ran the tests. " * 12
        event = {"ts": n, "event": "assistant_message_end", "runId": f"run-{n}", "rawText": text, "rawThinking": ""}
        name = f"202603{1 + n // 500:02}T{n // 60 % 24:02}{n % 60:02}00-{n:04}.json"
        (directory / name).write_text("[\n  " + json.dumps(event) + "\n]\n")


def measured(bench, server, count, concurrency, votes):
    directory = bench.dir / "streams"
    streams(directory, count)
    before = server.calls.value
    command = [bench.program("sentrix-patrol"), "--once", "--judge", "llm", "--votes", votes, "--concurrency", concurrency, directory]
    cost = run(command, env={"OPENAI_BASE_URL": server.url, "PATROL_MODEL": "bench-1"})
    calls = server.calls.value - before
    sweep = json.loads((directory / "patrol_sweeps.jsonl").read_text().splitlines()[-1])
    if sweep["reviewed"] != count or sweep["unreviewed"]:
        raise Failed(f"{sweep['reviewed']} of {count} turns were reviewed")
    again = run(command, env={"OPENAI_BASE_URL": server.url, "PATROL_MODEL": "bench-1"})
    if server.calls.value - before != calls:
        raise Failed("a second sweep paid again")
    ideal = calls / concurrency * LATENCY_S
    return {
        "votes": votes,
        "concurrency": concurrency,
        "agents": sweep["agents"],
        "calls": calls,
        "wall_s": round(cost["wall_s"], 3),
        "ideal_wall_s": round(ideal, 3),
        "times_ideal": round(cost["wall_s"] / ideal, 3),
        "cpu_s": round(cost["cpu_s"], 3),
        "waiting": round(1 - cost["cpu_s"] / cost["wall_s"], 3),
        "rss_mib": round(cost["rss_mib"], 1),
        "second_sweep_cpu_s": round(again["cpu_s"], 3),
    }


def patrol_llm(bench):
    count = 100 if bench.small else 1000
    with Server() as server:
        runs = [measured(bench, server, count, concurrency, votes) for concurrency, votes in ((8, 3), (16, 1), (16, 3), (32, 3))]
    return {"streams": count, "latency_ms": LATENCY_S * 1000, "budget": {"waiting": 0.9, "times_ideal": 1.2, "rss_mib": 64}, "ours": runs}


PATHS = {"patrol_llm": patrol_llm}
