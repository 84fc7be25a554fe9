# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules themselves would refuse in a client file before their first request, each with its place.

Nothing is written twice: every check here is the resource's own. Does no I/O but for time-zone data.
"""

from __future__ import annotations

import re
from collections import abc
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
    bundles_of,
    defaults,
    options_of,
    without_stand_ins,
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
"""Before an option of client_bundles where it stands in a file, or in the role."""

_BUNDLES, _REGISTRATIONS, _SETTINGS = ClientBundles(), ClientRegistrations(), ClientSettings()
_NEVER_EMPTY = {
    "api_url": "https://pbx.example.org",
    "application_id": "known-later",
    "application_secret": "known-later",
}
"""Connection options may come from the environment: these stand in for the ones that a file leaves to it."""
_APPLICATION = {"application_id", "application_secret"}
_SOME_EXTENSION = {"extension": "100", "extension_id": 1}
_OCTAL = "YAML reads an unquoted 010 as 8: write the number in quotes"
_PATTERN_SIGNS = re.compile(r"[\s:,;&!*?~\[\]{}()<>|/\\'\"#@=]")
_PER_CLIENT = (f"{OWN_PREFIX}in_process",)
"""The variables of this collection that a client may have: the others steer a whole run."""


def check_sections(file: MapNode) -> abc.Iterator[TreeProblem]:
    """Yield what is refused; the file's schema has to have been checked before, without a problem in these sections."""
    yield from _templates(file)
    yield from _client_id(file)
    yield from _tags(file)
    yield from _variables(file)
    yield from _connection(file)
    yield from _settings(file)
    yield from _bundles(file)
    yield from _registrations(file)
    yield from _lengths(file)


def _templates(file: MapNode) -> abc.Iterator[TreeProblem]:
    """Yield what is wrong with templates whatever their variables are."""
    for scalar in scalars(file):
        reason = syntax_error(scalar.value) if scalar.opaque and not scalar.vault else None
        if reason is not None:
            hint = "Fix the template, or mark the text with !unsafe if it is not one"
            yield TreeProblem(WRONG_TEMPLATE, scalar.place, f"the template is not valid: {reason}", hint)
    for entry in file.entries:
        node = entry.node
        if isinstance(node, ScalarNode) and node.opaque and not node.vault and may_be_omitted(node.value):
            hint = f"Leave {entry.key} out, or end its template with default({{}}) or default([])"
            yield TreeProblem(
                WRONG_TEMPLATE, node.place, f"{entry.key}: a template cannot leave a section out with omit", hint
            )


def _client_id(file: MapNode) -> abc.Iterator[TreeProblem]:
    node = file.get("client_id")
    if isinstance(node, ScalarNode) and not node.opaque:
        for error in refusals(check_client_id, {"client_id": str(node.value)}, {}):
            yield _problem(file, error, "client_id", "client_id")


def _tags(file: MapNode) -> abc.Iterator[TreeProblem]:
    node = file.get("client_tags")
    for index, item in enumerate(node.items if isinstance(node, ListNode) else ()):
        if not isinstance(item, ScalarNode) or item.opaque:
            continue
        text, what = str(item.value), f"client_tags[{index}]"
        why = reserved(text)
        if not text or _PATTERN_SIGNS.search(text):
            message = f"{what}: {text!r} cannot be the name of a group"
            yield TreeProblem(REFUSED_VALUE, item.place, message, "Use letters, digits, _ and -")
        elif why is not None:
            yield TreeProblem(REFUSED_VALUE, item.place, f"{what}: {text} {why}", "Choose another word")


def _variables(file: MapNode) -> abc.Iterator[TreeProblem]:
    node = file.get("client_vars")
    for entry in node.entries if isinstance(node, MapNode) else ():
        if entry.key.startswith("client_") or entry.key == "extension_len":
            message = f"client_vars.{entry.key}: names that begin with client_, and extension_len, have a meaning of their own"
            yield TreeProblem(
                REFUSED_VALUE, entry.place, message, "Give the variable another name, or the key its place"
            )
        elif entry.key.startswith(OWN_PREFIX) and entry.key not in _PER_CLIENT:
            message = f"client_vars.{entry.key}: variables that begin with {OWN_PREFIX} steer a run over all clients"
            yield TreeProblem(REFUSED_VALUE, entry.place, message, "Give it with -e, or in group_vars/all.yml")


def _connection(file: MapNode) -> abc.Iterator[TreeProblem]:
    node = file.get("client_api")
    if not isinstance(node, MapNode):
        return
    given = {entry.key for entry in node.entries}
    known = {name: value for name, value in options_of(node, ARGUMENTS).items() if value is not None}
    options = {**_NEVER_EMPTY, **known}
    if "client_cert" in given:
        options.setdefault("client_cert", "known-later")
    if "access_token" in given:
        options.setdefault("access_token", "known-later")
        if not given & _APPLICATION:
            options |= dict.fromkeys(_APPLICATION)
    for error in refusals(ConnectionSettings.from_options, options, {**defaults(ARGUMENTS), **_NEVER_EMPTY}):
        yield _problem(node, error, f"client_api.{error.option}", error.option)


def _settings(file: MapNode) -> abc.Iterator[TreeProblem]:
    node = file.get("client_settings")
    if isinstance(node, MapNode):
        arguments = _SETTINGS.arguments
        for error in refusals(_SETTINGS.parse, options_of(node, arguments), defaults(arguments)):
            yield _problem(node, error, f"client_settings.{error.option}", error.option)


