#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: extensions_bundle
short_description: Manage a bundle of extensions
description:
  - A bundle links member extensions to a main extension, so that they act as one employee.
  - Members are compared as a set. If it is equal, the module sends no write.
  - Creating or extending a bundle permanently overwrites 14 phone values and 3 extension values of every new member
    with those of the main extension. RV(side_effects) lists them before the first write, in check mode as well.
  - To manage all bundles of a client, use M(ringme.pbx.client_bundles), which checks them against each other in one
    task.
options:
  client_id:
    description:
      - The id of the PBX client, or V(@me) for the client that the application's user belongs to.
    type: str
    default: "@me"
  extension:
    description:
      - The number of the main extension, as V("101"), V("0003*101"), or with C(@) and the domain at the end. Quote it,
        because YAML reads V(010) as V(8).
      - The module looks up numbers in the list of extensions of the client, which it reads once per task and client.
      - Exactly one of this and O(extension_id) is required.
    type: str
  extension_id:
    description:
      - The API's id of the main extension, which must be of type C(phone).
      - Exactly one of this and O(extension) is required. If the task has only ids, the list of extensions is not read,
        and numbers in the result are V(null).
    type: int
  members:
    description:
      - The numbers of the members, in any order, without the main extension.
      - With O(state=present), exactly one of this and O(bundle_list) is required.
    type: list
    elements: str
  bundle_list:
    description:
      - The API's ids of the members, instead of their numbers.
      - With O(state=present), exactly one of this and O(members) is required.
    type: list
    elements: int
  state:
    description:
      - With V(present), the bundle has exactly these members. With V(absent), it does not exist.
    type: str
    choices:
      - present
      - absent
    default: present
  append:
    description:
      - Whether to add these members and keep all others.
    type: bool
    default: false
  side_effects:
    description:
      - How to handle the 14 phone values and 3 extension values that a bundle overwrites permanently on every joining
        extension with those of the main extension.
      - With V(fail_on_widening), the module reads these values, reports them in RV(side_effects), and fails if the plan
        would extend anyone's permissions, like a plan that exceeds a limit. With V(report), it reads and reports them.
        With V(ignore), it does not read them.
      - "These changes extend permissions: C(status) becomes V(active); C(dial_rule_id) changes; C(dial_rule_limit)
        increases or is removed; C(geo_list) allows another country, becomes V(*), or changes from or to the provider's
        default, which is unknown (a change from V(*) never counts); C(record_enabled) or C(record_transfer) changes in
        either direction; C(conference_pin) is replaced or removed."
      - Reading takes one request for the main extension and one for each joining extension, or two if the list of
        extensions does not have their values.
    type: str
    choices:
      - report
      - fail_on_widening
      - ignore
    default: report
  allow_widening:
    description:
      - The numbers of joining extensions whose permissions may be extended with O(side_effects=fail_on_widening).
    type: list
    elements: str
    default: []
  blocked_in_check:
    description:
      - Whether check mode fails for a plan that exceeds a limit (V(fail)), or reports it in RV(blocked) with the
        complete plan in RV(changes) (V(report)). Outside check mode such a plan always fails.
    type: str
    choices:
      - fail
      - report
    default: fail
notes:
  - An extension can be in one bundle only. If an extension joins, the module reads the list of extensions and all
    bundles of the client, once per task and client. An extension that is not a phone or that belongs to another bundle
    fails the task before the first write, in check mode as well.
  - The module reads the bundle again immediately before the write. If it has changed since the comparison, the task
    fails with the kind C(conflict), and the bundle stays unchanged.
  - An interrupted task (C(SIGINT), C(SIGTERM)) finishes the bundle or rolls it back first. If a task is killed, the
    next one for the same bundle repairs it if it is incomplete, with the old members in the folder O(token_cache).
  - The API does not document whether C(POST) replaces or extends the members. After a C(POST) that must remove members,
    the module reads the bundle back. If they are still in it, the module deletes the bundle and creates it again; if
    that fails, it restores the old members. If the rollback fails as well, RV(restore) has the request that restores
    them.
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
- name: Give one employee three devices
  ringme.pbx.extensions_bundle:
    client_id: 801
    extension: "101"
    members: ["201", "301"]

- name: Do the same with the API's ids, without a lookup of numbers
  ringme.pbx.extensions_bundle:
    client_id: 801
    extension_id: 31456
    bundle_list: [32486, 32767]

- name: Add a device and keep the others, unless this extends permissions
  ringme.pbx.extensions_bundle:
    client_id: 801
    extension: "101"
    members: ["402"]
    append: true
    side_effects: fail_on_widening

