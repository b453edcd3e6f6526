"""Input for the benchmarks, made from the demo recording and from text that happens to be on this machine."""
import hashlib
import itertools
import json
import re
import shutil
import uuid
from pathlib import Path

TS = re.compile(rb'"ts":(\d+)')
TEXT_ROOTS = ("/usr/share/doc", "/usr/share/perl", "/usr/lib/python3", "/usr/share/man", "~/.cargo/registry/src", "~/.rustup/toolchains")
TEXT_SUFFIXES = {".md", ".txt", ".rst", ".html", ".py", ".rs", ".pl", ".pm", ".toml", ".json", ".c", ".h", ".sh", ""}


def compact(event):
    """An event without blanks, as OpenClaw writes it."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def raw_stream(recording):
    """A raw stream, also out of a log file: an event a line, without blanks, as OpenClaw writes it."""
    raw = recording.read_bytes()
    if not raw.startswith(b"["):
        return raw
    return "".join(f"{compact(event)}\n" for event in json.loads(raw)).encode()


class Session:
    """Recordings (raw streams or log files), to be repeated as one session with run ids and times of its own."""

    def __init__(self, *recordings):
        raw = b"".join(map(raw_stream, recordings))
        self.lines = raw.count(b"\n")
        stamps = [int(stamp) for stamp in TS.findall(raw)]
        self.start, self.span = min(stamps), max(stamps) - min(stamps) + 60_000
        self.runs = sorted({json.loads(line)["runId"].encode() for line in raw.splitlines()})
        # Cut at every run id and time, so that a copy is one join.
        self.pieces = re.split(rb'("ts":\d+|' + b"|".join(self.runs) + rb")", raw)

    def copy(self, number):
        ids = {run: str(uuid.UUID(bytes=hashlib.blake2b(run + b"%d" % number, digest_size=16).digest())).encode() for run in self.runs}
        shift = number * self.span
        out = list(self.pieces)
        for index in range(1, len(out), 2):
            piece = out[index]
            out[index] = b'"ts":%d' % (int(piece[5:]) + shift) if piece.startswith(b'"ts"') else ids[piece]
        return b"".join(out)


def stream(session, path, size):
    """A raw stream of at least `size` bytes; returns bytes and lines."""
    lines = 0
    with open(path, "wb") as file:
        for number in itertools.count():
            if file.tell() >= size:
                return file.tell(), lines
            file.write(session.copy(number))
            lines += session.lines


# What stands in a log file before its first event, between two, and behind the last.
FIRST, BETWEEN, LAST = b"[\n  ", b"\n,\n  ", b"\n]\n"


def log_file(directory, index):
    """The path of a log file; they are named after seconds of one day."""
    return directory / f"20260922T{index // 3600:02}{index // 60 % 60:02}{index % 60:02}.json"


def archive(session, directory, files, size):
    """Log files with `size` bytes together (at least one session each); returns the bytes."""
    directory.mkdir(parents=True)
    number, total = 0, 0
    for index in range(files):
        with open(log_file(directory, index), "wb") as file:
            before = FIRST
            while before is FIRST or file.tell() < size // files:
                file.write(before + session.copy(number).rstrip(b"\n").replace(b"\n", BETWEEN))
                before = BETWEEN
                number += 1
            file.write(LAST)
            total += file.tell()
    return total


def text_files():
    for root in TEXT_ROOTS:
        for path in sorted(Path(root).expanduser().rglob("*")):
            if path.suffix in TEXT_SUFFIXES and path.is_file() and not path.is_symlink() and path.stat().st_size > 500:
                yield path


def unseen_turns(path, size):
    """Turn records whose text is taken from files of this machine, no piece twice; returns the bytes of text."""
    seen, total, number = set(), 0, 0
    with open(path, "w", encoding="utf-8") as out:
        for source in text_files():
            try:
                text = source.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            for start in range(0, len(text), 4000):
                piece = text[start:start + 4000]
                digest = hashlib.blake2b(piece.encode(), digest_size=12).digest()
                if digest in seen:
                    continue
                seen.add(digest)
                record = {"v": 1, "type": "turn", "run_id_ts": f"bench-{number}_{number}", "run_id": f"bench-{number}", "ts": number, "text": piece}
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
                number += 1
                total += len(piece.encode())
            if total >= size:
                return total
    return total


# How a model streams: a word with the blank before it at a time, mostly.
DELTA = re.compile(r"\s*\S{1,12}|\s+")
# Of what the log files of a person's sessions hold, a sixth is thinking.
THINKING = 6


def message(text, number):
    """The events of one message of a model in the raw stream: a thinking and a text, piece by piece, and its end."""
    run, ts = str(uuid.UUID(int=number)), 1_790_000_000_000 + number * 60_000
    thinking, text = text[:len(text) // THINKING], text[len(text) // THINKING:]
    for kind, whole in (("thinking", thinking), ("text", text)):
        head = {"event": f"assistant_{kind}_stream", "runId": run}
        pieces = DELTA.findall(whole)
        yield {"ts": ts, **head, "evtType": f"{kind}_start", "delta": "", "content": ""}
        for at, piece in enumerate(pieces):
            yield {"ts": ts + at, **head, "evtType": f"{kind}_delta", "delta": piece, "content": ""}
        yield {"ts": ts + len(pieces), **head, "evtType": f"{kind}_end", "delta": "", "content": whole}
        ts += len(pieces)
    yield {"ts": ts, "event": "assistant_message_end", "runId": run, "rawText": text, "rawThinking": thinking}


def unseen_archive(turns, directory, files):
    """Log files of a raw stream that says what the turn records hold; returns their bytes."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    texts = [json.loads(line)["text"] for line in open(turns, encoding="utf-8")]
    total = 0
    for index in range(files):
        with open(log_file(directory, index), "wb") as file:
            events = (event for number in range(index, len(texts), files) for event in message(texts[number], number))
            file.write(FIRST + BETWEEN.join(compact(event).encode() for event in events) + LAST)
            total += file.tell()
    return total