def _bundles(file: MapNode) -> abc.Iterator[TreeProblem]:
    arguments = {name: spec for name, spec in _BUNDLES.arguments.items() if name not in ("bundles", "client_id")}
    own = {f"{BUNDLES_PREFIX}{name}": spec for name, spec in arguments.items()}
    terms = {name.removeprefix(BUNDLES_PREFIX): value for name, value in options_of(file, own).items()}
    allowed = file.get(f"{BUNDLES_PREFIX}allow_empty")
    if allowed and allowed.opaque:
        terms["allow_empty"] = True  # an empty list may be meant
    listed = file.get("client_bundles")
    entries = bundles_of(listed, BUNDLES["options"])
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
    """Return a message with the list called as the file calls it, and what is not known yet as such."""
    return re.sub(r"(?<!\w)bundles\[", "client_bundles[", without_stand_ins(text))


def _registrations(file: MapNode) -> abc.Iterator[TreeProblem]:
    node = file.get("client_registrations")
    if not isinstance(node, MapNode):
        return
    where = "client_registrations"
    given = {entry.key for entry in node.entries}
    if given:
        arguments = {name: spec for name, spec in _REGISTRATIONS.arguments.items() if name != "absent"}
        if given <= _REGISTRATIONS.arguments.keys():  # else the rule may be there, with a typing error
            yield from _rules(node, where, given, _REGISTRATIONS.rules)
        alone = "absent" in given and not given & set(RULES)  # what is in the list is checked below
        options = {**options_of(node, arguments), "client_id": "@me", "absent": [] if alone else None}
        for error in refusals(_REGISTRATIONS.parse, options, defaults(arguments)):
            yield _problem(node, error, f"{where}.{error.option}", error.option)
    absent = node.get("absent")
    for index, item in enumerate(absent.items if isinstance(absent, ListNode) else ()):
        if isinstance(item, MapNode):
            yield from _absent(item, f"{where}.absent[{index}]")


def _absent(node: MapNode, where: str) -> abc.Iterator[TreeProblem]:
    given = {entry.key for entry in node.entries}
    yield from _rules(node, where, given, ABSENCES)
    options = options_of(node, ABSENCE)
    if options["extension"] is None and options["extension_id"] is None:
        options["extension_id"] = 1  # not known yet, or told to be missing
    for error in refusals(check_absence, options, {**defaults(ABSENCE), **_SOME_EXTENSION}):
        yield _problem(node, error, f"{where}.{error.option}", error.option)


def _rules(
    node: MapNode, where: str, given: abc.Collection[str], rules: abc.Mapping[str, Any]
) -> abc.Iterator[TreeProblem]:
    for name, reason in broken_rules(given, rules):
        what = f"{where}.{name}" if name else where
        hint = "Leave one of them out" if name else "Give one of them, or leave the section out"
        yield TreeProblem(REFUSED_VALUE, place_of(node, name), f"{what} {reason}", hint)


def _lengths(file: MapNode) -> abc.Iterator[TreeProblem]:
    length = file.get("extension_len")
    if not isinstance(length, ScalarNode) or length.opaque:
        return
    digits = int(length.value)
    for path in _numbers(file):
        node = _at(file, path)
        if not isinstance(node, ScalarNode) or node.opaque:
            continue
        try:
            number = check_number(path, plain(node))
        except OptionError:
            continue  # found before, or a star
        if len(number.digits) != digits:
            message = f"{path}: {number} has {len(number.digits)} digits, and the numbers of this client have {digits}"
            hint = _OCTAL if isinstance(node.value, int) else "Check the number, or extension_len"
            yield TreeProblem(WRONG_LENGTH, node.place, message, hint)


def _numbers(file: MapNode) -> abc.Iterator[str]:
    """Yield the path of everything that is a number of an extension."""
    for index, bundle in enumerate(_items(file, "client_bundles")):
        if isinstance(bundle, MapNode):
            yield f"client_bundles[{index}].extension"
            yield from (
                f"client_bundles[{index}].members[{place}]" for place, dummy in enumerate(_items(bundle, "members"))
            )
    name = f"{BUNDLES_PREFIX}allow_widening"
    yield from (f"{name}[{index}]" for index, dummy in enumerate(_items(file, name)))
    policy = file.get("client_registrations")
    if isinstance(policy, MapNode):
        for name in ("extensions", "must_register"):
            yield from (f"client_registrations.{name}[{index}]" for index, dummy in enumerate(_items(policy, name)))
        for index, dummy in enumerate(_items(policy, "absent")):
            yield f"client_registrations.absent[{index}].extension"


def _items(node: MapNode, key: str) -> tuple[Node, ...]:
    found = node.get(key)
    return found.items if isinstance(found, ListNode) else ()


def _at(node: Node, path: str) -> Node | None:
    """Return the node of a path, or ``None`` where the file does not lead there."""
    found: Node | None = node
    for index, key in re.findall(r"\[(\d+)\]|([^.\[\]]+)", path):
        if index:
            found = found.items[int(index)] if isinstance(found, ListNode) else None
        else:
            found = found.get(key) if isinstance(found, MapNode) else None
    return found


def _problem(node: Node, error: OptionError, path: str, inside: str) -> TreeProblem:
    """Return the refusal of an option as a problem; ``inside`` is where it stands below ``node``."""
    return TreeProblem(REFUSED_VALUE, place_of(node, inside), f"{path}: {error.problem}", error.details.hint)
