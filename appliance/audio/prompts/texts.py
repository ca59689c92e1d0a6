"""What is said, per language. `{digits}` is spoken digit by digit."""

from __future__ import annotations

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
        "wrong_pin": "That PIN is not right.",
        "locked": "Too many wrong PINs. Please try later.",
        "enter_number": "Please enter the number to call, then the hash key.",
        "not_a_number": "That is not a number that can be called.",
        "emergency": "This is an emergency number. Hang up, and dial it on your phone: {digits}.",
        "barred": "This number is barred.",
        "no_line": "No line is free for this call. Please try later.",
        "no_money": "Your account has reached its limit.",
        "dialling": "One moment.",
        "busy": "The line is busy.",
        "no_answer": "Nobody answers.",
        "unreachable": "This number cannot be reached.",
        "failed": "The call did not go through.",
        "one_minute_left": "One minute left.",
        "fifteen_seconds_left": "Fifteen seconds left.",
        "goodbye": "Goodbye.",
        "next_number": "You can enter the next number, or hang up.",
        "number_is": "{digits}",
    },
    "de": {
        "press_1": "Hier ist Ringback. Drücken Sie die Eins, um den Anruf anzunehmen.",
        "enter_pin": "Bitte geben Sie Ihre PIN ein, danach die Raute.",
        "wrong_pin": "Diese PIN stimmt nicht.",
        "locked": "Zu viele falsche PINs. Bitte versuchen Sie es später.",
        "enter_number": "Bitte wählen Sie die Rufnummer, danach die Raute.",
        "not_a_number": "Diese Nummer kann nicht angerufen werden.",
        "emergency": "Das ist ein Notruf. Legen Sie auf und wählen Sie auf Ihrem Telefon: {digits}.",
        "barred": "Diese Nummer ist gesperrt.",
        "no_line": "Für diesen Anruf ist keine Leitung frei. Bitte versuchen Sie es später.",
        "no_money": "Ihr Konto hat seine Grenze erreicht.",
        "dialling": "Einen Moment.",
        "busy": "Der Anschluss ist besetzt.",
        "no_answer": "Niemand meldet sich.",
        "unreachable": "Diese Nummer ist nicht erreichbar.",
        "failed": "Der Anruf kam nicht zustande.",
        "one_minute_left": "Noch eine Minute.",
        "fifteen_seconds_left": "Noch fünfzehn Sekunden.",
        "goodbye": "Auf Wiederhören.",
        "next_number": "Sie können die nächste Nummer wählen oder auflegen.",
        "number_is": "{digits}",
    },
}


def text(message: str, language: str, values: dict[str, str]) -> str:
    """The words of a message; a language nobody translated is spoken in English. "" for no such message."""
    words = TEXTS.get(language, TEXTS["en"]).get(message, "")
    return words.replace("{digits}", " ".join(values.get("digits", "")))
