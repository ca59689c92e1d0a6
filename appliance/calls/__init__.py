"""Calls: trigger, brakes, keypad and the call itself, one pure function from state and event to state and orders."""
