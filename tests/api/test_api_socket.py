"""The socket with real clients: hostile lines, stale files, subscriptions, two gateways."""

from __future__ import annotations

import asyncio
import grp
import json
import os
import socket
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.api import server as server_module
from appliance.api.client import Client, GatewayLost, NoGateway, gateway_runs
from appliance.api.server import AnotherGateway, ApiServer
from appliance.api.wire import ApiError, BadRequest, read_request


async def echo(params: dict[str, Any]) -> Any:
    return params


async def refuse(params: dict[str, Any]) -> Any:
    raise ApiError("not today; try tomorrow")


async def crash(params: dict[str, Any]) -> Any:
    raise KeyError("secret detail")


async def unserialisable(params: dict[str, Any]) -> Any:
    return object()


async def count(params: dict[str, Any]) -> AsyncIterator[Any]:
    for number in range(params["to"]):
        yield number


HANDLERS = {"echo": echo, "refuse": refuse, "crash": crash, "odd": unserialisable}
STREAMS = {"count": count}


def served(path: Path, talk: Callable[[], Any]) -> Any:
    """Runs `talk` in a thread while a server listens."""
    async def main() -> Any:
        async with ApiServer(path, HANDLERS, STREAMS):
            return await asyncio.wait_for(asyncio.to_thread(talk), 10)
    return asyncio.run(main())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway.sock"


def test_one_question_one_answer(path: Path) -> None:
    def talk() -> Any:
        with Client(path) as client:
            return [client.call("echo", number=n, text="ä\n") for n in range(3)]
    assert served(path, talk) == [{"number": n, "text": "ä\n"} for n in range(3)]
    assert not path.exists()


@pytest.mark.parametrize(("method", "words"), [
    ("refuse", "not today; try tomorrow"), ("nothing", "unknown method 'nothing'"),
    ("crash", r"internal error in crash \(KeyError\)"), ("odd", "internal error in odd"),
])
def test_a_refusal_is_told_and_the_connection_lives(path: Path, method: str, words: str) -> None:
    def talk() -> Any:
        with Client(path) as client:
            with pytest.raises(ApiError, match=words) as refused:
                client.call(method)
            assert "secret" not in str(refused.value)
            return client.call("echo", still="here")
    assert served(path, talk) == {"still": "here"}


HOSTILE = [b"\n", b"{}\n", b"[]\n", b"nonsense\n", b'{"id":1}\n', b'{"id":true,"method":"echo"}\n', b"\xff\xfe\x00\n",
           b'{"id":1,"method":"echo","params":[]}\n', b"[" * 100_000 + b"\n", b'{"id":1,"method":7}\n',
           b'{"id":1e999,"method":"echo"}\n', b"9" * 10_000 + b"\n"]


def test_hostile_lines_get_errors_and_the_connection_survives(path: Path) -> None:
    def talk() -> list[dict[str, Any]]:
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(path))
            raw.sendall(b"".join(HOSTILE) + b'{"id":"last","method":"echo"}\n')
            with raw.makefile("rb") as file:
                return [json.loads(file.readline()) for _ in HOSTILE]
    replies = served(path, talk)
    assert all("error" in reply for reply in replies[:-1])
    assert replies[-1] == {"id": "last", "result": {}}  # the empty line was passed over


def test_a_line_without_end_is_refused_and_others_are_served(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MAX_LINE", 2000)

    def talk() -> Any:
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(path))
            raw.sendall(b"x" * 10_000)
            raw.shutdown(socket.SHUT_WR)
            with raw.makefile("rb") as file:
                reply = json.loads(file.readline())
        assert "2000 octets at most" in reply["error"]["message"]
        with Client(path) as client:
            return client.call("echo")
    assert served(path, talk) == {}


def test_a_subscription_ends_and_questions_go_on_beside_it(path: Path) -> None:
    def talk() -> Any:
        with Client(path) as client:
            return [*client.stream("count", to=3), client.call("echo", after=1)]
    assert served(path, talk) == [0, 1, 2, {"after": 1}]


def test_a_subscriber_that_leaves_ends_its_subscription(path: Path) -> None:
    ended = asyncio.Event()

    async def forever(params: dict[str, Any]) -> AsyncIterator[Any]:
        try:
            yield "first"
            await asyncio.Event().wait()
        finally:
            ended.set()

    def talk() -> Any:
        with Client(path) as client:
            return next(client.stream("forever"))

    async def main() -> Any:
        async with ApiServer(path, {}, {"forever": forever}):
            first = await asyncio.to_thread(talk)
            await asyncio.wait_for(ended.wait(), 5)
            return first
    assert asyncio.run(main()) == "first"


def test_too_many_subscriptions_on_one_connection(path: Path) -> None:
    async def forever(params: dict[str, Any]) -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield None

    async def main() -> bytes:
        async with ApiServer(path, {}, {"forever": forever}):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(b'{"id":1,"method":"forever"}\n' * (server_module.MAX_STREAMS + 1))
            line = await asyncio.wait_for(reader.readline(), 5)
            writer.close()
            return line
    assert b"too many subscriptions" in asyncio.run(main())


