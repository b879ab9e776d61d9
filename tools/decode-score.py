#!/usr/bin/env python3
"""Scores decoding: the share of inputs that come out of `textmill run` as the text that they were made of.

Texts: the manuals among PROSE_FOLDER's files (`<lang>.<source>.jsonl`, an object with `text` a line), none of which trained the
model, each in the charsets that its language was written in; cut at a space to about 80, 200, 1000 and 5000 bytes. Then damaged:
a byte that is nothing, a character without its last byte, a tail that is cut, one letter in a legacy charset, half of the lines
in one, legacy text behind 300 kB of ASCII, UTF-16 and UTF-32 without a mark.

Characters that differ between Unicode's and Microsoft's tables count as equal.

Run: python3 tools/decode-score.py TEXTMILL PROSE_FOLDER
"""
import collections
import glob
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import unicodedata

WESTERN = ["cp1252", "iso8859-15", "cp850", "mac-roman"]
CENTRAL = ["cp1250", "iso8859-2", "cp852", "mac-latin2"]
BALTIC = ["cp1257", "iso8859-13", "cp775"]
CYRILLIC = ["cp1251", "koi8-r", "iso8859-5", "cp866", "mac-cyrillic"]
CHARSETS = {
    **{lang: WESTERN for lang in "ca da de en es eu fi fr ga gl it nb nl nn no pt sv id".split()},
    **{lang: CENTRAL for lang in "cs hr hu pl ro sk sl".split()},
    **{lang: BALTIC for lang in "et lt lv".split()},
    **{lang: CYRILLIC for lang in "bg ru sr".split()},
    "uk": ["cp1251", "koi8-u", "cp1125"],
    "el": ["cp1253", "iso8859-7", "cp737"],
    "tr": ["cp1254", "iso8859-9", "cp857"],
    "he": ["cp1255", "iso8859-8", "cp862"],
    "ar": ["cp1256", "iso8859-6"],
    "fa": ["cp1256"],
    "vi": ["cp1258"],
    "th": ["cp874"],
    "ja": ["cp932", "euc-jp", "iso2022-jp"],
    "ko": ["cp949", "iso2022-kr"],
    "zh": ["gbk", "gb18030", "hz"],
    "zh-TW": ["cp950", "big5hkscs"],
}
MANUALS = ("debian-handbook", "gnome-user-docs", "libreoffice-help", "debian-manuals")
SAME = str.maketrans("\u301c\u2212\u2016\u2014\u00a2\u00a3\u00ac", "\uff5e\uff0d\u2225\u2015\uffe0\uffe1\uffe2")
PER_CHARSET = 20


def plain(text):
    return unicodedata.normalize("NFC", text).translate(SAME)


def manuals(folder):
    texts = collections.defaultdict(list)
    for path in sorted(glob.glob(os.path.join(folder, "*.jsonl"))):
        name = os.path.basename(path).split(".")
        if len(name) == 3 and name[1] in MANUALS:
            for line in open(path, encoding="utf-8"):
                texts[name[0].replace("_", "-")].append(json.loads(line)["text"])
    texts = {lang: "\n".join(of) for lang, of in texts.items()}
    return {("zh" if lang in ("zh-CN", "zh-Hans") else lang): text for lang, text in texts.items()}


