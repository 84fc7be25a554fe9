#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: extensions_bundle
short_description: Keep a bundle of extensions
description:
  - A bundle ties member extensions to a main one, so that they act as one employee.
  - The members are compared as a set; nothing is sent when it is equal.
  - Creating or growing a bundle overwrites 14 phone values and 3 extension values on every new member with those of the
    main extension, for good. RV(side_effects) lists them before anything is written, in check mode too.
  - To keep all bundles of a client, give them to M(ringme.pbx.client_bundles) in one task, which checks them against
    each other.
options:
  client_id:
    description:
      - The id of the PBX client, or V(@me) for the client that the application's user belongs to.
    type: str
    default: "@me"
  extension:
    description:
      - The number of the main extension, as V("101"), V("0003*101") or with the domain behind an C(@). Write it in
        quotes, because YAML reads V(010) as V(8).
      - Numbers are looked up in the client's list of extensions, which is read once per task and client.
      - Either this or O(extension_id) is required, and not both.
    type: str
  extension_id:
    description:
      - The API's id of the main extension, which must be of type C(phone).
      - Either this or O(extension) is required, and not both. Where only ids are given, the list of extensions is not
        read, and numbers in the result are V(null).
    type: int
  members:
    description:
      - The numbers of the members. The order does not matter, and the main extension is not one of them.
      - With O(state=present), either this or O(bundle_list) is required, and not both.
    type: list
    elements: str
  bundle_list:
    description:
      - The API's ids of the members, instead of their numbers.
      - With O(state=present), either this or O(members) is required, and not both.
    type: list
    elements: int
  state:
    description:
      - Whether the bundle has exactly these members, or does not exist.
    type: str
    choices:
      - present
      - absent
    default: present
  append:
    description:
      - Whether the members given are only added, and others stay.
    type: bool
    default: false
  side_effects:
    description:
      - What is done about the 14 phone values and 3 extension values that a bundle overwrites on every extension that
        joins, for good, with those of the main extension.
      - With V(fail_on_widening) they are read and reported in RV(side_effects), and a plan that lets somebody do more
        or hear more than before stops like one that exceeds a limit. With V(report) they are read and reported. With
        V(ignore) they are not read, and nothing is known about them.
      - A change widens where C(status) becomes V(active); where C(dial_rule_id) becomes another one; where
        C(dial_rule_limit) grows or ends; where C(geo_list) admits a country that it did not admit before, becomes V(*),
        or is the provider's default, of which nothing is known, before or after, unless it was V(*) before; where
        C(record_enabled) or C(record_transfer) changes in any direction; and where C(conference_pin) is replaced or
        removed.
      - Reading costs one request for the main extension and one for each that joins, or two where the list of extensions
        does not show their values.
    type: str
    choices:
      - report
      - fail_on_widening
      - ignore
    default: report
  allow_widening:
    description:
      - The numbers of joining extensions that O(side_effects=fail_on_widening) lets through, whatever they gain.
    type: list
    elements: str
    default: []
  blocked_in_check:
    description:
      - Whether a plan that would be stopped makes check mode fail as well (V(fail)), or is only told in RV(blocked),
        with the whole plan in RV(changes) (V(report)). Outside check mode it always fails.
    type: str
    choices:
      - fail
      - report
    default: fail
notes:
  - Where an extension joins, the list of the client's extensions and all its bundles are read, once per task and client,
    because an extension can be in one bundle only. One that is not a phone or belongs to another bundle is refused before
    anything is sent, in check mode too.
  - The bundle is read again just before it is written. If somebody else changed it since, the task fails with the kind
    C(conflict), and the bundle is left as it is.
  - An interrupted task (C(SIGINT), C(SIGTERM)) finishes or rolls back first. What a task that was killed leaves half done
    is settled by the next one for the same bundle, from the old members in the folder O(token_cache).
  - Whether the API replaces or extends the members on C(POST) is not documented. When members have to go, the module
    reads back, and only if they are still there removes the bundle and sets it anew; should that fail, it puts the old
    members back. If not even that succeeds, RV(restore) is the request that does.
seealso:
  - module: ringme.pbx.client_bundles
  - module: ringme.pbx.extensions_bundle_info
version_added: 0.1.0
author:
  - The ringme.pbx contributors (@ringme)
requirements:
  - requests >= 2.28 on the host that executes the module
extends_documentation_fragment:
  - ringme.pbx.attributes
  - ringme.pbx.attributes.state
  - ringme.pbx.api
