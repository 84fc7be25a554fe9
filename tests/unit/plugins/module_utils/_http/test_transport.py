# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport over a pool without sockets: what is sent, what is repeated, what is waited for."""

from __future__ import annotations

import builtins
import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._http import transport as module
from ansible_collections.ringme.pbx.plugins.module_utils._http.run_context import Quota
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.ringme.pbx.plugins.module_utils._http.transport import Transport
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import (
    ConnectionFailedError,
    EnvironmentProblemError,
    OptionError,
    ReadOnlyError,
)
from ansible_collections.ringme.pbx.plugins.module_utils._version import VERSION
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import (
    ORIGIN,
    SECRET,
    reply,
    run_of,
    transport_of,
)

API = f"{ORIGIN}/api/ver1.0"


class TestRequest:
    """What leaves."""

    def test_get(self) -> None:
        transport, pool = transport_of(reply(200, {"id": 1}, X_RateLimit_Limit="5000"))
        run = run_of()
        response = transport.send(
            run, "GET", "/client/@me/extension/", bearer=SECRET, query=[("page", "1"), ("type", "a b&c")]
        )
        (sent,) = pool.sent
        assert (sent.method, sent.url) == ("GET", f"{API}/client/@me/extension/?page=1&type=a+b%26c")
        assert sent.body is None
        assert sent.headers["Authorization"] == f"Bearer {SECRET}"
        assert sent.headers["Accept"] == "application/json"
        assert sent.headers["Accept-Encoding"] == "gzip"
        assert sent.headers["User-Agent"] == f"ringme.pbx/{VERSION}"
        assert (response.method, response.path, response.status, response.json()) == (
            "GET",
            "/client/@me/extension/",
            200,
            {"id": 1},
        )
        assert run.requests == {"GET": 1, "POST": 0, "PUT": 0, "DELETE": 0, "token": 0}
        assert run.quota == Quota(5000, None, None)
        assert not run.wrote

    def test_repeated_names_in_a_query(self) -> None:
        transport, pool = transport_of(reply())
        transport.send(run_of(), "GET", "/x", bearer="t", query=[("extension_id", "1"), ("extension_id", "2")])
        assert pool.sent[0].url == f"{API}/x?extension_id=1&extension_id=2"

    @given(
        st.lists(
            st.lists(
                st.text(max_size=6)
                | st.text("ab09_-~@.%/", max_size=6)
                | st.sampled_from([".", "..", "ver1.0", "@me"]),
                max_size=4,
            ),
            min_size=1,
            max_size=3,
        )
    )
    def test_every_url_is_written_as_requests_writes_it(self, paths: list[list[str]]) -> None:
        """Also where the transport does not ask it."""
        written = ["/" + "/".join(parts) for parts in paths]
        transport, pool = transport_of(*[reply()] * len(written), origin="https://PBX.example.org:443")
        for path in written:
            transport.send(run_of(), "GET", path, bearer="t")
        base = "https://PBX.example.org:443/api/ver1.0"
        assert [sent.url for sent in pool.sent] == [
            requests.Request("GET", base + path).prepare().url for path in written
        ]

    @pytest.mark.parametrize("query", [(), [("a", "1")]])
    def test_a_host_that_is_none(self, query: Any) -> None:
        transport, pool = transport_of(origin="https://*.example.org")
        with pytest.raises(ConnectionFailedError, match=r"no connection to https://..example.org .InvalidURL"):
            transport.send(run_of(), "GET", "/x", bearer="t", query=query)
        assert not pool.sent

    def test_write(self) -> None:
        transport, pool = transport_of(reply(201))
        run = run_of()
        transport.send(run, "POST", "/x", bearer="t", body={"bundle_list": [1, 2]})
        assert json.loads(pool.sent[0].body or b"") == {"bundle_list": [1, 2]}
        assert pool.sent[0].headers["Content-Type"] == "application/json"
        assert run.requests["POST"] == 1
        assert run.wrote

    @pytest.mark.parametrize(("method", "length"), [("DELETE", "0"), ("POST", "0"), ("GET", None)])
    def test_without_a_body(self, method: str, length: str | None) -> None:
        transport, pool = transport_of(reply(200))
        transport.send(run_of(), method, "/x", bearer="t")
        assert pool.sent[0].body is None
        assert pool.sent[0].headers.get("Content-Length") == length
        assert "Content-Type" not in pool.sent[0].headers

    def test_token_request_hides_its_parameters_in_the_body(self) -> None:
        transport, pool = transport_of(reply(200, {"access_token": "t"}))
        run = run_of()
        response = transport.request_token(run, {"client_id": "app", "client_secret": SECRET})
        (sent,) = pool.sent
        assert (sent.method, sent.url) == ("POST", f"{ORIGIN}/oauth/token")
        assert parse_qsl(str(sent.body)) == [("client_id", "app"), ("client_secret", SECRET)]
        assert "Authorization" not in sent.headers
        assert response.sensitive
        assert run.requests["token"] == 1
        assert not run.wrote

    def test_options_of_a_request(self) -> None:
        transport, pool = transport_of(
            reply(), timeout=7.5, validate_certs=False, proxy="http://proxy.example.org:3128"
        )
        transport.send(run_of(), "GET", "/x", bearer="t")
        options = pool.options[0]
        assert options["timeout"] == 7.5
        assert options["verify"] is False
        assert dict(options["proxies"]) == dict.fromkeys(["http", "https"], "http://proxy.example.org:3128")

    def test_certificates_are_checked(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        transport, pool = transport_of(reply(), reply())
        transport.send(run_of(), "GET", "/x", bearer="t")
        assert pool.options[0]["verify"] is True
        for name in ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
            bundle = tmp_path / name
            bundle.write_bytes(Path(requests.certs.where()).read_bytes())
            monkeypatch.setenv(name, str(bundle))
            transport, pool = transport_of(reply())
            transport.send(run_of(), "GET", "/x", bearer="t")
            assert pool.options[0]["verify"] == str(bundle)

    def test_nothing_of_the_environment_replaces_the_token(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
    ) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("default login user password other\n")
        monkeypatch.setenv("NETRC", str(netrc))
        transport, pool = transport_of(reply(), reply())
        transport.send(run_of(), "GET", "/x", bearer="t")
        transport.request_token(run_of(), {})
        assert pool.sent[0].headers["Authorization"] == "Bearer t"
        assert "Authorization" not in pool.sent[1].headers

    @pytest.mark.parametrize(
        ("origin", "no_proxy", "expected"),
        [
            (ORIGIN, "", "http://proxy.example.org:3128"),
            (ORIGIN, "pbx.example.org", None),
            ("http://127.0.0.1:8080", "", None),
            ("https://localhost:8080", "", None),
        ],
    )
    def test_proxy_of_the_environment(
        self, monkeypatch: pytest.MonkeyPatch, origin: str, no_proxy: str, expected: str | None
    ) -> None:
        monkeypatch.setenv("https_proxy", "http://proxy.example.org:3128")
        monkeypatch.setenv("http_proxy", "http://proxy.example.org:3128")
        monkeypatch.setenv("no_proxy", no_proxy)
        transport, pool = transport_of(reply(), origin=origin)
        transport.send(run_of(), "GET", "/x", bearer="t")
        assert pool.options[0]["proxies"].get("https") == expected

    @pytest.mark.parametrize(("origin", "count"), [(ORIGIN, 1), ("http://127.0.0.1:9", 0)])
    def test_unchecked_certificates_are_a_warning_of_the_task(self, origin: str, count: int) -> None:
        transport, _pool = transport_of(reply(), reply(), origin=origin, validate_certs=False)
        run = run_of()
        for _number in range(2):
            transport.send(run, "GET", "/x", bearer="t")
        assert len(run.warnings) == count
        assert all(
            "validate_certs is false: the certificate of https://pbx.example.org is not" in text
            for text in run.warnings
        )

    def test_gzip(self) -> None:
        body = gzip.compress(b'{"id": 1}')
        transport, _pool = transport_of(reply(200, body, Content_Encoding="gzip"))
        assert transport.send(run_of(), "GET", "/x", bearer="t").json() == {"id": 1}


class TestLock:
    """Under a lock nothing but GET and the token request leaves."""

    @given(method=st.sampled_from(["POST", "PUT", "DELETE", "PATCH", "HEAD", "get"]) | st.text(), path=st.text())
    def test_no_write_leaves(self, method: str, path: str) -> None:
        if method == "GET":
            return
        transport, pool = transport_of()
        run = run_of(lock="check mode")
        with pytest.raises(ReadOnlyError):
            transport.send(run, method, path, bearer="t", body={})
        assert not pool.sent
        assert not run.wrote
        assert not any(run.requests.values())

    def test_reading_and_the_token_request_pass(self) -> None:
        transport, pool = transport_of(reply(), reply())
        run = run_of(lock="read_only")
        transport.request_token(run, {})
        transport.send(run, "GET", "/x", bearer="t")
        assert len(pool.sent) == 2


class TestSetUp:
    """What is checked before anything is sent."""

    @pytest.mark.parametrize("content", [None, b"", b"no certificate"])
    @pytest.mark.parametrize("option", ["ca_path", "client_cert"])
    def test_unusable_files(self, tmp_path: Any, option: str, content: bytes | None) -> None:
        path = tmp_path / "file.pem"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(OptionError, match=f"{option}: .*file.pem is not usable") as caught:
            Transport(ConnectionSettings(ORIGIN, **{option: str(path)}))  # type: ignore[arg-type]
        assert "PEM" in caught.value.msg

    def test_an_unreadable_key_is_named(self, tmp_path: Any) -> None:
        with pytest.raises(OptionError, match=r"a.pem with .*b.key"):
            Transport(
                ConnectionSettings(ORIGIN, client_cert=str(tmp_path / "a.pem"), client_key=str(tmp_path / "b.key"))
            )

    def test_a_folder_is_no_ca(self, tmp_path: Any) -> None:
        with pytest.raises(OptionError, match="ca_path"):
            Transport(ConnectionSettings(ORIGIN, ca_path=str(tmp_path)))

    def test_no_ca_is_needed_where_nothing_is_checked(self) -> None:
        Transport(ConnectionSettings(ORIGIN, ca_path="/nonexistent", validate_certs=False)).close()

    @pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSLKEYLOGFILE"])
    def test_an_unusable_file_of_the_environment(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
    ) -> None:
        """It would look like a broken response."""
        path = str(tmp_path / "missing" / "file")
        monkeypatch.setenv(name, path)
        with pytest.raises(
            EnvironmentProblemError, match=f"variable {name} is set to {path}, which is not usable .No such file"
        ) as caught:
            Transport(ConnectionSettings(ORIGIN))
        assert f"unset {name}" in caught.value.msg
        Transport(ConnectionSettings("http://127.0.0.1:9")).close()
        if name != "SSLKEYLOGFILE":
            Transport(ConnectionSettings(ORIGIN, validate_certs=False)).close()
            Transport(ConnectionSettings(ORIGIN, ca_path=requests.certs.where())).close()
        for usable in ("", str(tmp_path) if name != "SSLKEYLOGFILE" else str(tmp_path / "keys")):
            monkeypatch.setenv(name, usable)
            Transport(ConnectionSettings(ORIGIN)).close()

    def test_without_requests(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "requests", None)
        with pytest.raises(EnvironmentProblemError, match="requests"):
            Transport(ConnectionSettings(ORIGIN))

    @pytest.mark.parametrize("installed", [True, False])
    def test_socks_needs_a_library(self, monkeypatch: pytest.MonkeyPatch, installed: bool) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: builtins.object() if installed else None)
        settings = ConnectionSettings(ORIGIN, proxy=f"socks5h://u:{SECRET}@127.0.0.1:1080")
        if installed:
            Transport(settings).close()
            return
        with pytest.raises(EnvironmentProblemError, match="PySocks") as caught:
            Transport(settings)
        assert SECRET not in caught.value.msg