def pieces(text, charset, size, n, numbers):
    """Pieces of about `size` bytes that the charset can hold and that are not all ASCII."""
    found = []
    for _ in range(n * 40):
        at = numbers.randrange(max(1, len(text) - size))
        at = text.find(" ", at) + 1 or at
        piece = text[at : at + size]
        while len(piece.encode("utf-8" if charset == "utf-8" else charset, "ignore")) > size:
            piece = piece[: len(piece) * 9 // 10]
        piece = piece[: piece.rfind(" ")] if " " in piece[size // 4 :] else piece
        piece = unicodedata.normalize("NFC", piece).strip()
        try:
            if len(piece) > 20 and not piece.isascii() and piece.encode(charset).decode(charset) == piece:
                found.append(piece)
        except UnicodeError:
            continue
        if len(found) == n:
            break
    return found


def damaged(lang, text, legacy, numbers):
    """Kind, bytes, and the text that is to come out: of what is broken beyond repair, a pattern."""
    for text in pieces(text, legacy, 3000, 10, numbers):
        data = text.encode()
        letters = [at for at, char in enumerate(text) if not char.isascii()]
        at = numbers.choice(letters)
        before, after = text[:at], text[at + 1 :]
        # Replaced, or left out: either is right.
        broken = re.compile(re.escape(plain(before)) + "[\ufffd]{0,3}" + re.escape(plain(after)), re.S)
        space = text.find(" ", at)
        if space > 0:
            head, tail = text[:space], text[space:]
            inserted = re.compile(re.escape(plain(head)) + "\ufffd?" + re.escape(plain(tail)), re.S)
            yield "a byte that is nothing", head.encode() + b"\xff" + tail.encode(), inserted
        yield "a character without its last byte", before.encode() + text[at].encode()[:-1] + after.encode(), broken
        cut = text[: letters[-1] + 1]
        whole = re.compile(re.escape(plain(cut[:-1])) + "[\ufffd]{0,3}", re.S)
        yield "a tail that is cut", cut.encode()[:-1], whole
        if len(text[at].encode(legacy)) == 1 and data.count(b"\x80") + len(letters) > 10:
            yield "one letter in a legacy charset", before.encode() + text[at].encode(legacy) + after.encode(), text
        lines = [line for line in text.split("\n") if line] or [text]
        words = text.split(" ")
        lines = [" ".join(words[i : i + 12]) for i in range(0, len(words), 12)]
        mixed = b"\n".join(line.encode([legacy, "utf-8"][i % 2]) for i, line in enumerate(lines))
        if any(not line.isascii() for line in lines[0::2]):
            yield "half of the lines in a legacy charset", mixed, "\n".join(lines)
        filler = "The boat came in at noon and left again before the evening tide.\n" * 4700
        yield "legacy text behind 300 kB of ASCII", (filler + text).encode(legacy), filler + text
        for wide in ["utf-16-le", "utf-16-be", "utf-32-le"]:
            yield "UTF-16 and UTF-32 without a mark", text.encode(wide), text


def decoded(textmill, cases):
    """The texts that come of these bytes, in order; nothing where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        for n, data in enumerate(cases):
            with open(os.path.join(folder, f"{n:06}.txt"), "wb") as file:
                file.write(data)
        off = [f"--set={stage}.enabled=false" for stage in ("repair", "langid", "dedup")]
        command = [textmill, "run", "--no-config", folder, "-o", "-", "--format=plain", "--log-level=off", *off]
        out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    texts = {}
    for line in out.decode().splitlines():
        record = json.loads(line)
        texts[int(record["id"].rsplit("/")[-1].split(".")[0])] = (record["text"], record["textmill"]["encoding"])
    return [texts.get(n, (None, None)) for n in range(len(cases))]


def score(textmill, cases, name):
    """`cases`: group, bytes, text or pattern."""
    right, of, wrong = collections.Counter(), collections.Counter(), []
    for (group, _, wanted), (got, encoding) in zip(cases, decoded(textmill, [data for _, data, _ in cases])):
        of[group] += 1
        if got is None:
            is_right = False
        elif isinstance(wanted, str):
            is_right = plain(got) == plain(wanted)
        else:
            is_right = wanted.fullmatch(plain(got)) is not None
        right[group] += is_right
        if not is_right:
            wrong.append((group, encoding))
    macro = sum(right[group] / of[group] for group in of) / max(1, len(of))
    n = sum(of.values())
    print(f"{name}: {n} inputs, {100 * sum(right.values()) / max(1, n):.1f} %, macro {100 * macro:.1f} %", flush=True)
    return right, of, wrong


def main(textmill, folder):
    numbers = random.Random(25)
    texts = {lang: text for lang, text in manuals(folder).items() if lang in CHARSETS}
    print(f"{len(texts)} languages: {' '.join(sorted(texts))}")
    for size in [80, 200, 1000, 5000]:
        cases = []
        for lang, text in sorted(texts.items()):
            for charset in CHARSETS[lang]:
                for piece in pieces(text, charset, size, PER_CHARSET, numbers):
                    cases.append(((lang, charset), piece.encode(charset), piece))
        right, of, wrong = score(textmill, cases, f"manuals, {size} bytes")
        worst = sorted(of, key=lambda group: right[group] / of[group])[:6]
        print("   ", ", ".join(f"{l} {c} {right[l, c]}/{of[l, c]}" for l, c in worst if right[l, c] < of[l, c]))
    cases = []
    for lang, text in sorted(texts.items()):
        cases += damaged(lang, text, CHARSETS[lang][0], numbers)
    right, of, _ = score(textmill, cases, "damaged")
    for kind in of:
        print(f"    {kind}: {right[kind]}/{of[kind]}")


main(*sys.argv[1:3])
