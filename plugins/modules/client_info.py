#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: client_info
short_description: Read a PBX client
description:
  - Reads a client and returns its fields in normalised form.
options:
  client_id:
    description:
      - The id of the PBX client, or V(@me) for the client that the application's user belongs to.
    type: str
    default: "@me"
seealso:
  - module: ringme.pbx.client_settings
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
- name: Read the application's own client
  ringme.pbx.client_info:
  register: me

- name: Give another client the same settings
  ringme.pbx.client_settings:
    client_id: 802
    geo_list: "{{ me.settings.geo_list | default(omit) }}"
    timezone: "{{ me.settings.timezone }}"
"""

RETURN = r"""
client:
  description:
    - All fields of the client. Lists, numbers and booleans are normalised.
  type: dict
  returned: success
  contains:
    ambassadors:
      description: Contact persons, or V(null).
      type: str
      returned: when the API returns it
    call_interactive_method:
      description: The HTTP method for RV(client.call_interactive_url).
      type: str
      returned: when the API returns it
    call_interactive_out_call:
      description: Whether interactive call control includes outgoing calls.
      type: bool
      returned: when the API returns it
    call_interactive_timeout:
      description: How long interactive call control waits for a response, or V(null).
      type: int
      returned: when the API returns it
    call_interactive_url:
      description: The URL that interactive call control requests, or V(null).
      type: str
      returned: when the API returns it
    contact_phones:
      description: Contact phone numbers, or V(null).
      type: str
      returned: when the API returns it
    create_date:
      description: The time of creation, as V(YYYY-MM-DD HH:MM:SS). The time zone is not documented.
      type: str
      returned: when the API returns it
    dial_rule_id:
      description: The id of the rule for outgoing calls, or V(null) for the provider's default.
      type: int
      returned: when the API returns it
    did_as_transfer_caller_id:
      description: The external number that a forwarded call shows, or V(null).
      type: str
      returned: when the API returns it
    disk_space_notify_email:
      description: The e-mail address to notify when the disk space reaches the threshold, or V(null).
      type: str
      returned: when the API returns it
    disk_space_notify_threshold:
      description: The threshold in percent, or V(null).
      type: int
      returned: when the API returns it
    domain:
      description: The SIP domain.
      type: str
      returned: when the API returns it
    domain_prefix:
      description: The prefix for absolute dialling, or V(null).
      type: str
      returned: when the API returns it
    email:
      description: The e-mail address, or V(null).
      type: str
      returned: when the API returns it
    extension_len:
      description: The number of digits in the numbers of its extensions.
      type: int
      returned: when the API returns it
    extra_params:
      description: Free text, or V(null).
      type: str
      returned: when the API returns it
    fact_address:
      description: The actual address, or V(null).
      type: str
      returned: when the API returns it
    geo_list:
      description:
        - The countries whose IP addresses may use SIP accounts, sorted.
        - "V(['*']) is every country, V(null) the provider's default."
      type: list
      elements: str
      returned: when the API returns it
    hold_music:
      description: The id of the music on hold, or V(null) for the provider's default.
      type: int
      returned: when the API returns it
    id:
      description: The id of the client.
      type: int
      returned: success
    jur_address:
      description: The legal address, or V(null).
      type: str
      returned: when the API returns it
    language:
      description: The language.
      type: str
      returned: when the API returns it
    name:
      description: The name.
      type: str
      returned: when the API returns it
    prefix:
      description: The prefix of the names of its extensions, with leading zeros.
      type: str
      returned: when the API returns it
    presence:
      description: Whether the presence service is enabled.
      type: bool
      returned: when the API returns it
    record_format:
      description: The format of recordings.
      type: str
      returned: when the API returns it
    record_stereo:
      description: Whether recordings are in stereo.
      type: bool
      returned: when the API returns it
    reg_status_log:
      description: Whether the history of registrations is kept.
      type: bool
      returned: when the API returns it
    short_local_caller_id:
      description: Whether calls inside the client show the short number.
      type: bool
      returned: when the API returns it
    sip_network_permission_id:
      description: The id of the list of networks from which SIP accounts may be used, or V(null).
      type: int
      returned: when the API returns it
    timezone:
      description: The IANA name of the time zone, or V(UTC).
      type: str
      returned: success
    type:
      description: V(J) for a legal entity, V(F) for a person.
      type: str
      returned: when the API returns it
  sample: {"id": 801, "name": "Romashka", "prefix": "0003", "extension_len": 3, "geo_list": ["BY", "RU"],
           "timezone": "Europe/Moscow", "hold_music": null}
settings:
  description:
    - The writable fields as options of M(ringme.pbx.client_settings), which accepts them unchanged.
  type: dict
  returned: success
  sample: {"client_id": "801", "geo_list": ["BY", "RU"], "timezone": "Europe/Moscow", "reset": ["hold_music"]}
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
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_info import ClientInfo


def main() -> None:
    """Run the module."""
    run_module(ClientInfo())


if __name__ == "__main__":
    main()
