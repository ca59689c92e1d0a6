"""Whether a number takes text messages."""

from __future__ import annotations

import phonenumbers

from appliance.vocabulary.number import Number

NO_TEXTS = frozenset({phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.TOLL_FREE,
                      phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST})


def takes_texts(number: Number) -> bool:
    """False for a landline: a network would read the text aloud there, and charge for it."""
    return phonenumbers.number_type(phonenumbers.parse(number.e164)) not in NO_TEXTS
