#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: extensions_bundle_info
short_description: Read bundles of extensions
description:
  - Reads the bundles of the given main extensions, or of all phones of a client.
options:
  client_id:
    description:
      - The id of the PBX client, or V(@me) for the client that the application's user belongs to.
    type: str
    default: "@me"
  extensions:
    description:
      - The numbers of the extensions to read, as V("101"), V("0003*101") or with the domain behind an C(@). Write them
        in quotes, because YAML reads V(010) as V(8).
      - They are looked up in the client's list of extensions, which is read once per task and client. Without this and
        O(extension_ids), that list is read too, and then all phones of the client. Each extension is one request.
      - Mutually exclusive with O(extension_ids).
    type: list
    elements: str
  extension_ids:
    description:
      - The API's ids of the extensions to read. Numbers are not known then.
      - Mutually exclusive with O(extensions).
    type: list
    elements: int
  concurrency:
    description:
      - How many requests may be under way at a time, from 1 to 32. They share one session.
    type: int
    default: 8
seealso:
  - module: ringme.pbx.client_bundles
  - module: ringme.pbx.extensions_bundle
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
- name: Read two bundles
  ringme.pbx.extensions_bundle_info:
    client_id: 801
    extensions: ["101", "402"]
  register: live

- name: Keep what there is, from now on
  ringme.pbx.extensions_bundle:
    client_id: 801
    extension: "{{ item.extension }}"
    members: "{{ item.members }}"
    state: "{{ item.state }}"
  loop: "{{ live.bundles }}"
  loop_control:
    label: "{{ item.extension }}"

- name: Read the bundles of all phones, gently
  ringme.pbx.extensions_bundle_info:
    client_id: 801
    concurrency: 2
  register: everything

- name: Keep all of them, in one task
  ringme.pbx.client_bundles:
    client_id: 801
    bundles: "{{ everything.client_bundles }}"
"""

RETURN = r"""
bundles:
  description:
    - One entry per extension asked for, sorted by id. All keys but C(member_of) are options of
      M(ringme.pbx.extensions_bundle), of which one of C(extension_id) and C(extension), and one of C(bundle_list) and
      C(members) is needed.
    - Numbers are V(null) where O(extension_ids) was given, because the client's extensions are not read then.
  type: list
  elements: dict
  returned: success
  contains:
    extension_id:
      description: The API's id of the extension.
      type: int
      returned: success
    extension:
      description: The number of the extension, or V(null).
      type: str
      returned: success
    bundle_list:
      description: The API's ids of its members, sorted.
      type: list
      elements: int
      returned: success
    members:
      description: The numbers of its members, in the order of their ids, or V(null).
      type: list
      elements: str
      returned: success
    state:
      description: V(present) if it is the main extension of a bundle, else V(absent).
      type: str
      returned: success
    member_of:
      description: The id of the main extension of the bundle that it is a member of, if the API tells, else V(null).
      type: int
      returned: success
  sample:
    - extension_id: 31456
      extension: "101"
      bundle_list: [32486, 32767]
      members: ["201", "301"]
      state: present
      member_of:
client_bundles:
  description:
    - The bundles that exist, as the option O(ringme.pbx.client_bundles#module:bundles) takes them.
    - By number, or by id where numbers are V(null).
  type: list
  elements: dict
  returned: success
  contains:
    extension:
      description: The number of the main extension.
      type: str
      returned: when known
    members:
      description: The numbers of the members, in the order of their ids.
      type: list
      elements: str
      returned: when known
    extension_id:
      description: The API's id of the main extension.
      type: int
      returned: when numbers are not known
    bundle_list:
      description: The API's ids of the members, sorted.
      type: list
      elements: int
      returned: when numbers are not known
  sample: [{"extension": "101", "members": ["201", "301"]}]
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
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extensions_bundle_info import ExtensionsBundleInfo


def main() -> None:
    """Hand the resource over."""
    run_module(ExtensionsBundleInfo())


if __name__ == "__main__":
    main()
