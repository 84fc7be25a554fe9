# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP addresses and IP networks of registrations. Pure.

``real_address`` is documented as address and port; the API also returns ``sip:192.0.2.7:62338`` (reference section 3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Union

from .errors import OptionError

Address = Union[IPv4Address, IPv6Address]
Network = Union[IPv4Network, IPv6Network]


def address_of(sip_address: str) -> Address | None:
    """Return the IP address in a SIP URI or ``address:port`` text, or ``None`` if there is none.

    User, port, parameters, brackets and zone are ignored. An IPv4-mapped IPv6 address becomes IPv4.
    """
    text = re.sub(r"^\s*<?\s*(sips?:)?", "", sip_address, flags=re.IGNORECASE)
    text = re.split(r"[;?>\s]", text, maxsplit=1)[0].rsplit("@", 1)[-1]
    bracketed = re.fullmatch(r"\[([^\]%]+)(%[^\]]*)?\](:[0-9]*)?", text)
    bare = text.split("%", 1)[0]
    candidates = [bracketed.group(1)] if bracketed else [bare, bare.rsplit(":", 1)[0]]
    for candidate in candidates:
        try:
            address = ip_address(candidate)
        except ValueError:
            continue
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return mapped or address
    return None


def check_networks(option: str, texts: Sequence[str]) -> tuple[Network, ...]:
    """Parse networks in CIDR form (an address alone is a network of one); raises :class:`.errors.OptionError`."""
    return tuple(_check_network(f"{option}[{index}]", text) for index, text in enumerate(texts))


def _check_network(option: str, text: str) -> Network:
    try:
        return ip_network(text.strip())
    except ValueError:
        pass
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise OptionError(
            option, f"{text!r} is not a valid network", hint="Write it as 198.51.100.0/24, 2001:db8::/32 or one address"
        ) from None
    raise OptionError(option, f"{text!r} has host bits set", hint=f"Use {network}, or one address")


def within(address: Address | None, networks: Sequence[Network]) -> bool:
    """Return whether the address is in one of the networks; ``None`` is in none."""
    return address is not None and any(address.version == net.version and address in net for net in networks)
