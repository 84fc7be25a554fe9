# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP addresses and networks."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.addresses import address_of, check_networks, within
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import OptionError

PORTS = st.just("") | st.integers(0, 65535).map(lambda port: f":{port}")
HEADS = st.sampled_from(["", "sip:", "SIPS:", "<sip:", "sip:000*101@", "  sip:u:pw@"])
TAILS = st.sampled_from(["", ";transport=tcp", "?x=y", ">", ">;expires=60", " "])
V4 = st.ip_addresses(v=4)
V6 = st.ip_addresses(v=6)


@given(address=V4, head=HEADS, port=PORTS, tail=TAILS)
def test_ipv4_in_any_dress(address: IPv4Address, head: str, port: str, tail: str) -> None:
    assert address_of(f"{head}{address}{port}{tail}") == address


@given(address=V6, head=HEADS, zone=st.sampled_from(["", "%eth0", "%251"]), port=PORTS, tail=TAILS)
def test_bracketed_ipv6_in_any_form(address: IPv6Address, head: str, zone: str, port: str, tail: str) -> None:
    assert address_of(f"{head}[{address}{zone}]{port}{tail}") == (address.ipv4_mapped or address)


@given(address=V6, head=HEADS, zone=st.sampled_from(["", "%eth0"]), tail=TAILS)
def test_bare_ipv6(address: IPv6Address, head: str, zone: str, tail: str) -> None:
    assert address_of(f"{head}{address}{zone}{tail}") == (address.ipv4_mapped or address)


@given(address=V4, port=PORTS)
def test_mapped_ipv4_is_ipv4(address: IPv4Address, port: str) -> None:
    assert address_of(f"sip:[::ffff:{address}]{port}") == address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sip:192.0.2.7:62338", "192.0.2.7"),
        ("192.0.2.7:5060", "192.0.2.7"),
        ("sip:000*002@192.0.2.7:5062;line=1", "192.0.2.7"),
        ("<sip:192.0.2.7>", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("sip:[fe80::1%eth0]:5060", "fe80::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("sip:[::ffff:192.0.2.7]:5060", "192.0.2.7"),
    ],
)
def test_examples(text: str, expected: str) -> None:
    assert address_of(text) == ip_address(expected)


@pytest.mark.parametrize(
    "text",
    ["", "unknown", "sip:", "sip:host.example.org:5060", "sip:xxx.xxx.xxx.xxx:62338", "300.1.1.1", "192.000.002.007",
     "192.0.2", "[192.0.2.7", "2001:db8::1]:5060", "[]:5060", "sip:@", "1", "१.2.3.4", "192.0.2.7:5060:1"],
)  # fmt: skip
def test_no_address(text: str) -> None:
    assert address_of(text) is None


@given(st.text())
def test_garbage_is_no_error(text: str) -> None:
    found = address_of(text)
    assert found is None or isinstance(found, (IPv4Address, IPv6Address))


@given(st.lists(st.ip_addresses(), max_size=4))
def test_bare_addresses_are_networks_of_one(addresses: list[IPv4Address | IPv6Address]) -> None:
    networks = check_networks("address", [f" {address} " for address in addresses])
    assert [net.num_addresses for net in networks] == [1] * len(addresses)
    assert all(within(address, networks) for address in addresses)


@pytest.mark.parametrize(
    ("address", "network", "expected"),
    [
        ("198.51.100.9", "198.51.100.0/24", True),
        ("198.51.101.9", "198.51.100.0/24", False),
        ("2001:db8::9", "2001:db8::/32", True),
        ("2001:db9::9", "2001:db8::/32", False),
        ("192.0.2.1", "::/0", False),
        ("2001:db8::9", "0.0.0.0/0", False),
        ("192.0.2.1", "0.0.0.0/0", True),
    ],
)
def test_within(address: str, network: str, expected: bool) -> None:
    assert within(ip_address(address), check_networks("address", [network])) is expected


def test_no_address_is_in_no_network() -> None:
    assert not within(None, check_networks("address", ["0.0.0.0/0", "::/0"]))
    assert not within(ip_address("192.0.2.1"), ())


def test_a_zone_does_not_hide_an_address_from_its_network() -> None:
    assert within(address_of("fe80::1%eth0"), check_networks("address", ["fe80::/10"]))


@pytest.mark.parametrize(
    "text", ["", "x", "10.0.0.0/33", "10.0.0/8", "198.51.100.0/24/1", "::/129", "10.0.0.0-10.0.0.9"]
)
def test_no_network(text: str) -> None:
    with pytest.raises(OptionError, match="is not a valid network") as caught:
        check_networks("address", ["192.0.2.0/24", text])
    assert caught.value.option == "address[1]"
    assert caught.value.details.hint


def test_bits_behind_the_prefix() -> None:
    with pytest.raises(OptionError, match="bits set") as caught:
        check_networks("address", ["198.51.100.7/24"])
    assert "198.51.100.0/24" in str(caught.value.details.hint)


@given(st.text())
def test_any_text_is_a_network_or_an_option_error(text: str) -> None:
    try:
        (network,) = check_networks("address", [text])
    except OptionError as error:
        assert error.option == "address[0]"
        assert error.details.hint
    else:
        assert network.num_addresses >= 1
