#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The hot set of a VM by DAMON, at a given cost in CPU time.

DAMON watches the guest's memory in QEMU's address space (fvaddr: nothing else there
costs it anything). The number of its regions is chosen so that kdamond takes as much
CPU as asked for. Of three snapshots and all thresholds of nr_accesses the best F1
counts. Prints "NAME VALUE" lines.
"""
import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "l2"))
from heat_truth import Score, Truth  # noqa: E402

KDAMONDS = pathlib.Path("/sys/kernel/mm/damon/admin/kdamonds")
PAGE = 4096
REGIONS_MIN = 10
CALIBRATIONS = 4
NEAR = 0.15


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pid", type=int)
    parser.add_argument("mem_mib", type=int)
    parser.add_argument("truth")
    parser.add_argument("--aggregation", type=int, required=True, metavar="MS")
    parser.add_argument("--samples", type=int, required=True, metavar="N",
                        help="per aggregation")
    parser.add_argument("--cpu", type=float, required=True, metavar="MS",
                        help="CPU time that kdamond may take per second")
    return parser.parse_args()


def guest_memory(pid, mem_mib):
    """Where guest frame 0 lies in QEMU's address space; below 3 GiB it is one piece."""
    size = mem_mib << 20
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        for line in maps:
            start, end = (int(word, 16) for word in line.split()[0].split("-"))
            if end - start == size:
                return start
    raise SystemExit(f"process {pid} has no mapping of {mem_mib} MiB")


def put(path, value):
    path.write_text(str(value), encoding="ascii")


def get(path):
    return int(path.read_text(encoding="ascii"))


class Damon:
    """A running kdamond with one target and one scheme that only looks."""

    def __init__(self, pid, start, size, args, regions):
        put(KDAMONDS / "nr_kdamonds", 1)
        self.top = KDAMONDS / "0"
        put(self.top / "contexts/nr_contexts", 1)
        context = self.top / "contexts/0"
        put(context / "operations", "fvaddr")
        attrs = context / "monitoring_attrs"
        us = args.aggregation * 1000
        # A new limit must not pass the other one on its way.
        put(attrs / "intervals/sample_us", us // args.samples)
        put(attrs / "intervals/aggr_us", us)
        put(attrs / "intervals/update_us", us * 1000)
        put(attrs / "nr_regions/max", regions)
        put(attrs / "nr_regions/min", max(REGIONS_MIN, regions // 10))
        put(context / "targets/nr_targets", 1)
        target = context / "targets/0"
        put(target / "pid_target", pid)
        put(target / "regions/nr_regions", 1)
        put(target / "regions/0/start", start)
        put(target / "regions/0/end", start + size)
        put(context / "schemes/nr_schemes", 1)
        self.scheme = context / "schemes/0"
        put(self.scheme / "action", "stat")
        for what in ("sz", "nr_accesses", "age"):
            put(self.scheme / f"access_pattern/{what}/min", 0)
            put(self.scheme / f"access_pattern/{what}/max", (1 << 32) - 1)
        put(self.scheme / "access_pattern/sz/max", (1 << 64) - 1)
        put(self.top / "state", "on")
        self.kdamond = get(self.top / "pid")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        put(self.top / "state", "off")

    def cpu_ns(self):
        with open(f"/proc/{self.kdamond}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0])

    def cpu_ms_per_s(self, seconds):
        """Over so long from now."""
        begin, cpu = time.monotonic(), self.cpu_ns()
        time.sleep(seconds)
        return (self.cpu_ns() - cpu) / 1e6 / (time.monotonic() - begin)

    def regions(self):
        """(start, end, nr_accesses) of the last aggregation."""
        put(self.top / "state", "update_schemes_tried_regions")
        found = [(get(folder / "start"), get(folder / "end"), get(folder / "nr_accesses"))
                 for folder in (self.scheme / "tried_regions").iterdir() if folder.is_dir()]
        put(self.top / "state", "clear_schemes_tried_regions")
        return found


def best_score(truth, hot, accesses, limit):
    """The best F1 of all thresholds, and the threshold."""
    counts = {name: [0] * (limit + 1) for name in truth.sets()}
    for name, first, count in truth.ranges:
        row = counts[name]
        for times in accesses[first:first + count]:
            row[times] += 1
    scores = []
    for least in range(1, limit + 1):
        said = {name: sum(row[least:]) for name, row in counts.items()}
        scores.append((Score(right=sum(said[name] for name in hot), said=sum(said.values()),
                             true=sum(sum(counts[name]) for name in hot)), least))
    return max(scores, key=lambda score: score[0].f1)


def main():
    args = arguments()
    truth = Truth(args.truth)
    hot = truth.touched_within(args.aggregation)
    start, size = guest_memory(args.pid, args.mem_mib), args.mem_mib << 20
    aggregation = args.aggregation / 1000
    regions = 400
    for calibration in range(1, CALIBRATIONS + 1):
        with Damon(args.pid, start, size, args, regions) as damon:
            time.sleep(8 * aggregation)
            cpu = damon.cpu_ms_per_s(8 * aggregation)
            if abs(cpu / args.cpu - 1) > NEAR and calibration < CALIBRATIONS:
                regions = int(regions * min(8, max(1 / 8, args.cpu / max(cpu, 0.01))))
                regions = min(max(2 * REGIONS_MIN, regions), size // PAGE)
                continue
            best = None
            for _ in range(3):
                accesses = bytearray(size // PAGE)
                seen = damon.regions()
                for begin, end, times in seen:
                    first, last = (begin - start) // PAGE, (end - start) // PAGE
                    accesses[first:last] = bytes([min(times, 255)]) * (last - first)
                score, least = best_score(truth, hot, accesses, min(args.samples, 255))
                if not best or score.f1 > best[0].f1:
                    best = score, least, len(seen)
        break
    score, least, seen = best
    print(f"f1 {score.f1:.4f}")
    print(f"precision {score.precision:.4f}")
    print(f"recall {score.recall:.4f}")
    print(f"threshold {least}")
    print(f"regions {seen}")
    print(f"cpu_ms_per_s {cpu:.2f}")


main()
