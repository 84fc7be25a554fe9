#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: extension_info
short_description: Read the extensions of a PBX client
description:
  - Reads all extensions of a client page by page, or the extensions with the given numbers or ids.
options:
  client_id:
    description:
      - The id of the PBX client, or V(@me) for the client that the application's user belongs to.
    type: str
    default: "@me"
  extensions:
    description:
      - The numbers of the extensions to read, as V("101"), V("0003*101"), or with C(@) and the domain at the end. Quote
        them, because YAML reads V(010) as V(8).
      - The module looks them up in the list of all extensions, which it reads once per task and client. In a loop,
        later items use the list only for the lookup, and send one request per extension. Without this option and
        O(extension_ids), all extensions are read.
      - Mutually exclusive with O(extension_ids), O(type) and O(status).
    type: list
    elements: str
  extension_ids:
    description:
      - The API's ids of the extensions to read. Each takes one request.
      - Mutually exclusive with O(extensions), O(type) and O(status).
    type: list
    elements: int
  type:
    description:
      - Read only extensions of this type, for example V(phone), V(ivr), V(queue) or V(fax).
      - Mutually exclusive with O(extensions) and O(extension_ids).
    type: str
  status:
    description:
      - Read only extensions with this status.
      - Mutually exclusive with O(extensions) and O(extension_ids).
    type: str
    choices:
      - active
      - blocked
notes:
  - The API returns neither a total nor a maximum page size, so the list ends with a page without new extensions. This
    takes one request more than there are pages.
seealso:
  - module: ringme.pbx.extensions_bundle_info
version_added: 0.1.0
author:
  - The ringme.pbx contributors (@ringme)
requirements:
  - requests >= 2.28 on the host that executes the module
extends_documentation_fragment:
  - ringme.pbx.attributes
  - ringme.pbx.attributes.info
  - ringme.pbx.api
"""

EXAMPLES = r"""
- name: Read all active phones
  ringme.pbx.extension_info:
    client_id: 801
    type: phone
    status: active
  register: phones

- name: Read two extensions by their numbers
  ringme.pbx.extension_info:
    client_id: 801
    extensions: ["101", "201"]

- name: Read an extension by its id in one request
  ringme.pbx.extension_info:
    client_id: 801
    extension_ids: [31456]
"""

RETURN = r"""
extensions:
  description:
    - The extensions, sorted by id, each with its C(number) and the fields that the API documents.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: The API's id.
      type: int
      returned: success
    number:
      description: The number, which is the part of the name after the last C(*).
      type: str
      returned: success
    name:
      description: The complete name with the prefix of the client.
      type: str
      returned: success
    type:
      description: V(phone), V(ivr), V(queue), V(fax), V(conference) or another type.
      type: str
      returned: success
    status:
      description: V(active) or V(blocked).
      type: str
      returned: success
    ani_rfc3325:
      description: Whether a forwarded call has the external number in P-Asserted-Identity.
      type: bool
      returned: when the API returns it
    caller_id_name:
      description: The caller name on outgoing calls, or V(null).
      type: str
      returned: when the API returns it
    client_id:
      description: The id of its client.
      type: int
      returned: when the API returns it
    create_date:
      description: The time of creation, as V(YYYY-MM-DD HH:MM:SS). The time zone is not documented.
      type: str
      returned: when the API returns it
    dial_rule_id:
      description: The id of its rule for outgoing calls, or V(null). A bundle keeps it equal on all members.
      type: int
      returned: when the API returns it
    dial_rule_limit:
      description: The limit of the rule, or V(null). A bundle keeps it equal on all members.
      type: int
      returned: when the API returns it
    did_as_transfer_caller_id:
      description: The external number that a forwarded call shows, or V(null).
      type: str
      returned: when the API returns it
    domain:
      description: The SIP domain.
      type: str
      returned: when the API returns it
    extension_group_id:
      description: The id of its group, or V(null).
      type: int
      returned: when the API returns it
    extra_params:
      description: Free text, or V(null).
      type: str
      returned: when the API returns it
    label:
      description: The display name, or V(null).
      type: str
      returned: when the API returns it
    message_did:
      description: The number for text messages, or V(null).
      type: str
      returned: when the API returns it
  sample: [{"id": 31456, "number": "101", "name": "0003*101", "type": "phone", "status": "active", "label": "Petrov"}]
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
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_info import ExtensionInfo


def main() -> None:
    """Run the module."""
    run_module(ExtensionInfo())


if __name__ == "__main__":
    main()
