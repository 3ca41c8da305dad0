"""The leader of the workers: django-q's cluster in a process of its own."""

from django.db import connections
from django_q.cluster import Cluster

from config.processes import forks_die_with_us, obey_parent


def run_cluster() -> None:
    """Run django-q's cluster until it is told to stop; whoever of it loses its parent ends."""
    obey_parent()
    forks_die_with_us()
    # A connection of ours would be shared by every fork.
    connections.close_all()
    cluster = Cluster()
    cluster.start()
    cluster.sentinel.join()
