"""sentrix-police without a model: from flags to cases with their reports."""
import json
import shutil

from collect import fresh
from measure import Failed, run

# In the form of a key, and nobody's.
PLANTED = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAx7Vd0y8mQ2kqP1ZtY3uWb9cR5sLfH6jNaEoXgT4vKpDiUwBz\nq8nJrM2lSxCyFhGk0eVtAo7dPiQbZs9uLwYmRf3XcNj1HgT5vKpEaDiUzBxWq8n\n-----END RSA PRIVATE KEY-----"


def flagged(bench, directory, count):
    """A log file of `count` turns, each with a key in it, patrolled."""
    fresh(directory)
    events = (json.dumps({"ts": n, "event": "assistant_message_end", "runId": "r", "rawText": f"{PLANTED} {n}", "rawThinking": ""}) for n in range(count))
    (directory / "20260310T014033.json").write_text("[\n  " + "\n,\n  ".join(events) + "\n]\n", encoding="utf-8")
    run([bench.program("sentrix-patrol"), "--once", "--judge", "rules", "--quiet", directory])


def store(bench):
    count = 1000 if bench.small else 10_000
    directory = bench.dir / "flagged"
    flagged(bench, directory, count)
    police = bench.program("sentrix-police")
    work = [police, "--escalation", "low_above", "--judge", "offline", "--quiet", "--log-dir", directory]
    queued = run([police, "list", "--waiting", "--limit", "1", "--log-dir", directory])
    worked = run(work)
    reports = len(list((directory / "reports").iterdir()))
    if reports != count:
        raise Failed(f"{reports} of {count} reports")
    again = run(work)
    shutil.rmtree(directory)
    return {
        "flags": count,
        "budget": {"queued_per_s": 5000},
        "queued_per_s": round(count / queued["wall_s"]),
        "cases_per_s": round(count / worked["wall_s"]),
        "cases_per_cpu_s": round(count / worked["cpu_s"]),
        "rss_mib": round(worked["rss_mib"], 1),
        "nothing_new_cpu_s": round(again["cpu_s"], 4),
    }


PATHS = {"police_store": store}
