"""The lab: a simulated telephone network below the drivers. Modems speak AT, handsets speak and listen."""
