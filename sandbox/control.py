"""The control interface: everything that the page, a script or curl may look at and do."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox import views
from sandbox.faults import Fault
from sandbox.live import Live
from sandbox.refusals import Refusal
from sandbox.wire import Json

if TYPE_CHECKING:
    from sandbox.server import Server

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
FACTS = {each.name for each in fields(Fault)} - {"id"}
MOST_ENTRIES = 1_000
INTERACTIONS = {
    "use": ("user_id", "channel_id", "name"),
    "complete": ("user_id", "channel_id", "name", "focused"),
    "use_on_user": ("user_id", "channel_id", "name", "target_id"),
    "use_on_message": ("user_id", "channel_id", "name", "message_id"),
    "press": ("user_id", "channel_id", "message_id", "mark", "values"),
}


class Control:
    """Answers under /sandbox/."""

    def __init__(self, server: "Server") -> None:
        self.server, self.sandbox = server, server.sandbox
        self.live = Live(server.sandbox)

    def furnish(self, app: web.Application) -> None:
        """Put the doors in."""
        looks = {"world": self._world, "place": self._place, "view": self._view}
        looks |= {"people": self._people, "commands": self._commands, "journal": self._journal}
        looks |= {"faults": self._faults, "interaction": self._interaction}
        for name, look in looks.items():
            app.router.add_get(f"/sandbox/{name}", _looking(look))
        deeds = {"people": self._do, "interactions": self._interact, "faults": self._add_fault}
        deeds |= {"clock": self._move_clock, "crowd": self._tell_crowd, "switches": self._switch}
        for name, deed in deeds.items():
            app.router.add_post(f"/sandbox/{name}", _doing(deed))
        app.router.add_delete("/sandbox/faults/{id}", self._end_fault)
        app.router.add_get("/sandbox/live", self.live.stream)

    def _world(self, _query: Json) -> Json:
        crowd = self.server.crowd
        told = views.world(self.sandbox)
        told["lines"] = len([line for line in self.server.gateway.lines if line.session])
        told["crowd"] = {"is_awake": crowd.is_awake, "rate": crowd.rate, "deeds": crowd.deeds}
        told["switches"] = {
            "put_replaces_ban": self.sandbox.put_replaces_ban,
            "limits": self.sandbox.limits.is_on,
        }
        return {**told, "now": self.sandbox.now, "clock_offset": self.server.clock.offset}

    def _place(self, query: Json) -> Json:
        return views.place(self.sandbox, query["user"], query["guild"])

    def _view(self, query: Json) -> Json:
        return views.channel(self.sandbox, query["user"], query["channel"])

    def _people(self, query: Json) -> Json:
        found = views.people(self.sandbox, query["guild"], query.get("q", ""))
        return {"people": found}

    def _commands(self, query: Json) -> Json:
        return {"commands": views.commands(self.sandbox, query["user"], query["channel"])}

    def _interaction(self, query: Json) -> Json:
        return views.interaction(self.sandbox, query["id"])

    def _journal(self, query: Json) -> Json:
        since, limit = float(query.get("since", 0)), int(query.get("limit", 100))
        wanted = {"status": int(query.get("status", 0)), "since": since}
        path, method = query.get("path", ""), query.get("method", "")
        found = self.sandbox.journal.find(method, path, **wanted)  # type: ignore[arg-type]
        latest = found[-min(limit, MOST_ENTRIES) :]
        return {"count": len(found), "entries": [views.entry(each) for each in latest]}

    def _faults(self, _query: Json) -> Json:
        return {"faults": [each.told for each in self.sandbox.faults.in_force.values()]}

    def _do(self, asked: Json) -> Json:
        """Do something as a human: `{"deed": "say", "user_id": ..., ...}`."""
        name = str(asked.pop("deed", ""))
        deed = None if name.startswith("_") else getattr(self.sandbox.people, name, None)
        if deed is None or name == "guild":
            raise ValueError(f"There is no deed {name}.")
        return {"result": deed(**asked)}

    def _interact(self, asked: Json) -> Json:
        """Use a command, a button or a form; the answer tells the interaction's id."""
        name = str(asked.get("deed", ""))
        if name == "submit":
            begun = self.sandbox.interactions.submit(asked["id"], asked.get("given", {}))
        elif name not in INTERACTIONS:
            raise ValueError(f"There is no deed {name}.")
        else:
            told = [asked[key] for key in INTERACTIONS[name]]
            begun = getattr(self.sandbox.interactions, name)(*told, **asked.get("given", {}))
        return views.interaction(self.sandbox, begun.id)

    def _add_fault(self, asked: Json) -> Json:
        lasting = float(asked.pop("lasting", 0.0))
        if strange := set(asked) - FACTS:
            raise ValueError(f"A fault has no {', '.join(sorted(strange))}.")
        return self.sandbox.add_fault(Fault(**asked), lasting=lasting).told

    async def _end_fault(self, request: web.Request) -> web.Response:
        number = request.match_info["id"]
        ended = self.sandbox.end_fault(int(number)) if number.isdigit() else None
        if ended is None:
            return _told({"message": "There is no such fault."}, 404)
        return _told(ended.told)

    def _move_clock(self, asked: Json) -> Json:
        self.server.clock.offset += float(asked["move"])
        return {"now": self.sandbox.now}

    def _tell_crowd(self, asked: Json) -> Json:
        crowd = self.server.crowd
        crowd.is_awake = bool(asked.get("is_awake", crowd.is_awake))
        crowd.rate = min(max(float(asked.get("rate", crowd.rate)), 0.0), 2_000.0)
        return {"is_awake": crowd.is_awake, "rate": crowd.rate}

    def _switch(self, asked: Json) -> Json:
        sandbox = self.sandbox
        sandbox.put_replaces_ban = bool(asked.get("put_replaces_ban", sandbox.put_replaces_ban))
        sandbox.limits.is_on = bool(asked.get("limits", sandbox.limits.is_on))
        return {"put_replaces_ban": sandbox.put_replaces_ban, "limits": sandbox.limits.is_on}


def _looking(look: Callable[[Json], Json]) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        return _answered(look, dict(request.query))

    return answer


def _doing(deed: Callable[[Json], Json]) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        # A form of a stranger's page cannot send this type without asking first.
        if request.content_type != "application/json":
            return _told({"message": "Send JSON: Content-Type: application/json."}, 415)
        try:
            asked = await request.json()
        except ValueError:
            return _told({"message": "This is not JSON."}, 400)
        if not isinstance(asked, dict):
            return _told({"message": "Send a JSON object."}, 400)
        return _answered(deed, asked)

    return answer


def _answered(function: Callable[[Json], Json], asked: Json) -> web.Response:
    try:
        return _told(function(asked))
    except Refusal as refusal:
        return _told({"message": refusal.message, "code": refusal.code}, refusal.status)
    except KeyError as missing:
        return _told({"message": f"{missing.args[0]} is missing or unknown."}, 400)
    except (TypeError, ValueError) as error:
        return _told({"message": str(error)}, 400)


def _told(told: Any, status: int = 200) -> web.Response:
    return web.json_response(told, status=status, dumps=_dumped)


def _dumped(told: Any) -> str:
    return json.dumps(told, default=str)
