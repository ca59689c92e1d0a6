"""A modem with a SIM: hears AT octets, says AT octets, carries PCM. What families do differently is its persona."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from appliance.lab.atport import AtPort
from appliance.lab.nasty import BROCHURE, Dice, Nastiness
from appliance.lab.network import Circuit, Network, Stage
from appliance.lab.nvram import Nvram
from appliance.lab.persona import Persona, busy
from appliance.lab.shown import clip, shown
from appliance.lab.simcard import ANSWERS_S, SimCard, SimLock
from appliance.lab.sms_modem import SmsModem
from appliance.lab.sms_pdu import Piece
from appliance.lab.stranger import GIVES_UP_S, Stranger
from appliance.lab.stutter import Stutter
from appliance.lab.voicepath import VoicePath, phase_s
from appliance.vocabulary.cause import Cause

SIM_NAMES = ("+CCID", "+ICCID", "+QCCID", "^ICCID", "+CIMI")
NEED_SIM = ("+CPIN", "+CLIP", "+CREG", "+COPS", "+CCWA", "+CSQ", *SIM_NAMES)
IMSI_FIRST_S = 3.0  # s by which a SIM that wakes up tells its IMSI before its ICCID
RESTART_S = 4.0  # s
RING_S = 5.0  # s between rings
INDEX = 2  # of its voice call in the call list
STATES = {Stage.DIALLING: 2, Stage.ALERTING: 3, Stage.ACTIVE: 0}  # of +CLCC


class LabModem:
    """`say` gets what the modem says on its AT port; `voice` is its audio port."""

    def __init__(
        self, network: Network, number: str, persona: Persona, *, pin: str = "", nasty: Nastiness = BROCHURE,
        seed: int = 1,
    ) -> None:
        self.number, self.persona, self.nasty = number, persona, nasty
        self.say: Callable[[bytes], None] = lambda data: None
        self.answered_triggers = 0  # ATA on an incoming call: the caller paid
        self.dialled: list[str] = []
        self._network, self._dice, self._loop = network, Dice(seed), asyncio.get_running_loop()
        self.lock = SimLock(pin)
        self._audio = self._knocking = self._powered = False
        self.clip = False  # it was told to show who calls
        self._port = AtPort(nasty, self._dice, persona.noise, self._obey)
        self._port.say = lambda data: self.say(data)
        self._collides, self._verbs_left = nasty.collision, 0
        self._awake_at = self._active_at = 0.0
        self._circuit: Circuit | None = None
        self._ringing: asyncio.TimerHandle | None = None
        self._rings = 0
        self.voice = VoicePath(persona.card, self._send, -nasty.ppm if seed // 2 % 2 else nasty.ppm, phase_s(number))
        self.stutter = Stutter(self.voice, nasty, persona.audio_flow, self._lines)
        self.sim, self.kept = SimCard(number), Nvram(persona.kept, lambda line: self._port.answer(line))
        self.sms = SmsModem(number, self._port, nasty, network.messages,
                            lambda: Stranger(network, self._loop).ring(number))
        self._restarted = False
        network.join(self)
        network.cards[number] = self.sim
        self.power_on()

    def power_on(self) -> None:
        """Boots, and says so when it is awake if that takes time."""
        if self._powered:
            return
        self._powered = True
        self._awake_at = self._loop.time() + self.nasty.boot_s
        self._port.deaf = self.nasty.boot_s > 0
        self._port.chatter()
        if self.nasty.resets_every_s:
            self._loop.call_later(self.nasty.resets_every_s, self.restart)
        if self._port.deaf:
            self._loop.call_later(self.nasty.boot_s, self._awake)

    def _awake(self) -> None:
        self._port.deaf = not self._powered
        self._port.lines(*self.persona.boot)

    def restart(self) -> None:
        """Without power for a moment, and with all its settings forgotten."""
        self._restarted = True
        self.power_off()
        self._loop.call_later(RESTART_S, self._boot)

    def _boot(self) -> None:
        self.power_on()
        if not self.nasty.boot_s:
            self._awake()

    def power_off(self) -> None:
        """Unplugged: the call is gone, and everything the modem was told."""
        self._powered, self._port.deaf = False, True
        if self._circuit:
            self._circuit.end(Cause.OUT_OF_ORDER, by=self)
        self._port.reset()
        self.sms.forget()
        self._audio = self.clip = False
        self.lock.lock()

    def freeze(self) -> None:
        """Hangs: no answer, no voice; the network keeps its call, and a sound card streams on."""
        self.voice.frozen = self._port.deaf = True

    def thaw(self) -> None:
        self.voice.frozen = self._port.deaf = False

    # AT port

    def at_received(self, data: bytes) -> None:
        self._port.received(data)

    def _obey(self, text: str) -> str:
        """The final line; "" when it comes later."""
        command = re.split(r"[=?]", text.upper(), maxsplit=1)[0]
        if "AT" + command in self.persona.refuses:
            return self.persona.unknown
        if "AT" + command in self.persona.only_in_call and not self._active_at:
            return "ERROR"
        if self._sim_is_busy() and (command.startswith("D") or command in NEED_SIM):
            return "+CME ERROR: 14"
        if command in SIM_NAMES and self._unread(command):
            return "+CME ERROR: 14"
        if command.startswith("D"):
            return self._dial(text[1:])
        if command in ("E0", "E1"):
            self._port.echo = command == "E1"
            return "OK"
        if command == "A":
            return self._answer()
        if command in ("+CHUP", "H"):
            self._hang_up()
            return "OK"
        if text.upper() == "+CFUN=1,1":
            self._loop.call_soon(self.restart)
            return "OK"
        if command == "+CLIP" and "=" in text:
            self.clip = text.endswith("=1")
            return "OK"
        if command == "+CHLD":
            return self._hold(text.partition("=")[2])
        if command == "+CPIN":
            return self.lock.cpin(text, self._port.answer)
        if (final := self.sms.obey(text)) is not None:
            return final
        if command == "+CLCC" and "=" not in text:
            return self._list()
        if command == "+CCFC":
            return self.sim.ccfc(text.upper(), lambda line: self._port.answer(line))
        if command == "+CUSD":
            final, later = self.sim.cusd(text.upper(), self.persona.ussd_packed)
            if later:
                self._loop.call_later(ANSWERS_S, self._lines, later)
            return final
        if text.upper().startswith(self.persona.attempts_command[2:]):
            self._port.answer(self.persona.attempts.format(left=self.lock.attempts))
            return "OK"
        return self._family(text, command)

    def _family(self, text: str, command: str) -> str:
        if (final := self.kept.obey(text)) is not None:
            return final
        whole = "AT" + text.upper()
        if self.nasty.keys_refused and command in ("+VTS", "^DTMF"):
            return "ERROR"
        self.voice.tones.obey(text.upper())
        if self.persona.audio_start and whole == self.persona.audio_start:
            if self._refuses_audio():
                return "ERROR"
            self._audio = True
            self.voice.health.started()
            self.stutter.started()
            self._pace()
            return "OK"
        if self.persona.audio_stop and whole == self.persona.audio_stop:
            self._audio = False
            self._pace()
            return "OK"
        if self.persona.audio_check and whole == self.persona.audio_check:
            self._port.answer(self.persona.audio_says.format(on=int(self._audio)))
            return "OK"
        answer = self._common().get(command, self.persona.answers.get("AT" + command))
        if answer is None:
            return self.persona.unknown
        if answer and ("?" in text or "=" not in text):
            self._port.answer(*(line.format(iccid=self.sim.iccid) for line in answer))
        return "OK"

    def _refuses_audio(self) -> bool:
        talking = self._active_at > 0
        for_s = max(self.nasty.audio_refused_s, self.persona.audio_refused_s)
        return (self.persona.audio_in_call and not talking) or self._loop.time() - self._active_at < for_s

    def _sim_is_busy(self) -> bool:
        return self.sim.busy or self._since_awake() < self.nasty.sim_busy_s

    def _unread(self, command: str) -> bool:
        """Of the two, the IMSI can be read first."""
        for_s = self.nasty.sim_unread_s - (IMSI_FIRST_S if command == "+CIMI" else 0.0)
        return self._since_awake() < self.nasty.sim_busy_s + for_s

    def _since_awake(self) -> float:
        return self._loop.time() - self._awake_at

    def _common(self) -> dict[str, tuple[str, ...]]:
        """What every family answers. 3GPP TS 27.007."""
        quiet = ("", "+CMEE", "+CVHU", "+COLP", "+CRC", "+CLIP", "+CHLD", "+VTS", "+CCWA", "+CLCC")
        maker, model, firmware = self.persona.identity
        said = {
            **self.sim.registered(),
            "+CCID": f"+CCID: {self.sim.iccid}", "+CSQ": "+CSQ: 22,99", "+COPS": '+COPS: 0,0,"Lab Mobil",7',
            "+CFUN": "+CFUN: 1", "+CMGF": "+CMGF: 0",
            "+CPAS": f"+CPAS: {self._activity()}", "+CGMI": maker, "+CGMM": model, "+CGMR": firmware,
            "+CGSN": "350000000000017", "+CIMI": "26201" + self.number[-10:], "+CEER": "+CEER: 0,-1",
        }
        return dict.fromkeys(quiet, ()) | {command: (line,) for command, line in said.items()}

    def _activity(self) -> int:
        return 0 if self._circuit is None else 3 if self._ringing else 4

    def _list(self) -> str:
        contexts = self.persona.data_contexts
        if self.nasty.contexts >= 0:
            contexts = tuple(f'+CLCC: {n},1,0,1,0,"",128' for n in (1, 4, 5)[: self.nasty.contexts])
        name = ',""' if self.nasty.alpha else ""
        self._port.answer(*contexts[:1])
        if circuit := self._circuit:
            incoming = circuit.callee is self
            state = 4 if incoming and circuit.stage is Stage.ALERTING else STATES.get(circuit.stage, 0)
            state = 0 if state == 3 and self.nasty.early_active else state
            number = shown(circuit) if incoming else circuit.dialled
            self._port.answer(f'+CLCC: {INDEX},{int(incoming)},{state},0,0,"{number}",145{name}')
        if self._knocking:
            self._port.answer(f'+CLCC: 3,1,5,0,0,"{Stranger.number}",145{name}')
        self._port.answer(*contexts[1:])
        return "OK"

    def _dial(self, text: str) -> str:
        number = text.rstrip(";")
        if self.lock.locked or not text.endswith(";"):
            return "ERROR"
        if number in self.sim.refuses:
            return "+CME ERROR: 56"
        if (said := self.nasty.dials_nothing(self._restarted)) is not None:
            return said
        if self._collides:
            self._collides = False
            Stranger(self._network, self._loop).ring(self.number)
        if self._circuit:
            return "BUSY" if self._circuit.callee is not self else "NO CARRIER"
        self.dialled.append(number)
        if self.nasty.sms_dialling:
            piece = Piece(Stranger.number, self.number, f"While you dialled, {len(self.dialled)}")
            if not self.sms.text_arrives(piece):
                self._network.messages.carry(piece, lambda status: None)
        self._loop.call_soon(self._placed, number)
        return "OK"

    def _placed(self, number: str) -> None:
        self._circuit = self._network.call(self, number)
        self._verbs_left = self.nasty.deaf_verbs
        self._lines(*(line.format(number=number) for line in self.persona.dialling))

    def _answer(self) -> str:
        if not self._ringing or not self._circuit:
            return "NO CARRIER"
        if self.nasty.hasty_caller:
            self._circuit.end(Cause.NORMAL, by=self._circuit.caller)
            return "NO CARRIER"
        self.answered_triggers += 1
        self._stop_ringing()
        self._circuit.answer()
        return "OK"

    def _hold(self, how: str) -> str:
        """22.030 § 6.5.5.1: 0 is busy for whoever waits, 1 ends our call and answers him, 1X ends call X alone."""
        if how == "1" and self._ringing:
            return self._answer()
        self.answered_triggers += how == "1" and self._knocking
        if how in ("1", f"1{INDEX}") or (how == "0" and self._ringing):
            self._hang_up()
        self._knocking = self._knocking and how != "0"
        return "OK" if how in ("0", "1", f"1{INDEX}") else "ERROR"

    def _hang_up(self) -> None:
        if self._circuit and self._verbs_left > 0:
            self._verbs_left -= 1
        elif self._circuit:
            self._circuit.end(Cause.REJECTED if self._ringing else Cause.NORMAL, by=self)

    # Network

    def offered(self, circuit: Circuit) -> Cause | None:
        if self._circuit or self.lock.locked or self._port.deaf:
            return Cause.BUSY
        self._circuit, self._rings, self._verbs_left = circuit, 0, self.nasty.deaf_verbs
        self._ring()
        return None

    def changed(self, circuit: Circuit) -> None:
        if circuit is not self._circuit:
            return None
        number, incoming = circuit.dialled, circuit.callee is self
        if circuit.stage is Stage.OVER:
            return self._over(circuit, incoming)
        if circuit.stage is Stage.ACTIVE or (circuit.stage is Stage.ALERTING and self.nasty.early_active):
            self._active_at = self._active_at or self._loop.time()
        if circuit.stage is Stage.ACTIVE and self.nasty.knock_s:
            self._loop.call_later(self.nasty.knock_s, self._knock, circuit)
        if not incoming or circuit.stage is Stage.ACTIVE:
            alerting = self.persona.connected if self.nasty.early_active else self.persona.alerting
            lines = {Stage.ALERTING: alerting, Stage.ACTIVE: self.persona.connected}.get(circuit.stage, ())
            self._lines(*(line.format(number=number, dir=int(incoming)) for line in lines))
        return self._pace()

    def diverted(self, circuit: Circuit) -> None:
        if circuit is self._circuit:
            self._over(circuit, True)

    def _knock(self, circuit: Circuit) -> None:
        """Somebody else calls in mid-call."""
        if circuit is self._circuit:
            self._knocking = True
            self._lines(f'+CCWA: "{Stranger.number}",145,1', *self.persona.knock)
            self._loop.call_later(GIVES_UP_S, self._knock_over)

    def _knock_over(self) -> None:
        if self._knocking:
            self._knocking = False
            self._lines(*self.persona.knock_over)

    def _over(self, circuit: Circuit, incoming: bool) -> None:
        rang = self._ringing is not None
        self._stop_ringing()
        self._circuit, self._knocking = None, False
        self._pace()
        self.stutter.over()
        ours = circuit.ended_by is self
        lines = self.persona.missed if rang else self.persona.ended if self._active_at else self.persona.unanswered()
        cause = circuit.cause or Cause.NORMAL
        self._active_at = 0.0
        if self.nasty.lost_end:
            return
        if not rang and cause is Cause.BUSY:
            lines = busy(lines)
        number = shown(circuit) if incoming else circuit.dialled
        said = [line.format(number=number, seconds=0, cause=int(cause), dir=int(incoming)) for line in lines]
        self._lines(*(line for line in said if not (ours and line == "NO CARRIER")))  # that is never said of our verb

    def _ring(self) -> None:
        circuit = self._circuit
        assert circuit
        self._rings += 1
        self._ringing = self._loop.call_later(RING_S, self._ring)
        self._lines(*self.persona.rings)
        if self._rings == 1:
            self._lines(*(line.format(number=shown(circuit)) for line in self.persona.incoming))
        late = self.nasty.late_clip_s
        if late == -2 or (late == -1 and self._rings == 1):
            return
        self._loop.call_later(max(late, 0.0), self._clip, circuit)

    def _clip(self, circuit: Circuit) -> None:
        if circuit is self._circuit and self._ringing and self.persona.clips and self.clip:
            self._lines(clip(circuit, self.nasty.clip))

    def _stop_ringing(self) -> None:
        if self._ringing:
            self._ringing.cancel()
            self._ringing = None

    # Audio port

    def heard(self, frame: bytes) -> None:
        self.voice.heard(frame)

    def keyed(self, key: str) -> None:
        if self.persona.key_line and self._audio_ready():
            self._lines(self.persona.key_line.format(code=ord(key), key=key))

    def audio_opened(self) -> None:
        """Somebody opened the audio port."""
        self.voice.opened(self.persona.audio_start, self.nasty.stale_pcm)

    def _pace(self) -> None:
        stages = (Stage.ACTIVE, Stage.ALERTING) if self.nasty.early_active else (Stage.ACTIVE,)
        talks = self._audio_ready() and self._circuit is not None and self._circuit.stage in stages
        self.voice.talks(talks)
        self.stutter.talks(talks)

    def _audio_ready(self) -> bool:
        return self._audio or not self.persona.audio_start

    def _send(self, frame: bytes) -> None:
        if self._circuit:
            self._circuit.send(self, frame)

    def _lines(self, *lines: str) -> None:
        self._port.lines(*lines)
