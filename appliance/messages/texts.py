"""What the box writes, in the account's language. Each fits into one message of 160 characters of the GSM alphabet."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.calls.admission import No
from appliance.vocabulary.money import Money

LONGEST = 160  # characters of one message; 3GPP TS 23.040 § 9.2.3.16
NAME = 30  # characters of an account's name that are repeated

TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "help": "Text a number, such as 03012345678: I call you and connect you. CALL: I ring you back. "
                "BAL: what is left. Or let my number ring once.",
        "balance": "{account}: {left} left. Spent today: {spent}.",
        "no_limit": "{account}: spent today: {spent}. There is no limit.",
        "code": "{code} is your code for the page of this box, for 10 minutes. If you did not ask, ignore it.",
        "number_code": "{code} confirms this number for {account} on a callback box, for 10 minutes. If you did not "
                       "ask for it, ignore this.",
        No.DISABLED: 'No callback: the account "{account}" is switched off. Please ask whoever runs this box.',
        No.LOCKED: "No callback: you are locked out for a while after wrong PINs. Please try again later.",
        No.CALLER_HOUR: "No callback: you had as many as you may have within an hour. Please try again later.",
        No.CALLER_DAY: "No callback: you had as many as you may have within a day. Please try again tomorrow.",
        No.BOX_HOUR: "No callback: there are too many calls at the moment. Please try again later.",
        No.ONE_CHANNEL: "No callback: no line is free at the moment. Please try again later.",
        No.NO_LINE: "No callback: no line is free at the moment. Please try again later.",
        No.NO_MONEY: "No callback: the money of \"{account}\" is used up.",
        No.EMERGENCY: "{about} is an emergency number: please dial it yourself, on your own phone, now.",
        No.BARRED: "No callback: {about} must not be called from here.",
    },
    "de": {
        "help": "Nummer schreiben, etwa 03012345678: Ich rufe an und verbinde. RUF: Rückruf. "
                "GUTHABEN: was noch da ist. Oder einmal klingeln lassen.",
        "balance": "{account}: noch {left}. Heute verbraucht: {spent}.",
        "no_limit": "{account}: heute verbraucht: {spent}. Es gibt keine Grenze.",
        "code": "{code} ist der Code für die Seite dieser Box, 10 Minuten lang. Nicht verlangt? Dann bitte ignorieren.",
        "number_code": "{code} bestätigt diese Nummer für {account} auf einer Rückruf-Box, 10 Minuten lang. Nicht "
                       "verlangt? Dann bitte nicht beachten.",
        No.DISABLED: 'Kein Rückruf: Das Konto "{account}" ist abgeschaltet. Bitte den Betreiber fragen.',
        No.LOCKED: "Kein Rückruf: nach falschen PINs eine Weile gesperrt. Bitte später noch einmal.",
        No.CALLER_HOUR: "Kein Rückruf: In dieser Stunde waren es so viele wie erlaubt. Bitte später noch einmal.",
        No.CALLER_DAY: "Kein Rückruf: An diesem Tag waren es so viele wie erlaubt. Bitte morgen noch einmal.",
        No.BOX_HOUR: "Kein Rückruf: Im Moment sind es zu viele Anrufe. Bitte später noch einmal.",
        No.ONE_CHANNEL: "Kein Rückruf: Im Moment ist keine Leitung frei. Bitte später noch einmal.",
        No.NO_LINE: "Kein Rückruf: Im Moment ist keine Leitung frei. Bitte später noch einmal.",
        No.NO_MONEY: "Kein Rückruf: Das Geld von \"{account}\" ist verbraucht.",
        No.EMERGENCY: "{about} ist eine Notrufnummer: bitte selbst wählen, auf dem eigenen Telefon, jetzt.",
        No.BARRED: "Kein Rückruf: {about} darf von hier nicht angerufen werden.",
    },
}

REASONS = frozenset(key for key in TEXTS["en"] if isinstance(key, No))


def written(key: str, language: str, **values: object) -> str:
    """A text with its values, cut to one message."""
    short = {name: _short(value) for name, value in values.items()}
    return TEXTS.get(language, TEXTS["en"])[key].format(**short)[:LONGEST]


def _short(value: object) -> str:
    return f"{value.decimal:.2f} {value.currency}" if isinstance(value, Money) else str(value)[:NAME]
