"""How long a program takes to say --help."""
from measure import Failed, run, summary

PROGRAMS = ("sentrix-box", "sentrix-collect", "sentrix-sync", "sentrix-patrol", "sentrix-police", "sentrix-bridge")


def figures(command, times):
    try:
        runs = [run(command) for _ in range(times)]
    except Failed as error:
        return {"failed": str(error)}
    short = summary(runs)
    return {"runs": times, "wall_ms_median": round(short["wall_s_median"] * 1000, 2), "cpu_ms_median": round(short["cpu_s_median"] * 1000, 2), "rss_mib_max": short["rss_mib_max"]}


def start(bench):
    ours = {}
    for name in PROGRAMS:
        path = bench.bins / name
        ours[name] = figures([path, "--help"], 21) if path.exists() else {"missing": f"{path} is not built"}
    result = {"ours": ours, "true": figures(["true"], 21)}
    if not bench.python.missing:
        result["python"] = figures(bench.python.cli, 5)
    return {"budget": {"wall_ms": 10}, **result}


PATHS = {"start": start}
