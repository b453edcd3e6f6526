"""sentrix-patrol: turns, rules, unseen text, nothing new, two cores."""
import json
import os
import shutil
import subprocess

from data import unseen_archive, unseen_turns
from measure import Failed, ratio, run, summary
from python_version import NOTHING_NEW, READ_TURNS

NO_OFFLINE_JUDGE = {"missing": "the Python version judges nothing without a model"}


def archive(bench, name="session"):
    """Ten files of the ordinary session, or of the demo's."""
    return bench.archive(name, getattr(bench, name), 10, 50_000_000 if bench.small else 1_000_000_000)


def cat(bench, directory, size):
    return summary([run(["cat", *sorted(directory.glob("*.json"))]) for _ in range(bench.repeats)], size)


def jq_one(bench, directory, size):
    """One file is enough: jq holds the whole array in memory."""
    first = sorted(directory.glob("*.json"))[0]
    return bench.jq(first, first.stat().st_size)


def output(command):
    """The JSON records that a command prints."""
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        for line in child.stdout:
            yield json.loads(line)


def python_reading(bench, script, *arguments):
    """Runs a script that prints the CPU time of its work last; that counts, not the imports."""
    path = bench.dir / "python.out"
    with open(path, "wb") as out:
        cost = run(bench.python.script(script, *arguments), stdout=out)
    words = path.read_text().split()
    return {**cost, "cpu_s": float(words[-1])}, words


def turns(bench, *session):
    directory, size = archive(bench, *session)
    command = [bench.program("sentrix-patrol"), "turns", directory]
    result = {"ours": summary([run(command) for _ in range(bench.repeats)], size)}
    kinds = [record.get("complete") for record in output(command)]
    result["ours"] |= {"turns": len(kinds), "turns_complete": kinds.count(True)}
    if not bench.python.missing:
        cost, words = python_reading(bench, READ_TURNS, directory)
        result["python"] = summary([cost], size) | {"turns": int(words[0])}
        result["times_python"] = ratio(result["ours"], result["python"])
    result |= {"cat": cat(bench, directory, size), "jq": jq_one(bench, directory, size)}
    return {"bytes": size, "files": 10, "budget": {"mb_per_cpu_s": 1500, "rss_mib": 64}, **result}


def rules_command(bench, directory):
    return [bench.program("sentrix-patrol"), "--judge", "rules", "--once", "--state", "none", "--flags", "-", directory]


def rules(bench, *session):
    directory, size = archive(bench, *session)
    runs = [run(rules_command(bench, directory)) for _ in range(bench.repeats)]
    flags = sum(1 for _ in output(rules_command(bench, directory)))
    ours = summary(runs, size) | {"flags": flags}
    return {"bytes": size, "budget": {"mb_per_cpu_s": 500}, "ours": ours, "python": NO_OFFLINE_JUDGE, "cat": cat(bench, directory, size)}


def cores(bench):
    """One core and two, by what the system lets the program run on. Wall time means something on an idle machine only; the CPU time
    beside it shows what the second core costs."""
    directory, size = archive(bench, "demo")
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise Failed("this machine has one core")
    runs = {1: [], 2: []}
    try:
        for _ in range(bench.repeats):
            for number, costs in runs.items():
                os.sched_setaffinity(0, allowed[:number])
                costs.append(run(rules_command(bench, directory)))
    finally:
        os.sched_setaffinity(0, allowed)
    one, two = (summary(costs, size) for costs in runs.values())
    times = round(one["wall_s_median"] / two["wall_s_median"], 2)
    return {"bytes": size, "budget": {"times": 1.8}, "one_core": one, "two_cores": two, "times": times}


def judge(bench, path):
    """What it costs to judge the turns of a file, and how many are flagged."""
    runs, verdicts = [], bench.dir / "verdicts.jsonl"
    for _ in range(bench.repeats):
        with open(path, "rb") as source, open(verdicts, "wb") as out:
            runs.append(run([bench.program("sentrix-patrol"), "judge", "--judge", "rules"], stdin=source, stdout=out))
    judged = [json.loads(line)["severity"] for line in open(verdicts, encoding="utf-8")]
    expected = sum(1 for _ in open(path, "rb"))
    if len(judged) != expected:
        raise Failed(f"{len(judged)} verdicts for {expected} turns")
    return runs, {"turns": expected, "flagged": sum(severity != "CLEAN" for severity in judged)}


def unseen_text(bench, wanted):
    path = bench.dir / "unseen.jsonl"
    size = unseen_turns(path, wanted)
    if size < wanted:
        raise Failed(f"only {size} bytes of text were found on this machine")
    return path, size


