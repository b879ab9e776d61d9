#!/bin/sh
# Peak memory of a run over 10 MB, 100 MB and 1 GB of generated JSONL, as summary.json tells it.
#
#   [SIZES="BYTES ..."] benches/memory.sh [TEXTMILL]      default: target/release/textmill
#
# The records come through a pipe and the output goes to /dev/null, so that nothing but the program itself takes room.
# Every record is broken: wrapped lines, words cut at line ends, runs of spaces. Results: benches/record/memory.md.
set -eu
textmill=${1:-target/release/textmill}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# BYTES of records, the same each time.
generate() {
    LC_ALL=C awk -v bytes="$1" '
        BEGIN {
            n = split("the keeper of a lighthouse wrote every passing vessel into his notebook before the market " \
                "opened and visitors found the square empty while their train waited at the junction for seven " \
                "remarkable minutes without anybody knowing why it should stand there in the rain all winter", word, " ")
            state = 1
            for (made = 0; made < bytes; made += length(line) + 1) {
                text = ""
                column = 0
                for (i = 0; i < 240; i++) {
                    state = (state * 16807) % 2147483647
                    w = word[state % n + 1]
                    if (state % 61 == 0) w = w state
                    if (state % 37 == 0 && length(w) > 6) w = substr(w, 1, 4) "-\\n" substr(w, 5)
                    column += length(w) + 1
                    text = text w (column > 70 ? "\\n" : state % 53 == 0 ? "  " : " ")
                    if (column > 70) column = 0
                }
                line = "{\"id\":" ++number ",\"text\":\"" text "\"}"
                print line
            }
        }'
}

printf '%-10s %-8s %12s %12s %12s %8s\n' input dedup records 'peak bytes' 'index bytes' seconds
for dedup in false true; do
    for size in ${SIZES:-10000000 100000000 1000000000}; do
        generate "$size" | "$textmill" run - --no-config --format jsonl --output /dev/null --progress never \
            --summary "$folder/summary.json" --set dedup.enabled=$dedup 2>/dev/null
        field() { sed -n "s/^  \"$1\": \([0-9.]*\),*$/\1/p" "$folder/summary.json"; }
        records=$(sed -n '/"read": {/,/}/s/^ *"records": \([0-9]*\),*$/\1/p' "$folder/summary.json" | head -n 1)
        printf '%-10s %-8s %12s %12s %12s %8.0f\n' "$size" "$dedup" "$records" "$(field peak_rss_bytes)" \
            "$(field index_bytes)" "$(field elapsed_s)"
    done
done
