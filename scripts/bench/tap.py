"""sentrix-collect tap: many answers at one time. What it adds to the first byte, what a piece costs, what it holds.

It listens as in `sentrix run`: on a unix socket."""
import asyncio
import json
import multiprocessing
import shutil
import signal
import subprocess
import time

from measure import Child, Failed, percentile

TEXT = "A sentence of a model, as long as a piece is. "


def event(kind, **fields):
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


START = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" + chunk(
    event("message_start", message={"id": "msg_1", "role": "assistant", "model": "bench", "content": [], "usage": {"input_tokens": 9}})
    + event("content_block_start", index=0, content_block={"type": "text", "text": ""})
)
PIECE = chunk(event("content_block_delta", index=0, delta={"type": "text_delta", "text": TEXT}))
END = chunk(event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 9}) + event("message_stop")) + b"0\r\n\r\n"


def request(conversation, turns, path):
    """About what OpenClaw sends: 60 kB of system prompt and tools, and the conversation so far."""
    messages = [{"role": ("user", "assistant")[n % 2], "content": f"message {n} of {conversation}. {TEXT * 4}"} for n in range(2 * turns + 1)]
    tools = [{"name": f"tool_{n}", "description": TEXT * 10, "input_schema": {"type": "object"}} for n in range(40)]
    body = json.dumps({"model": "bench", "stream": True, "system": TEXT * 900, "tools": tools, "messages": messages}).encode()
    return b"POST %s HTTP/1.1\r\nhost: x\r\nx-api-key: dummy\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (path, len(body)) + body


def provide(port, pieces, pause):
    async def connection(reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")))
            writer.write(START)
            for _ in range(pieces):
                await writer.drain()
                await asyncio.sleep(pause)
                writer.write(PIECE)
            writer.write(END)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def main():
        server = await asyncio.start_server(connection, "127.0.0.1", 0, backlog=512, limit=1 << 20)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(main())


class Provider:
    def __init__(self, pieces, pause):
        self.arguments = (pieces, pause)

    def __enter__(self):
        self.port = multiprocessing.Value("i", 0)
        self.process = multiprocessing.Process(target=provide, args=(self.port, *self.arguments), daemon=True)
        self.process.start()
        while not self.port.value and self.process.is_alive():
            self.process.join(0.01)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.join()


def connect(to):
    """To a port of this machine, or to a socket's path."""
    if isinstance(to, int):
        return asyncio.open_connection("127.0.0.1", to, limit=1 << 20)
    return asyncio.open_unix_connection(to, limit=1 << 20)


async def ask(to, bytes_, pieces):
    """Milliseconds to the first byte; the whole answer is read."""
    reader, writer = await connect(to)
    began = time.perf_counter()
    writer.write(bytes_)
    await writer.drain()
    seen = await reader.read(1)
    first = (time.perf_counter() - began) * 1000
    while not seen.endswith(b"0\r\n\r\n"):
        more = await reader.read(65536)
        if not more:
            raise Failed("an answer broke off")
        seen += more
    if seen.count(TEXT.encode()) != pieces:
        raise Failed("an answer is not what was sent")
    writer.close()
    return first


async def together(to, path, answers, pieces, apart):
    """Answers that are begun one after another, `apart` seconds apart, as people begin them; as long as an answer takes, so many stand at once."""
    async def one(n):
        bytes_ = request(n, 5, path)
        await asyncio.sleep(apart * n)
        return await ask(to, bytes_, pieces)

    return await asyncio.gather(*(one(n) for n in range(answers)))


def cpu(pid):
    fields = open(f"/proc/{pid}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def first_bytes(values):
    return {"p50_ms": round(percentile(values, 0.5), 2), "p99_ms": round(percentile(values, 0.99), 2)}


def tap(bench):
    streams, pieces, pause = (20, 50, 0.02) if bench.small else (100, 300, 0.02)
    # An answer takes `pieces * pause` seconds: one that ends makes room for one that begins. Five rounds of them, for a steady 99th percentile.
    answers, apart = 5 * streams, pieces * pause / streams
    logs, socket = bench.dir / "tap-logs", bench.dir / "tap.sock"
    shutil.rmtree(logs, ignore_errors=True)
    with Provider(pieces, pause) as provider:
        straight = asyncio.run(together(provider.port.value, b"/v1/messages", answers, pieces, apart))
        command = [bench.program("sentrix-collect"), "tap", "--listen", f"unix:{socket}", "--log-dir", logs]
        command += ["--upstream", f"anthropic=http://127.0.0.1:{provider.port.value}"]
        child = Child(command, stdout=subprocess.PIPE)
        json.loads(child.process.stdout.readline())
        path = b"/anthropic/v1/messages"
        # Rules are compiled once: the first question pays for it.
        asyncio.run(ask(str(socket), request("first", 1, path), pieces))
        before = cpu(child.process.pid)
        through = asyncio.run(together(str(socket), path, answers, pieces, apart))
        spent = cpu(child.process.pid) - before
        cost = child.stop(signal.SIGTERM, (0, 143))
    written = sum(file.stat().st_size for file in logs.glob("*-tap.json"))
    return {
        "streams": streams,
        "answers": answers,
        "pieces": pieces,
        "budget": {"added_first_byte_p99_ms": 5, "cpu_us_per_piece": 60, "rss_mib": 64},
        "ours": {
            "first_byte": first_bytes(through),
            "first_byte_without": first_bytes(straight),
            "added_first_byte_p99_ms": round(percentile(through, 0.99) - percentile(straight, 0.99), 2),
            "cpu_us_per_piece": round(spent / (answers * pieces) * 1e6, 1),
            "rss_mib": round(cost["rss_mib"], 1),
            "record_kib_per_exchange": round(written / 1024 / (answers + 1), 1),
        },
    }


PATHS = {"tap": tap}
