"""What one writes in an hour: photos over HTTP by FastAPI, with swatchkit.

uvicorn runs a process of this for each core. A process works on a photo at a time, in a thread, so
that its event loop goes on.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Annotated, Any

import numpy as np
from fastapi import FastAPI, File, HTTPException, UploadFile

import swatchkit

worker = ThreadPoolExecutor(1)


def work(data: bytes, name: str) -> Any:
    return swatchkit.extract(data, name=name, threads=1).to_dict()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Opens the models, as the first photo would."""
    grey = np.full((96, 64, 3), 128, np.uint8)
    try:
        await asyncio.wrap_future(worker.submit(swatchkit.extract, grey, name="grey", threads=1))
    except swatchkit.NobodyFoundError:
        pass
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/readyz")
async def ready() -> dict[str, str]:
    return {"status": "ready"}


@app.post("/v1/extract")
async def extract(photo: Annotated[UploadFile, File()]) -> Any:
    data = await photo.read()
    try:
        return await asyncio.wrap_future(worker.submit(work, data, photo.filename or "photo"))
    except swatchkit.NobodyFoundError as error:
        raise HTTPException(422, str(error)) from error
    except swatchkit.Error as error:
        raise HTTPException(415, str(error)) from error
