"""libpri through cffi's ABI mode: the structures and functions that are used, and nothing else. 64-bit machines only.

Layouts were compared with a compiler's: amd64 and arm64 agree (libpri 1.6.0, Debian's libpri1.4).
"""

from __future__ import annotations

import struct
from functools import cache
from typing import Any

import cffi

SONAME = "libpri.so.1.4"
PACKAGE = "libpri1.4"
NETWORK, CPE = 1, 2  # node types
EUROISDN = 5
AUDIO_3_1K, A_LAW = 0x10, 0x23  # bearer capability; Q.931 § 4.5.5
FCS_OCTETS = 2  # at the end of every frame, with no meaning
DUMP_Q931 = 0x60  # pri_set_debug: messages as text
# progress indicators; Q.931 § 4.5.23, as bits
NOT_END_TO_END, INBAND = 1 << 0, 1 << 3

CDEF = """
struct timeval { long tv_sec; long tv_usec; };
struct pri; struct pri_sr; typedef struct q931_call q931_call;
struct pri_party_name { int valid; int presentation; int char_set; char str[64]; };
struct pri_party_number { int valid; int presentation; int plan; char str[64]; };
struct pri_party_subaddress { int valid; int type; int odd_even_indicator; int length; unsigned char data[32]; };
struct pri_party_id {
    struct pri_party_name name; struct pri_party_number number; struct pri_party_subaddress subaddress; };
struct pri_aoc_amount { long cost; int multiplier; };
struct pri_aoc_recorded_currency { struct pri_aoc_amount amount; char currency[11]; };
struct pri_aoc_units_element { long number; int type; };
struct pri_aoc_recorded_units { int num_items; struct pri_aoc_units_element item[32]; };
struct pri_subcmd_aoc_d {
    int charge; int billing_accumulation; int billing_id;
    union { struct pri_aoc_recorded_currency money; struct pri_aoc_recorded_units unit; } recorded; };
struct pri_aoc_e_charging_association {
    union { struct pri_party_number number; int id; } charge; int charging_type; };
struct pri_subcmd_aoc_e {
    int charge; int billing_id;
    union { struct pri_aoc_recorded_currency money; struct pri_aoc_recorded_units unit; } recorded;
    struct pri_aoc_e_charging_association associated; };
struct pri_subcmd_display_txt { int char_set; int length; char text[128]; };
struct pri_subcommand {
    int cmd;
    union { long align; char reserve_space[824]; struct pri_subcmd_aoc_d aoc_d; struct pri_subcmd_aoc_e aoc_e;
            struct pri_subcmd_display_txt display; } u; };
struct pri_subcommands { int counter_subcmd; struct pri_subcommand subcmd[8]; };
typedef struct { int e; char err[256]; } pri_event_error;
typedef struct { int e; int channel; } pri_event_restart;
typedef struct { int e; int channel; int cref; int progress; int progressmask; q931_call *call;
    char useruserinfo[260]; struct pri_subcommands *subcmds; } pri_event_ringing;
typedef struct { int e; int channel; int callingpres; int callingplanani; int callingplan; char callingani[256];
    char callingnum[256]; char callingname[256]; int calledplan; int ani2; char callednum[256];
    char redirectingnum[256]; char redirectingname[256]; int redirectingreason; int callingplanrdnis;
    char useruserinfo[260]; int flexible; int cref; int ctype; int layer1; int complete; q931_call *call;
    char callingsubaddr[256]; int progress; int progressmask; char origcalledname[256]; char origcallednum[256];
    int callingplanorigcalled; int origredirectingreason; int reversecharge; struct pri_subcommands *subcmds;
    struct pri_party_id calling; struct pri_party_subaddress called_subaddress; char keypad_digits[64];
} pri_event_ring;
typedef struct { int e; int channel; int cause; int cref; q931_call *call; long aoc_units; char useruserinfo[260];
    struct pri_subcommands *subcmds; q931_call *call_held; q931_call *call_active; } pri_event_hangup;
typedef struct { int e; int channel; int cref; int progress; int progressmask; int cause; q931_call *call;
    struct pri_subcommands *subcmds; } pri_event_proceeding;
typedef struct { int e; int channel; q931_call *call; struct pri_subcommands *subcmds; int progressmask;
} pri_event_setup_ack;
typedef struct { int e; int channel; q931_call *call; char digits[64]; struct pri_subcommands *subcmds;
} pri_event_keypad_digit;
struct pri_event_facility { int e; char callingname[256]; char callingnum[256]; int channel; int cref;
    q931_call *call; int callingpres; int callingplan; struct pri_subcommands *subcmds; q931_call *subcall; };
struct pri_event_connect_ack { int e; int channel; q931_call *call; struct pri_subcommands *subcmds; };
typedef union { int e; pri_event_error err; pri_event_restart restart; pri_event_ring ring; pri_event_hangup hangup;
    pri_event_ringing ringing; pri_event_ringing answer; pri_event_proceeding proceeding;
    pri_event_setup_ack setup_ack; pri_event_keypad_digit digit; struct pri_event_facility facility;
    struct pri_event_connect_ack connect_ack; } pri_event;

typedef int (*pri_io_cb)(struct pri *pri, void *buf, int buflen);
struct pri *pri_new_cb(int fd, int nodetype, int switchtype, pri_io_cb io_read, pri_io_cb io_write, void *userdata);
struct pri *pri_new_bri_cb(int fd, int ptpmode, int nodetype, int switchtype, pri_io_cb io_read, pri_io_cb io_write,
    void *userdata);
pri_event *pri_check_event(struct pri *pri);
struct timeval *pri_schedule_next(struct pri *pri);
pri_event *pri_schedule_run(struct pri *pri);
q931_call *pri_new_call(struct pri *pri);
struct pri_sr *pri_sr_new(void);
void pri_sr_free(struct pri_sr *sr);
int pri_sr_set_channel(struct pri_sr *sr, int channel, int exclusive, int nonisdn);
int pri_sr_set_bearer(struct pri_sr *sr, int transmode, int userl1);
int pri_sr_set_called(struct pri_sr *sr, char *called, int calledplan, int complete);
int pri_sr_set_caller(struct pri_sr *sr, char *caller, char *callername, int callerplan, int callerpres);
int pri_setup(struct pri *pri, q931_call *call, struct pri_sr *req);
int pri_setup_ack(struct pri *ctrl, q931_call *call, int channel, int nonisdn, int inband);
int pri_proceeding(struct pri *pri, q931_call *c, int channel, int info);
int pri_progress(struct pri *pri, q931_call *c, int channel, int info);
int pri_acknowledge(struct pri *pri, q931_call *call, int channel, int info);
int pri_answer(struct pri *pri, q931_call *call, int channel, int nonisdn);
int pri_connect_ack(struct pri *ctrl, q931_call *call, int channel);
void pri_connect_ack_enable(struct pri *ctrl, int enable);
int pri_information(struct pri *pri, q931_call *call, char digit);
int pri_hangup(struct pri *pri, q931_call *call, int cause);
void pri_destroycall(struct pri *pri, q931_call *call);
int pri_reset(struct pri *pri, int channel);
void pri_hangup_fix_enable(struct pri *ctrl, int enable);
void pri_set_overlapdial(struct pri *pri, int state);
void pri_set_inbanddisconnect(struct pri *pri, unsigned int enable);
void pri_facility_enable(struct pri *pri);
void pri_aoc_events_enable(struct pri *ctrl, int enable);
int pri_aoc_d_send(struct pri *ctrl, q931_call *c, const struct pri_subcmd_aoc_d *aoc_d);
int pri_aoc_e_send(struct pri *ctrl, q931_call *c, const struct pri_subcmd_aoc_e *aoc_e);
void pri_persistent_layer2_option(struct pri *ctrl, int option);
int pri_set_timer(struct pri *pri, int timer, int value);
int pri_timer2idx(const char *timer);
void pri_set_debug(struct pri *pri, int debug);
void pri_set_message(void (*message)(struct pri *pri, char *text));
void pri_set_error(void (*error)(struct pri *pri, char *text));
"""


class LibpriMissing(RuntimeError):
    """libpri cannot be used here; the text says why and what to install."""


@cache
def load() -> tuple[Any, Any]:
    """The ffi and the library."""
    if struct.calcsize("P") != 8:
        raise LibpriMissing("ISDN needs a 64-bit system")
    ffi = cffi.FFI()
    ffi.cdef(CDEF)
    try:
        return ffi, ffi.dlopen(SONAME)
    except OSError as error:
        raise LibpriMissing(f"ISDN needs {PACKAGE}: apt install {PACKAGE} ({error})") from error
