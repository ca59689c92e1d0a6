"""Words every room shares: number, money, cause, clock. Pure; imports nothing of ours."""
