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
  - Reads the bundles of the given extensions, or of all phones of a client.
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
      - The module looks them up in the list of extensions of the client, which it reads once per task and client.
        Without this option and O(extension_ids), it reads the list and then all phones of the client. Each extension
        takes one request.
      - Mutually exclusive with O(extension_ids).
    type: list
    elements: str
  extension_ids:
    description:
      - The API's ids of the extensions to read. The result has no numbers then.
      - Mutually exclusive with O(extensions).
    type: list
    elements: int
  concurrency:
    description:
      - The maximum number of concurrent requests, from 1 to 32. They share one session.
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

- name: Manage these bundles in their current state
  ringme.pbx.extensions_bundle:
    client_id: 801
    extension: "{{ item.extension }}"
    members: "{{ item.members }}"
    state: "{{ item.state }}"
  loop: "{{ live.bundles }}"
  loop_control:
    label: "{{ item.extension }}"

- name: Read the bundles of all phones with few concurrent requests
  ringme.pbx.extensions_bundle_info:
    client_id: 801
    concurrency: 2
  register: everything

- name: Manage all of them in one task
  ringme.pbx.client_bundles:
    client_id: 801
    bundles: "{{ everything.client_bundles }}"
"""

RETURN = r"""
bundles:
  description:
    - One entry per requested extension, sorted by id. All keys except C(member_of) are options of
      M(ringme.pbx.extensions_bundle), which requires one of C(extension_id) and C(extension), and one of C(bundle_list)
      and C(members).
    - Numbers are V(null) with O(extension_ids), because the list of extensions is not read then.
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
      description: V(present) if it is the main extension of a bundle, otherwise V(absent).
      type: str
      returned: success
    member_of:
      description:
        - The id of the main extension if it is a member of a bundle and the API returns that, otherwise V(null).
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
    - The existing bundles in the form of the option O(ringme.pbx.client_bundles#module:bundles).
    - By number, or by id if numbers are V(null).
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
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extensions_bundle_info import ExtensionsBundleInfo


def main() -> None:
    """Run the module."""
    run_module(ExtensionsBundleInfo())


if __name__ == "__main__":
    main()
