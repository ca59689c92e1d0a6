"""From a line's settings to the line: the part of the gateway that knows every kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from appliance.audio.client import Audio, Treatment
from appliance.lines.gsm.config import GsmSettings
from appliance.lines.gsm.line import GsmLine
from appliance.lines.gsm.wire import open_serial
from appliance.lines.isdn.line import IsdnLine
from appliance.lines.isdn.process import ProcessLink
from appliance.lines.isdn.spansettings import SpanSettings
from appliance.lines.line import Line, Sink
from appliance.lines.power import PowerStep
from appliance.settings.model import IsdnLayout, LineSettings, SiteSettings
from appliance.vocabulary.clock import token

MODEM_REST_S = 2.0  # s between two calls on one modem; with callback_rest = 0 there is none


@dataclass(frozen=True, slots=True)
class IsdnConfig:
    """What an ISDN line must be told."""

    name: str
    port: str
    span: SpanSettings
    number: str
    clir: bool
    overlap: bool
    treatment: Treatment


Wanted = GsmSettings | IsdnConfig


class LineMaker:
    """`folder` is for the sockets of ISDN voices, `span` where systemd starts a process for a port; `check_sim` and
    `power` are as GsmLine's, by the line's name."""

    def __init__(
        self, folder: Path, span: Path | None, audio: Audio, check_sim: Callable[[str, str], str],
        power: Callable[[str], Sequence[PowerStep]],
    ) -> None:
        self._folder, self._span, self._audio, self._check_sim, self._power = folder, span, audio, check_sim, power

    @staticmethod
    def wanted(line: LineSettings, site: SiteSettings) -> Wanted:
        """What decides whether a line must be opened anew."""
        if line.kind == "isdn":
            span = SpanSettings(line.isdn, line.side, line.msns, line.ddi_digits, site.country)
            return IsdnConfig(line.name, line.at, span, str(line.number or ""), line.clir, line.overlap,
                              Treatment(line.gain_in, line.gain_out, line.echo_canceller))
        rest = MODEM_REST_S if site.callback_rest > 0 else 0.0
        return GsmSettings(line.name, line.at, line.audio, line.dialect, line.sim_pin, rest,
                           Treatment(line.gain_in, line.gain_out, line.echo_canceller), line.balance_code,
                           line.power)

    def make(self, wanted: Wanted, sink: Sink) -> Line:
        if isinstance(wanted, IsdnConfig):
            return self._isdn(wanted, sink)
        return GsmLine(wanted, open_serial, self._audio, sink, token, partial(self._check_sim, wanted.name),
                       self._power(wanted.name))

    def _isdn(self, wanted: IsdnConfig, sink: Sink) -> Line:
        link = ProcessLink(wanted.port, wanted.span, self._folder / f"{wanted.name}.voices", self._span)
        return IsdnLine(wanted.name, len(wanted.span.channels), link, self._audio, sink, token,
                        always_up=wanted.span.layout != IsdnLayout.PTMP, clir=wanted.clir, number=wanted.number,
                        overlap=wanted.overlap, treatment=wanted.treatment)
