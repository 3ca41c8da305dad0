"""Who really asks, when a web server of our own stands in between."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Networks = Sequence[IPv4Network | IPv6Network]


class BehindProxies:
    """Believes what TRUSTED_PROXIES say of a request (its address, its scheme), and nobody else.

    From here on REMOTE_ADDR is the visitor's own, and forwarding headers cannot be forged.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.proxies: Networks = settings.TRUSTED_PROXIES

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        peer = request.META.get("REMOTE_ADDR", "")
        hops = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        request.META["REMOTE_ADDR"] = client_address(peer, hops, self.proxies)
        if not is_among(peer, self.proxies):
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)


def client_address(peer: str, hops: str, proxies: Networks) -> str:
    """Return the last address on the way here that is not one of the proxies."""
    address = peer
    for hop in reversed(hops.split(",")):
        # Only what one of ours has written down is believed, and only when it is an address.
        if not is_among(address, proxies) or not _is_address(hop.strip()):
            break
        address = hop.strip()
    return address


def is_among(address: str, networks: Networks) -> bool:
    """Tell whether an address lies in one of the networks."""
    return _is_address(address) and any(ip_address(address) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
