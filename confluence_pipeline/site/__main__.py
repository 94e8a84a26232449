"""``python -m confluence_pipeline.site``: a local Confluence site, until interrupted."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from confluence_pipeline.site.data_center.installation import (
    DEFAULT_CONTEXT_PATH,
    DEFAULT_TIME_ZONE,
    DEFAULT_VERSION,
    Installation,
)
from confluence_pipeline.site.data_center.login import personal_access_token
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.gateway.seeding import LOGINS
from confluence_pipeline.site.generated import ProfileName
from confluence_pipeline.site.server import SiteOptions, serve
from confluence_pipeline.site.sources import (
    CorpusSource,
    DemoSource,
    FunctionSource,
    GeneratedSource,
    SeedSource,
)
from confluence_pipeline.site.world import V1Removed, World


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m confluence_pipeline.site",
        description="Serve a local Confluence site: its REST API as Confluence Cloud's, on a loopback address.",
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--seed", default="demo", help="demo (default), or package.module:function")
    source.add_argument("--corpus", type=Path, metavar="DIR", help="serve a folder of spaces/*.jsonl")
    source.add_argument("--pages", type=int, metavar="N", help="serve a generated site of N pages")
    parser.add_argument("--spaces", type=int, default=10, metavar="M", help="spaces of a generated site")
    parser.add_argument("--random-seed", type=int, default=1, metavar="S", help="which generated site")
    parser.add_argument(
        "--everything",
        nargs="?",
        const="full",
        choices=get_args(ProfileName),
        help="with --pages: a site with all that one can have; budget: without the odd cases (default: full)",
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 (default): a free one")
    parser.add_argument("--latency-ms", type=float, default=0, help="hold every answer back this long")
    parser.add_argument("--index-lag-seconds", type=float, default=0, help="how far search is behind")
    parser.add_argument(
        "--v1-removed",
        choices=get_args(V1Removed),
        default="gateway",
        help="where the v1 reads that Atlassian removed answer 410 Gone",
    )
    parser.add_argument(
        "--requests-per-second", type=float, default=0, metavar="R", help="past this, answer 429; 0: no limit"
    )
    parser.add_argument("--burst", type=int, default=10, help="requests let through at once after a pause")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        type=_fault,
        metavar="JSON",
        help='what goes wrong, repeatable: {"kind": "error", "status": 503, "rate": 0.05}',
    )
    parser.add_argument("--fault-seed", type=int, default=1, help="which requests a rate hits")
    parser.add_argument(
        "--token-seconds", type=float, default=3600, metavar="S", help="how long the gateway's access tokens work"
    )
    data_center = parser.add_argument_group("with --product data-center")
    parser.add_argument("--product", choices=["cloud", "data-center"], default="cloud", help="what to be")
    data_center.add_argument(
        "--dc-version", default=DEFAULT_VERSION, metavar="V", help="its version (default: %(default)s)"
    )
    data_center.add_argument(
        "--context-path", default=DEFAULT_CONTEXT_PATH, metavar="PATH", help="before /rest; may be empty (%(default)s)"
    )
    data_center.add_argument(
        "--server-time-zone", default=DEFAULT_TIME_ZONE, metavar="ZONE", help="in which it writes times (%(default)s)"
    )
    data_center.add_argument(
        "--start-shortfall", type=int, default=0, metavar="N", help="by how much start in next links is too small"
    )
    parser.add_argument("--json", action="store_true", help="say where the site is as one line of JSON")
    parser.add_argument(
        "--until-stdin-ends", action="store_true", help="stop when standard input closes (for programs)"
    )
    return parser


def _fault(text: str) -> FaultRule:
    try:
        return FaultRule(**json.loads(text))
    except (TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text} is no fault rule: {error}") from error


def _source(options: argparse.Namespace) -> SeedSource:
    if options.corpus is not None:
        return CorpusSource(options.corpus)
    if options.pages is not None:
        profile: ProfileName | None = options.everything
        return GeneratedSource(
            options.pages, options.spaces, options.random_seed, profile is not None, profile or "full"
        )
    return DemoSource() if options.seed == "demo" else FunctionSource(options.seed)


def _installation(options: argparse.Namespace) -> Installation | None:
    if options.product == "cloud":
        return None
    return Installation(options.dc_version, options.context_path, options.server_time_zone, options.start_shortfall)


def _announce(world: World, *, as_json: bool) -> None:
    caller = world.store.users.get(world.caller_id)
    email, token = (caller.email, caller.api_token or "") if caller else ("", "")
    if as_json:
        facts = {"base_url": world.base_url, "media_url": world.media_url, "email": email, "api_token": token}
        doors = {"gateway_url": world.gateway_url, "login_url": world.gateway_url, "cloud_id": world.store.cloud_id}
        print(json.dumps({**facts, **doors, **asdict(LOGINS), **_data_center_facts(world)}), flush=True)
    elif world.installation is not None:
        name, password = (caller.user_name, token) if caller else ("", "")
        print(f"Confluence Data Center ready at {world.base_url} (log in as {name} with {password})", flush=True)
    else:
        print(f"Confluence site ready at {world.base_url} (log in as {email} with {token})", flush=True)


def _data_center_facts(world: World) -> dict[str, str]:
    caller = world.store.users.get(world.caller_id)
    if world.installation is None or caller is None:
        return {}
    token = personal_access_token(caller)
    return {"user_name": caller.user_name, "password": caller.api_token or "", "personal_access_token": token}


def main() -> int:
    """Run the site; return the process's exit status."""
    options = _parser().parse_args()
    try:
        seed, installation = _source(options).load(), _installation(options)
    except (ValueError, TypeError, OSError) as error:
        return _refused(error)
    settings = SiteOptions(
        options.port,
        options.latency_ms,
        options.index_lag_seconds,
        options.v1_removed,
        options.requests_per_second,
        options.burst,
        options.fault,
        options.fault_seed,
        options.token_seconds,
        installation,
    )
    try:
        serve(
            seed,
            settings,
            lambda world: _announce(world, as_json=options.json),
            until_stdin_ends=options.until_stdin_ends,
        )
    except KeyboardInterrupt:
        return 0
    except (ValueError, OSError) as error:
        return _refused(error)
    return 0


def _refused(error: Exception) -> int:
    print(f"The site cannot start: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
