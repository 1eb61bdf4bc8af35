"""What both tests need: an object store (moto's S3) with photos in it."""

import os
from pathlib import Path

import pyarrow.parquet
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def store():
    server = pytest.importorskip("moto.server")
    s3fs = pytest.importorskip("s3fs")
    moto = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    moto.start()
    host, port = moto.get_host_and_port()
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    system = s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
    system.mkdir("shop")
    yield system
    moto.stop()


def fill(store, folder):
    store.put(str(EXAMPLES / "astronaut.png"), f"{folder}/a.png")
    store.put(str(EXAMPLES / "grace_hopper.jpg"), f"{folder}/deep/b.JPG")
    store.pipe(f"{folder}/broken.jpg", b"no picture")
    store.pipe(f"{folder}/notes.txt", b"no photo")


def rows_in(folder, filesystem=None):
    return pyarrow.parquet.read_table(folder, filesystem=filesystem).to_pylist()
