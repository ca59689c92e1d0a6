"""For the whole suite: no example of Hypothesis is judged by the clock, because machines are shared and busy."""

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
