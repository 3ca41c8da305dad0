"""A clock that only moves when it is told to."""

EVENING = 1_760_040_000.0  # eight o'clock


class Clock:
    """Seconds since the epoch, as a test wants them."""

    def __init__(self, at=EVENING):
        self.at = at

    def __call__(self):
        return self.at
