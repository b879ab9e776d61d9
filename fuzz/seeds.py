#!/usr/bin/env python3
"""Makes the seeds of every fuzz target, in fuzz/corpus/<target>/, from the project's own cases and samples.

    python3 fuzz/seeds.py

What a fuzzer found and keeps there stays. Nothing of it is under version control: this program is.
"""

import gzip
import io
import json
import pathlib
import random
import struct
import tarfile
import zipfile
import zlib

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


def broken():
    """Texts that the rules about lines look at: every mark and break in every place of some sentences."""
    sentences = [
        "The members of the committee agreed that the new rules should be explained in plain words to everyone.",
        "Das Haus am Kindergarten hat eine grüne Tür, und Zucker stand auf dem Tisch neben der alten Lampe.",
        "Der vracht- en personenvervoer; l'arc-en-ciel est beau : les maisons du village sont « vieilles ».",
    ]
    breaks = ["\n", "-\n", "\n\n", "- ", "\u00ad\n", "...[+++]", "\n...[+++]", "\n\n...[+++] ", "...[+++]\n", " [+++] ", "…\n", "\n \n", "\n- "]
    numbers = random.Random(5)
    for sentence in sentences:
        for mark in breaks:
            # Once, then in three places, inside words and between them.
            for n in (1, 3):
                text = sentence
                for at in sorted(numbers.sample(range(1, len(sentence)), n), reverse=True):
                    text = text[:at] + mark + text[at:]
                yield text.encode()
        # Nothing but marks between words.
        for mark in breaks:
            yield mark.join(sentence.split()[:7]).encode()


def pieces_of_formats():
    """Records in every format, whole and cut, with the number of the format and how they are handed over in front."""
    warc = b""
    for kind, body in [("warcinfo", b"software: x"), ("conversion", b"One page.\n"), ("response", b"HTTP/1.1 200 OK\r\n\r\n<p>x")]:
        warc += b"WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: http://a.example/\r\n" % kind.encode()
        warc += b"WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (len(body), body)
    tables = [
        b'id,text\r\n1,"a ""b"", c"\n2,"two\nlines"\n3,open " quote\n\n4,"open\n5,x',
        b"text\tid\n\\\"one\\\"\t1\n\t\n",
        b"\xef\xbb\xbfid;text;text\n1;a;b\n2;c\n3;d;e;f\n",
    ]
    values = [b'[\n {"a": "x\\"y"},\n {"b": [1, {}]},\n 7, {"c": 3}\n]\n{}', b'{"a":1}{"b":2} [3', b'[{"text":"x"} {"text":"y"},,]']
    tars = []
    for kind in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
            for name in ("a.txt", "é/" + "long" * (20 if kind == tarfile.USTAR_FORMAT else 40), "../up"):
                member = tarfile.TarInfo(name)
                member.size = 9
                archive.addfile(member, io.BytesIO(b"The tide."))
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, "a.txt"
            archive.addfile(link)
        blocks = bytearray(out.getvalue()[:8192].rstrip(b"\0") + bytes(700))
        for at in range(0, len(blocks) - 511, 512):
            # Each header asks for its checksum, so that it is one whatever changes in it.
            if blocks[at + 257 : at + 262] == b"ustar":
                blocks[at + 148 : at + 156] = b"~checks~"
        tars.append(bytes(blocks))
    zips = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            archive.writestr("a.txt", "The tide was out. " * 3)
            archive.writestr("b/", "")
            archive.writestr("../c.txt", "x")
        zips.append(out.getvalue())
    zips.append(b"PK\x03\x04\x14\0\x08\0\x08\0" + bytes(16) + b"\x05\0\0\0b.txt\x03\0PK\x07\x08" + bytes(4) + b"\x02\0\0\0" + bytes(4) + b"PK\x01\x02")
    plain = [b"{\"text\":\"one\"}\n\n{\"text\":\"two\"}\r\n{}", b"A page.\n"]
    for number, kinds in enumerate([[warc], tables, values, tars, zips, plain, plain]):
        for piece in kinds:
            for head in (struct.pack("<BHB", number, 0, 6), struct.pack("<BHB", number, 2 * 40 + 1, 200)):
                yield from (head + piece, head + piece[: len(piece) * 2 // 3], head + piece * 2)


def answers():
    """Answers of HTTP, as crawlers keep them."""
    text = b"The tide was out. " * 5
    chunks = b"4;x=y\r\nThe \r\n5\r\ntide.\r\n0\r\n\r\n"
    raw = zlib.compressobj(wbits=-15)
    bodies = [
        ("", text),
        ("Content-Encoding: gzip\r\n", gzip.compress(text)),
        ("Content-Encoding: deflate\r\n", zlib.compress(text)),
        ("Content-Encoding: deflate\r\n", raw.compress(text) + raw.flush()),
        ("Content-Encoding: br\r\n", b"\x0b\x08\x80The tide was out.\x03"),
        ("Content-Encoding: zstd, gzip\r\n", gzip.compress(text)),
        ("Transfer-Encoding: chunked\r\n", chunks),
        ("Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n", b"%x\r\n%s\r\n0\r\n" % (len(gzip.compress(text)), gzip.compress(text))),
    ]
    for header, body in bodies:
        yield b"\x20\x03HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=koi8-r\r\n" + header.encode() + b"\r\n" + body


def damages():
    """What is done to which file of which index: a few of each."""
    numbers = random.Random(9)
    for choice in range(32):
        for _ in range(3):
            yield bytes([choice]) + numbers.randbytes(numbers.choice([4, 12, 40]))


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
        "repair_replays_and_is_idempotent": plain + list(broken()),
        "repair_of_broken_prose_replays_and_is_idempotent": [random.Random(i).randbytes(10 + i) for i in range(120)],
        "json_keeps_fields": list(lines()),
        "spans_cover_every_letter": plain,
        "sketches_match_on_any_instructions": plain,
        "journal_keeps_whole_lines": [bytes([1, 2]) * i + b"a line of a journal\n" * 2 + b"torn" for i in range(1, 9)],
        "config_never_panics": list(configurations()),
        "formats_cut_alike_under_any_chunking": list(pieces_of_formats()),
        "http_keeps_to_its_limit": list(answers()),
        "index_is_refused_where_it_is_damaged": list(damages()),
    }
    for target, pieces in seeds.items():
        folder = FUZZ / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        for i, piece in enumerate(pieces):
            (folder / f"seed-{i:05}").write_bytes(piece)
        print(f"{target}: {len(pieces)} seeds")


if __name__ == "__main__":
    main()
