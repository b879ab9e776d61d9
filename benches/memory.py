#!/usr/bin/env python3
"""Peak memory of runs over input of many sizes and shapes, held against what `textmill check` said it would take.

    benches/memory.py [--textmill PATH] [--mb 10 100 1000 4000] [--files 1000000] [--scratch DIR] [--lines FILE]

Prints a row for each: what was read, the peak that summary.json tells, what `check` printed, and whether the one is under
the other. Lines come through a pipe and go to /dev/null, so that they take no room on a disk; the tiny files and the one
large file are made in the scratch folder and taken away again. Ends with 1 if a peak is above what was printed.
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

WORDS = (
    "the keeper of a lighthouse wrote every passing vessel into his notebook before market opened and visitors found "
    "square empty while their train waited at junction for seven remarkable minutes without anybody knowing why it "
    "should stand there in rain all winter"
).split()
UNITS = {"bytes": 1, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def text(numbers, words=240):
    """A text with breaks in it, as an extractor leaves it."""
    out, column = [], 0
    for _ in range(words):
        word = numbers.choice(WORDS)
        if numbers.randrange(61) == 0:
            word += str(numbers.randrange(10**9))
        if len(word) > 6 and numbers.randrange(37) == 0:
            word = word[:4] + "-\n" + word[4:]
        column += len(word) + 1
        out.append(word + ("\n" if column > 70 else " "))
        column = 0 if column > 70 else column
    return "".join(out)


def block(megabytes=8):
    """Lines of JSON, all different, the same each time."""
    numbers, lines, size = random.Random(7), [], 0
    while size < megabytes * 1_000_000:
        lines.append(json.dumps({"text": text(numbers)}) + "\n")
        size += len(lines[-1])
    return "".join(lines).encode()


def stated(textmill, arguments, record_bytes, is_worst):
    """Bytes that `check` says a run takes without its index, with a record of this size where it is longer than a batch:
    one of running text, or the worst that there is."""
    printed = subprocess.run([textmill, "check", *arguments], capture_output=True, text=True, check=True).stdout
    number, unit = re.search(r"# Memory: at most ([0-9.,]+) (\S+) without", printed).groups()
    times = re.search(r"running text up to (\d+) times its size, .* up to (\d+) times", printed).groups()
    return float(number.replace(",", "")) * UNITS[unit] + int(times[is_worst]) * record_bytes


def run(textmill, name, arguments, feed=None, slow_reader=False, output="/dev/null", record_bytes=0, is_worst=False):
    """One run: a row, and whether it kept to what was stated."""
    with tempfile.TemporaryDirectory() as folder:
        summary = os.path.join(folder, "summary.json")
        options = ["--no-config", "--threads", "2", "-o", output]
        budget = stated(textmill, [*arguments, *options], record_bytes, is_worst)
        command = [textmill, "run", *arguments, *options, "--summary", summary, "--progress", "never"]
        start = time.time()
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
            stdout=subprocess.PIPE if slow_reader else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        writer = threading.Thread(target=lambda: (feed(child.stdin), child.stdin.close())) if feed else None
        if writer:
            writer.start()
        if slow_reader:
            # A reader of about 8 MB a second.
            while child.stdout.read(1 << 20):
                time.sleep(0.125)
        code = child.wait()
        if writer:
            writer.join()
        told = json.load(open(summary))
        index = told.get("index_bytes") or 0
        # A table of the index that grows stands in memory twice, the old one being half of the new.
        peak, allowed = told["peak_rss_bytes"], budget + index * 3 / 2
        print(
            f"| {name} | {told['read']['records']:,} | {told['read']['bytes'] / 1e6:,.0f} MB | {peak / 1e6:.1f} MB | "
            f"{index / 1e6:.1f} MB | {allowed / 1e6:.1f} MB | {time.time() - start:.0f} |",
            flush=True,
        )
        return code == 0 and told["conserved"] and peak <= allowed


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--textmill", default="target/release/textmill")
    options.add_argument("--mb", type=int, nargs="*", default=[10, 100, 1000, 4000])
    options.add_argument("--files", type=int, default=1_000_000)
    options.add_argument("--large-mb", type=int, default=2000)
    options.add_argument("--record-mb", type=int, default=500)
    options.add_argument("--worst-mb", type=int, default=20)
    options.add_argument("--scratch", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()))
    options.add_argument("--lines", type=pathlib.Path, help="lines of JSON to be repeated, in place of generated ones")
    options = options.parse_args()
    lines = options.lines.read_bytes() if options.lines else block()
    textmill = os.path.abspath(options.textmill)
    kept = []

    def feed_lines(megabytes):
        def feed(to):
            left = megabytes * 1_000_000
            while left > 0:
                # The last time round ends with a whole line.
                cut = len(lines) if left >= len(lines) else lines.rfind(b"\n", 0, left) + 1
                to.write(lines[:cut])
                left -= max(cut, 1_000_000)
        return feed

    print("| input | records | bytes | peak | index | stated, with the index | seconds |\n|---|---|---|---|---|---|---|")
    for megabytes in options.mb:
        kept.append(run(textmill, f"lines, {megabytes} MB", ["-", "--format", "jsonl"], feed_lines(megabytes)))
    kept.append(run(textmill, "lines, a slow reader", ["-", "--format", "jsonl"], feed_lines(100), True, "-"))

    def feed_record(megabytes):
        def feed(to):
            to.write(b'{"text":"')
            piece = json.dumps(text(random.Random(3), 160_000))[1:-1].encode()
            for _ in range(megabytes * 1_000_000 // len(piece)):
                to.write(piece)
            to.write(b'"}\n')
        return feed

    # The longest that is read unless set otherwise, and one that is passed over: both are held up to 64 MiB.
    for megabytes in [60, options.record_mb]:
        name, size = f"one record of {megabytes} MB", min(megabytes * 1_000_000, 64 << 20)
        kept.append(run(textmill, name, ["-", "--format", "jsonl"], feed_record(megabytes), record_bytes=size))
    # What takes most for its size: a repair at each end of line and a paragraph for each, paragraphs of a letter, and
    # letters between characters that are taken out.
    for name, piece in [("lines of a letter", "a  \\n"), ("paragraphs of a letter", "a\\n\\n"), ("soft hyphens", "a\u00adb\u00ad ")]:
        def feed_worst(to, piece=piece):
            to.write(b'{"text":"' + (piece * (options.worst_mb * 1_000_000 // len(piece.encode()))).encode() + b'"}\n')
        for more in [[], ["--edits", "full"]]:
            row = f"one record of {options.worst_mb} MB, {name}" + ", edits written" * bool(more)
            size = options.worst_mb * 1_000_000
            kept.append(run(textmill, row, ["-", "--format", "jsonl", *more], feed_worst, record_bytes=size, is_worst=True))
    folder = pathlib.Path(tempfile.mkdtemp(dir=options.scratch))
    try:
        numbers = random.Random(11)
        for i in range(options.files):
            if i % 1000 == 0:
                (folder / f"{i // 1000:04}").mkdir()
            (folder / f"{i // 1000:04}/{i}.txt").write_text(f"Page {i} of {numbers.randrange(10**9)}: {numbers.choice(WORDS)}.")
        if options.files:
            kept.append(run(textmill, f"{options.files:,} tiny files", [str(folder)]))
    finally:
        shutil.rmtree(folder)
    with tempfile.NamedTemporaryFile(dir=options.scratch, suffix=".jsonl") as file:
        if options.large_mb:
            feed_lines(options.large_mb)(file)
            file.flush()
            kept.append(run(textmill, f"one file of {options.large_mb} MB", [file.name]))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
