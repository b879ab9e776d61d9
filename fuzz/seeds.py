#!/usr/bin/env python3
"""Makes the seeds of every fuzz target, in fuzz/corpus/<target>/, from the project's own cases and samples.

    python3 fuzz/seeds.py

What a fuzzer found and keeps there stays. Nothing of it is under version control: this program is.
"""

import gzip
import json
import pathlib
import struct

FUZZ = pathlib.Path(__file__).resolve().parent
ROOT = FUZZ.parent
# Longer seeds make a fuzzer slow, and teach it nothing more.
MAX_BYTES = 4096


def strings(value):
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def case_texts(*stages):
    """The texts of the cases of some stages."""
    for stage in stages:
        for path in sorted((ROOT / "tests/cases" / stage).rglob("*.json")):
            yield from (text for text in strings(json.loads(path.read_text())) if len(text) > 12)


def samples():
    """The bytes of the samples, in pieces."""
    for path in sorted((ROOT / "samples").rglob("*")):
        if path.is_file():
            yield path.read_bytes()[:MAX_BYTES]


def lines():
    """Lines of JSON of every shape."""
    for path in sorted((ROOT / "samples").rglob("*.jsonl")):
        yield from path.read_bytes().splitlines()
    for value in ["NaN", "-Infinity", "1e400", "-0", "[[[{}]]]", '"\\ud83d\\ude00"', '"\\ud800"', '"\\/\\b\\u0000"', "null"]:
        yield f'{{"text":"one","v":{value},"text":"two"}}'.encode()
    yield "{" .encode() + ",".join(f'"k{i}":{i}' for i in range(40)).encode() + b"}"


def packed():
    """Compressed streams, whole and not."""
    for text in list(samples())[:8]:
        one = gzip.compress(text)
        yield from (one, one + one, one[: len(one) // 2], one + bytes(40), one + b"garbage", gzip.compress(one), text)
    # A zstd frame of one raw block, one to be skipped, and one with a window that no one should grant.
    raw = b"\x28\xb5\x2f\xfd\x20\x09\x49\x00\x00hello, it"
    yield from (raw, raw + raw, b"\x50\x2a\x4d\x18\x03\x00\x00\x00xyz" + raw, b"\x28\xb5\x2f\xfd\x00\xa8\x51\x00\x00hello, you")


def configurations():
    """The reference, each of its tables, and what is wrong in the cases."""
    reference = (ROOT / "pipeline.toml").read_text()
    yield reference.encode()
    for table in reference.split("\n[")[1:]:
        yield ("[" + table).encode()[:MAX_BYTES]
    for path in sorted((ROOT / "tests/cases/config").rglob("*")):
        if path.is_file():
            yield path.read_bytes()[:MAX_BYTES]
    yield b"[dedup]\nscope = 1\n--set\nread.max_record_bytes=\"64 KiB\"\nrepair.min_score=0.5\ndedup.treshold=1\n"


def main():
    texts = [text.encode()[:MAX_BYTES] for text in case_texts("repair", "langid", "dedup", "decode")]
    plain = texts + [piece for piece in samples() if b"\0" not in piece]
    numbers = struct.pack("<Q", 0x9E3779B97F4A7C15)
    seeds = {
        "decode_under_any_chunking": [bytes([i % 14]) + numbers + piece for i, piece in enumerate(list(samples()) + texts[:80])],
        "decompress_under_any_chunking": [numbers + piece for piece in packed()],
        "repair_replays_and_is_idempotent": plain,
        "json_keeps_fields": list(lines()),
        "spans_cover_every_letter": plain,
        "sketches_match_on_any_instructions": plain,
        "journal_keeps_whole_lines": [bytes([1, 2]) * i + b"a line of a journal\n" * 2 + b"torn" for i in range(1, 9)],
        "config_never_panics": list(configurations()),
    }
    for target, pieces in seeds.items():
        folder = FUZZ / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        for i, piece in enumerate(pieces):
            (folder / f"seed-{i:05}").write_bytes(piece)
        print(f"{target}: {len(pieces)} seeds")


if __name__ == "__main__":
    main()
