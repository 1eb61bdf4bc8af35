"""Starts three servers and asks each the same: serve_load.py SWATCH MORE VENV SECONDS PHOTO...

bench/serve says what is compared. Clients are closed loops: each sends a photo as a form, waits for
its answer and sends the next, over a connection of its own for each, as a proxy does.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PATIENCE = 240.0  # seconds until a server must be ready
ROUNDS = 2  # in turns, so that all see the same of what else the machine does
TICK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def tree(root: int) -> list[int]:
    """A process and all below it."""
    found = [root]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += map(int, task.read_text().split())
    return found


def memory(pid: int) -> tuple[int, int]:
    """Resident bytes, and the same with shared pages split among those who have them."""
    fields = {}
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, value, _ = line.split()
            fields[name] = int(value) * 1024
    return fields.get("Rss:", 0), fields.get("Pss:", 0)


def cpu(pid: int) -> float:
    """Seconds of processor time, those of children that ended too."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICK
    return 0.0


async def ask(port: int, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
    """A request on a connection of its own: the status and the content."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    method = "POST" if body else "GET"
    writer.write(
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    answer = await reader.read()
    writer.close()
    head, _, content = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]) if head else 0, content


class Server:
    """One of those that are compared, and what was measured of it."""

    def __init__(
        self, name: str, command: list[str], ready: str, path: str, field: str, share: float = 1
    ) -> None:
        self.name, self.ready, self.path, self.field, self.share = name, ready, path, field, share
        self.fields: dict[str, bytes] = {}  # more of the form
        self.ours = "serve" in command
        self.port = free_port()
        self.command = [word.replace("PORT", str(self.port)) for word in command]
        self.times: dict[int, list[float]] = {}  # of answers, by clients
        self.spent: dict[int, float] = {}  # seconds, by clients
        self.cpu: dict[int, float] = {}
        self.resident = self.proportional = 0
        self.starts: list[float] = []
        self.firsts: list[float] = []

    def form(self, photo: Path) -> bytes:
        parts = {f'{self.field}"; filename="{photo.name}': photo.read_bytes(), **self.fields}
        return (
            b"".join(
                f'--bound\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
                + content
                + b"\r\n"
                for name, content in parts.items()
            )
            + b"--bound--\r\n"
        )

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text()[-2000:]

    async def post(self, photo: Path) -> None:
        kind = "multipart/form-data; boundary=bound"
        status, content = await ask(self.port, self.path, self.form(photo), kind)
        if status not in (200, 422):
            raise SystemExit(f"{self.name}: {status}: {content[:300]!r}\n{self.said()}")

    def start(self, photo: Path, log: Path) -> bool:
        """Starts it, and measures when it is ready and when a photo is answered."""
        self.log = log
        begun = time.monotonic()
        with log.open("ab") as file:
            self.process = subprocess.Popen(self.command, stdout=file, stderr=file)
        while True:
            with contextlib.suppress(OSError, IndexError):
                # uvicorn ends workers that start slowly, with the connections that they took.
                probe = asyncio.wait_for(ask(self.port, self.ready, b"", ""), 5)
                if asyncio.run(probe)[0] == 200:
                    break
            if self.process.poll() is not None or time.monotonic() - begun > PATIENCE:
                print(f"NOT MEASURED: {self.name} did not start:\n{self.said()}")
                return False
            time.sleep(0.002)
        self.starts.append(time.monotonic() - begun)
        asyncio.run(self.post(photo))
        self.firsts.append(time.monotonic() - begun)
        return True

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def watch(self, end: threading.Event) -> None:
        while not end.wait(0.5):
            both = [memory(pid) for pid in tree(self.process.pid)]
            self.resident = max(self.resident, sum(r for r, _ in both))
            self.proportional = max(self.proportional, sum(p for _, p in both))

    async def load(self, clients: int, seconds: float, photos: list[Path]) -> None:
        times = self.times.setdefault(clients, [])
        end = time.monotonic() + seconds
        number = len(times)

        async def client() -> None:
            nonlocal number
            while (begun := time.monotonic()) < end:
                number += 1
                await self.post(photos[number % len(photos)])
                times.append(time.monotonic() - begun)

        await asyncio.gather(*(client() for _ in range(clients)))

    def measure(self, clients: int, seconds: float, photos: list[Path]) -> None:
        over = threading.Event()
        watcher = threading.Thread(target=self.watch, args=(over,))
        watcher.start()
        before = sum(map(cpu, tree(self.process.pid)))
        begun = time.monotonic()
        try:
            asyncio.run(self.load(clients, seconds, photos))
        finally:
            over.set()
            watcher.join()
        took, used = time.monotonic() - begun, sum(map(cpu, tree(self.process.pid))) - before
        self.spent[clients] = self.spent.get(clients, 0) + took
        self.cpu[clients] = self.cpu.get(clients, 0) + used

    def speed(self, clients: int) -> float:
        return len(self.times[clients]) / self.spent[clients]

    def quantiles(self, clients: int) -> list[float]:
        """Seconds within which half, 95 % and 99 % of the answers came."""
        times = sorted(self.times[clients])
        return [times[min(int(q * len(times)), len(times) - 1)] for q in (0.5, 0.95, 0.99)]


def servers(swatch: str, more: str, venv: Path) -> list[Server]:
    serve = f"{swatch} serve --quiet --cache-mb 0 --listen 127.0.0.1:PORT"
    uvicorn = f"{venv}/bin/uvicorn --app-dir bench --host 127.0.0.1 --port PORT"
    workers = f"--workers {len(os.sched_getaffinity(0))} --log-level warning serve_fastapi:app"
    remover = f"{venv}/bin/rembg s --host 127.0.0.1 --port PORT --no-ui"
    asked = "/readyz", "/v1/extract", "photo"
    rembg = Server("rembg", remover.split(), "/openapi.json", "/api/remove", "file", 0.5)
    rembg.fields["model"] = b"u2net"
    return [
        Server("swatch serve", serve.split(), *asked),
        *([Server(f"... {more}", f"{serve} {more}".split(), *asked)] if more else []),
        Server("FastAPI", f"{uvicorn} {workers}".split(), *asked),
        rembg,
    ]


def rows(all_servers: list[Server], clients: tuple[int, ...]) -> None:
    heads = "clients", "photos", "photos/s", "p50 s", "p95 s", "p99 s", "p99/p50", "CPU s"
    print(f"{'':30}" + "".join(f"{head:>9}" for head in heads))
    for s in all_servers:
        for n in clients:
            count, (p50, p95, p99) = len(s.times[n]), s.quantiles(n)
            numbers = p50, p95, p99, p99 / p50, s.cpu[n] / count
            print(
                f"{s.name:30}{n:9}{count:9}{s.speed(n):9.2f}"
                + "".join(f"{number:9.3f}" for number in numbers)
            )
    heads = "ready s", "first photo s", "memory MB", "resident MB"
    print("\n" + " " * 30 + "".join(f"{head:>15}" for head in heads))
    for s in all_servers:
        print(
            f"{s.name:30}{min(s.starts):15.3f}{min(s.firsts):15.3f}"
            f"{s.proportional / 1e6:15.0f}{s.resident / 1e6:15.0f}"
        )


def ratios(ours: Server, other: Server, clients: tuple[int, ...]) -> None:
    speeds = ", ".join(f"{ours.speed(n) / other.speed(n):.2f}" for n in clients)
    p95 = ", ".join(f"{ours.quantiles(n)[1] / other.quantiles(n)[1]:.2f}" for n in clients)
    memory = ours.proportional / other.proportional
    ready = min(ours.starts) / min(other.starts)
    print(
        f"{ours.name} / {other.name}: photos a second {speeds}; p95 {p95} "
        f"({', '.join(map(str, clients))} clients); memory {memory:.2f}; ready {ready:.3f}"
    )


def main() -> None:
    swatch, more, venv, seconds, *names = sys.argv[1:]
    photos = [Path(name) for name in names]
    clients = 1, 2, 4
    os.environ.update(
        U2NET_HOME=str(Path(venv).resolve()),
        MODEL_CHECKSUM_DISABLED="1",
    )
    load = ", ".join(Path("/proc/loadavg").read_text().split()[:3])
    print(f"{len(os.sched_getaffinity(0))} cores, load {load}, {len(photos)} photos", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        compared = servers(swatch, more, Path(venv))
        try:
            running = []
            for s in compared:
                for again in (True, True, False) if s.share == 1 else (False,):
                    if not s.start(photos[0], Path(folder, s.name.split()[0])):
                        break
                    if again:
                        s.stop()
                else:
                    running.append(s)
            for n in clients:
                for _ in range(ROUNDS):
                    for s in running:
                        s.measure(n, n * float(seconds) * s.share / ROUNDS, photos)
        finally:
            for s in compared:
                if hasattr(s, "process") and s.process.poll() is None:
                    s.stop()
    rows(running, clients)
    print()
    for ours in running:
        for other in running:
            if ours.ours and not other.ours:
                ratios(ours, other, clients)


main()
