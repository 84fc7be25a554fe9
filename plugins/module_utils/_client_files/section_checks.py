# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules themselves would refuse in a client file before their first request, each with its place.

The checks are those of the resources. Only time-zone data need I/O.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .._engine.common_options import check_client_id
from .._engine.refusals import refusals
from .._http.settings import ARGUMENTS, ConnectionSettings
from .._model.errors import OptionError
from .._model.extension_numbers import check_number
from .._model.findings import BUNDLE_IMPOSSIBLE
from .._resources.bundles.entries import BUNDLES
from .._resources.client_bundles import ClientBundles
from .._resources.client_registrations import ClientRegistrations
from .._resources.client_settings import ClientSettings
from .._resources.registrations.absent_option import ABSENCE, ABSENCES, check_absence
from .._resources.registrations.options import RULES
from .findings import REFUSED_VALUE, WRONG_LENGTH, WRONG_TEMPLATE
from .module_options import (
    broken_rules,
    bundle_options,
    defaults,
    module_options,
    without_placeholders,
)
from .reserved_names import OWN_PREFIX, reserved
from .template_checks import may_be_omitted, syntax_error
from .yaml_tree import (
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    TreeProblem,
    place_of,
    plain,
    scalars,
)

BUNDLES_PREFIX = "client_bundles_"
"""The prefix of the options of client_bundles in a client file and in the role."""

_BUNDLES, _REGISTRATIONS, _SETTINGS = ClientBundles(), ClientRegistrations(), ClientSettings()
_NEVER_EMPTY = {
    "api_url": "https://pbx.example.org",
    "application_id": "known-later",
    "application_secret": "known-later",
}
"""Values for the connection options that a file does not set: the environment can set them."""
_APPLICATION = {"application_id", "application_secret"}
_SOME_EXTENSION = {"extension": "100", "extension_id": 1}
_OCTAL = "Put the number in quotes: YAML reads an unquoted 010 as 8"
_PATTERN_SIGNS = re.compile(r"[\s:,;&!*?~\[\]{}()<>|/\\'\"#@=]")
_PER_CLIENT = (f"{OWN_PREFIX}in_process",)
"""The variables of this collection that are allowed for one client: the others control a whole run."""


def check_sections(file: MapNode) -> Iterator[TreeProblem]:
    """Yield the values that the modules reject. The sections must have passed the schema."""
    yield from _templates(file)
    yield from _client_id(file)
    yield from _tags(file)
    yield from _variables(file)
    yield from _connection(file)
    yield from _settings(file)
    yield from _bundles(file)
    yield from _registrations(file)
    yield from _lengths(file)


def _templates(file: MapNode) -> Iterator[TreeProblem]:
    """Yield the problems of templates that do not depend on their variables."""
    for scalar in scalars(file):
        reason = syntax_error(scalar.value) if scalar.opaque and not scalar.vault else None
        if reason is not None:
            hint = "Fix the template, or tag the string with !unsafe if it is not a template"
            yield TreeProblem(WRONG_TEMPLATE, scalar.place, f"the template is not valid: {reason}", hint)
    for entry in file.entries:
        node = entry.node
        if isinstance(node, ScalarNode) and node.opaque and not node.vault and may_be_omitted(node.value):
            hint = f"Remove {entry.key}, or end its template with default({{}}) or default([])"
            yield TreeProblem(
                WRONG_TEMPLATE, node.place, f"{entry.key}: omit is not supported for a whole section", hint
            )


def _client_id(file: MapNode) -> Iterator[TreeProblem]:
    node = file.get("client_id")
    if isinstance(node, ScalarNode) and not node.opaque:
        for error in refusals(check_client_id, {"client_id": str(node.value)}, {}):
            yield _problem(file, error, "client_id", "client_id")


