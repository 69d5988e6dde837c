#!/usr/bin/python3
"""Draws the charts of docs/performance.md from a bench run's figures, and prints
its table.

    ./bazelw run -c opt //bench -- --json=/tmp/rows.json
    bench/charts.py /tmp/rows.json docs/charts

Draws those that the run has figures for. Needs matplotlib (Debian: python3-matplotlib).
"""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plot

matplotlib.rcParams["svg.hashsalt"] = "dgram"  # The same figures, the same file.
matplotlib.rcParams["svg.fonttype"] = "none"

OURS = {
    "two sockets": "#1b6ca8",
    "two members": "#7f9db9",
    "two channels": "#3fa7a0",
    "two topics": "#0b3c5d",
    "caf-dgram": "#1b6ca8",
    "caf-dgram batch": "#0b3c5d",
    "on loop": "#3fa7a0",
    "on loop, batch": "#1d6b66",
    "bus": "#3fa7a0",
    "bus, batch": "#1d6b66",
    "bus, packed": "#1b6ca8",
    "bus, topic": "#0b3c5d",
}
RAW = "#8a8a8a"
PEER = "#d08a3c"

# Title, unit, and the workloads.
CHARTS = {
    "flood": ("One destination", "datagrams a second", ["flood_64", "flood_1200"]),
    "no-offload": (
        "Where no offload is possible",
        "datagrams a second",
        ["flood_64_destinations", "flood_mixed_sizes"],
    ),
    "multicast": (
        "64 bytes to members of a multicast group",
        "deliveries a second",
        ["multicast_1", "multicast_4", "multicast_16"],
    ),
    "unix": ("Unix sockets", "datagrams a second", ["unix_64", "unix_1200", "unix_32768"]),
    "cpu": (
        "CPU time where no offload is possible",
        "seconds per million datagrams",
        ["flood_64_destinations cpu", "flood_mixed_sizes cpu"],
    ),
    "echo": (
        "Round trips of 64 bytes",
        "microseconds",
        ["echo_1 p50", "echo_1 p99", "echo_64 p50", "echo_64 p99"],
    ),
    "bus": (
        "Publish/subscribe",
        "messages a second, to all subscribers together",
        ["bus_64", "bus_64_16", "bus_1200"],
    ),
    "bus-long": (
        "Messages of 1 MiB, cut to frames, and in datagrams of 64 KB",
        "messages a second",
        ["bus_1m", "bus_1m_64k"],
    ),
    "bus-round-trip": (
        "Round trips between two actors",
        "microseconds",
        ["bus_round_trip p50", "bus_round_trip p99"],
    ),
    "sockets": (
        "Round trips over many sockets",
        "round trips a second",
        ["sockets_1000 echo", "sockets_10000 echo"],
    ),
}


def color(contender):
    return OURS.get(contender, RAW if contender.startswith("raw") else PEER)


def draw(rows, title, unit, workloads, path):
    figure, axes = plot.subplots(1, len(workloads), figsize=(3.8 * len(workloads), 3.2))
    for ax, workload in zip(axes, workloads):
        mine = [row for row in rows if row["workload"] == workload][::-1]
        names = [row["contender"] for row in mine]
        medians = [row["median"] for row in mine]
        bars = ax.barh(names, medians, color=[color(name) for name in names])
        ax.bar_label(bars, [number(value) for value in medians], padding=2, fontsize=6)
        ax.set_title(workload, fontsize=9)
        ax.set_xlabel(unit, fontsize=7)
        ax.set_xticks([])
        ax.margins(x=0.18)
        ax.tick_params(labelsize=7)
        for side in ("top", "right", "bottom"):
            ax.spines[side].set_visible(False)
    figure.suptitle(title, fontsize=10)
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
    measured = {row["workload"] for row in rows}
    for name, (title, unit, workloads) in CHARTS.items():
        if not measured.issuperset(workloads):
            continue
        draw(rows, title, unit, workloads, folder / f"{name}.svg")


if __name__ == "__main__":
    main()