- name: Add a blocked extension, which becomes active in the bundle
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
    - The bundle after the run (in check mode, as predicted).
  type: dict
  returned: success
  contains:
    extension_id:
      description: The API's id of the main extension.
      type: int
      returned: success
    extension:
      description: The number of the main extension, or V(null) if the task has only ids.
      type: str
      returned: success
    bundle_list:
      description: The API's ids of the members, sorted.
      type: list
      elements: int
      returned: success
    members:
      description: The numbers of the members, in the order of their ids, or V(null) if the task has only ids.
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
    - The values of joining extensions that the values of the main extension overwrite, in check mode as well.
    - The diff shows them in a separate section. The list is empty with O(side_effects=ignore).
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
      description: The overwritten value, or V(null). Secrets are masked.
      type: raw
      returned: success
    after:
      description: The main extension's value, or V(null). Secrets are masked.
      type: raw
      returned: success
    widening:
      description: Whether the change extends permissions. See O(side_effects).
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
    - The limits that the plan exceeds. The list is empty if there are none.
    - If there are any, the task fails without a change, except in check mode with O(blocked_in_check=report).
  type: list
  elements: dict
  returned: success, and a failure after the comparison
  contains:
    rule:
      description: V(widening).
      type: str
      returned: always
    actual:
      description: Number of extensions whose permissions the plan extends.
      type: int
      returned: always
    limit:
      description: The allowed number.
      type: int
      returned: always
    override:
      description: The option and the value that allow this plan.
      type: str
      returned: always
  sample: [{"rule": "widening", "actual": 1, "limit": 0, "override": 'allow_widening: ["401"]'}]
restore:
  description:
    - The request that restores the old members. It is returned if a second request failed, and the rollback as well.
    - If the bundle has other members by then, send C(DELETE) to the same path first, because C(POST) may only add
      members.
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
    - The differences from the desired state, in the order in which they are (in check mode, would be) applied.
    - The list is empty if and only if the task is not C(changed), in check mode as well.
  type: list
  elements: dict
  returned: success, and a failure after the comparison
  contains:
    resource:
      description: The module that owns the object.
      type: str
      returned: always
    address:
      description: The object within its client, by number if that is known. It is the same in every run.
      type: str
      returned: always
    extension_id:
      description: The API's id of the main extension.
      type: int
      returned: always
    extension:
      description: The number of the main extension, or V(null) if the task has only ids.
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
          description: The value before the change, or V(null) if there was none.
          type: raw
          returned: always
        after:
          description: The value after the change, or V(null) if there is none.
          type: raw
          returned: always
    reversible:
      description: Whether the old state can be restored through the API.
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
    - The managed keys before and after, in stable order. C(side_effects), if there are any, has the overwritten values
      of joining extensions, by number and field.
  type: dict
  returned: success, and a failure after the comparison
  contains:
    before:
      description: The managed keys before the run.
      type: dict
      returned: always
    after:
      description: The managed keys after the run (in check mode, as predicted).
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
    - Number of requests that this run sent, by method. C(token) counts the requests to the token endpoint.
  type: dict
  returned: always
  contains:
    GET:
      description: Read requests.
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
    - The hourly request quota in the last response, or V(null) if the response has none.
    - All applications of a client share the quota.
  type: dict
  returned: always
  contains:
    limit:
      description: Requests per hour.
      type: int
      returned: when known
    remaining:
      description: Remaining requests in this hour.
      type: int
      returned: when known
    reset_seconds:
      description: Seconds until the quota is reset.
      type: int
      returned: when known
  sample: {"limit": 5000, "remaining": 4210, "reset_seconds": 1860}
error:
  description:
    - The failure in machine-readable form. RV(ignore:msg) is the message for people.
    - It is missing if Ansible rejects the name or the type of an option. In this case, only RV(ignore:msg) is
      returned.
  type: dict
  returned: on failure
  contains:
    kind:
      description:
        - V(options) (rejected before the first request), V(environment), V(conflict) (the state of the PBX does not
          allow it), V(blocked) (the plan exceeds a limit), V(read_only), V(connection), V(answer_lost) (no complete
          response), V(not_reached) (skipped after too many consecutive failures), V(bad_answer) (a response that the
          API does not document), V(authentication), V(forbidden), V(not_found), V(refused), V(quota), V(server),
          V(not_applied), V(partial) or V(some_failed) (some changes of a list were not applied).
      type: str
      returned: on failure
    status:
      description: The HTTP status code, or V(null).
      type: int
      returned: on failure
    api_status:
      description: The API's text code in addition to the HTTP status, for example V(access_denied), or V(null).
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
    """Run the module."""
    run_module(ExtensionsBundle())


if __name__ == "__main__":
    main()
