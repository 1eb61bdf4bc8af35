"""Photos at any address that fsspec knows become Parquet, by Spark. docs/scale.md tells more.

    pip install swatchkit[rows] pyspark      and s3fs for s3a://; Spark itself needs hadoop-aws
    spark-submit spark_rows.py s3a://shop/photos s3a://shop/rows

Given again, it does the photos that are new, have changed, or were measured by another model.
"""

import argparse
import sys
from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from swatchkit import Error
from swatchkit.rows import SCHEMA, Rows, Target, digest, listed

FRAME = "64"  # rows that travel between Spark and Python at once


def with_digests(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for frame in frames:
        yield frame.assign(sha256=[digest(path) for path in frame["path"]])


def photos_of(spark: SparkSession, photos: pa.Table, task: int) -> DataFrame:
    """The photos in partitions, each of which is for one task."""
    frame = spark.createDataFrame(photos.to_pandas(), "path string, stamp string")
    return frame.repartition(-(-photos.num_rows // task))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="folder of photos, as fsspec and Hadoop name it")
    parser.add_argument("target", help="folder of Parquet files")
    parser.add_argument("--classes", help="18, 29 or 59: garments, too")
    parser.add_argument("--people", choices=("largest", "all", "none"), default="largest")
    parser.add_argument("--labels", action="store_true", help="label maps, too, as PNG")
    parser.add_argument("--task", type=int, default=1000, help="photos of a task and file (1000)")
    parser.add_argument(
        "--commit", type=int, default=100_000, help="photos whose rows are committed at once"
    )
    try:
        run(parser.parse_args(arguments))
    except Error as error:
        sys.exit(f"spark_rows.py: {error}")


def run(given: argparse.Namespace) -> None:
    rows = Rows(labels=given.labels, people=given.people, classes=given.classes)
    spark = SparkSession.builder.config(
        "spark.sql.execution.arrow.maxRecordsPerBatch", FRAME
    ).getOrCreate()
    target = Target(given.target, rows.model)
    photos = target.missing(listed(given.source))
    if photos.num_rows and not target.is_empty():
        hashed = photos_of(spark, photos, given.task).mapInPandas(
            with_digests, "path string, stamp string, sha256 string"
        )
        photos = target.known(hashed.toArrow())
    print(f"{photos.num_rows} photos to do")
    for start in range(0, photos.num_rows, given.commit):
        # Spark shows the rows of a job when all of it is done.
        part = photos_of(spark, photos.slice(start, given.commit), given.task)
        part.mapInPandas(rows.frames, from_arrow_schema(SCHEMA)).write.parquet(
            given.target, mode="append", compression="zstd"
        )
    left = target.missing(photos).num_rows
    if left:
        sys.exit(f"spark_rows.py: {left} photos could not be read: give it again")


if __name__ == "__main__":
    main(sys.argv[1:])
