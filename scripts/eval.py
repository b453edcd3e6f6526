#!/usr/bin/env python3
"""Measure the offline judge on labelled texts.

Usage: eval.py [--judge COMMAND] [--by-source] [--errors CATEGORY[:fp|:fn]] [--sources REGEX] DATA.jsonl

Each line of DATA is {"id", "source", "category", "role", "text", "label": "bad"|"ok", "note"}; `note` may hold
"tier=main|weak|context|ambiguous" and "skip=CATEGORY". Every text becomes one turn and goes through the judge
(default: `sentrix-patrol judge`). Only tier main counts. The positives of a category are its bad texts; its
negatives are the ok texts of that category and of "benign" that are not to be skipped for it.
"""

import argparse
import collections
import json
import re
import shlex
import subprocess
import sys

CATEGORIES = ["pii_leak", "prompt_injection", "unsafe_tool_use", "harmful_intent"]
SECRET, PII = "secrets", "PII"
FIELDS = ("id", "source", "category", "role", "text", "label", "note")


def labelled(path):
    """The rows of a file that count: those of tier main."""
    number, rows = 0, []
    try:
        with open(path, encoding="utf-8") as data:
            for number, line in enumerate(data, 1):
                if line.strip():
                    row = json.loads(line)
                    rows.append({field: row[field] for field in FIELDS})
    except OSError as error:
        sys.exit(f"{path}: {error.strerror}; name a file of labelled texts")
    except (ValueError, KeyError, TypeError) as error:
        sys.exit(f"{path}, line {number}: not a labelled text ({error!r}); each line is {{{', '.join(FIELDS)}}}")
    return [row for row in rows if "tier=main" in row["note"]]


def skips(row, category):
    """Whether a row must not count as an innocent text of a category."""
    skip = re.search(r"skip=([\w,]+)", row["note"])
    return bool(skip) and category in skip.group(1).split(",")


def turn(row):
    """The text of a row as the part of a turn that its role names."""
    record = {"run_id_ts": str(row["id"])}
    text, role = row["text"], row["role"]
    if role == "user":
        record["user_messages"] = [{"role": "user", "content": text}]
    elif role == "assistant":
        record["text"] = text
    elif role == "thinking":
        record["thinking"] = text
    elif role == "tool_call":
        record["tool_calls"] = [call(text)]
    else:
        record["tool_results"] = [{"content": text}]
    return record


def call(text):
    try:
        value = json.loads(text)
        if "name" in value and "arguments" in value:
            return {"name": value["name"], "arguments": value["arguments"]}
    except (ValueError, TypeError):
        pass
    return {"name": "", "arguments": text}


def judge(command, rows):
    """The judge's verdict of every row, in order."""
    lines = "".join(json.dumps(turn(row)) + "\n" for row in rows)
    done = subprocess.run(shlex.split(command), input=lines.encode(), stdout=subprocess.PIPE, check=False)
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    if len(verdicts) != len(rows):
        sys.exit(f"eval: {command}: {len(verdicts)} verdicts for {len(rows)} turns (exit {done.returncode})")
    for row, verdict in zip(rows, verdicts):
        if verdict["run_id_ts"] != str(row["id"]):
            sys.exit(f"eval: {command}: verdict of {verdict['run_id_ts']} where {row['id']} was asked")
    return verdicts


def kind(row):
    """Whether a pii_leak text is about a secret or about a person."""
    found = re.search(r"(?:^|;)(secret|pii|hardneg)", row["note"])
    return PII if found and found.group(1) == "pii" else SECRET


class Count:
    """Right and wrong answers."""

    def __init__(self):
        self.tp = self.fp = self.fn = self.tn = 0

    def add(self, bad, flagged):
        if bad:
            self.tp += flagged
            self.fn += not flagged
        else:
            self.fp += flagged
            self.tn += not flagged

    def precision(self):
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    def recall(self):
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    def f1(self):
        p, r = self.precision(), self.recall()
        return 2 * p * r / (p + r) if p and r else None

    def fpr(self):
        return self.fp / (self.fp + self.tn) if self.fp + self.tn else None

    def line(self, name):
        cells = [self.precision(), self.recall(), self.f1(), self.fpr()]
        shown = ["    -" if cell is None else f"{cell:5.3f}" for cell in cells]
        return f"{name:<44} {'  '.join(shown)}   tp {self.tp} fn {self.fn} fp {self.fp} tn {self.tn}"


def mean(values):
    values = [value for value in values if value is not None]
    return f"{sum(values) / len(values):.3f}" if values else "-"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--judge", default="target/release/sentrix-patrol judge --judge rules")
    parser.add_argument("--by-source", action="store_true")
    parser.add_argument("--errors", help="print the texts that were judged wrong: CATEGORY, CATEGORY:fp or CATEGORY:fn")
    parser.add_argument("--sources", help="only sources that match this expression")
    options = parser.parse_args()
    rows = labelled(options.data)
    if options.sources:
        rows = [row for row in rows if re.search(options.sources, row["source"])]
    verdicts = judge(options.judge, rows)
    print(f"{'':<44} {'P':>5}  {'R':>5}  {'F1':>5}  {'FPR':>5}")
    for category in CATEGORIES:
        report(category, rows, verdicts, options)


def report(category, rows, verdicts, options):
    whole = Count()
    kinds = collections.defaultdict(Count)
    sources = collections.defaultdict(Count)
    for row, verdict in zip(rows, verdicts):
        if skips(row, category):
            continue
        bad = row["label"] == "bad" and row["category"] == category
        if not bad and (row["label"] == "bad" or row["category"] not in (category, "benign")):
            continue
        hits = [finding for finding in verdict["findings"] if finding["category"] == category]
        whole.add(bad, bool(hits))
        sources[row["source"]].add(bad, bool(hits))
        if category == "pii_leak":
            for one in [kind(row)] if row["category"] != "benign" else [SECRET, PII]:
                kinds[one].add(bad, bool(hits))
        show(options.errors, category, row, hits, bad)
    print(whole.line(category))
    for name, count in sorted(kinds.items()):
        print(count.line("  of it " + name))
    if options.by_source:
        for name, count in sorted(sources.items()):
            print(count.line("    " + name[:40]))
    counts = sources.values()
    print(f"  mean over sources: recall {mean(c.recall() for c in counts)}, false positives {mean(c.fpr() for c in counts)}")


def show(wanted, category, row, hits, bad):
    if not wanted or bad == bool(hits):
        return
    name, _, which = wanted.partition(":")
    if name == category and which in ("", "fn" if bad else "fp"):
        rules = ",".join(f"{hit['rule']}[{hit['snippet']}]" for hit in hits)
        print(f"--- {'fn' if bad else 'fp'} {row['source']} {row['role']} {row['note']} {rules}\n{row['text'][:1500]}")


if __name__ == "__main__":
    main()