def test_the_file_is_private_and_a_stale_one_is_replaced(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert not gateway_runs(path)
    assert served(path, lambda: (gateway_runs(path), stat.S_IMODE(path.stat().st_mode))) == (True, 0o600)


def a_group() -> grp.struct_group:
    """One that is not our first, where we may choose: root may, others need a second group."""
    others = [group for group in (1, *os.getgroups()) if group != os.getgid() and (os.getuid() == 0 or group != 1)]
    return grp.getgrgid(others[0] if others else os.getgid())


def test_members_of_a_group_may_be_let_in(path: Path) -> None:
    group = a_group()

    async def main() -> os.stat_result:
        async with ApiServer(path, HANDLERS, group=group.gr_name):
            return path.stat()
    file = asyncio.run(main())
    assert (stat.S_IMODE(file.st_mode), file.st_gid) == (0o660, group.gr_gid)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_stranger_is_kept_out_and_a_member_is_not() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)
        path, group = Path(folder) / "gateway.sock", a_group()
        asking = ("import os, socket; os.setgroups({groups}); os.setgid(65534); os.setuid(65534); "
                  f"socket.socket(socket.AF_UNIX).connect({str(path)!r})")

        async def as_nobody(*groups: int) -> bytes:
            asker = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-c", asking.format(groups=list(groups)), stderr=asyncio.subprocess.PIPE)
            return (await asker.communicate())[1]

        async def main() -> tuple[bytes, bytes]:
            async with ApiServer(path, HANDLERS, group=group.gr_name):
                return await as_nobody(), await as_nobody(group.gr_gid)
        stranger, member = asyncio.run(main())
    assert (b"PermissionError" in stranger, member) == (True, b"")


def test_a_group_that_is_not_there_is_named_and_no_socket_is_left(path: Path) -> None:
    with pytest.raises(OSError, match=r"shared with group 'nosuch', but this machine has no such group; make it"):
        asyncio.run(ApiServer(path, HANDLERS, group="nosuch").start())
    assert not path.exists()


def test_a_second_gateway_is_refused_and_the_first_lives(path: Path) -> None:
    async def main() -> Any:
        async with ApiServer(path, HANDLERS):
            with pytest.raises(AnotherGateway, match="another gateway is running"):
                await ApiServer(path, HANDLERS).start()
            def talk() -> Any:
                with Client(path) as client:
                    return client.call("echo", alive=1)
            return await asyncio.to_thread(talk)
    assert asyncio.run(main()) == {"alive": 1}


@pytest.mark.parametrize("name", ["x" * 120, "no/such/folder/sock"])
def test_a_path_that_cannot_be_bound_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match="cannot be made"):
        asyncio.run(ApiServer(tmp_path / name, {}).start())


def test_a_plain_file_is_never_removed(path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(OSError, match="cannot be made"):
        asyncio.run(ApiServer(path, {}).start())
    assert path.read_text() == "precious"


def test_no_gateway(path: Path) -> None:
    with pytest.raises(NoGateway, match="start it with: ringback run"):
        Client(path)


def test_closing_lets_a_waiting_client_go(path: Path) -> None:

    async def slow(params: dict[str, Any]) -> Any:
        await asyncio.Event().wait()

    def talk() -> str:
        with Client(path) as client, pytest.raises(GatewayLost) as lost:
            client.call("slow")
        return str(lost.value)

    async def main() -> str:
        server = ApiServer(path, {"slow": slow})
        await server.start()
        waiting = asyncio.create_task(asyncio.to_thread(talk))
        while not server._clients:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.02)
        await server.close()
        return await waiting
    assert "closed the connection" in asyncio.run(main())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_any_octets_are_a_request_or_refused(line: bytes) -> None:
    try:
        request = read_request(line)
    except BadRequest:
        return
    assert isinstance(request.params, dict)


def test_a_subscriber_that_leaves_while_an_event_is_written_is_noticed(path: Path) -> None:
    """The cancellation falls into every step of the writing, and must never be lost."""
    running: set[int] = set()
    news: dict[int, asyncio.Event] = {}

    async def one_event(params: dict[str, Any]) -> AsyncIterator[Any]:
        running.add(params["n"])
        try:
            yield "begun"
            await news[params["n"]].wait()
            yield "event"
            await asyncio.Event().wait()
        finally:
            running.discard(params["n"])

    async def leave(steps: int) -> None:
        news[steps] = asyncio.Event()
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(json.dumps({"id": 1, "method": "one", "params": {"n": steps}}).encode() + b"\n")
        await reader.readline()
        writer.write_eof()
        for _ in range(steps):
            await asyncio.sleep(0)
        news[steps].set()

    async def main() -> None:
        async with ApiServer(path, {}, {"one": one_event}):
            for steps in range(12):
                await leave(steps)
            async with asyncio.timeout(5):
                while running:
                    await asyncio.sleep(0.001)
    asyncio.run(main())
