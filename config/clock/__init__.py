"""The clock: django-q made dependable. It rings the schedules and watches who carries them out."""
