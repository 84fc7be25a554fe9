#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: client_settings
short_description: Manage the settings of a PBX client
description:
  - Compares the settings of a client with the options and sends only the fields that differ.
  - Options that are not set are not managed. The provider decides which fields the user of a client may change. If the
    API accepts a value but does not apply it, the task fails and names the field.
options:
  client_id:
    description:
      - The id of the PBX client, or V(@me) for the client that the application's user belongs to.
    type: str
    default: "@me"
  dial_rule_id:
    description:
      - The id of the rule for outgoing calls.
    type: int
  disk_space_notify_email:
    description:
      - The e-mail address to notify when the disk space reaches the threshold.
    type: str
  disk_space_notify_threshold:
    description:
      - The threshold for O(disk_space_notify_email) in percent, from 0 to 100.
    type: int
  geo_list:
    description:
      - The countries whose IP addresses may use SIP accounts, as ISO 3166-1 alpha-2 codes. The order is ignored.
      - "V(['*']) allows every country. The provider's own setting is ignored then."
      - To restore the provider's default, add V(geo_list) to O(reset).
    type: list
    elements: str
  hold_music:
    description:
      - The id of the music on hold.
    type: int
  sip_network_permission_id:
    description:
      - The id of the list of networks from which SIP accounts may be used.
    type: int
  timezone:
    description:
      - The IANA name of the client's time zone, or V(UTC).
    type: str
  call_interactive_out_call:
    description:
      - Whether interactive call control includes outgoing calls. Only some deployments have this field.
    type: bool
  call_interactive_url:
    description:
      - The URL that interactive call control requests. Only some deployments have this field.
    type: str
  call_interactive_method:
    description:
      - The HTTP method for O(call_interactive_url). Only some deployments have this field.
    type: str
    choices:
      - GET
      - POST
  call_interactive_timeout:
    description:
      - How long interactive call control waits for a response. Only some deployments have this field.
    type: int
  reset:
    description:
      - The fields to reset to the provider's default. A field cannot be set and reset in the same task.
    type: list
    elements: str
    choices:
      - call_interactive_timeout
      - call_interactive_url
      - dial_rule_id
      - disk_space_notify_email
      - disk_space_notify_threshold
      - geo_list
      - hold_music
      - sip_network_permission_id
seealso:
  - module: ringme.pbx.client_info
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
- name: Allow SIP accounts from two countries only
  ringme.pbx.client_settings:
    api_url: https://apiproxy.example.com
    application_id: "{{ ringme_application_id }}"
    application_secret: "{{ ringme_application_secret }}"
    client_id: 801
    geo_list: [RU, BY]
    timezone: Europe/Moscow

- name: Reset the music on hold to the provider's default
  ringme.pbx.client_settings:
    client_id: 801
    reset: [hold_music]
"""

RETURN = r"""
client:
  description:
    - All fields of the client after the run (in check mode, as predicted). Lists, numbers and booleans are normalised.
    - RV(ringme.pbx.client_info#module:client) describes the fields.
  type: dict
  returned: success
  sample: {"id": 801, "name": "Romashka", "prefix": "0003", "extension_len": 3, "geo_list": ["BY", "RU"],
           "timezone": "Europe/Moscow", "hold_music": null}
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
      description: The object within its client. It is the same in every run.
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
    - resource: client_settings
      address: settings
      action: update
      fields: [{name: geo_list, before: ["*"], after: [BY, RU]}]
      reversible: true
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
  sample: {"GET": 1, "POST": 0, "PUT": 1, "DELETE": 0, "token": 0}
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
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_settings import ClientSettings


def main() -> None:
    """Run the module."""
    run_module(ClientSettings())


if __name__ == "__main__":
    main()
