"""Reads a folder of shards with one library and prints its rows as JSON lines: id, text, source, languages of spans, n.

Usage: readers.py pyarrow|polars|duckdb|datasets FOLDER
Ends with 77 where the library is not there.
"""

import glob
import json
import sys

library, folder = sys.argv[1:]
files = sorted(glob.glob(f"{folder}/shard-*.parquet"))
try:
    if library == "pyarrow":
        import pyarrow.parquet

        tables = [pyarrow.parquet.read_table(file) for file in files]
        assert all(table.schema == tables[0].schema for table in tables), "schemas differ"
        rows = [row for table in tables for row in table.to_pylist()]
    elif library == "polars":
        import polars

        rows = polars.read_parquet(files).to_dicts()
    elif library == "duckdb":
        import duckdb

        query = duckdb.sql(f"select * from read_parquet({files!r})")
        rows = [dict(zip(query.columns, row)) for row in query.fetchall()]
    else:
        import datasets

        datasets.disable_progress_bars()
        rows = list(datasets.load_dataset(folder, split="train"))
except ImportError:
    sys.exit(77)
for row in rows:
    textmill = row["textmill"]
    assert textmill["other_fields"] is None, textmill["other_fields"]
    print(json.dumps({
        "id": row["id"],
        "text": row["text"],
        "n": row.get("n"),
        "source": textmill["source"],
        "language": textmill["language"],
        "spans": [span["language"] for span in textmill["spans"]],
        "repairs": {repair["rule"]: repair["edits"] for repair in textmill["repairs"]},
    }))
