"""Q.931 in words: names of messages and of what stands in their information elements. Tables only."""

from __future__ import annotations

MESSAGES = {  # § 4.4, table 4-2
    0x01: "ALERTING", 0x02: "CALL PROCEEDING", 0x03: "PROGRESS", 0x05: "SETUP", 0x07: "CONNECT",
    0x0D: "SETUP ACKNOWLEDGE", 0x0F: "CONNECT ACKNOWLEDGE", 0x20: "USER INFORMATION", 0x21: "SUSPEND REJECT",
    0x22: "RESUME REJECT", 0x24: "HOLD", 0x25: "SUSPEND", 0x26: "RESUME", 0x28: "HOLD ACKNOWLEDGE",
    0x2D: "SUSPEND ACKNOWLEDGE", 0x2E: "RESUME ACKNOWLEDGE", 0x30: "HOLD REJECT", 0x31: "RETRIEVE",
    0x33: "RETRIEVE ACKNOWLEDGE", 0x37: "RETRIEVE REJECT", 0x45: "DISCONNECT", 0x46: "RESTART", 0x4D: "RELEASE",
    0x4E: "RESTART ACKNOWLEDGE", 0x5A: "RELEASE COMPLETE", 0x60: "SEGMENT", 0x62: "FACILITY", 0x64: "REGISTER",
    0x6E: "NOTIFY", 0x75: "STATUS ENQUIRY", 0x79: "CONGESTION CONTROL", 0x7B: "INFORMATION", 0x7D: "STATUS",
}
CAUSES = {  # Q.850 § 2.2.7
    1: "unallocated number", 2: "no route to the transit network", 3: "no route to the destination",
    4: "send special information tone", 5: "misdialled trunk prefix", 6: "channel unacceptable",
    7: "call awarded in an established channel", 8: "preemption", 16: "normal call clearing", 17: "user busy",
    18: "no user responding", 19: "no answer from the user", 20: "subscriber absent", 21: "call rejected",
    22: "number changed", 23: "redirection to a new destination", 25: "exchange routing error",
    26: "non-selected user clearing", 27: "destination out of order", 28: "invalid number format",
    29: "facility rejected", 30: "response to a status enquiry", 31: "normal, unspecified",
    34: "no channel available", 38: "network out of order", 39: "permanent connection out of service",
    40: "permanent connection operational", 41: "temporary failure", 42: "switching equipment congestion",
    43: "access information discarded", 44: "requested channel not available", 46: "precedence call blocked",
    47: "resource unavailable", 49: "quality of service not available", 50: "facility not subscribed",
    53: "outgoing calls barred within the closed user group", 55: "incoming calls barred within the closed user group",
    57: "bearer capability not authorized", 58: "bearer capability not available now",
    62: "inconsistent access information", 63: "service not available", 65: "bearer capability not implemented",
    66: "channel type not implemented", 69: "facility not implemented", 70: "only restricted digital information",
    79: "service not implemented", 81: "invalid call reference", 82: "channel does not exist",
    83: "a suspended call exists, but not this one", 84: "call identity in use", 85: "no call suspended",
    86: "the suspended call was cleared", 87: "user not member of the closed user group",
    88: "incompatible destination", 90: "closed user group does not exist", 91: "invalid transit network",
    95: "invalid message", 96: "mandatory information element missing", 97: "message type unknown",
    98: "message not compatible with the call state", 99: "information element unknown",
    100: "invalid information element contents", 101: "message not compatible with the call state",
    102: "recovery on timer expiry", 103: "parameter unknown, passed on", 110: "message discarded",
    111: "protocol error", 127: "interworking",
}
LOCATIONS = {  # Q.850 § 2.2.3
    0: "user", 1: "private network of the local user", 2: "public network of the local user", 3: "transit network",
    4: "public network of the remote user", 5: "private network of the remote user", 7: "international network",
    10: "beyond an interworking point",
}
PROGRESS = {  # § 4.5.23
    1: "not ISDN all the way", 2: "destination is not ISDN", 3: "origin is not ISDN", 4: "back in the ISDN",
    5: "interworking, the service changed", 8: "in-band information is to be heard",
}
TYPES = {0: "", 1: "international", 2: "national", 3: "network-specific", 4: "subscriber", 6: "abbreviated"}
PLANS = {0: "", 1: "ISDN plan", 3: "data plan", 4: "telex plan", 8: "national plan", 9: "private plan"}  # § 4.5.10
PRESENTATIONS = {0: "shown", 1: "withheld", 2: "not available"}
SCREENINGS = {0: "not screened", 1: "verified and passed", 2: "verified and failed", 3: "network provided"}
BEARERS = {  # § 4.5.5
    0x00: "speech", 0x08: "unrestricted digital", 0x09: "restricted digital", 0x10: "3.1 kHz audio",
    0x11: "unrestricted digital with tones", 0x18: "video",
}
LAYERS_1 = {1: "V.110", 2: "mu-law", 3: "A-law", 4: "ADPCM", 5: "H.221", 8: "V.120", 9: "X.31"}
NOTIFICATIONS = {0: "suspended", 1: "resumed", 2: "bearer changed", 0x79: "on hold", 0x7A: "retrieved"}
RESTARTED = {0: "indicated channels", 6: "this interface", 7: "all interfaces"}  # § 4.5.25
STATES = {  # § 2.1.1
    0: "null", 1: "call initiated", 2: "overlap sending", 3: "outgoing call proceeding", 4: "call delivered",
    6: "call present", 7: "call received", 8: "connect request", 9: "incoming call proceeding", 10: "active",
    11: "disconnect request", 12: "disconnect indication", 15: "suspend request", 17: "resume request",
    19: "release request", 22: "call abort", 25: "overlap receiving",
}
FRAMES = {  # Q.921 § 3.6, table 5: unnumbered, without the P/F bit
    0x6F: "SABME", 0x0F: "DM", 0x03: "UI", 0x43: "DISC", 0x63: "UA", 0x87: "FRMR", 0xAF: "XID",
}
SUPERVISORY = {0x01: "RR", 0x05: "RNR", 0x09: "REJ"}
TEI_MESSAGES = {  # Q.921 § 5.3.2
    1: "identity request", 2: "identity assigned", 3: "identity denied", 4: "identity check request",
    5: "identity check response", 6: "identity remove", 7: "identity verify",
}
