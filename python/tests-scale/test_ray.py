"""examples/ray over an object store and a disk."""

import os
import shutil
import signal
from pathlib import Path

import pytest
from conftest import EXAMPLES, fill, rows_in

ray = pytest.importorskip("ray")
pytest.importorskip("moto.server")


@pytest.fixture(scope="module")
def run(store):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES / "ray")
        patch.setenv("PYTHONPATH", f"{EXAMPLES / 'ray'}:{Path(__file__).parent}")
        patch.setenv("RAY_AUTH_MODE", "disabled")
        import ray_rows

        ray.init(num_cpus=2, include_dashboard=False)
        yield ray_rows
        ray.shutdown()


def told_of(capsys):
    return [line for line in capsys.readouterr().out.splitlines() if "to do" in line]


def test_rows_come_from_a_store_and_only_what_is_new_is_done(run, store, capsys):
    fill(store, "shop/photos")
    command = ["s3://shop/photos", "s3://shop/rows", "--labels", "--batch", "2"]
    run.main(command)
    rows = {row["path"]: row for row in rows_in("shop/rows", store)}
    names = ("a.png", "broken.jpg", "deep/b.JPG")
    assert set(rows) == {f"s3://shop/photos/{name}" for name in names}
    broken = rows["s3://shop/photos/broken.jpg"]
    assert broken["status"] == 6 and "broken.jpg" in broken["message"] and not broken["regions"]
    done = rows["s3://shop/photos/a.png"]
    assert (done["status"], done["width"], done["message"]) == (0, 512, None)
    assert [region["part"] for region in done["regions"]] == ["clothes", "skin", "hair"]
    assert done["regions"][0]["colors"][0]["share"] > 0.5
    assert done["labels"].startswith(b"\x89PNG")

    store.put(str(EXAMPLES / "from_behind.jpg"), "shop/photos/new.jpg")
    store.copy("shop/photos/a.png", "shop/photos/same.png")
    run.main(command)
    run.main(command)
    assert told_of(capsys) == ["3 photos to do", "1 photos to do", "0 photos to do"]
    rows = {row["path"]: row for row in rows_in("shop/rows", store)}
    same = rows["s3://shop/photos/same.png"]
    assert len(rows) == 5 and same["regions"] == done["regions"]
    run.main([*command, "--people", "none"])
    assert told_of(capsys) == ["5 photos to do"]  # other options: another model


class DiesAt:
    """An actor that kills itself, always or once, over a photo."""

    def __init__(self, rows, name, once):
        self.rows, self.name, self.once = rows, name, once

    def table(self, photos):
        photos = list(photos)
        hit = any(path.endswith(self.name) for path, *_ in photos)
        if hit and not (self.once and self.once.exists()):
            if self.once:
                self.once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return self.rows.table(photos)


@pytest.mark.parametrize("once", [True, False])
def test_an_actor_that_is_killed_loses_no_row(run, tmp_path, monkeypatch, once):
    photos = tmp_path / "photos"
    photos.mkdir()
    for i in range(6):
        shutil.copy(EXAMPLES / "grace_hopper.jpg", photos / f"{i}.jpg")
    marker = tmp_path / "died"
    whole = run.Rows

    def rows(**options):
        made = DiesAt(whole(**options), "3.jpg", marker if once else None)
        made.model = made.rows.model
        return made

    monkeypatch.setattr(run, "Rows", rows)
    command = [str(photos), str(tmp_path / "rows"), "--batch", "1"]
    if once:
        run.main(command)
        assert marker.exists()
    else:  # what kills every process costs its own batch
        with pytest.raises(SystemExit, match="1 photos could not be read or measured"):
            run.main(command)
    names = sorted(Path(row["path"]).name for row in rows_in(tmp_path / "rows"))
    assert names == [f"{i}.jpg" for i in range(6) if once or i != 3]


def test_a_file_that_a_killed_process_left_is_passed_over(run, tmp_path, capsys):
    photos, rows = tmp_path / "photos", tmp_path / "rows"
    photos.mkdir()
    rows.mkdir()
    shutil.copy(EXAMPLES / "grace_hopper.jpg", photos)
    (rows / "half.parquet").write_bytes(b"PAR1 and no more")
    run.main([str(photos), str(rows)])
    run.main([str(photos), str(rows)])
    assert told_of(capsys) == ["1 photos to do", "0 photos to do"]


def test_actors_that_take_all_processors_are_refused(run):
    with pytest.raises(SystemExit, match="2 processors have room for 1 to 2 actors"):
        run.main(["s3://shop/photos", "s3://shop/other", "--actors", "3"])


def test_two_actors_on_two_processors_do_not_stall(run, tmp_path):
    run.main([str(EXAMPLES), str(tmp_path / "rows"), "--actors", "2", "--batch", "1"])
    assert {row["status"] for row in rows_in(tmp_path / "rows")} <= {0, 3}


def test_a_wrong_option_is_told_before_ray_starts(run):
    with pytest.raises(SystemExit, match="labels are of one person"):
        run.main(["a", "b", "--labels", "--people", "all"])
