"""What must be set once inside a modem, and stays there without power: a file of data for each family."""
