#!/usr/bin/env python3
"""Trains crates/textmill-core/src/decode/model.txt: how likely letters follow each other, per language.

Texts: Mozilla Common Voice sentences (CC0 1.0), ELTeC novels and Aozora Bunko (public domain), the Universal Declaration
of Human Rights (UN text, public), the Bible corpus (CC0). Nothing under a share-alike licence.

Run: python3 tools/decode-model.py COMMON_VOICE.jsonl PROSE_FOLDER > crates/textmill-core/src/decode/model.txt
where PROSE_FOLDER holds `<lang>.eltec.jsonl`, `ja.aozora.jsonl`, `_udhr_all_languages.jsonl`,
`_bible_minor_languages.jsonl`; every line of each file is an object with `text`, and `lang` or `language`.
"""
import collections
import glob
import hashlib
import json
import math
import os
import sys
import unicodedata

# Classes of characters that are no letters of the script; upper case, since letters are folded to lower case.
COMMON = {
    "S": " \t\n\r\f",
    "D": "0123456789",
    "T": ".,;:!?",
    "Q": "\"'()[]{}",
    "H": "-_/",
    "O": "#$%&*+<=>@\\^`|~",
    "G": "„“‘«‹‚",
    "C": "”’»›",
    "N": "–—",
    "E": "…",
    "B": "•·",
    "M": "€£¥¢",
    "R": "°ºª",
    "K": "©®™",
    "X": "§¶",
    "Y": "±×÷½¼¾²³¹µ¬",
    "Z": "\u00a0",
    "I": "¡¿",
    "W": "\u00ad\u200c\u200d\u200e\u200f",
}
# U: other symbols, F: letters of other scripts, L: ASCII letters (outside Latin), V: what text never has.
PRIOR = dict(
    S=0.15, D=0.02, T=0.03, Q=0.006, H=0.004, O=0.002, G=1e-3, C=1e-3, N=8e-4, E=3e-4, B=2e-4, M=1e-4, R=1e-4, K=1e-4,
    X=4e-5, Y=2e-4, Z=3e-3, I=3e-5, W=2e-5, U=2e-5, F=2e-5, L=0.03, V=1e-11,
)
MEMBERS = {name: len(chars) for name, chars in COMMON.items()} | {"U": 150, "F": 400, "L": 26, "V": 1}
# Pairs around symbols that read-aloud sentences lack, in a thousandth of the letters.
PAIRS = "SG CS CT SN NS SE SY ES EC MD DM SM DR RS KS SK XS SX XD DY YS SB BS DZ ZD ZT ZC GZ SZ ZS ZZ SZ ZS ZZ TZ TC CC DN ND DT DS SD TS SI TI HD DH"
SCRIPTS = {
    "Latin": "af ast br ca cs cy da de en eo es et eu fi fo fr fy ga gd gl hr hsb hu id is it kab lb lt lv mt nb nl oc pl pt rm ro "
    "sk sl sq sv sw tr vi xx",
    "Cyrillic": "be bg kk ky mk mn ru sr tt uk",
    "Greek": "el",
    "Hebrew": "he yi",
    "Arabic": "ar fa ur",
    "Thai": "th",
}
CJK = "ja ko zh-Hans zh-Hant"
ALIASES = {
    "fy-NL": "fy", "ga-IE": "ga", "nb-NO": "nb", "rm-sursilv": "rm", "rm-vallader": "rm", "sv-SE": "sv", "gla": "gd",
    "zh-CN": "zh-Hans", "zh-TW": "zh-Hant", "zh-HK": "zh-Hant", "pt-BR": "pt",
}
CAP = 600_000
LATIN_PAGES = "cp1250 cp1252 cp1254 cp1257 cp1258 iso8859-2 iso8859-3 iso8859-4 iso8859-10 iso8859-13 iso8859-14 iso8859-15 " \
    "iso8859-16 cp850 cp852 cp437 cp775 cp857 cp860 cp861 cp863 cp865 mac-roman mac-latin2 mac-croatian mac-iceland mac-romanian"
PAGES = {
    "Latin": LATIN_PAGES,
    "Cyrillic": "cp1251 koi8-r koi8-u koi8-t iso8859-5 cp866 cp855 cp1125 mac-cyrillic kz1048 ptcp154",
    "Greek": "cp1253 iso8859-7 cp737 cp869 mac-greek",
    "Hebrew": "cp1255 iso8859-8 cp862",
    "Arabic": "cp1256 iso8859-6 cp720",
    "Thai": "cp874",
}
RANGES = {
    "Latin": [(0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x300, 0x323), (0x1E00, 0x1EFF)],
    "Cyrillic": [(0x400, 0x52F)],
    "Greek": [(0x370, 0x3FF)],
    "Hebrew": [(0x590, 0x5FF)],
    "Arabic": [(0x620, 0x6FF)],
    "Thai": [(0xE00, 0xE5B)],
}
CLASS_OF = {char: name for name, chars in COMMON.items() for char in chars}


