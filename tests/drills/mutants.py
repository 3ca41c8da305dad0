"""Faulty houses: each does one thing wrong for as long as its patch, and a story finds it out."""

import contextlib


class Mutants:
    """The faulty houses of one drill, and how their stories are played."""

    def __init__(self, drill):
        self._drill, self._all = drill, {}

    def mutant(self, *places):
        """Take a function as what a faulty house has in these places."""

        def keep(wrong):
            self._all[wrong.__name__] = (wrong, places)
            return wrong

        return keep

    def names(self):
        """Name every faulty house."""
        return sorted(self._all)

    @contextlib.contextmanager
    def living(self, name):
        """Let one faulty house stand."""
        wrong, places = self._all[name]
        usual = [(owner, attribute, getattr(owner, attribute)) for owner, attribute in places]
        try:
            for owner, attribute, right in usual:
                setattr(owner, attribute, wrong(right))
            yield
        finally:
            for owner, attribute, right in usual:
                setattr(owner, attribute, right)

    def lives_in(self, stories):
        """Tell of each faulty house whether it was not found out by its story."""
        return {name: not self.what_is_found(name, stories[name]) for name in self._all}

    def what_is_found(self, name, story):
        """Play a faulty house's story, and return what was wrong in the end."""
        with self.living(name):
            return self._drill.play_schedule(story).wrongs
