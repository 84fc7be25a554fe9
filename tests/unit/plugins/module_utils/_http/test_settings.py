# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options: refused before anything is sent, and without a secret in the message."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import (
    ARGUMENTS,
    ConnectionSettings,
    is_loopback,
    secrets_in,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import OptionError
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET

GOOD = {"api_url": "https://pbx.example.org", "access_token": "token"}


def settings_of(**options: Any) -> ConnectionSettings:
    """Settings from the least that is needed, and more."""
    return ConnectionSettings.from_options({**GOOD, **options})


def refused(**options: Any) -> OptionError:
    """The error for these options; it always says what to do, and never a secret."""
    with pytest.raises(OptionError) as caught:
        settings_of(**options)
    assert caught.value.details.hint
    assert SECRET not in f"{caught.value.msg} {caught.value.details}"
    return caught.value


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://pbx.example.org", "https://pbx.example.org"),
        ("https://PBX.example.org/", "https://pbx.example.org"),
        (" https://pbx.example.org:8443/api/ver1.0/ ", "https://pbx.example.org:8443"),
        ("https://pbx.example.org/api/ver1.0", "https://pbx.example.org"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.8.8", "http://127.8.8.8"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("HTTP://LocalHost:8080", "http://localhost:8080"),
        ("https://пример.example", "https://пример.example"),
    ],
)
def test_origin(url: str, origin: str) -> None:
    assert settings_of(api_url=url).origin == origin


@pytest.mark.parametrize(
    "url",
    [
        None, "", "pbx.example.org", "ftp://pbx.example.org", "https://", "https:///api/ver1.0", "https://[::1",
        "https://pbx.example.org:99999", "https://pbx.example.org:x", "https://pbx.example.org/api", "https://pbx.example.org/api/ver2.0",
        f"https://user:{SECRET}@pbx.example.org", f"https://{SECRET}@pbx.example.org", f"user:{SECRET}@pbx.example.org",
        f"https:/user:{SECRET}@pbx.example.org", f"https://pbx.example.org/?client_secret={SECRET}",
        f"https://pbx.example.org/#{SECRET}", f"https://pbx.example.org/{SECRET}", f"ftp://user:{SECRET}@pbx.example.org",
        "https://pbx example.org", "https://*.example.org", "https://.example.org", "https://pbx..example.org",
        "https://" + "x" * 64 + ".example.org", "https://pbx.example.org\\x", "https://pbx%2eexample.org", 7,
        "https://при..мер.example", "https://" + "ж" * 64 + ".example", "https://[fe80::1%]",
    ],
)  # fmt: skip
def test_no_api_url(url: Any) -> None:
    assert refused(api_url=url).option == "api_url"


@pytest.mark.parametrize(
    "host", ["pbx.example.org", "10.0.0.1", "[2001:db8::1]", "localhost.example.org", "0.0.0.0", "128.0.0.1"]
)
def test_plain_http_to_anything_but_loopback(host: str) -> None:
    error = refused(api_url=f"http://{host}:8080")
    assert error.option == "api_url"
    assert "https" in error.msg


@pytest.mark.parametrize("host", ["127.0.0.1", "127.255.0.9", "::1", "localhost", "LOCALHOST"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)
    assert settings_of(api_url=f"https://[{host}]" if ":" in host else f"https://{host}").loopback


@given(st.ip_addresses())
def test_addresses_are_loopback_or_not(address: Any) -> None:
    assert is_loopback(str(address)) == address.is_loopback


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"access_token": None}, "application_id"),
        ({"access_token": ""}, "application_id"),
        ({"application_id": "app"}, "access_token"),
        ({"application_secret": SECRET}, "access_token"),
        ({"application_id": "app", "application_secret": SECRET}, "access_token"),
        ({"access_token": None, "application_id": "app"}, "application_secret"),
        ({"access_token": None, "application_secret": SECRET}, "application_id"),
        ({"access_token": f"{SECRET}\n"}, "access_token"),
        ({"access_token": f"{SECRET} {SECRET}"}, "access_token"),
        ({"access_token": f" {SECRET}"}, "access_token"),
        ({"access_token": f"{SECRET} "}, "access_token"),
        ({"access_token": f"{SECRET}é"}, "access_token"),
        ({"access_token": None, "application_id": "a b", "application_secret": SECRET}, "application_id"),
        ({"access_token": None, "application_id": "app", "application_secret": f"{SECRET}\t"}, "application_secret"),
    ],
)
def test_credentials(options: dict[str, Any], option: str) -> None:
    assert refused(**options).option == option


def test_either_way_of_authorization() -> None:
    assert settings_of().access_token == "token"
    settings = settings_of(access_token=None, application_id="app", application_secret=SECRET)
    assert (settings.application_id, settings.application_secret, settings.access_token) == ("app", SECRET, None)


@pytest.mark.parametrize("cache", [None, "", "none"])
def test_no_token_cache(cache: str | None) -> None:
    assert settings_of(token_cache=cache).token_cache is None


def test_token_cache() -> None:
    assert settings_of(token_cache="/tmp/x").token_cache == "/tmp/x"