def fold(char):
    low = char.lower()
    return low if len(low) == 1 else char


def in_script(char, script):
    return any(a <= ord(char) <= b for a, b in RANGES[script])


def letters(script):
    found = set()
    for page in PAGES[script].split():
        for byte in range(128, 256):
            char = bytes([byte]).decode(page, "replace")
            if len(char) == 1 and in_script(char, script) and char not in CLASS_OF:
                found.add(fold(char))
    if script == "Latin":
        found |= set("abcdefghijklmnopqrstuvwxyz")
    return sorted(found)


def windows_1258(text):
    out = []
    for char in unicodedata.normalize("NFC", text):
        if ord(char) < 0x1E00:
            try:
                char.encode("cp1258")
                out.append(char)
                continue
            except UnicodeEncodeError:
                pass
        parts = unicodedata.normalize("NFD", char)
        tones = "".join(c for c in parts[1:] if c in "\u0300\u0301\u0303\u0309\u0323")
        rest = "".join(c for c in parts[1:] if c not in "\u0300\u0301\u0303\u0309\u0323")
        out.append(unicodedata.normalize("NFC", parts[0] + rest) + tones)
    return "".join(out)


def variants(lang, text):
    if lang == "vi":
        return [windows_1258(text)]
    if lang == "ro":
        return [text, text.translate(str.maketrans("șțȘȚ", "şţŞŢ"))]
    if lang == "fa":
        return [text, text.translate(str.maketrans("یک", "يك"))]
    return [text]


def read(common_voice, prose):
    texts = collections.defaultdict(lambda: collections.defaultdict(list))
    every = set(" ".join(SCRIPTS.values()).split()) | set(CJK.split())
    digest = hashlib.sha256()

    def lines(path):
        with open(path, "rb") as file:
            for line in file:
                digest.update(line)
                yield json.loads(line)

    for line in lines(common_voice):
        lang = ALIASES.get(line["language"], line["language"])
        if lang in every:
            texts[lang]["common-voice"].append(line["text"])
    for path in sorted(glob.glob(os.path.join(prose, "*.eltec.jsonl")) + [os.path.join(prose, "ja.aozora.jsonl")]):
        lang = os.path.basename(path).split(".")[0]
        for line in lines(path):
            if lang in every:
                texts[lang]["books"].append(line["text"])
    for name in ("_udhr_all_languages.jsonl", "_bible_minor_languages.jsonl"):
        for line in lines(os.path.join(prose, name)):
            lang = ALIASES.get(line.get("lang"), line.get("lang"))
            text = line["text"]
            if lang in every:
                texts[lang]["udhr" if "udhr" in name else "bible"].append(text)
            if lang == "zh":
                texts["zh-Hant" if "國" in text else "zh-Hans"]["udhr"].append(text)
            sample = text[200:4200]
            if sum(c.isascii() or in_script(c, "Latin") for c in sample) > 0.95 * max(len(sample), 500):
                texts["xx"][name].append(sample + "\n")
    return texts, digest.hexdigest()[:16]


def joined(sources):
    return "\n".join("\n".join(parts)[:CAP] for _, parts in sorted(sources.items()))


def cost(probability):
    return min(93, max(0, round(-4 * math.log2(probability))))


def symbol(quarter_bits):
    return chr(33 + quarter_bits)


def classes_of(text, script, known):
    for char in text:
        folded = fold(char)
        if folded in known:
            yield folded
        elif char in CLASS_OF:
            yield CLASS_OF[char]
        elif char.isascii():
            yield "L" if char.isalpha() else "O"
        elif char.isalpha():
            yield "F"
        else:
            yield "U"


