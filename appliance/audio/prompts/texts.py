"""What is said, per language, in the order in which calls need it. `{digits}` is spoken digit by digit."""

from __future__ import annotations

from appliance.audio.client import Tone

ATTRIBUTION = (
    "Recorded English prompts: Asterisk core sounds by Allison Smith, (c) Digium, licence CC-BY-SA 3.0, "
    "from the Debian package asterisk-core-sounds-en-wav. They are used where installed and never shipped."
)

# Recorded voices that fit a message, by file name without ending.
RECORDED: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "goodbye": ("vm-goodbye",),
        "enter_number": ("vm-enter-num-to-call",),
        "not_a_number": ("pbx-invalid",),
        "busy": ("the-party-you-are-calling", "is-curntly-busy"),
        "no_answer": ("vm-nobodyavail",),
        "number_is": ("digits/{digits}",),
        **{str(digit): (f"digits/{digit}",) for digit in range(10)},
    }
}

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "press_1": "This is Ringback. Press 1 to accept the call.",
        "enter_pin": "Please enter your PIN, then the hash key.",
        "enter_number": "Please enter the number to call, then the hash key.",
        "dialling": "One moment.",
        "wrong_pin": "That PIN is not right.",
        "not_a_number": "That is not a number that can be called.",
        "busy": "The line is busy.",
        "no_answer": "Nobody answers.",
        "unreachable": "This number cannot be reached.",
        "failed": "The call did not go through.",
        "no_line": "No line is free for this call. Please try later.",
        "barred": "This number is barred.",
        "no_money": "Your account has reached its limit.",
        "locked": "Too many wrong PINs. Please try later.",
        "goodbye": "Goodbye.",
        "next_number": "You can enter the next number, or hang up.",
        "one_minute_left": "One minute left.",
        "fifteen_seconds_left": "Fifteen seconds left.",
        "emergency": "This is an emergency number. Hang up, and dial it on your phone: {digits}.",
        "number_is": "{digits}",
    },
    "de": {
        "press_1": "Hier ist Ringback. Drücken Sie die Eins, um den Anruf anzunehmen.",
        "enter_pin": "Bitte geben Sie Ihre PIN ein, danach die Raute.",
        "enter_number": "Bitte wählen Sie die Rufnummer, danach die Raute.",
        "dialling": "Einen Moment.",
        "wrong_pin": "Diese PIN stimmt nicht.",
        "not_a_number": "Diese Nummer kann nicht angerufen werden.",
        "busy": "Der Anschluss ist besetzt.",
        "no_answer": "Niemand meldet sich.",
        "unreachable": "Diese Nummer ist nicht erreichbar.",
        "failed": "Der Anruf kam nicht zustande.",
        "no_line": "Für diesen Anruf ist keine Leitung frei. Bitte versuchen Sie es später.",
        "barred": "Diese Nummer ist gesperrt.",
        "no_money": "Ihr Konto hat seine Grenze erreicht.",
        "locked": "Zu viele falsche PINs. Bitte versuchen Sie es später.",
        "goodbye": "Auf Wiederhören.",
        "next_number": "Sie können die nächste Nummer wählen oder auflegen.",
        "one_minute_left": "Noch eine Minute.",
        "fifteen_seconds_left": "Noch fünfzehn Sekunden.",
        "emergency": "Das ist ein Notruf. Legen Sie auf und wählen Sie auf Ihrem Telefon: {digits}.",
        "number_is": "{digits}",
    },
}


# What stands for a message that no voice can say: the tone a telephone network would give.
TONES: dict[str, Tone] = {
    "enter_number": Tone("dial", 1.0), "next_number": Tone("dial", 1.0), "busy": Tone("busy", 2.0),
    "no_line": Tone("congestion", 2.0), "unreachable": Tone("congestion", 2.0), "failed": Tone("congestion", 2.0),
    **dict.fromkeys(("wrong_pin", "locked", "not_a_number", "emergency", "barred", "no_money"), Tone("error", 1.0)),
}


def pieces(message: str, language: str, digits: str) -> list[str]:
    """The words of a message, cut where digits are: each digit is a clip of its own, so that any number is ready.
    A language nobody translated is spoken in English; [] for no such message."""
    words = TEXTS.get(language, TEXTS["en"]).get(message, "")
    before, mark, after = words.partition("{digits}")
    spoken = [before.strip(), *(d for d in digits if d in "0123456789"), after.strip(" .")] if mark else [words]
    return [piece for piece in spoken if piece]
