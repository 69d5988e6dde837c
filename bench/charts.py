#!/usr/bin/python3
"""Draws the charts of docs/performance.md from a bench run's figures, and prints
its table.

    ./bazelw run -c opt //bench -- --json=/tmp/rows.json
    bench/charts.py /tmp/rows.json docs/charts

Needs matplotlib (Debian: python3-matplotlib).
"""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plot

matplotlib.rcParams["svg.hashsalt"] = "dgram"  # The same figures, the same file.
matplotlib.rcParams["svg.fonttype"] = "none"

OURS = {"caf-dgram": "#1b6ca8", "caf-dgram batch": "#0b3c5d"}
RAW = "#8a8a8a"
PEER = "#d08a3c"

CHARTS = {
    "flood": ("Datagrams per second, one destination", ["flood_64", "flood_1200"], True),
    "no-offload": (
        "Datagrams per second where no offload is possible",
        ["flood_64_destinations", "flood_mixed_sizes"],
        False,
    ),
    "multicast": (
        "Deliveries per second, 64 bytes to members of a group",
        ["multicast_1", "multicast_4", "multicast_16"],
        True,
    ),
    "unix": ("Datagrams per second over Unix sockets", ["unix_64", "unix_1200", "unix_32768"], False),
    "cpu": (
        "CPU seconds per million datagrams",
        ["flood_64 cpu", "flood_1200 cpu", "flood_64_destinations cpu", "flood_mixed_sizes cpu"],
        True,
    ),
    "echo": ("Round trip of 64 bytes, us", ["echo_1 p50", "echo_1 p99", "echo_64 p50"], False),
}


def color(contender):
    return OURS.get(contender, RAW if contender.startswith("raw") else PEER)


def draw(rows, title, workloads, logarithmic, path):
    figure, axes = plot.subplots(1, len(workloads), figsize=(3.6 * len(workloads), 3.2))
    for ax, workload in zip(axes, workloads):
        mine = [row for row in rows if row["workload"] == workload][::-1]
        names = [row["contender"] for row in mine]
        medians = [row["median"] for row in mine]
        spread = [
            [row["median"] - row["min"] for row in mine],
            [row["max"] - row["median"] for row in mine],
        ]
        ax.barh(names, medians, xerr=spread, color=[color(name) for name in names], error_kw={"lw": 0.7})
        if logarithmic:
            ax.set_xscale("log")
        ax.set_title(workload, fontsize=9)
        ax.tick_params(labelsize=7)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
    figure.suptitle(title + (" (logarithmic)" if logarithmic else ""), fontsize=10)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plot.close(figure)


def number(value):
    if value >= 1e6:
        return f"{value / 1e6:.2f} M"
    if value >= 1e4:
        return f"{value / 1e3:.0f} k"
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"


def print_table(rows):
    contenders = list(dict.fromkeys(row["contender"] for row in rows))
    print("| workload | " + " | ".join(contenders) + " |")
    print("|---" * (len(contenders) + 1) + "|")
    for workload in dict.fromkeys(row["workload"] for row in rows):
        mine = {row["contender"]: row for row in rows if row["workload"] == workload}
        unit = next(iter(mine.values()))["unit"]
        cells = [
            f"{number(mine[name]['median'])} ({mine[name]['ratio_to_raw']:.2f})" if name in mine else ""
            for name in contenders
        ]
        print(f"| {workload}, {unit} | " + " | ".join(cells) + " |")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    rows = json.loads(pathlib.Path(sys.argv[1]).read_text())["rows"]
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    print_table(rows)
    for name, (title, workloads, logarithmic) in CHARTS.items():
        draw(rows, title, workloads, logarithmic, folder / f"{name}.svg")


if __name__ == "__main__":
    main()
