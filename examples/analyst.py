"""Four hours in emergency, by week, straight from the Lake: no server, no export, no copy.

    python examples/analyst.py PLACE [duckdb|polars] > four-hours.csv

`lake/HEAD.json` names the version of every table that is now, so that all tables are of one moment.
Needs: pip install deltalake, and duckdb with pyarrow, or polars.
"""

import json
import sys
from pathlib import Path

from deltalake import DeltaTable


def table(place: Path, name: str) -> DeltaTable:
    """A table of the Lake as it is now."""
    head = json.loads((place / "lake" / "HEAD.json").read_text())
    return DeltaTable(place / "lake" / name, version=head["tables"][name])


def by_duckdb(stays: DeltaTable) -> list[tuple]:
    import duckdb

    stays = duckdb.read_parquet(stays.file_uris())  # noqa: F841 (named in the query)
    return duckdb.sql("""
        SELECT CAST(date_trunc('week', ended AT TIME ZONE 'Europe/London') AS date) AS period,
          count(*) FILTER (WHERE ended <= started + INTERVAL 4 HOUR) AS numerator, count(*) AS denominator
        FROM stays
        WHERE kind = 'emergency_department' AND started IS NOT NULL AND ended IS NOT NULL AND precision <> 'day'
        GROUP BY period ORDER BY period
    """).fetchall()


def by_polars(stays: DeltaTable) -> list[tuple]:
    import polars as pl
    from polars import col

    return (
        pl.scan_parquet(stays.file_uris())
        .filter(col("kind") == "emergency_department", col("precision") != "day")
        .filter(col("started").is_not_null(), col("ended").is_not_null())
        .group_by(col("ended").dt.convert_time_zone("Europe/London").dt.truncate("1w").dt.date().alias("period"))
        .agg(
            (col("ended") <= col("started") + pl.duration(hours=4)).sum().alias("numerator"),
            pl.len().alias("denominator"),
        )
        .sort("period")
        .collect()
        .rows()
    )


if __name__ == "__main__":
    place, engine = Path(sys.argv[1]), (sys.argv[2:] or ["duckdb"])[0]
    rows = {"duckdb": by_duckdb, "polars": by_polars}[engine](table(place, "stays"))
    print("period,numerator,denominator,value")
    for period, numerator, denominator in rows:
        print(f"{period},{numerator},{denominator},{100 * numerator / denominator:.6f}")
