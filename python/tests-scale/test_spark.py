"""examples/spark in local mode. Spark needs Java."""

import os
import shutil
import sys

import pytest
from conftest import EXAMPLES, fill, rows_in

pytest.importorskip("pyspark")
if not shutil.which("java"):
    pytest.skip("there is no java", allow_module_level=True)


@pytest.fixture(scope="module")
def run():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES / "spark")
        patch.setenv("PYTHONPATH", str(EXAMPLES / "spark"))
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        import spark_rows

        session = spark_rows.SparkSession.builder.master("local[2]").config(
            "spark.ui.enabled", False
        )
        session = session.config("spark.sql.shuffle.partitions", 2).getOrCreate()
        yield spark_rows
        session.stop()


def test_rows_by_spark(run, store, tmp_path, capsys):
    """Photos come from the object store; rows go to a disk, as Spark's own S3 needs hadoop-aws."""
    fill(store, "shop/spark")
    command = ["s3://shop/spark", str(tmp_path / "rows"), "--labels", "--task", "2"]
    run.main([*command, "--commit", "2"])
    rows = {row["path"]: row for row in rows_in(tmp_path / "rows")}
    assert len(rows) == 3
    broken = rows["s3://shop/spark/broken.jpg"]
    assert broken["status"] == 6 and "broken.jpg" in broken["message"] and not broken["regions"]
    done = rows["s3://shop/spark/a.png"]
    assert [region["part"] for region in done["regions"]] == ["clothes", "skin", "hair"]
    assert done["regions"][0]["colors"][0]["share"] > 0.5
    assert done["labels"].startswith(b"\x89PNG")
    store.copy("shop/spark/a.png", "shop/spark/same.png")
    store.pipe("shop/spark/new.jpg", b"new, and broken")
    run.main(command)
    run.main(command)
    told = [line for line in capsys.readouterr().out.splitlines() if "to do" in line]
    assert told == ["3 photos to do", "1 photos to do", "0 photos to do"]
    rows = {row["path"]: row for row in rows_in(tmp_path / "rows")}
    assert len(rows) == 5 and rows["s3://shop/spark/same.png"]["regions"] == done["regions"]


def test_rows_are_those_of_ray(run, tmp_path):
    """One function makes both: the file has the columns and types of SCHEMA."""
    from swatchkit.rows import SCHEMA, Rows, read

    photo = str(EXAMPLES / "sweater.jpg")
    os.symlink(photo, tmp_path / "sweater.jpg")
    run.main([str(tmp_path), str(tmp_path / "rows")])
    (ours,) = rows_in(tmp_path / "rows")
    (direct,) = Rows().table([("", "", *read(photo))]).to_pylist()
    assert list(ours) == SCHEMA.names and ours["regions"] == direct["regions"]