"""

EXAMPLES = r"""
- name: One employee, three devices
  ringme.pbx.extensions_bundle:
    client_id: 801
    extension: "101"
    members: ["201", "301"]

- name: The same by the API's ids, without looking up numbers
  ringme.pbx.extensions_bundle:
    client_id: 801
    extension_id: 31456
    bundle_list: [32486, 32767]

- name: Add a device and keep the others, unless that lets somebody do more than before
  ringme.pbx.extensions_bundle:
    client_id: 801
    extension: "101"
    members: ["402"]
    append: true
    side_effects: fail_on_widening

- name: Add a blocked extension, which becomes active by it
  ringme.pbx.extensions_bundle:
    client_id: 801
    extension: "101"
    members: ["401"]
    append: true
    side_effects: fail_on_widening
    allow_widening: ["401"]

- name: Remove the bundle
  ringme.pbx.extensions_bundle:
    client_id: 801
    extension: "101"
    state: absent
"""

RETURN = r"""
bundle:
  description:
    - The bundle after the run, or as predicted in check mode.
  type: dict
  returned: success
  contains:
    extension_id:
      description: The API's id of the main extension.
      type: int
      returned: success
    extension:
      description: The number of the main extension, or V(null) if only ids were given.
      type: str
      returned: success
    bundle_list:
      description: The API's ids of the members, sorted.
      type: list
      elements: int
      returned: success
    members:
      description: The numbers of the members, in the order of their ids, or V(null) if only ids were given.
      type: list
      elements: str
      returned: success
    state:
      description: V(present), or V(absent) if there are no members.
      type: str
      returned: success
  sample:
    extension_id: 31456
    extension: "101"
    bundle_list: [32486, 32767]
    members: ["201", "301"]
    state: present
side_effects:
  description:
    - Every value that a joining extension loses, because a bundle keeps it equal to the main extension's, in check mode
      too.
    - The diff shows them as a section of their own. Empty with O(side_effects=ignore).
  type: list
  elements: dict
  returned: success, and a failure after they were read
  contains:
    extension_id:
      description: The API's id of the joining extension.
      type: int
      returned: success
    extension:
      description: The number of the joining extension.
      type: str
      returned: success
    field:
      description: The name of the phone or extension field.
      type: str
      returned: success
    before:
      description: The value that is lost, or V(null). Secrets are masked.
      type: raw
      returned: success
    after:
      description: The main extension's value, or V(null). Secrets are masked.
      type: raw
      returned: success
    widening:
      description: Whether the change lets somebody do more or hear more than before. O(side_effects) says when.
      type: bool
      returned: success
    caused_by:
      description: The bundle that the extension joins, as in RV(changes).
      type: str
      returned: success
  sample:
    - extension_id: 32486
      extension: "201"
      field: dial_rule_id
      before: 6
      after: 5
      widening: true
      caused_by: bundle/101
blocked:
  description:
    - The limits that the plan exceeds. Empty if there are none.
    - If there are any, the task changed nothing and failed, unless it ran in check mode with
      O(blocked_in_check=report).
  type: list
  elements: dict
  returned: success, and a failure after the comparison
  contains:
    rule:
      description: V(widening).
      type: str
      returned: always
    actual:
      description: How many extensions are widened.
      type: int
      returned: always
    limit:
      description: How many there may be at most.
      type: int
      returned: always
    override:
      description: The option that lets this one plan through.
      type: str
      returned: always
  sample: [{"rule": "widening", "actual": 1, "limit": 0, "override": 'allow_widening: ["401"]'}]
restore:
  description:
    - The request that puts the old members back. It is there where a second request failed, and so did putting them
      back.
    - If the bundle has other members by then, send C(DELETE) to the same path first, because the API may add to a list.
  type: dict
  returned: when the bundle has to be restored
  contains:
    method:
      description: V(POST).
      type: str
      returned: always
    path:
      description: The path of the request, below C(/api/ver1.0).
      type: str
      returned: always
    body:
      description: The body of the request, with the old members in C(bundle_list).
      type: dict
      returned: always
  sample:
    method: POST
    path: /client/801/extensions_bundle/31456
    body: {bundle_list: [32486, 32767]}
