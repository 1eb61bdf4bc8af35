"""Photos at any address that fsspec knows become Parquet, by Ray Data. docs/scale.md tells more.

    pip install swatchkit[rows] "ray[data]"      and s3fs for s3://, gcsfs for gs://, ...
    python ray_rows.py s3://shop/photos s3://shop/rows --actors 6

Given again, it does the photos that are new, have changed, or were measured by another model.
"""

import argparse
import sys

import pyarrow as pa
import ray

from swatchkit import Error
from swatchkit.rows import Rows, Target, digest, listed, read

ACTOR = 0.8  # of a processor, which leaves the rest to tasks that read and write
TASK = 0.1
DEATHS = 3  # of processes over one batch, before it is left out


class Actor:
    """A process that keeps the models."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def __call__(self, batch: pa.Table) -> pa.Table:
        columns = (batch.column(name).to_pylist() for name in ("path", "stamp", "data", "fault"))
        return self.rows.table(zip(*columns, strict=True))


def with_data(photo: dict) -> dict:
    data, fault = read(photo["path"])
    return photo | {"data": data, "fault": fault}


def with_digest(photo: dict) -> dict:
    return photo | {"sha256": digest(photo["path"])}


def tasks(photos: pa.Table, batch: int) -> ray.data.Dataset:
    """The photos in blocks of one batch: what kills its process takes no other photos with it.

    They are made here: Ray's tasks that split blocks want a whole processor, which actors may hold.
    """
    blocks = -(-photos.num_rows // batch)
    return ray.data.from_items(photos.to_pylist(), override_num_blocks=blocks)


def photos_to_do(source: str, target: Target, batch: int) -> pa.Table:
    photos = target.missing(listed(source))
    if photos.num_rows and not target.is_empty():
        hashed = tasks(photos, batch).map(with_digest, num_cpus=TASK).to_arrow_refs()
        photos = target.known(pa.concat_tables(ray.get(hashed)))
    return photos


def measure(photos: pa.Table, rows: Rows, target: Target, given: argparse.Namespace) -> None:
    tasks(photos, given.batch).map(with_data, num_cpus=TASK).map_batches(
        Actor,
        fn_constructor_args=[rows],
        batch_format="pyarrow",
        batch_size=given.batch,
        num_cpus=ACTOR,
        # A batch that waited at an actor would die with the one that kills it.
        compute=ray.data.ActorPoolStrategy(size=given.actors, max_tasks_in_flight_per_actor=1),
        max_task_retries=DEATHS,
    ).write_parquet(
        target.root,
        filesystem=target.system,
        min_rows_per_file=given.file_rows,
        ray_remote_args={"num_cpus": TASK},
        compression="zstd",
    )


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="folder of photos, as fsspec names it")
    parser.add_argument("target", help="folder of Parquet files")
    parser.add_argument("--actors", type=int, default=1, help="processes that measure (1)")
    parser.add_argument("--classes", help="18, 29 or 59: garments, too")
    parser.add_argument("--people", choices=("largest", "all", "none"), default="largest")
    parser.add_argument("--labels", action="store_true", help="label maps, too, as PNG")
    parser.add_argument("--batch", type=int, default=16, help="photos of a task (16)")
    parser.add_argument("--file-rows", type=int, default=1000, help="rows of a file, about (1000)")
    try:
        run(parser.parse_args(arguments))
    except Error as error:
        sys.exit(f"ray_rows.py: {error}")


def run(given: argparse.Namespace) -> None:
    rows = Rows(labels=given.labels, people=given.people, classes=given.classes)
    ray.init(ignore_reinit_error=True)
    there = ray.cluster_resources().get("CPU", 0)
    most = int((there - 2 * TASK) / ACTOR + 1e-9)
    if not 1 <= given.actors <= most:
        # Ray would start the actors, wait for a processor to read photos with, and never say so.
        sys.exit(
            f"ray_rows.py: --actors {given.actors}: {there:g} processors have room for 1 to {most} "
            "actors beside the tasks that read and write"
        )
    # What kills its process again and again is left out, not all that remains to be done.
    ray.data.DataContext.get_current().max_errored_blocks = -1
    target = Target(given.target, rows.model)
    photos = photos_to_do(given.source, target, given.batch)
    print(f"{photos.num_rows} photos to do")
    if photos.num_rows:
        measure(photos, rows, target, given)
        left = target.missing(photos).num_rows
        if left:
            sys.exit(f"ray_rows.py: {left} photos could not be read or measured: give it again")


if __name__ == "__main__":
    main(sys.argv[1:])
