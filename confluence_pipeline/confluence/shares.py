"""How a site's patience is divided between those who want some of it: pure arithmetic."""

from collections.abc import Mapping


def fair_shares(total: int, wanted: Mapping[str, int]) -> dict[str, int]:
    """Divide so that nobody gets more than they want while another gets less than an even share (max-min fairness).

    Args:
        total: What there is to divide.
        wanted: What each wants.

    Returns:
        What each gets, at least one even if that is more than there is: a share of nothing would never end.
    """
    shares: dict[str, int] = {}
    left = total
    modest_first = sorted(wanted, key=lambda name: (wanted[name], name))
    for position, name in enumerate(modest_first):
        even = left // (len(modest_first) - position)
        shares[name] = max(1, min(wanted[name], even))
        left = max(0, left - shares[name])
    return shares
