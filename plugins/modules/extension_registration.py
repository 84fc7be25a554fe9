#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: extension_registration
short_description: Remove SIP registrations of an extension
description:
  - Removes live SIP registrations of an extension. Expired registrations are ignored, although the API still lists
    them.
  - Without a selector, one request removes all registrations. With selectors, the module removes the registrations that
    match all of them, with one request each.
  - A device can register again immediately, so V(absent) is not a permanent state.
options:
  client_id:
    description:
      - The id of the PBX client, or V(@me) for the client that the application's user belongs to.
      - Only O(extension) requires it. Ids are unique across clients.
    type: str
    default: "@me"
  extension:
    description:
      - The number of the extension, as V("101"), V("0003*101"), or with C(@) and the domain at the end. Quote it,
        because YAML reads V(010) as V(8).
      - The module looks it up in the list of extensions of O(client_id), which it reads once per task and client.
      - Exactly one of this and O(extension_id) is required.
    type: str
  extension_id:
    description:
      - The API's id of the extension. It needs no lookup and thus no request.
      - Exactly one of this and O(extension) is required.
    type: int
  registration_id:
    description:
      - Select the registrations with these ids. An id changes whenever the device registers again.
    type: list
    elements: str
  device:
    description:
      - Select the registrations whose device name (User-Agent) matches this regular expression anywhere.
      - The device chooses its name, so the name proves nothing.
    type: str
  address:
    description:
      - Select the registrations whose source address is in one of these networks, IPv4 or IPv6, as V(198.51.100.0/24)
        or a single address. The port is ignored.
    type: list
    elements: str
  state:
    description:
      - The desired state of the selected registrations.
    type: str
    choices:
      - absent
    default: absent
seealso:
  - module: ringme.pbx.client_registrations
  - module: ringme.pbx.extension_registration_info
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
- name: Remove all registrations of an extension
  ringme.pbx.extension_registration:
    client_id: 801
    extension: "101"

- name: Remove the registrations of scanners from two networks
  ringme.pbx.extension_registration:
    client_id: 801
    extension: "101"
    device: '(?i)friendly-scanner|sipvicious'
    address:
      - 203.0.113.0/24
      - 2001:db8:bad::/48
"""

RETURN = r"""
registration:
  description:
    - The live registrations after the run (in check mode, as predicted).
  type: dict
  returned: success
  contains:
    extension_id:
      description: The API's id of the extension.
      type: int
      returned: success
    extension:
      description: The number of the extension, or V(null) with O(extension_id).
      type: str
      returned: success
    registered:
      description: Whether any live registration remains.
      type: bool
      returned: success
    registrations:
      description: The live registrations.
      type: list
      elements: dict
      returned: success
      contains:
        device:
          description: The name that the device reports (User-Agent).
          type: str
          returned: success
        real_address:
          description: The source address of the request, as a SIP URI.
          type: str
          returned: success
        contact_address:
          description: The address in the Contact header of the device.
          type: str
          returned: success
        expires:
          description: The expiry. It changes automatically and is not compared.
          type: raw
          returned: success
        registration_id:
          description: The id. It changes whenever the device registers again.
          type: str
          returned: success
  sample: {"extension_id": 31456, "extension": "101", "registered": false, "registrations": []}
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
      description: The API's id of the extension.
      type: int
      returned: always
    extension:
      description: The number of the extension, or V(null) with O(extension_id).
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
    - resource: extension_registration
      address: registration/101
      extension_id: 31456
      extension: "101"
      action: delete
      fields:
        - name: registrations
          before:
            - device: friendly-scanner
              real_address: "sip:203.0.113.77:5060"
              contact_address: "sip:101@10.0.0.7:5060"
          after: []
      reversible: false
diff:
  description:
    - The managed keys before and after, in stable order.
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
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration import ExtensionRegistration


def main() -> None:
    """Run the module."""
    run_module(ExtensionRegistration())


if __name__ == "__main__":
    main()
