"""Tables of routes: a method and a path template to the function that answers.

The template is also the name that the request log counts under, so it is kept with the route.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from confluence_pipeline.site.call import Answer, Call

Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class SiteRoute:
    """One endpoint."""

    method: str
    template: str
    handler: Handler


@dataclass(slots=True)
class Routes:
    """The endpoints of one module, below one prefix."""

    prefix: str
    table: list[SiteRoute] = field(default_factory=list)

    def get(self, path: str) -> Callable[[Handler], Handler]:
        """Register a function for GET."""
        return self._register("GET", path)

    def post(self, path: str) -> Callable[[Handler], Handler]:
        """Register a function for POST."""
        return self._register("POST", path)

    def put(self, path: str) -> Callable[[Handler], Handler]:
        """Register a function for PUT."""
        return self._register("PUT", path)

    def delete(self, path: str) -> Callable[[Handler], Handler]:
        """Register a function for DELETE."""
        return self._register("DELETE", path)

    def _register(self, method: str, path: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.table.append(SiteRoute(method, self.prefix + path, handler))
            return handler

        return register