def train(script, langs, texts, out):
    alphabet = letters(script)
    known = set(alphabet)
    names = [n for n in "SDTQHOGCNEBMRKXYZIWUFLV" if not (n == "L" and script == "Latin")]
    # ASCII first: the reader relies on nothing but the order given here.
    print(f"script {script}", file=out)
    print("letters " + "".join(alphabet), file=out)
    counts = {}
    for lang in langs:
        pairs = collections.Counter()
        for text in variants(lang, joined(texts[lang])):
            sequence = list(classes_of(text, script, known))
            pairs.update(zip(sequence, sequence[1:]))
        counts[lang] = pairs
        print(script, lang, sum(pairs.values()), file=sys.stderr)
    pooled = collections.Counter()
    for pairs in counts.values():
        total = sum(pairs.values())
        for (_, b), n in pairs.items():
            pooled[b] += n / total / len(counts)
    for lang in langs:
        pairs = counts[lang]
        total = max(1, sum(pairs.values()))
        n_letters = max(1, sum(n for (_, b), n in pairs.items() if b in known))
        for a, b in PAIRS.split():
            pairs[a, b] += n_letters / 1000
        singles = collections.Counter()
        for (_, b), n in pairs.items():
            singles[b] += n
        total = sum(singles.values())
        own = {}
        for c in alphabet + names:
            ml = singles[c] / total
            prior = PRIOR.get(c, 0)
            letter = 0.01 * pooled[c] + 2e-6 if c in known else 0
            mixed = (0.7 * ml + 0.3 * prior) if c in PRIOR else (0.99 * ml + letter)
            own[c] = prior if c == "V" else mixed
        scale = sum(own.values())
        own = {c: p / scale for c, p in own.items()}
        print(f"lang {lang}", file=out)
        print("single " + "".join(symbol(cost(own[c] / MEMBERS.get(c, 1))) for c in alphabet + names), file=out)
        rows = collections.defaultdict(dict)
        for (a, b), n in pairs.items():
            rows[a][b] = n
        for a in alphabet + names:
            row = rows.get(a, {})
            n_row = sum(row.values())
            # Witten-Bell: the share of what was never seen after `a`. It is not let fall to nothing where there is much
            # text, since foreign names and signs are in every text, but not in sentences that were written to be read.
            unseen = max((len(row) + 1) / (n_row + len(row) + 1), 0.1)
            back_off = cost(unseen)
            line = []
            for b in alphabet + names:
                n = row.get(b, 0)
                if n < 2:
                    continue
                p = (1 - unseen) * n / n_row + unseen * own[b]
                c = cost(p / MEMBERS.get(b, 1))
                if abs(c - (back_off + cost(own[b] / MEMBERS.get(b, 1)))) >= 2:
                    line.append(b + symbol(c))
            if n_row:
                print(f"{a}{symbol(back_off)}" + "".join(line), file=out)


def common_characters(codec, lead):
    found = []
    for first in lead:
        for second in range(0x40, 0xFF):
            try:
                char = bytes([first, second]).decode(codec)
            except UnicodeDecodeError:
                continue
            if len(char) == 1 and char.isalpha():
                found.append(char)
    return found


def train_cjk(texts, out):
    known = {
        "ja": common_characters("euc_jp", list(range(0xA4, 0xA6)) + list(range(0xB0, 0xD0))),
        "ko": common_characters("euc_kr", range(0xB0, 0xC9)),
        "zh-Hans": common_characters("gb2312", range(0xB0, 0xD8)),
        "zh-Hant": common_characters("big5", range(0xA4, 0xC7)),
    }
    for lang in CJK.split():
        counts = collections.Counter(c for c in joined(texts[lang]) if ord(c) > 0x7F and (c.isalpha() or ord(c) > 0x2FFF))
        for char in known[lang]:
            counts[char] += 0.3
        for char in "、。，！？：；「」（）《》“”…—・　":
            counts[char] += sum(counts.values()) / 3000
        total = sum(counts.values())
        print("cjk", lang, int(total), file=sys.stderr)
        print(f"cjk {lang}", file=out)
        buckets = collections.defaultdict(list)
        for char, n in counts.items():
            buckets[min(72, cost(n / total))].append(char)
        for bucket in sorted(buckets):
            print(symbol(bucket) + "".join(sorted(buckets[bucket])), file=out)


def main():
    texts, digest = read(sys.argv[1], sys.argv[2])
    import io

    out = io.StringIO()
    for script, langs in SCRIPTS.items():
        train(script, [lang for lang in langs.split() if texts[lang]], texts, out)
    train_cjk(texts, out)
    body = out.getvalue()
    print(
        "# @generated by tools/decode-model.py from Common Voice sentences (CC0 1.0), ELTeC novels and Aozora Bunko (public "
        "domain), UDHR (public), the Bible corpus (CC0); sha256 of the texts "
        f"{digest}, of the lines below {hashlib.sha256(body.encode()).hexdigest()[:16]}; do not edit"
    )
    print(body, end="")


main()
