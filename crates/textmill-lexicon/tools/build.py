#!/usr/bin/env python3
"""Makes the tables that textmill-lexicon embeds from the PyPI package wordfreq: data/words.bin, how frequent words are,
and data/halves.bin, in how many words a string is the first or the last part.

    pip install -r tools/requirements.txt && python tools/build.py

The same versions give the same bytes. What is kept, and why:

* every language of wordfreq but Chinese and Japanese (no spaces between words) and Korean (wordfreq cuts its words into
  morphemes, so that a whole word as written would be unknown and a cut one known);
* words of letters and marks in the scripts of their language, with apostrophes, middle dots and hyphens inside;
* words down to MIN_ZIPF, which is the same for all languages: a word at the border explains the same share of a text in
  each, so that Finnish gets more words than English;
* Serbo-Croatian, which wordfreq keeps in Latin letters, in Cyrillic letters too;
* of halves, those of at least FEWEST_WORDS words whose other half is a word of at least MIN_HALF letters and tier 2.

The layouts of the files are described in src/table.rs and src/halves.rs. `--words FILE` writes the kept words, their keys and tiers as text.
"""

import argparse
import collections
import hashlib
import math
import pathlib
import struct
import unicodedata

import regex
import wordfreq
import xxhash

# Words rarer than ten to this, per thousand million words, are left out.
MIN_ZIPF = 2.25
# Lowest Zipf value of tiers 7, 6, 5, 4, 3, 2; tier 1 is what is below. src/lib.rs states them too.
TIER_BORDERS = [6.0, 5.0, 4.25, 3.75, 3.25, 2.75]
SKIPPED_LANGUAGES = {"ja", "ko", "zh"}
SCRIPTS = {
    "ar": "Arabic", "bg": "Cyrillic", "bn": "Bengali", "el": "Greek", "fa": "Arabic", "he": "Hebrew",
    "hi": "Devanagari", "mk": "Cyrillic", "ru": "Cyrillic", "ta": "Tamil", "uk": "Cyrillic", "ur": "Arabic",
}  # fmt: skip

# Halves of fewer words than this are left out; a half has so many letters at least, and the word that is its other half
# so many, and so many at most have the halves that are looked at.
FEWEST_WORDS = 4
MIN_HALF = 2
MIN_WORD = 3
MAX_HALF = 14
HALF_VALUE_BITS = 4
HALF_FINGERPRINT_BITS = 8

FORMAT_VERSION = 1
HEADER_LEN = 128
CODE_BITS = 9
FINGERPRINT_BITS = 11
MASK = (1 << 64) - 1

DROPPED = regex.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u200c\u200d\u0307]")
FOLDED = str.maketrans({"ς": "σ", "ß": "ss", "ș": "ş", "ț": "ţ", "ı": "i", "’": "'", "ʼ": "'"})
CYRILLIC_PAIRS = {"lj": "љ", "nj": "њ", "dž": "џ"}
CYRILLIC = dict(zip("abcčćdđefghijklmnoprsštuvzž", "абцчћдђефгхијклмнопрсштувзж"))


def fold(word):
    """The form of a word that is hashed; src/key.rs does the same."""
    lower = "".join(c.lower() for c in unicodedata.normalize("NFC", word))
    return DROPPED.sub("", lower).translate(FOLDED)


def key(word):
    return xxhash.xxh3_64_intdigest(fold(word).encode())


def in_cyrillic(word):
    for latin, cyrillic in CYRILLIC_PAIRS.items():
        word = word.replace(latin, cyrillic)
    word = "".join(CYRILLIC.get(c, c) for c in word)
    return None if regex.search(r"\p{Latin}", word) else word


def words_of(language, path):
    """All folded words of a language and their frequencies (share of all words), most frequent first."""
    script = SCRIPTS.get(language, "Latin")
    letter = rf"(?:\p{{{script}}}\p{{M}}*)"
    whole = regex.compile(rf"{letter}+(?:['’ʼ·\-\u05f3\u05f4\u200c\u200d]{letter}+)*")
    frequencies = collections.Counter()
    for centibels, words in enumerate(wordfreq.read_cBpack(path)):
        for word in words:
            if not whole.fullmatch(word):
                continue
            frequency = 10 ** (-centibels / 100)
            frequencies[fold(word)] += frequency
            if language == "sh" and (cyrillic := in_cyrillic(word)):
                frequencies[fold(cyrillic)] += frequency
    return sorted(frequencies.items(), key=lambda pair: (-pair[1], pair[0]))