def _tags(file: MapNode) -> Iterator[TreeProblem]:
    node = file.get("client_tags")
    for index, item in enumerate(node.items if isinstance(node, ListNode) else ()):
        if not isinstance(item, ScalarNode) or item.opaque:
            continue
        text, what = str(item.value), f"client_tags[{index}]"
        why = reserved(text)
        if not text or _PATTERN_SIGNS.search(text):
            message = f"{what}: {text!r} is not a valid group name"
            yield TreeProblem(REFUSED_VALUE, item.place, message, "Use letters, digits, _ and -")
        elif why is not None:
            yield TreeProblem(REFUSED_VALUE, item.place, f"{what}: {text} {why}", "Choose another name")


def _variables(file: MapNode) -> Iterator[TreeProblem]:
    node = file.get("client_vars")
    for entry in node.entries if isinstance(node, MapNode) else ():
        if entry.key.startswith("client_") or entry.key == "extension_len":
            message = f"client_vars.{entry.key}: extension_len and names that begin with client_ are reserved"
            yield TreeProblem(
                REFUSED_VALUE, entry.place, message, "Rename the variable, or move the key out of client_vars"
            )
        elif entry.key.startswith(OWN_PREFIX) and entry.key not in _PER_CLIENT:
            message = f"client_vars.{entry.key}: variables that begin with {OWN_PREFIX} control a run over all clients"
            yield TreeProblem(REFUSED_VALUE, entry.place, message, "Set it with -e, or in group_vars/all.yml")


def _connection(file: MapNode) -> Iterator[TreeProblem]:
    node = file.get("client_api")
    if not isinstance(node, MapNode):
        return
    given = {entry.key for entry in node.entries}
    known = {name: value for name, value in module_options(node, ARGUMENTS).items() if value is not None}
    options = {**_NEVER_EMPTY, **known}
    if "client_cert" in given:
        options.setdefault("client_cert", "known-later")
    if "access_token" in given:
        options.setdefault("access_token", "known-later")
        if not given & _APPLICATION:
            options |= dict.fromkeys(_APPLICATION)
    for error in refusals(ConnectionSettings.from_options, options, {**defaults(ARGUMENTS), **_NEVER_EMPTY}):
        yield _problem(node, error, f"client_api.{error.option}", error.option)


def _settings(file: MapNode) -> Iterator[TreeProblem]:
    node = file.get("client_settings")
    if isinstance(node, MapNode):
        arguments = _SETTINGS.arguments
        for error in refusals(_SETTINGS.parse, module_options(node, arguments), defaults(arguments)):
            yield _problem(node, error, f"client_settings.{error.option}", error.option)


def _bundles(file: MapNode) -> Iterator[TreeProblem]:
    arguments = {name: spec for name, spec in _BUNDLES.arguments.items() if name not in ("bundles", "client_id")}
    own = {f"{BUNDLES_PREFIX}{name}": spec for name, spec in arguments.items()}
    terms = {name.removeprefix(BUNDLES_PREFIX): value for name, value in module_options(file, own).items()}
    allowed = file.get(f"{BUNDLES_PREFIX}allow_empty")
    if allowed and allowed.opaque:
        terms["allow_empty"] = True  # can be intended
    listed = file.get("client_bundles")
    entries = bundle_options(listed, BUNDLES["options"])
    options = {"client_id": "@me", **terms, "bundles": entries}
    for error in refusals(_BUNDLES.parse, options, defaults(arguments)):
        found = error.facts.get("findings")
        if found and listed is not None:
            for item in found:
                place = place_of(listed, item["option"].removeprefix("bundles"))
                message = f"{item['option']}: {item['message']}"
                yield TreeProblem(BUNDLE_IMPOSSIBLE, place, _in_file(message), item["hint"])
        elif error.option == "bundles":
            yield _problem(file, error, "client_bundles", "client_bundles")
        else:
            yield _problem(file, error, f"{BUNDLES_PREFIX}{error.option}", f"{BUNDLES_PREFIX}{error.option}")


def _in_file(text: str) -> str:
    """Return a message with the key of the file instead of the option, and without placeholders."""
    return re.sub(r"(?<!\w)bundles\[", "client_bundles[", without_placeholders(text))


