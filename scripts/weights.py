#!/usr/bin/env python3
"""Print what weights are learned from, a line each: {"text", "injection", "source"}.

Usage: weights.py [--without REGEX] [--most N] messages|readers DATA.jsonl...

DATA is labelled as eval.py reads it. For messages, the injections are its bad messages of that category; the innocent ones its other
messages and answers that are fit to be compared with, and paragraphs of documents found on this machine. For readers, they are results
of tools, and pieces of such documents. --without leaves out sources, so that what was learned can be tried on them.
"""

import argparse
import json
import random
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from bench.data import text_files  # noqa: E402
from eval import labelled, skips  # noqa: E402

CATEGORY = "prompt_injection"
# Whose texts are compared: injections, and what is innocent.
ROLES = {"messages": (["user"], ["user", "assistant"]), "readers": (["tool_result"], ["tool_result", "user", "assistant"])}
# A document is read so many characters at a time, as tools give it back.
PIECE = 4096


def texts(path, table):
    """The texts of a file that can be learned from."""
    for row in labelled(path):
        injection = row["label"] == "bad"
        if row["source"].endswith("/unseen"):
            sys.exit(f"weights: {path}: {row['source']} is for measuring; nothing may be learned from it")
        fit = row["category"] == CATEGORY if injection else not skips(row, CATEGORY)
        if fit and row["role"] in ROLES[table][not injection]:
            yield {"text": row["text"], "injection": injection, "source": row["source"]}


def parts(text, table):
    """What of a document is one text."""
    if table == "readers":
        return [text[start:start + PIECE] for start in range(0, len(text), PIECE)]
    paragraphs = (part.strip() for part in re.split(r"\n\s*\n", text))
    return [part for part in paragraphs if 20 <= len(part) <= 600]


def documents(table, most):
    """Parts of documents, by chance but always the same ones."""
    found = set()
    for path in text_files():
        if path.suffix in (".md", ".rst", ".txt"):
            found.update(parts(path.read_text(encoding="utf-8", errors="replace"), table))
    chosen = sorted(found)
    random.Random(1).shuffle(chosen)
    for text in chosen[:most]:
        yield {"text": text, "injection": False, "source": "documents"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without", default="(?!)", metavar="REGEX", help="leave out these sources")
    parser.add_argument("--most", type=int, default=100_000, metavar="N", help="most parts of documents")
    parser.add_argument("table", choices=ROLES)
    parser.add_argument("data", nargs="+", metavar="DATA.jsonl")
    arguments = parser.parse_args()
    rows = [row for path in arguments.data for row in texts(path, arguments.table)]
    for row in rows + list(documents(arguments.table, arguments.most)):
        if not re.search(arguments.without, row["source"]):
            print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
