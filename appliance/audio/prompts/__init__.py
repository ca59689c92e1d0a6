"""Prompts: a table of messages, and the book that turns them into clips."""
