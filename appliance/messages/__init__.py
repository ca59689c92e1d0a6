"""Text messages: what they ask for, what is answered, how many of them, and long ones put together. Pure."""
