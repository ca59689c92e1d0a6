"""Lines that no modem should say: real ones mutated, and noise. Seeded, so that a failure repeats."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

SEEDS = (
    "OK", "ERROR", "RING", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "CONNECT 115200", "+CME ERROR: 14", "> ",
    "+CRING: VOICE", '+CLIP: "+4915112345678",145,"",0,,0', '+CLIP: "",128,,,,1', '+CLCC: 1,1,4,0,0,"",,"",',
    '+CLCC: 2,0,3,0,0,"+493012345678",145,""', '+CLCC: 1,1,0,1,0,"",128', '+QIND: "ccinfo",2,0,-1,0,0,"+4930",145',
    '+QIND: "csq",22,99', "^DSCI: 1,1,4,0,13022100000,129,0", "^ORIG:1,0", "^CONF:1", "^CONN:1,0", "^CEND:1,6,67,16",
    "+QTONEDET: 53", "+DTMF: 5", "MISSED_CALL: 11:01AM 07712345678", "VOICE CALL: END: 000041", "+CREG: 0,1",
    '+COPS: 0,0,"Telekom.de",7', "+CSQ: 22,99", "+CPIN: READY", "+CPINR: SIM PIN,3,3", '+QPINC: "SC",3,10',
    "^CPIN: SIM PIN,3,10,3,10,3", '+CCWA: "+4915112345678",145,1', "+CPAS: 0", "AT+CLCC", "^RSSI:19",
)
PIECES = ('"', ",", ",,,,", ":", "-1", "0", "99999999999999999999", "\\", "\x1b", "\t", "\r", "\0", "\x80", "\xff",
          "''", '""', " ", ";", "+", "²", "٣", "-", "nan", "1e9", "0x10", '"' * 9, "A" * 5000)


def mutated(random: Random) -> str:
    """A real line with some damage, or none."""
    line = random.choice(SEEDS)
    for _ in range(random.randrange(4)):
        at, until = sorted((random.randint(0, len(line)), random.randint(0, len(line))))
        kind = random.randrange(4)
        if kind == 0:
            line = line[:at] + random.choice(PIECES) + line[at:]
        elif kind == 1:
            line = line[:at] + line[until:]
        elif kind == 2:
            line = line[:at] + line[at:until] * 2 + line[until:]
        else:
            line = line[:at] + random.choice(SEEDS)
    return line


def octets(random: Random) -> bytes:
    """A line as it comes over a port: with its end, without, or pure noise."""
    if random.random() < 0.1:
        return random.randbytes(random.randint(1, 40))
    end = random.choice((b"\r\n", b"\r\r\n", b"\n", b"\r", b""))
    return end + mutated(random).encode("latin-1", "replace") + end


def lines(seed: int, count: int) -> Iterator[str]:
    """A pool of mutated lines, then heads of some on tails of others: cheap enough for a million."""
    random = Random(seed)
    pool = [mutated(random) for _ in range(20_000)]
    yield from pool
    pick = random.random
    for _ in range(count - len(pool)):
        head, tail = pool[int(pick() * len(pool))], pool[int(pick() * len(pool))]
        yield head[: int(pick() * 40)] + tail[int(pick() * 40) :]
