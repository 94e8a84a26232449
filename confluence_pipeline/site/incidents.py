"""What happens to the site itself in the middle of a client's work, by a rule of the fault plan."""

from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.world import World


def happen(world: World, rule: FaultRule) -> None:
    """Let happen what a rule says; nothing if there is nobody, or no space, that it could happen to."""
    if rule.kind == "revoke_token":
        _revoke_token(world)
    else:
        _close_space(world, rule.space_key)


def _revoke_token(world: World) -> None:
    user = world.store.users.get(world.caller_id)
    if user is not None:
        world.store.changing()
        user.api_token = None
    world.logins.revoke_all()


def _close_space(world: World, key: str) -> None:
    """Take the grants of a space away: whoever asks for it is answered 404, as for one that never was."""
    space_id = world.store.space_ids.get(key)
    if space_id is not None:
        world.store.changing(space_id)
        world.store.spaces[space_id].set_grants([])
