"""Emergency numbers: at home, abroad and everywhere. No list and no setting lets the box dial one."""

from __future__ import annotations

import phonenumbers

from appliance.vocabulary.number import Number

# What every phone takes for an emergency number, even without a SIM: 3GPP TS 22.101 § 10.1.1; and China's 110.
EVERYWHERE = frozenset({"000", "08", "110", "112", "118", "119", "911", "999"})
LONGEST = 6  # digits


def is_emergency(digits: str, country: str) -> bool:
    """Digits as keyed: 112 and its like, or one of the country's own."""
    if digits in EVERYWHERE:
        return True
    return len(digits) <= LONGEST and bool(phonenumbers.is_emergency_number(digits, country))


def hidden_emergency(number: phonenumbers.PhoneNumber) -> str:
    """The emergency number behind a country code or a trunk zero, as in +49112 or 0112; "" when there is none."""
    regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    whole = phonenumbers.national_significant_number(number)
    for digits in (whole, whole.lstrip("0")):
        if digits in EVERYWHERE or any(is_emergency(digits, region) for region in regions):
            return digits
    return ""


def emergency_of(number: Number) -> str:
    """The emergency number that an E.164 number leads to, or ""."""
    try:
        return hidden_emergency(phonenumbers.parse(number.e164))
    except phonenumbers.NumberParseException:
        return ""
