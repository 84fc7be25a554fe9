#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: client_bundles
short_description: Keep a bundle of extensions
description:
  - A bundle ties member extensions to a main one, so that they act as one employee.
  - The members are compared as a set; nothing is sent when it is equal.
  - Creating or growing a bundle overwrites 13 phone values and 3 extension values on every new member with those of the main
    extension, for good. RV(side_effects) lists them before anything is written, in check mode too.
options:
  client_id:
    description:
      - The id of the PBX client, or V(@me) for the client that the application's user belongs to.
    type: str
    default: "@me"
  extension_id:
    description:
      - The API's id of the main extension, which must be of type C(phone).
    type: int
    required: true
  bundle_list:
    description:
      - The API's ids of the members. The order does not matter, and the main extension is not one of them.
      - Required with O(state=present).
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
      - Whether the values that new members are about to lose are read and reported (V(report)), or not (V(ignore)).
      - Reporting costs two requests for the main extension and three for each new member. It also refuses a new member that is
        not a phone or belongs to another bundle before anything is sent, in check mode too.
    type: str
    choices:
      - report
      - ignore
    default: report
notes:
  - Whether the API replaces or extends the members on C(POST) is not documented. When members have to go, the module reads
    back, and only if they are still there removes the bundle and sets it anew; should that fail, it puts the old members back.
seealso:
  - module: ringme.pbx.client_bundles_info
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
  ringme.pbx.client_bundles:
    client_id: 801
    extension_id: 31456
    bundle_list: [32486, 32767]

- name: Add a device and keep the others
  ringme.pbx.client_bundles:
    client_id: 801
    extension_id: 31456
    bundle_list: [33001]
    append: true

- name: Remove the bundle
  ringme.pbx.client_bundles:
    client_id: 801
    extension_id: 31456
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
    bundle_list:
      description: The API's ids of the members, sorted.
      type: list
      elements: int
      returned: success
    state:
      description: V(present), or V(absent) if there are no members.
      type: str
      returned: success
  sample: {"extension_id": 31456, "bundle_list": [32486, 32767], "state": "present"}
side_effects:
  description:
    - Every value that a new member loses, because a bundle keeps it equal to the main extension's.
    - Empty with O(side_effects=ignore).
  type: list
  elements: dict
  returned: success
  contains:
    extension_id:
      description: The API's id of the new member.
      type: int
      returned: success
    extension:
      description: The number of the new member.
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
  sample: [{"extension_id": 32486, "extension": "201", "field": "hold_music", "before": 12, "after": 40}]
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
      description: The object within its client. It stays the same from run to run.
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
    - resource: client_bundles
      address: bundle/31456
      action: create
      fields: [{name: bundle_list, before: [], after: [32486, 32767]}]
      reversible: false
diff:
  description:
    - The managed keys before and after, in stable order.
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
        - V(options) (refused before the first request), V(environment), V(conflict), V(read_only), V(connection),
          V(answer_lost), V(bad_answer), V(authentication), V(forbidden), V(not_found), V(refused), V(quota), V(server),
          V(not_applied) or V(partial).
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
    hint: "Check client_id and extension ids: the application's user may belong to another client"
"""

from ansible_collections.ringme.pbx.plugins.module_utils.adapters.module import run_module
from ansible_collections.ringme.pbx.plugins.module_utils.resources.client_bundles import ClientBundles


def main() -> None:
    """Hand the resource over."""
    run_module(ClientBundles())


if __name__ == "__main__":
    main()