def zipf(frequency):
    return round(9 + math.log10(frequency), 6)


def tier(frequency):
    if zipf(frequency) < MIN_ZIPF:
        return 0
    return len(TIER_BORDERS) + 1 - sum(zipf(frequency) < border for border in TIER_BORDERS)


def mix(h):
    """The finaliser of MurmurHash3."""
    h = ((h ^ (h >> 33)) * 0xFF51AFD7ED558CCD) & MASK
    h = ((h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53) & MASK
    return h ^ (h >> 33)


class Fuse:
    """A map from keys to small values as a 3-wise binary fuse table: a value is the xor of three cells.

    Source: T. M. Graf, D. Lemire, "Binary Fuse Filters: Fast and Smaller Than Xor Filters", 2022; with values in
    place of fingerprints, D. Charles, K. Chellapilla, "Bloomier Filters: A Second Look", 2008.
    """

    def __init__(self, n):
        self.segment_len = 1 << math.floor(math.log(n) / math.log(3.33) + 2.25)
        factor = max(1.125, 0.875 + 0.25 * math.log(1e6) / math.log(n))
        self.n_segments = max(1, math.ceil(n * factor / self.segment_len) - 2)
        self.n_cells = (self.n_segments + 2) * self.segment_len
        self.seed = 0

    def cells_of(self, h):
        first = (h * self.n_segments * self.segment_len) >> 64
        low = self.segment_len - 1
        return first, (first + self.segment_len) ^ ((h >> 18) & low), (first + 2 * self.segment_len) ^ (h & low)

    def build(self, values, value_of):
        """`values` maps keys; `value_of(hash, value)` is what the cells must give."""
        for self.seed in range(1, 100):
            cells = self.attempt(values, value_of)
            if cells is not None:
                return cells
        raise SystemExit("no seed gives a table")

    def attempt(self, values, value_of):
        hashes = [(mix((k + self.seed) & MASK), v) for k, v in values.items()]
        count = [0] * self.n_cells
        holder = [0] * self.n_cells
        for i, (h, _) in enumerate(hashes):
            for cell in self.cells_of(h):
                count[cell] += 1
                holder[cell] ^= i
        queue = [cell for cell in range(self.n_cells) if count[cell] == 1]
        order = []
        while queue:
            cell = queue.pop()
            if count[cell] != 1:
                continue
            i = holder[cell]
            order.append((cell, i))
            for other in self.cells_of(hashes[i][0]):
                count[other] -= 1
                holder[other] ^= i
                if count[other] == 1:
                    queue.append(other)
        if len(order) != len(hashes):
            return None
        cells = [0] * self.n_cells
        for cell, i in reversed(order):
            h, v = hashes[i]
            a, b, c = self.cells_of(h)
            cells[cell] = 0
            cells[cell] = cells[a] ^ cells[b] ^ cells[c] ^ value_of(h, v)
        return cells

    def header(self):
        return struct.pack("<QII", self.seed, self.segment_len, self.n_segments)


def fingerprint(h, bits=FINGERPRINT_BITS):
    return ((h * 0x9E3779B97F4A7C15) & MASK) >> (64 - bits)


def half_key(language, side, text):
    """src/halves.rs does the same."""
    return xxhash.xxh3_64_intdigest(text.encode()) ^ ((2 * language + side + 1) * 0x9E3779B97F4A7C15 & MASK)


def halves_of(tiers):
    """Of a language's words and tiers: in how many words each string is the first half, and in how many the last."""
    firsts, lasts = collections.Counter(), collections.Counter()
    for word in tiers:
        for cut in range(MIN_HALF, len(word) - MIN_HALF + 1):
            first, last = word[:cut], word[cut:]
            if len(first) <= MAX_HALF and len(last) >= MIN_WORD and tiers.get(last, 0) >= 2:
                firsts[first] += 1
            if len(last) <= MAX_HALF and len(first) >= MIN_WORD and tiers.get(first, 0) >= 2:
                lasts[last] += 1
    return firsts, lasts


def write_halves(path, halves):
    """Writes the map from the keys of halves to floor(log2(n)) - 1."""
    top = (1 << HALF_VALUE_BITS) - 1
    table = Fuse(len(halves))
    cells = table.build(
        halves,
        lambda h, n: fingerprint(h, HALF_FINGERPRINT_BITS) << HALF_VALUE_BITS | min(n.bit_length() - 2, top),
    )
    payload = packed(cells, HALF_FINGERPRINT_BITS + HALF_VALUE_BITS)
    header = b"halves\0\0" + struct.pack("<II", FORMAT_VERSION, len(halves)) + table.header()
    header += struct.pack("<Q", xxhash.xxh3_64_intdigest(payload))
    path.write_bytes(header + payload)
    print("halves", len(halves), "bytes", len(header) + len(payload), hashlib.sha256(header + payload).hexdigest())


def packed(cells, bits):
    whole = b"".join(
        sum(cell << (bits * i) for i, cell in enumerate(cells[at : at + 8])).to_bytes(bits, "little")
        for at in range(0, len(cells), 8)
    )
    return whole + bytes(4)  # so that the last cell can be read as part of four bytes


def main():
    here = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=here / "data/words.bin")
    parser.add_argument("--halves", type=pathlib.Path, default=here / "data/halves.bin")
    parser.add_argument("--only-halves", action="store_true", help="write no words.bin")
    parser.add_argument("--words", type=pathlib.Path, help="also write word, key and tiers, tab-separated")
    args = parser.parse_args()

    lists = {l: p for l, p in sorted(wordfreq.available_languages("best").items()) if l not in SKIPPED_LANGUAGES}
    languages = list(lists)
    source_hash = hashlib.sha256()
    vectors = collections.Counter()
    names = {}
    masses, sums, counts = collections.Counter(), collections.Counter(), {}
    halves = {}
    for at, (language, path) in enumerate(lists.items()):
        source_hash.update(pathlib.Path(path).read_bytes())
        words = words_of(language, path)
        counts[language] = sum(tier(frequency) > 0 for _, frequency in words)
        for word, frequency in words:
            t = tier(frequency)
            masses[t] += frequency
            sums[t] += frequency * math.log10(frequency)
            if t == 0:
                continue
            vectors[word] |= t << (3 * at)
            names[xxhash.xxh3_64_intdigest(word.encode())] = word
        tiers = {word: tier(frequency) for word, frequency in words if tier(frequency) > 0}
        for side, found in enumerate(halves_of(tiers)):
            halves.update((half_key(at, side, half), n) for half, n in found.items() if n >= FEWEST_WORDS)
    write_halves(args.halves, halves)
    if args.only_halves:
        return
    if len(names) != len(vectors):
        raise SystemExit("two words have one key")

    common = collections.Counter(vectors.values())
    table = sorted(common, key=lambda vector: (-common[vector], vector))
    ids = {vector: i for i, vector in enumerate(table)}
    if len(ids) >= 1 << 16:
        raise SystemExit("more distinct tier vectors than 16 bits can name")
    keys = {k: ids[vectors[w]] for k, w in names.items()}
    # The commonest vectors have a code of their own; the last code sends to the second table.
    escape = (1 << CODE_BITS) - 1
    rare = {k: i for k, i in keys.items() if i >= escape}
    first, second = Fuse(len(keys)), Fuse(len(rare))
    first_cells = first.build(keys, lambda h, i: fingerprint(h) << CODE_BITS | min(i, escape))
    second_cells = second.build(rare, lambda _, i: i)

    payload = b"".join(language.encode().ljust(8, b"\0") for language in languages)
    payload += b"".join(vector.to_bytes(16, "little") for vector in table)
    payload += packed(first_cells, FINGERPRINT_BITS + CODE_BITS)
    payload += b"".join(struct.pack("<H", cell) for cell in second_cells)
    header = b"textmill" + struct.pack("<IIII", FORMAT_VERSION, len(languages), len(keys), len(table))
    header += first.header() + second.header() + struct.pack("<Q", xxhash.xxh3_64_intdigest(payload))
    version = ("wordfreq " + wordfreq_version()).encode()
    header += version.ljust(32, b"\0") + source_hash.digest()
    assert len(header) == HEADER_LEN, len(header)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_bytes(header + payload)

    if args.words:
        with args.words.open("w", encoding="utf-8") as out:
            for k, word in names.items():
                out.write(f"{word}\t{k:016x}\t{vectors[word]:032x}\n")
    print("words per language:", counts)
    print("entries", sum(counts.values()), "keys", len(keys), "vectors", len(table), "escaped", len(rare))
    print("mean log10 probability by tier:", {t: round(sums[t] / masses[t], 2) for t in sorted(masses)})
    print("bytes", HEADER_LEN + len(payload), "sha256", hashlib.sha256(header + payload).hexdigest())


def wordfreq_version():
    from importlib.metadata import version

    return version("wordfreq")


if __name__ == "__main__":
    main()
