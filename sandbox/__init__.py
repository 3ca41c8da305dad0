"""A pretend Discord: its rules, its REST interface, its faults and its people, without a network.

The heart is synchronous and deterministic: time comes from a clock that is handed in, chance from
a seed. `sandbox.server` puts sockets around it.
"""

from sandbox.faults import Fault
from sandbox.heart import Sandbox
from sandbox.story import make_world
from sandbox.wire import Call, Event, Reply, Upload
from sandbox.world import Guild, World

__all__ = ["Call", "Event", "Fault", "Guild", "Reply", "Sandbox", "Upload", "World", "make_world"]