def unseen(bench):
    path, size = unseen_text(bench, 2_000_000 if bench.small else 30_000_000)
    runs, counts = judge(bench, path)
    ours = summary(runs, size) | counts
    return {"bytes_of_text": size, "budget": {"mb_per_cpu_s": 50}, "ours": ours, "python": NO_OFFLINE_JUDGE, "jq": bench.jq(path, size)}


def unseen_stream(bench):
    """A whole archive of text that no rule was tried on: reading it, and judging all that it says."""
    path, text = unseen_text(bench, 2_000_000 if bench.small else 46_000_000)
    directory = bench.dir / "unseen-archive"
    size = unseen_archive(path, directory, 10)
    runs = [run(rules_command(bench, directory)) for _ in range(bench.repeats)]
    read = summary([run([bench.program("sentrix-patrol"), "turns", directory]) for _ in range(bench.repeats)], size)
    ours = summary(runs, size)
    # What the sweep costs beyond the reading is the judging of what the archive says.
    judging = ours["cpu_s_median"] - read["cpu_s_median"]
    ours |= {"flags": sum(1 for _ in output(rules_command(bench, directory))), "turns": read, "judged_mb_per_cpu_s": round(text / 1e6 / judging, 1)}
    budget = {"mb_per_cpu_s": 500, "judged_mb_per_cpu_s": 50, "turns": {"mb_per_cpu_s": 1500, "rss_mib": 64}}
    return {"bytes": size, "bytes_of_text": text, "budget": budget, "ours": ours, "python": NO_OFFLINE_JUDGE, "jq": jq_one(bench, directory, size // 10)}


# The same text as each part of a turn: for each part other rules apply.
PARTS = {
    "thinking": lambda text: {"thinking": text},
    "message": lambda text: {"user_messages": [{"role": "user", "content": text}]},
    "tool_result": lambda text: {"tool_results": [{"name": "read", "content": text}]},
    "written_file": lambda text: {"tool_calls": [{"name": "write", "arguments": {"path": "notes/page.md", "content": text}}]},
    "command": lambda text: {"tool_calls": [{"name": "exec", "arguments": {"command": text}}]},
}


def parts(bench):
    path, size = unseen_text(bench, 2_000_000 if bench.small else 30_000_000)
    ours = {}
    for name, part in PARTS.items():
        same = bench.dir / f"unseen-{name}.jsonl"
        with open(path, encoding="utf-8") as source, open(same, "w", encoding="utf-8") as out:
            for line in source:
                turn = json.loads(line)
                out.write(json.dumps({"run_id_ts": turn["run_id_ts"]} | part(turn["text"]), ensure_ascii=False) + "\n")
        runs, counts = judge(bench, same)
        ours[name] = summary(runs, size) | counts
    return {"bytes_of_text": size, "budget": {"mb_per_cpu_s": 50}, "ours": ours, "python": NO_OFFLINE_JUDGE}


def nothing_new(bench):
    files = 50 if bench.small else 1000
    directory, size = bench.archive("many", bench.demo, files, files)
    state = bench.dir / "state"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir()
    command = [bench.program("sentrix-patrol"), "--judge", "rules", "--once", "--state", state / "patrol_state.db", "--flags", state / "flags.jsonl", directory]
    first = run(command)
    flags = (state / "flags.jsonl").stat().st_size
    ours = summary([run(command) for _ in range(max(5, bench.repeats))]) | {"first_sweep_cpu_s": round(first["cpu_s"], 3)}
    if (state / "flags.jsonl").stat().st_size != flags:
        raise Failed("a sweep with nothing new wrote flags")
    result = {"ours": ours}
    if not bench.python.missing:
        run(bench.python.script(NOTHING_NEW, directory, "clear"))
        result["python"] = summary([python_reading(bench, NOTHING_NEW, directory, "sweep")[0] for _ in range(bench.repeats)])
        for rest in directory.glob("patrol_state.db*"):
            rest.unlink()
    return {"files": files, "bytes": size, "budget": {"cpu_ms": 20}, **result}


PATHS = {
    "patrol_turns": turns,
    "patrol_turns_demo": lambda bench: turns(bench, "demo"),
    "patrol_rules": rules,
    "patrol_rules_demo": lambda bench: rules(bench, "demo"),
    "patrol_cores": cores,
    "patrol_unseen_text": unseen,
    "patrol_unseen_stream": unseen_stream,
    "patrol_unseen_parts": parts,
    "patrol_nothing_new": nothing_new,
}
