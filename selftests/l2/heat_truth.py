# SPDX-License-Identifier: GPL-2.0-only
"""What a guest's workload did with its memory, and what the host says of it.

Truth reads what selftests/workload wrote; Vm asks ballast_host for the level of
every page; Tally and Score hold one against the other.
"""
import ctypes
import fcntl
import os
import struct
import time

LEVELS = ("unknown", "cold", "cool", "warm", "hot")
SETS = ("hot", "warm", "cold", "cache")
OUTSIDE = "others"
SYSFS = "/sys/kernel/ballast/vm"
HOLE = 0xFF
BLOCK_PAGES = 512


class Truth:
    """The sets of a workload: their frames and how often they are touched."""

    def __init__(self, path):
        self.period_ms = {}
        self.ranges = []
        with open(path, encoding="ascii") as file:
            for line in file:
                word, *rest = line.split()
                if word == "period_ms":
                    self.period_ms[rest[0]] = int(rest[1])
                elif word not in ("phase", "moved"):
                    self.ranges.append((word, int(rest[0]), int(rest[1])))
        if not self.ranges:
            raise SystemExit(f"{path}: no frames in it: is it the file of workload --truth?")

    def sets(self):
        """Names of the sets that have frames, in order."""
        there = {name for name, _, _ in self.ranges}
        return [name for name in SETS if name in there]

    def touched_within(self, ms):
        """Names of the sets that are touched at least once in so many ms."""
        return {name for name in self.sets() if 0 < self.period_ms[name] <= ms}

    def in_blocks(self):
        """Share of the pages that fill 2 MiB blocks with pages of their own set only."""
        whole = 0
        for _, first, count in self.ranges:
            begin = -(-first // BLOCK_PAGES) * BLOCK_PAGES
            end = (first + count) // BLOCK_PAGES * BLOCK_PAGES
            whole += max(0, end - begin)
        return whole / sum(count for _, _, count in self.ranges)


class Vm:
    """An attached VM, by the pid of its VMM."""

    _ACTIVITY = struct.Struct("=IIQQIIQQ")
    _ACTIVITY_NR = 3 << 30 | _ACTIVITY.size << 16 | 0xB5 << 8 | 0x16

    def __init__(self, name):
        self.folder = f"{SYSFS}/{name}"
        if not os.path.isdir(self.folder):
            raise SystemExit(f"vm {name}: not attached: ballast vm attach {name}")
        self.id = self.number("id")
        self.device = os.open("/dev/ballast", os.O_RDWR | os.O_CLOEXEC)

    def text(self, file):
        with open(f"{self.folder}/{file}", encoding="ascii") as opened:
            return opened.read().strip()

    def number(self, file):
        return int(self.text(file))

    def levels(self):
        """A byte per guest frame from 0 on: its level, or HOLE."""
        # One call ends where guest memory ends; it may have holes before that.
        count = 2 * self.number("mem_pages") + (1 << 20)
        buffer = ctypes.create_string_buffer(count)
        request = bytearray(self._ACTIVITY.pack(self.id, 0, 0, count, 0, 0,
                                                ctypes.addressof(buffer), 0))
        fcntl.ioctl(self.device, self._ACTIVITY_NR, request)
        got = self._ACTIVITY.unpack(request)[3]
        # Keep the level, drop the state; a hole stays one.
        table = bytes(b if b == HOLE else b & 7 for b in range(256))
        return buffer.raw[:got].translate(table)

    def passes(self, timeout_s=300):
        """The number of each pass when it has come to its end, from now on."""
        seen = self.number("passes")
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            now = self.number("passes")
            if now != seen:
                seen = now
                until = time.monotonic() + timeout_s
                yield now
            time.sleep(0.02)
        raise SystemExit(f"{self.folder}: no pass after number {seen} in {timeout_s} s")


class Tally:
    """Pages of each set per level; what no set names is OUTSIDE."""

    def __init__(self, truth, levels):
        self.rows = {}
        total = [levels.count(level) for level in range(len(LEVELS))]
        for name in truth.sets():
            row = [0] * len(LEVELS)
            for of, first, count in truth.ranges:
                if of == name:
                    part = levels[first:first + count]
                    if len(part) != count or HOLE in part:
                        raise SystemExit(f"frames {first} to {first + count} of the truth are "
                                         "not memory of this VM: is it the right one?")
                    for level in range(len(LEVELS)):
                        row[level] += part.count(level)
            self.rows[name] = row
            total = [a - b for a, b in zip(total, row)]
        self.rows[OUTSIDE] = total

    def lines(self):
        yield f"{'':8}" + "".join(f"{name:>9}" for name in ("pages", *reversed(LEVELS)))
        for name, row in self.rows.items():
            yield f"{name:8}{sum(row):9}" + "".join(f"{pages:9}" for pages in reversed(row))

    def score(self, names, level):
        """How well pages at this level are those of the sets named."""
        inside = [row for name, row in self.rows.items() if name != OUTSIDE]
        return Score(right=sum(self.rows[name][level] for name in names),
                     said=sum(row[level] for row in inside),
                     true=sum(sum(self.rows[name]) for name in names))


class Score:
    """Of the pages said to be in a set, and those that are in it."""

    def __init__(self, right, said, true):
        self.missed = true - right
        self.wrong = said - right
        self.true = true
        self.precision = right / said if said else 0.0
        self.recall = right / true if true else 0.0
        both = self.precision + self.recall
        self.f1 = 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self):
        return f"precision {self.precision:.4f} recall {self.recall:.4f} F1 {self.f1:.4f}"


class Strip:
    """Guest memory from left to right, in columns: how much of the pages that the truth
    names is hot, by the truth and by the module."""

    SHADES = "░▒▓█"
    NONE_HOT = "·"
    NOT_NAMED = " "

    def __init__(self, truth, levels, hot_sets, columns):
        end = max(first + count for _, first, count in truth.ranges)
        self.frames = -(-end // columns)
        named, by_truth, by_module = ([0] * columns for _ in range(3))
        for name, first, count in truth.ranges:
            for frame in range(first, first + count):
                column = frame // self.frames
                named[column] += 1
                by_truth[column] += name in hot_sets
                by_module[column] += levels[frame] == LEVELS.index("hot")
        self.truth = self._draw(named, by_truth)
        self.module = self._draw(named, by_module)

    def _draw(self, named, hot):
        return "".join(self._shade(*column) for column in zip(named, hot))

    def _shade(self, named, hot):
        if not named:
            return self.NOT_NAMED
        if not hot:
            return self.NONE_HOT
        return self.SHADES[min(len(self.SHADES) - 1, len(self.SHADES) * hot // named)]
