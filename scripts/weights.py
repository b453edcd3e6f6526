#!/usr/bin/env python3
"""Print what the weights of messages are learned from, a line each: {"text", "injection", "source"}.

Usage: weights.py [--without REGEX] [--paragraphs N] DATA.jsonl...

DATA is labelled as eval.py reads it. The injections are its bad messages of that category; the innocent ones its other messages and
answers that are fit to be compared with, and paragraphs of documents found on this machine. --without leaves out sources, so that
what was learned can be tried on them.
"""

import argparse
import json
import random
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from bench.data import text_files  # noqa: E402

CATEGORY = "prompt_injection"
# What a message to a model may be compared with: not what is harmful in another way.
ROLES = {True: ["user"], False: ["user", "assistant"]}


def labelled(path):
    for line in open(path, encoding="utf-8"):
        row = json.loads(line)
        injection = row["label"] == "bad"
        note = row["note"]
        if "tier=" in note and "tier=main" not in note or row["role"] not in ROLES[injection]:
            continue
        if injection and row["category"] != CATEGORY or not injection and f"skip={CATEGORY}" in note:
            continue
        yield {"text": row["text"], "injection": injection, "source": row["source"]}


def paragraphs(most):
    """Paragraphs of documents, by chance but always the same ones."""
    found = set()
    for path in text_files():
        if path.suffix not in (".md", ".rst", ".txt"):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found.update(part.strip() for part in re.split(r"\n\s*\n", text) if 20 <= len(part.strip()) <= 600)
    chosen = sorted(found)
    random.Random(1).shuffle(chosen)
    for text in chosen[:most]:
        yield {"text": text, "injection": False, "source": "documents"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without", default="(?!)", metavar="REGEX", help="leave out these sources")
    parser.add_argument("--paragraphs", type=int, default=100_000, metavar="N", help="most paragraphs of documents")
    parser.add_argument("data", nargs="+", metavar="DATA.jsonl")
    arguments = parser.parse_args()
    rows = [row for path in arguments.data for row in labelled(path)] + list(paragraphs(arguments.paragraphs))
    for row in rows:
        if not re.search(arguments.without, row["source"]):
            print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
