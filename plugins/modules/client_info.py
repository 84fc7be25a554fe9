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
  - Reads one client and returns its fields, normalised.
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
      returned: when the API tells it
    call_interactive_method:
      description: The HTTP method with which RV(client.call_interactive_url) is asked.
      type: str
      returned: when the API tells it
    call_interactive_out_call:
      description: Whether interactive call control applies to outgoing calls.
      type: bool
      returned: when the API tells it
    call_interactive_timeout:
      description: How long interactive call control waits for an answer, or V(null).
      type: int
      returned: when the API tells it
    call_interactive_url:
      description: The URL that interactive call control asks, or V(null).
      type: str
      returned: when the API tells it
    contact_phones:
      description: Contact phone numbers, or V(null).
      type: str
      returned: when the API tells it
    create_date:
      description: When it was created, as V(YYYY-MM-DD HH:MM:SS); the zone is not documented.
      type: str
      returned: when the API tells it
    dial_rule_id:
      description: The id of the rule for outgoing calls, or V(null) for the provider's default.
      type: int
      returned: when the API tells it
    did_as_transfer_caller_id:
      description: Whether and which external number is shown when a call is forwarded, or V(null).
      type: str
      returned: when the API tells it
    disk_space_notify_email:
      description: Where to write when the disk space reaches the threshold, or V(null).
      type: str
      returned: when the API tells it
    disk_space_notify_threshold:
      description: The threshold in per cent, or V(null).
      type: int
      returned: when the API tells it
    domain:
      description: The SIP domain.
      type: str
      returned: when the API tells it
    domain_prefix:
      description: The prefix for absolute dialling, or V(null).
      type: str
      returned: when the API tells it
    email:
      description: The e-mail address, or V(null).
      type: str
      returned: when the API tells it
    extension_len:
      description: How many digits the numbers of its extensions have.
      type: int
      returned: when the API tells it
    extra_params:
      description: Free text, or V(null).
      type: str
      returned: when the API tells it
    fact_address:
      description: The actual address, or V(null).
      type: str
      returned: when the API tells it
    geo_list:
      description: "The countries whose IP addresses may use SIP accounts, sorted; V(['*']) is every country, V(null) the provider's default."
      type: list
      elements: str
      returned: when the API tells it
    hold_music:
      description: The id of the sound that is played on hold, or V(null) for the provider's default.
      type: int
      returned: when the API tells it
    id:
      description: The id of the client.
      type: int
      returned: success
    jur_address:
      description: The legal address, or V(null).
      type: str
      returned: when the API tells it
    language:
      description: The language.
      type: str
      returned: when the API tells it
    name:
      description: The name.
      type: str
      returned: when the API tells it
    prefix:
      description: The prefix of its extensions' names, with leading zeros.
      type: str
      returned: when the API tells it
    presence:
      description: Whether the presence service is on.
      type: bool
      returned: when the API tells it
    record_format:
      description: The format of recordings.
      type: str
      returned: when the API tells it
    record_stereo:
      description: Whether recordings are in stereo.
      type: bool
      returned: when the API tells it
    reg_status_log:
      description: Whether the history of registrations is kept.
      type: bool
      returned: when the API tells it
    short_local_caller_id:
      description: Whether calls inside the client show the short number.
      type: bool
      returned: when the API tells it
    sip_network_permission_id:
      description: The id of the list of networks from which SIP accounts may be used, or V(null).
      type: int
      returned: when the API tells it
    timezone:
      description: The IANA name of the time zone, or V(UTC).
      type: str
      returned: success
    type:
      description: V(J) for a legal entity, V(F) for a person.
      type: str
      returned: when the API tells it
  sample: {"id": 801, "name": "Romashka", "prefix": "0003", "extension_len": 3, "geo_list": ["BY", "RU"],
           "timezone": "Europe/Moscow", "hold_music": null}
settings:
  description:
    - The writable fields in the words of the options of M(ringme.pbx.client_settings), which accepts them as they are.
  type: dict
  returned: success
  sample: {"client_id": "801", "geo_list": ["BY", "RU"], "timezone": "Europe/Moscow", "reset": ["hold_music"]}
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
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_info import ClientInfo


def main() -> None:
    """Hand the resource over."""
    run_module(ClientInfo())


if __name__ == "__main__":
    main()
