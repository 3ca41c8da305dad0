"""Questions to the control interface, as curl would ask them."""

import json
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit


def ask(page_url, path, told=None, method=None, content_type="application/json"):
    """The status and the JSON of an answer."""
    body = None if told is None else json.dumps(told)
    with closing(HTTPConnection(urlsplit(page_url).netloc, timeout=30)) as line:
        verb = method or ("GET" if told is None else "POST")
        line.request(verb, f"/sandbox/{path}", body, {"Content-Type": content_type})
        reply = line.getresponse()
        return reply.status, json.loads(reply.read())
