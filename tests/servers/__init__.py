"""Real IRC servers for the tests: where they come from, how they start and end, and a raw client to observe with.

Everything listens on loopback only, needs no root and starts no system service.
"""