changes:
  description:
    - What differs from the desired state, in the order in which it is (or in check mode would be) changed.
    - It is empty exactly when the task is not C(changed), in check mode and outside it.
  type: list
  elements: dict
  returned: success, and a failure after the comparison
  contains:
    resource:
      description: The module that owns the object.
      type: str
      returned: always
    address:
      description: The object within its client, by number where that is known. It stays the same from run to run.
      type: str
      returned: always
    extension_id:
      description: The API's id of the main extension.
      type: int
      returned: always
    extension:
      description: The number of the main extension, or V(null) if only ids were given.
      type: str
      returned: always
    action:
      description: V(create), V(update) or V(delete).
      type: str
      returned: always
    fields:
      description: The fields that differ, each with C(name), C(before) and C(after).
      type: list
      elements: dict
      returned: always
      contains:
        name:
          description: The name of the field.
          type: str
          returned: always
        before:
          description: The value before the change, or V(null) where there was none.
          type: raw
          returned: always
        after:
          description: The value after the change, or V(null) where there is none.
          type: raw
          returned: always
    reversible:
      description: Whether the old state can be put back through the API.
      type: bool
      returned: always
  sample:
    - resource: extensions_bundle
      address: bundle/101
      extension_id: 31456
      extension: "101"
      action: create
      fields:
        - {name: bundle_list, before: [], after: [32486, 32767]}
        - {name: members, before: [], after: ["201", "301"]}
      reversible: false
diff:
  description:
    - The managed keys before and after, in stable order. C(side_effects), where there are any, has the values that
      joining extensions lose, by number and field.
  type: dict
  returned: success, and a failure after the comparison
  contains:
    before:
      description: The managed keys as they were.
      type: dict
      returned: always
    after:
      description: The managed keys as they are (or in check mode would be).
      type: dict
      returned: always
    before_header:
      description: The name of the object.
      type: str
      returned: always
    after_header:
      description: The name of the object.
      type: str
      returned: always
requests:
  description:
    - How many requests this run sent, by method. C(token) counts the requests to the token endpoint.
  type: dict
  returned: always
  contains:
    GET:
      description: Requests that read.
      type: int
      returned: always
    POST:
      description: Requests that set a bundle.
      type: int
      returned: always
    PUT:
      description: Requests that set values.
      type: int
      returned: always
    DELETE:
      description: Requests that remove something.
      type: int
      returned: always
    token:
      description: Token requests. They change nothing at the PBX.
      type: int
      returned: always
  sample: {"GET": 1, "POST": 0, "PUT": 0, "DELETE": 0, "token": 0}
quota:
  description:
    - The hourly quota of requests as the last answer told it, or V(null) if it told nothing.
    - All applications of a client share it.
  type: dict
  returned: always
  contains:
    limit:
      description: Requests per hour.
      type: int
      returned: when known
    remaining:
      description: Requests that are left in this hour.
      type: int
      returned: when known
    reset_seconds:
      description: Seconds until the counter starts anew.
      type: int
      returned: when known
  sample: {"limit": 5000, "remaining": 4210, "reset_seconds": 1860}
error:
  description:
    - What went wrong, for programs. RV(ignore:msg) says it for people.
    - Options that Ansible itself refuses, by name or type, are told in RV(ignore:msg) alone.
  type: dict
  returned: on failure
  contains:
    kind:
      description:
        - V(options) (refused before the first request), V(environment), V(conflict) (the state of the PBX forbids it),
          V(blocked) (the plan exceeds a limit), V(read_only), V(connection), V(answer_lost), V(not_reached) (too many
          requests in a row failed before), V(bad_answer),
          V(authentication), V(forbidden), V(not_found), V(refused), V(quota), V(server), V(not_applied), V(partial) or
          V(some_failed) (of a list, not everything was carried out).
      type: str
      returned: on failure
    status:
      description: The HTTP status code, or V(null).
      type: int
      returned: on failure
    api_status:
      description: The API's own text code beside the HTTP status, for example V(access_denied), or V(null).
      type: str
      returned: on failure
    method:
      description: The method of the request that failed, or V(null).
      type: str
      returned: on failure
    path:
      description: The path of the request that failed, or V(null).
      type: str
      returned: on failure
    hint:
      description: What to do next.
      type: str
      returned: on failure
  sample:
    kind: forbidden
    status: 403
    api_status: access_denied
    method: GET
    path: /client/802/client/
    hint: >-
      Check client_id and the ids. For a client of another dealer, set that dealer's application: application_id and
      application_secret in the task, client_api in the client's file or its group
"""

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import run_module
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extensions_bundle import ExtensionsBundle


def main() -> None:
    """Hand the resource over."""
    run_module(ExtensionsBundle())


if __name__ == "__main__":
    main()
