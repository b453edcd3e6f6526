"""Input for the benchmarks, made from the demo recording and from text that happens to be on this machine."""
import hashlib
import itertools
import json
import re
import uuid
from pathlib import Path

TS = re.compile(rb'"ts":(\d+)')
TEXT_ROOTS = ("/usr/share/doc", "/usr/share/perl", "/usr/lib/python3", "/usr/share/man", "~/.cargo/registry/src", "~/.rustup/toolchains")
TEXT_SUFFIXES = {".md", ".txt", ".rst", ".html", ".py", ".rs", ".pl", ".pm", ".toml", ".json", ".c", ".h", ".sh", ""}


def raw_stream(recording):
    """A raw stream, also out of a log file: an event a line, without blanks, as OpenClaw writes it."""
    raw = recording.read_bytes()
    if not raw.startswith(b"["):
        return raw
    events = (json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in json.loads(raw))
    return "".join(f"{event}\n" for event in events).encode()


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


def archive(session, directory, files, size):
    """Log files with `size` bytes together (at least one session each); returns the bytes."""
    directory.mkdir(parents=True)
    number, total = 0, 0
    for index in range(files):
        with open(directory / f"20260922T{index // 3600:02}{index // 60 % 60:02}{index % 60:02}.json", "wb") as file:
            file.write(b"[\n  ")
            separator = b""
            while not separator or file.tell() < size // files:
                file.write(separator + session.copy(number).rstrip(b"\n").replace(b"\n", b"\n,\n  "))
                separator = b"\n,\n  "
                number += 1
            file.write(b"\n]\n")
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