def _registrations(file: MapNode) -> Iterator[TreeProblem]:
    node = file.get("client_registrations")
    if not isinstance(node, MapNode):
        return
    where = "client_registrations"
    given = {entry.key for entry in node.entries}
    if given:
        arguments = {name: spec for name, spec in _REGISTRATIONS.arguments.items() if name != "absent"}
        if given <= _REGISTRATIONS.arguments.keys():  # otherwise an unknown key can be a misspelt rule
            yield from _rules(node, where, given, _REGISTRATIONS.rules)
        only_absent = "absent" in given and not given & set(RULES)  # its items are checked below
        options = {**module_options(node, arguments), "client_id": "@me", "absent": [] if only_absent else None}
        for error in refusals(_REGISTRATIONS.parse, options, defaults(arguments)):
            yield _problem(node, error, f"{where}.{error.option}", error.option)
    absent = node.get("absent")
    for index, item in enumerate(absent.items if isinstance(absent, ListNode) else ()):
        if isinstance(item, MapNode):
            yield from _absent(item, f"{where}.absent[{index}]")


def _absent(node: MapNode, where: str) -> Iterator[TreeProblem]:
    given = {entry.key for entry in node.entries}
    yield from _rules(node, where, given, ABSENCES)
    options = module_options(node, ABSENCE)
    if options["extension"] is None and options["extension_id"] is None:
        options["extension_id"] = 1  # unknown, or reported as missing
    for error in refusals(check_absence, options, {**defaults(ABSENCE), **_SOME_EXTENSION}):
        yield _problem(node, error, f"{where}.{error.option}", error.option)


def _rules(node: MapNode, where: str, given: Collection[str], rules: Mapping[str, Any]) -> Iterator[TreeProblem]:
    for name, reason in broken_rules(given, rules):
        what = f"{where}.{name}" if name else where
        hint = "Remove one of them" if name else "Set one of them, or remove the section"
        yield TreeProblem(REFUSED_VALUE, place_of(node, name), f"{what} {reason}", hint)


def _lengths(file: MapNode) -> Iterator[TreeProblem]:
    length = file.get("extension_len")
    if not isinstance(length, ScalarNode) or length.opaque:
        return
    digits = int(length.value)
    for path, node in _numbers(file):
        if not isinstance(node, ScalarNode) or node.opaque:
            continue
        try:
            number = check_number(path, plain(node))
        except OptionError:
            continue  # reported before, or a star
        if len(number.digits) != digits:
            message = f"{path}: {number} has {len(number.digits)} digits, but extension_len is {digits}"
            hint = _OCTAL if isinstance(node.value, int) else "Correct the number or extension_len"
            yield TreeProblem(WRONG_LENGTH, node.place, message, hint)


def _numbers(file: MapNode) -> Iterator[tuple[str, Node | None]]:
    """Yield each extension number with its path."""
    for where, bundle in _items(file, "client_bundles"):
        if isinstance(bundle, MapNode):
            yield f"{where}.extension", bundle.get("extension")
            yield from ((f"{where}.{path}", item) for path, item in _items(bundle, "members"))
    yield from _items(file, f"{BUNDLES_PREFIX}allow_widening")
    policy = file.get("client_registrations")
    if isinstance(policy, MapNode):
        inner: list[tuple[str, Node | None]] = [*_items(policy, "extensions"), *_items(policy, "must_register")]
        for path, item in _items(policy, "absent"):
            inner.append((f"{path}.extension", item.get("extension") if isinstance(item, MapNode) else None))
        yield from ((f"client_registrations.{path}", item) for path, item in inner)


def _items(node: MapNode, key: str) -> list[tuple[str, Node]]:
    """Return the items of a list with their paths."""
    found = node.get(key)
    return [(f"{key}[{index}]", item) for index, item in enumerate(found.items if isinstance(found, ListNode) else ())]


def _problem(node: Node, error: OptionError, path: str, inside: str) -> TreeProblem:
    """Return the error of an option as a problem; ``inside`` is its path below ``node``."""
    return TreeProblem(REFUSED_VALUE, place_of(node, inside), f"{path}: {error.problem}", error.details.hint)
