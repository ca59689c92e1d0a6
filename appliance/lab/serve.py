"""The lab as a process: `python -m appliance.lab.serve --run-dir DIR`. Modems on ptys, a socket to play the people."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from appliance.lab.station import LabError, Station


async def serve(folder: Path, codec: str) -> None:
    """Until SIGTERM, SIGINT, or the end of standard input's owner."""
    station = Station(folder, codec)
    path = folder / "lab.sock"
    path.unlink(missing_ok=True)

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):  # whoever asked has left
            while line := await reader.readline():
                writer.write(json.dumps(await answer(station, line)).encode() + b"\n")
                await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(client, path)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    print("ready", flush=True)
    await stop.wait()
    server.close()
    station.close()
    path.unlink(missing_ok=True)


async def answer(station: Station, line: bytes) -> dict[str, Any]:
    """One request, one reply; a bad one is told why."""
    name: Any = None
    try:
        request = json.loads(line)
        name = request.get("id")
        params = request.get("params", {})
        words = [str(word) for word in params.get("words", [])]
        return {"id": name, "result": await station.do(str(request["method"]), words)}
    except LabError as error:
        return {"id": name, "error": {"message": str(error)}}
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        return {"id": name, "error": {"message": f"the lab cannot read this: {error}"}}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--run-dir", type=Path, required=True)
    parser.add_argument("--codec", default="amr", choices=("amr", "fullrate", "none"))
    options = parser.parse_args()
    asyncio.run(serve(options.run_dir, options.codec))
    return 0


if __name__ == "__main__":
    sys.exit(main())
