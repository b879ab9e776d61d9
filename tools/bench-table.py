#!/usr/bin/env python3
"""Prints the criterion results in target/criterion as a Markdown table: median and fastest sample of each bench.

On a shared machine the fastest sample is the one that was disturbed least; the median tells how much the others were.
"""

import json
import pathlib
import statistics
import sys


def main() -> None:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/criterion")
    print("| bench | fastest | median | |\n|---|---|---|---|")
    rows = []
    for path in root.rglob("new/sample.json"):
        sample = json.loads(path.read_text())
        about = json.loads((path.parent / "benchmark.json").read_text())
        seconds = [time / 1e9 / n for time, n in zip(sample["times"], sample["iters"])]
        throughput = about["throughput"] or {"Elements": 1}
        (kind, amount), = throughput.items()
        scale, unit = (1e6, "MB/s") if kind == "Bytes" else (1e3, "thousand a second")
        rates = [amount / time / scale for time in (min(seconds), statistics.median(seconds))]
        rows.append((about["full_id"], *(f"{rate:.1f}" for rate in rates), unit))
    for row in sorted(rows):
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
