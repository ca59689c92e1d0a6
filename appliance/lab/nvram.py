"""What a modem keeps without power: settings that are asked for and put by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class Nvram:
    """`kept`: a command without AT -> how it is told, and its value from the factory. `say` gets the line."""

    def __init__(self, kept: Mapping[str, tuple[str, str]], say: Callable[[str], None]) -> None:
        self._forms, self._say = {name: form for name, (form, _) in kept.items()}, say
        self.values = {name: value for name, (_, value) in kept.items()}

    def obey(self, text: str) -> str | None:
        """The final line; None for what is no setting of these."""
        for name, form in self._forms.items():
            rest = text[len(name) :] if text.upper().startswith(name.upper()) else None
            if rest is None:
                continue
            if rest in ("", "?"):
                self._say(form.format(value=self.values[name]))
                return "OK"
            if rest[0] in ",=":
                self.values[name] = rest[1:].removesuffix(";&W").removesuffix(",1,1")
                return "OK"
        return None
