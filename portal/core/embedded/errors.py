"""What can go wrong while a server is started, worded for the person at the terminal."""


class EmbeddedError(RuntimeError):
    """A server could not be started; the message says what to do about it."""
