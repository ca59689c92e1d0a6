"""The memories of a modem in which messages lie: emptied as they are taken, and never more."""

from __future__ import annotations

from collections.abc import Callable

from appliance.lines.gsm.at import AtEngine
from appliance.lines.gsm.sms_text import (
    NO_ENTRY,
    SENT,
    UNSENT,
    Stored,
    cms_error,
    parse_listing,
    parse_read,
    parse_room,
    parse_stores,
)

LIST_S = 20.0  # s; a full SIM of an old modem takes 10
MOST = 255  # places that are looked at one by one


class Memory:
    """`take(pdu, length)` hands a message on and says whether it may be deleted. `busy`: calls come first."""

    def __init__(self, engine: AtEngine, take: Callable[[str, int], bool], busy: Callable[[], bool]) -> None:
        self._engine, self._take, self._busy = engine, take, busy
        self._stores: list[str] = []

    async def find_stores(self) -> None:
        """Which memories there are. A modem that does not tell has one."""
        reply = await self._engine.command("AT+CPMS=?", expect="+CPMS:", tries=2)
        self._stores = list(parse_stores(reply.info("+CPMS:")))

    def told(self, store: str) -> None:
        """A notification named this one: it is looked at first, and so are the others, because it may be wrong."""
        self._stores = [store, *(other for other in self._stores if other != store)]

    async def sweep(self) -> bool:
        """Looks at every memory. False: something is left to do, soon."""
        done = True
        for store in list(self._stores) or [""]:
            if self._busy():
                return False
            used, total = await self._choose(store)
            if used < 0:
                continue  # this modem has no such memory
            done = await self._empty(used, total) and done
        return done

    async def _choose(self, store: str) -> tuple[int, int]:
        """Used and all places; (-1, 0) when there is no such memory."""
        if not store:
            return 0, 0
        for command in (f'AT+CPMS="{store}"', f'AT+CPMS="{store}","{store}","{store}"'):
            reply = await self._engine.command(command, expect="+CPMS:", tries=2)
            if reply.ok:
                return parse_room(reply.info("+CPMS:"))
        return -1, 0

    async def _empty(self, used: int, total: int) -> bool:
        if self._busy():
            return False
        reply = await self._engine.submit("AT+CMGL=4", expect="+CMGL:", timeout=LIST_S, pdus=True)
        listed = parse_listing(reply.lines)
        for stored in listed:
            if self._busy():
                return False
            await self._settle(stored, full=0 < total <= used)
        if reply.ok and not listed and 0 < total <= used:
            return await self._one_by_one(total)
        return reply.ok

    async def _settle(self, stored: Stored, *, full: bool) -> None:
        """Drafts that somebody left on the SIM stay while there is room."""
        ours = stored.state in (UNSENT, SENT)
        if (ours and full) or (not ours and self._take(stored.pdu, stored.length)):
            await self._delete(stored.index)

    async def _one_by_one(self, total: int) -> bool:
        """The memory is full and lists nothing: what can be read is read, what cannot be is deleted."""
        for index in range(min(total, MOST) + 1):
            if self._busy():
                return False
            reply = await self._engine.submit(f"AT+CMGR={index}", expect="+CMGR:", pdus=True)
            length, pdu = parse_read(reply.lines)
            there = reply.ok and reply.info("+CMGR:")
            if (there and self._take(pdu, length)) or (not reply.ok and cms_error(reply.final) not in (NO_ENTRY, -1)):
                await self._delete(index)
        return True

    async def _delete(self, index: int) -> None:
        """When the modem refuses, the next sweep finds it again, and the inbox knows it already."""
        await self._engine.command(f"AT+CMGD={index}", tries=2)