def test_a_key_needs_its_certificate() -> None:
    assert refused(client_key="/tmp/key.pem").option == "client_key"
    assert settings_of(client_cert="/tmp/c.pem", client_key="/tmp/key.pem").client_key == "/tmp/key.pem"


@pytest.mark.parametrize(
    "proxy",
    ["proxy.example.org:3128", "ftp://proxy.example.org", "http://", f"http://u:{SECRET}@proxy.example.org:x", "http://[::1",
     f"u:{SECRET}@proxy.example.org:3128"],
)  # fmt: skip
def test_no_proxy(proxy: str) -> None:
    assert refused(proxy=proxy).option == "proxy"


@pytest.mark.parametrize(
    "proxy", ["http://proxy.example.org:3128", "https://u:p@proxy.example.org", "socks5h://127.0.0.1:1080"]
)
def test_proxy(proxy: str) -> None:
    assert settings_of(proxy=proxy).proxy == proxy
    assert settings_of(proxy="").proxy is None


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("timeout", 0), ("timeout", -1.0), ("timeout", math.nan), ("timeout", math.inf), ("timeout", 1e10),
        ("retries", 0), ("retries", -3), ("retry_budget", -0.1), ("retry_budget", math.nan), ("retry_budget", math.inf),
    ],
)  # fmt: skip
def test_numbers_out_of_range(option: str, value: float) -> None:
    assert refused(**{option: value}).option == option


@given(timeout=st.floats(0.001, 3600), retries=st.integers(1, 1000), budget=st.floats(0, 3600))
def test_numbers(timeout: float, retries: int, budget: float) -> None:
    settings = settings_of(timeout=timeout, retries=retries, retry_budget=budget)
    assert (settings.timeout, settings.retries, settings.retry_budget) == (timeout, retries, budget)


@pytest.mark.parametrize(
    ("option", "value", "bound"),
    [
        ("timeout", 0, "Set a number above 0, and at most 86400"),
        ("retries", 0, "Set a number of at least 1"),
        ("retry_budget", -1, "Set a number of at least 0"),
    ],
)
def test_a_number_out_of_range_is_refused_with_its_range(option: str, value: float, bound: str) -> None:
    assert refused(**{option: value}).details.hint == bound


def test_only_secrets_are_secret() -> None:
    """Ansible masks the value of a secret wherever it occurs, also the path of a folder in a warning."""
    marks = {name: entry.get("no_log") for name, entry in ARGUMENTS.items() if "no_log" in entry}
    assert marks == {"application_secret": True, "access_token": True, "token_cache": False, "client_key": False}


def test_defaults() -> None:
    settings = settings_of()
    assert (settings.timeout, settings.retries, settings.retry_budget, settings.validate_certs) == (30, 3, 60, True)
    assert settings == settings_of(timeout=None, retries=None, retry_budget=None)
    assert settings_of(validate_certs=False).validate_certs is False


def test_secrets_do_not_show_in_a_representation() -> None:
    settings = [settings_of(access_token=SECRET, proxy=f"http://u:{SECRET}@proxy.example.org")]
    settings.append(settings_of(access_token=None, application_id="app", application_secret=SECRET))
    assert SECRET not in repr(settings)


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "api_url": st.none() | st.text() | st.from_regex(r"https?://[a-z0-9.:@/\[\]?#%-]{0,20}", fullmatch=True),
        "access_token": st.none() | st.text(),
        "application_id": st.none() | st.text(),
        "application_secret": st.none() | st.text(),
        "proxy": st.none() | st.text() | st.from_regex(r"(http|socks5)://[a-z0-9.:@/\[\]-]{0,20}", fullmatch=True),
        "client_key": st.none() | st.text(),
        "timeout": st.none() | st.floats(),
        "retries": st.none() | st.integers(),
        "retry_budget": st.none() | st.floats(),
    },
)


@given(OPTIONS)
def test_any_options_are_settings_or_an_option_error(options: dict[str, Any]) -> None:
    try:
        settings = settings_of(**options)
    except OptionError as error:
        assert error.option in {*GOOD, *OPTION_NAMES}
        assert error.details.hint
        return
    assert settings.origin.startswith("https://") or settings.loopback
    assert 0 < settings.timeout < math.inf
    assert settings.retries >= 1


OPTION_NAMES = ("application_id", "application_secret", "proxy", "client_key", "timeout", "retries", "retry_budget")


@pytest.mark.parametrize(
    ("proxy", "expected"),
    [
        (None, set()),
        ("http://proxy.example.org", set()),
        ("http://user@proxy.example.org", set()),
        ("http://user:p%40ss@proxy.example.org", {"p%40ss", "p@ss", "dXNlcjpwQHNz"}),
        ("http://:word@proxy.example.org", {"word", "OndvcmQ="}),
        ("http://[", set()),
    ],
)
def test_the_password_of_a_proxy_is_a_secret(proxy: str | None, expected: set[str]) -> None:
    assert secrets_in({"proxy": proxy}) >= expected
    assert bool(secrets_in({"proxy": proxy})) == bool(expected)
