"""The questions: press a key, PIN, number. Keys are collected here; what they mean is asked of the box."""

from __future__ import annotations

from dataclasses import replace

from appliance.accounts.account import Verify
from appliance.calls import states as st
from appliance.calls.ending import say_goodbye
from appliance.calls.events import Event, KeyPressed, PinChecked, Quoted, Refused, SoundOver, TimerFired
from appliance.calls.gate import Move, move, stay
from appliance.calls.keypad import Entry, Progress, press
from appliance.calls.orders import CheckPin, HangUp, Heard, Hold, Order, Quote, Spoken, StopSound, Tell, ToneSound
from appliance.calls.speaking import play
from appliance.vocabulary.cause import Cause

PROMPT = {st.Question.KEY: "press_1", st.Question.PIN: "enter_pin", st.Question.NUMBER: "enter_number"}
TOO_LONG = {st.Question.PIN: "wrong_pin", st.Question.NUMBER: "not_a_number"}


def welcome(live: st.Live, *orders: Order) -> Move:
    """A answered: what is asked first depends on the account."""
    question = {Verify.KEY: st.Question.KEY, Verify.PIN: st.Question.PIN}.get(live.request.verify)
    if question is None:
        return verified(live, *orders)
    return ask(live, question, (), *orders)


def verified(live: st.Live, *orders: Order) -> Move:
    live = replace(live, verified=True, failures=0)
    if live.request.destination:
        return move(st.Quoting(live, live.request.destination), *orders, Quote(live.request.destination))
    return ask(live, st.Question.NUMBER, (), *orders)


def ask(live: st.Live, question: st.Question, before: tuple[Heard, ...], *orders: Order) -> Move:
    """Plays what came before, then the question. Dial tone follows where a number is asked, else a beep."""
    beep = () if question is st.Question.NUMBER else (ToneSound("beep", 0.2),)
    live, order = play(live, *before, Spoken(PROMPT[question]), *beep)
    return move(st.Asking(live, question), *orders, order)


def ask_next(live: st.Live, message: str, *orders: Order) -> Move:
    """B is gone, A stays: says why, asks for the next number. A requested destination is not used twice, and whom
    A's leg has led to is no doubt of A."""
    live = replace(live, request=replace(live.request, destination=""), doubtful=False)
    return ask(live, st.Question.NUMBER, (Spoken(message),), *orders)


def again(
    live: st.Live, question: st.Question, message: str, *orders: Order, values: tuple[tuple[str, str], ...] = ()
) -> Move:
    """A wrong or missing answer: the question once more, until the tries are used up."""
    if live.doubtful and live.failures + 1 >= live.request.policy.unheard:
        return _nobody(live, *orders)
    live = replace(live, failures=live.failures + 1, request=replace(live.request, destination=""))
    if live.failures >= live.request.policy.questions:
        why = f"no usable answer to the {question} question"
        state, farewell = say_goodbye(live, message or "goodbye", why, values)
        return state, (*orders, *farewell)
    return ask(live, question, (Spoken(message, values),) if message else (), *orders)


def _nobody(live: st.Live, *orders: Order) -> Move:
    """No key, no sound: the phone still rings, or rang in vain. That is no answer, and is tried again like one."""
    state = st.CallingA(live.request, live.tries, live.leg, live.line, giving_up=True, doubted=True)
    tell = Tell("nothing is heard of the subscriber: the modem said too early that he answered")
    return move(state, *orders, StopSound(), tell, HangUp(live.leg, Cause.NO_ANSWER))


def asking(state: st.Asking, event: Event) -> Move:
    if isinstance(event, KeyPressed):
        return _key(state, event.key)
    if isinstance(event, SoundOver) and state.prompting and event.token == state.live.token:
        return _prompted(state) if event.finished else move(replace(state, prompting=False))
    if isinstance(event, TimerFired):
        return _time(state)
    return stay(state)


def _prompted(state: st.Asking) -> Move:
    """The prompt is over: the first key is awaited, a number over dial tone."""
    if state.question is not st.Question.NUMBER:
        return move(replace(state, prompting=False))
    live, tone = play(state.live, ToneSound("dial"))
    return move(replace(state, live=live, prompting=False), tone)


def _time(state: st.Asking) -> Move:
    if state.prompting:
        return _prompted(state)
    if state.digits:
        return _submit(state)
    return again(state.live, state.question, "")


def _key(state: st.Asking, key: str) -> Move:
    hush = (StopSound(),) if state.prompting or not state.digits else ()
    if state.question is st.Question.KEY:
        if key == "1":
            return verified(state.live, StopSound(), Tell("confirmed by key 1"))
        return again(state.live, state.question, "", *hush)
    entry = press(Entry(state.digits, state.pressed), key, codes=state.question is st.Question.NUMBER)
    if entry.progress is Progress.TOO_LONG:
        return again(state.live, state.question, TOO_LONG[state.question], *hush)
    if entry.progress is Progress.COMPLETE and not entry.digits:
        return again(state.live, state.question, "", *hush)
    keyed = replace(state, digits=entry.digits, pressed=entry.pressed, prompting=False)
    if entry.progress is Progress.COMPLETE:
        return _submit(keyed, *hush)
    return move(keyed, *hush)


def _submit(state: st.Asking, *orders: Order) -> Move:
    if state.question is st.Question.PIN:
        return move(st.CheckingPin(state.live), *orders, CheckPin(state.digits))
    return move(st.Quoting(state.live, state.digits), *orders, Quote(state.digits))


def checking_pin(state: st.CheckingPin, event: Event) -> Move:
    if isinstance(event, PinChecked):
        if event.ok:
            return verified(state.live, Tell("PIN is right"))
        if event.locked:
            return say_goodbye(state.live, "locked", "locked out after wrong PINs")
        return again(state.live, st.Question.PIN, "wrong_pin", Tell("PIN is wrong"))
    if isinstance(event, TimerFired):
        return say_goodbye(state.live, "failed", "the PIN could not be checked")
    return stay(state)


def quoting(state: st.Quoting, event: Event) -> Move:
    if isinstance(event, Quoted) and not event.routes:
        event = Refused("no_line", f"no line can carry {event.number}")
    if isinstance(event, Quoted):
        live = replace(state.live, failures=0)
        holding = st.Holding(live, event.number, event.routes, 0)
        return move(holding, Tell(f"to {event.number}: {event.routes[0].reason}"), hold(holding))
    if isinstance(event, Refused):
        return again(state.live, st.Question.NUMBER, event.message, Tell(f"refused: {event.why}"), values=event.values)
    if isinstance(event, TimerFired):
        return again(state.live, st.Question.NUMBER, "failed")
    return stay(state)


def hold(state: st.Holding) -> Hold:
    """The order that reserves money for the first of the routes."""
    request = state.live.request
    return Hold(state.routes[0].rate, min(request.max_call_s, request.policy.hold_block_s))
