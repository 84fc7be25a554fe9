#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: client_registrations
short_description: Check the SIP registrations of a PBX client against a policy
description:
  - Checks the live SIP registrations of all phones of a client against a policy and reports violations. With
    O(state=compliant), it removes the registrations that violate enough rules.
  - With O(absent), it removes the selected registrations, regardless of the policy and of O(state). All removals are
    one plan, which contains each registration once.
  - Reading takes one request for each 100 extensions, in addition to the list of extensions. Removing takes one request
    for each registration.
  - Expired registrations never count, although the API still lists them. If a response omits an extension, the module
    requests the extension separately; if the API omits it again, the task fails. Such an extension never counts as
    offline.
  - "The rules are: V(REG-001) (severity V(critical)), the address is not in O(allowed_networks); V(REG-002)
    (V(high)), the device matches none of O(allowed_devices); V(REG-003) (V(medium)), the extension has more than
    O(max_registrations); V(REG-004) (V(high)), an extension of O(must_register) is offline."
options:
  client_id:
    description:
      - The id of the PBX client, or V(@me) for the client that the application's user belongs to.
    type: str
    default: "@me"
  extensions:
    description:
      - The numbers of the extensions to check, as V("101"), V("0003*101"), or with C(@) and the domain at the end.
        Quote them.
      - Without this option and O(extension_ids), all extensions of type C(phone) are checked, or none if the task has
        O(absent) and no policy.
      - This selects extensions for the policy only. The entries of O(absent) have their own extensions.
    type: list
    elements: str
  extension_ids:
    description:
      - The API's ids of the extensions to check, instead of O(extensions).
    type: list
    elements: int
  allowed_networks:
    description:
      - The networks that registrations may come from, IPv4 and IPv6, as V(198.51.100.0/24) or a single address. The
        port is ignored.
      - Either a dictionary of names, each with a list of networks, or one list. Findings use these names.
      - The module checks the source address of the request, not the address that the device reports. Private networks
        must be listed like any other.
      - An invalid address is a finding, but never a reason to remove the registration.
    type: raw
  allowed_devices:
    description:
      - Regular expressions. At least one must match anywhere in the name of the device (User-Agent).
      - The device chooses its name, so the name proves nothing. See O(min_rules) for the consequence.
      - A device without a name that no expression matches is a finding, but never a reason to remove the registration.
    type: list
    elements: str
  max_registrations:
    description:
      - The maximum number of live registrations of an extension, at least V(1).
      - If an extension has more, registrations that comply with O(allowed_networks) and O(allowed_devices) have
        priority, then newer ones. The remaining registrations violate the rule.
      - The newest registration expires last; the API may return the expiry as seconds, a date or a timestamp. A
        registration without a valid expiry counts as the oldest. Of two with the same expiry, the one with the greater
        id in text order counts as newer, so that every run has the same result.
      - A registration whose address or device cannot be checked does not take the place of another, and is not removed
        by this rule.
    type: int
  must_register:
    description:
      - The numbers of extensions that must have a live registration. V(["*"]) means every checked extension.
      - These extensions must be among the checked ones.
      - A violation is only reported, because the API cannot make a phone register.
    type: list
    elements: str
  absent:
    description:
      - Live registrations to remove regardless of the policy. Each entry has an extension and selects the registrations
        that match all its selectors. Without a selector, it selects all registrations of the extension.
      - They are removed with O(state=audited) as well, which only stops removals by the policy.
      - The extensions must be phones. The module reads them even if O(extensions) does not select them, but does not
        check those against the policy.
      - The policy is checked as if these registrations were already removed, so that no other registration is removed
        in their place.
      - With O(absent) and no policy, only these extensions are read, and nothing is checked.
      - O(max_removals) and O(verify_for) include these registrations.
    type: list
    elements: dict
    suboptions:
      extension_id:
        description:
          - The API's id of the extension.
          - Exactly one of this and O(absent[].extension) is required.
        type: int
      extension:
        description:
          - The number of the extension, as V("101"), V("0003*101"), or with C(@) and the domain at the end. Quote it,
            because YAML reads V(010) as V(8).
          - Exactly one of this and O(absent[].extension_id) is required.
        type: str
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
          - Select the registrations whose source address is in one of these networks, IPv4 or IPv6, as
            V(198.51.100.0/24) or a single address. The port is ignored.
        type: list
        elements: str
  state:
    description:
      - With V(audited), only registrations that O(absent) selects are removed. The result reports policy violations.
      - With V(compliant), registrations are removed that violate at least O(min_rules) of O(allowed_networks),
        O(allowed_devices) and O(max_registrations). For each extension, the newest registration with an allowed address
        and device is never removed.
      - A device can register again immediately. See O(verify_for).
    type: str
    choices:
      - audited
      - compliant
    default: audited
  min_rules:
    description:
      - The number of rules that a registration must violate to be removed, at least V(1).
      - Without this option one rule is sufficient, except O(allowed_devices) alone, because a device can choose any
        name. Set to V(1) explicitly to remove registrations that violate only O(allowed_devices).
    type: int
  max_removals:
    description:
      - The maximum number of registrations that one run may remove, as a number, or as a percentage of the live
        registrations of the extensions that are read, such as V("30%"). It includes those that O(absent) selects.
      - If a plan has more, the task fails without a change. The message has the plan and the value that allows it.
      - The default is 30 percent. A percentage and the default apply from 10 live registrations.
    type: str
  blocked_in_check:
    description:
      - Whether check mode fails for a plan that exceeds O(max_removals) (V(fail)), or reports it in RV(blocked)
        (V(report)).
    type: str
    choices:
      - fail
      - report
    default: fail
  verify_for:
    description:
      - Seconds to wait after removals before the module reads the affected extensions again. RV(came_back) then has the
        registrations that would be removed again.
      - With V(0) the module does not wait, and RV(came_back) has the registrations that came back immediately.
    type: float
    default: 0.0
  on_error:
    description:
      - Whether a failed removal skips the removals after it (V(stop)) or not (V(continue)).
      - An exhausted quota and a rejected token always stop the run, because every other request would fail as well.
    type: str
    choices:
      - continue
      - stop
    default: continue
  concurrency:
    description:
      - The maximum number of concurrent requests, from 1 to 32.
    type: int
    default: 8
notes:
  - At least one of O(allowed_networks), O(allowed_devices), O(max_registrations), O(must_register) and O(absent) is
    required. With O(absent) alone there is no policy, and O(extensions) and O(extension_ids) are not allowed.
seealso:
  - module: ringme.pbx.extension_registration
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
- name: Report registrations from networks that are not allowed
  ringme.pbx.client_registrations:
    client_id: 801
    allowed_networks:
      office: [198.51.100.0/24, '2001:db8::/32']
      vpn: [203.0.113.64/28]
    allowed_devices:
      - '^Yealink SIP-T4'
      - '^Grandstream '
    must_register: ['*']
  register: audit

- name: Fail if there is a critical finding
  ansible.builtin.assert:
    that:
      - audit.findings | selectattr('severity', 'equalto', 'critical') | length == 0

- name: Remove foreign devices from foreign networks, and check whether they come back
  ringme.pbx.client_registrations:
    client_id: 801
    allowed_networks: [198.51.100.0/24]
    allowed_devices: ['^Yealink SIP-T4']
    state: compliant
    min_rules: 2
    verify_for: 30
  register: cleaned

- name: Allow one device for each of these extensions
  ringme.pbx.client_registrations:
    client_id: 801
    extensions: ['101', '201']
    max_registrations: 1
    state: compliant
    max_removals: 5

- name: Report policy violations, and remove the softphones of one extension
  ringme.pbx.client_registrations:
    client_id: 801
    allowed_networks: [198.51.100.0/24]
    absent:
      - extension: '101'
        device: '^Zoiper'
"""

RETURN = r"""
registrations:
  description:
    - The registrations of every extension that was read, sorted by number, after the run (in check mode, as predicted).
      These are the checked extensions and those of O(absent).
  type: list
  elements: dict
  returned: success
  contains:
    extension:
      description: The number of the extension.
      type: str
      returned: success
    extension_id:
      description: The API's id of the extension.
      type: int
      returned: success
    registered:
      description: V(true) if the extension has a live registration. With V(false), all listed ones have expired.
      type: bool
      returned: success
    registrations:
      description: The registrations that the API lists.
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
          description: The expiry, or V(null). It changes automatically and is never in RV(changes).
          type: raw
          returned: success
        registration_id:
          description: The id. It changes whenever the device registers again.
          type: str
          returned: success
    health:
      description:
        - V(compliant); V(violation) if a live registration violates the policy; V(offline) if there is no registration;
          V(stale_only) if there are only expired registrations.
        - V(null) for an extension that only O(absent) selects, which is not checked against a policy.
      type: str
      returned: success
  sample:
    - extension: "101"
      extension_id: 31456
      registered: true
      registrations:
        - device: Yealink SIP-T46G 28.72.14.5
          real_address: "sip:198.51.100.7:62338"
          contact_address: "sip:0003*101@192.168.5.52:5062"
          expires: 699
          registration_id: uloc-572b0ffb-6d47-001
      health: compliant
findings:
  description:
    - The policy violations before any removal, sorted by extension and rule. They include registrations that O(absent)
      selects.
    - The same violation has the same finding in every run. A finding contains no values that change automatically.
    - V(REG-001) and V(REG-002) have one finding for each registration, V(REG-003) and V(REG-004) one for each
      extension.
  type: list
  elements: dict
  returned: success, and a failure after the comparison
  contains:
    rule:
      description: The id of the rule, for example V(REG-001).
      type: str
      returned: always
    severity:
      description: V(critical), V(high), V(medium) or V(low).
      type: str
      returned: always
    address:
      description: The extension's registrations, as in RV(changes).
      type: str
      returned: always
    message:
      description: The problem, for people.
      type: str
      returned: always
    hint:
      description: The remedy.
      type: str
      returned: always
    option:
      description: Always V(null) here. In other modules, the option with the error.
      type: str
      returned: always
    evidence:
      description:
        - The observed values. For V(REG-001) and V(REG-002) the C(device) and the C(address) without port, which is
          V(null) if it is not valid, and for V(REG-001) the names of the allowed C(networks). For V(REG-003) and
          V(REG-004) the number of C(registered) devices, and for V(REG-003) also C(max_registrations).
      type: dict
      returned: always
  sample:
    - rule: REG-001
      severity: critical
      address: registration/205
      message: >-
        extension 205: 'friendly-scanner' is registered from 203.0.113.77, which is not in an allowed network (office,
        vpn)
      hint: If this device is expected, allow it. Otherwise remove it and change the SIP password of the extension
      option:
      evidence: {device: friendly-scanner, address: 203.0.113.77, networks: [office, vpn]}
changes:
  description:
    - The registrations that are (in check mode, would be) removed, one entry for each, sorted by extension.
    - The list is empty if and only if the task is not C(changed), in check mode as well. With O(state=audited) it has
      only registrations that O(absent) selects.
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
    extension_id:
      description: The API's id of the extension.
      type: int
      returned: always
    extension:
      description: The number of the extension.
      type: str
      returned: always
    action:
      description: V(delete).
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
          description: A list with the removed registration, without values that change automatically.
          type: list
          elements: dict
          returned: always
        after:
          description: An empty list.
          type: list
          elements: dict
          returned: always
    reversible:
      description: V(false), because the API cannot make a device register.
      type: bool
      returned: always
  sample:
    - resource: client_registrations
      address: registration/101
      extension_id: 31456
      extension: "101"
      action: delete
      fields:
        - name: registrations
          before: [{device: friendly-scanner, real_address: "sip:203.0.113.77:5060", contact_address: "sip:10.0.0.7"}]
          after: []
      reversible: false
diff:
  description:
    - The live registrations of the extensions with removals, before and after, in stable order.
  type: dict
  returned: success, and a failure after the comparison
  contains:
    before:
      description: In C(registrations), the live registrations before the run, by number.
      type: dict
      returned: always
    after:
      description: In C(registrations), the live registrations after the run (in check mode, as predicted), by number.
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
blocked:
  description:
    - The limits that the plan exceeds. If there are any, the task fails without a change, except in check mode with
      O(blocked_in_check=report).
  type: list
  elements: dict
  returned: success, and a failure after the comparison
  contains:
    rule:
      description: The limit, V(max_removals).
      type: str
      returned: always
    actual:
      description: Number of registrations that the plan removes.
      type: int
      returned: always
    limit:
      description: The maximum number.
      type: int
      returned: always
    override:
      description: The option and the value that allow this plan.
      type: str
      returned: always
  sample: [{"rule": "max_removals", "actual": 8, "limit": 3, "override": "max_removals: 8"}]
outcomes:
  description:
    - The result of each of the RV(changes), in the same order. The list is empty in check mode and without changes.
  type: list
  elements: dict
  returned: success, and a failure while registrations are removed
  contains:
    address:
      description: The object, as in RV(changes).
      type: str
      returned: always
    extension_id:
      description: The API's id of the extension.
      type: int
      returned: always
    extension:
      description: The number of the extension.
      type: str
      returned: always
    action:
      description: V(delete).
      type: str
      returned: always
    status:
      description:
        - V(verified) (removed and read back), V(not_applied) (accepted, but still listed), V(failed)
          (see RV(outcomes[].error)) or V(not_reached) (skipped).
      type: str
      returned: always
    error:
      description: The failure, with the keys of RV(error) and C(msg), or V(null).
      type: dict
      returned: always
    restore:
      description: Always V(null) here. In other modules, the request that restores the old state.
      type: dict
      returned: always
  sample:
    - address: registration/101
      extension_id: 31456
      extension: "101"
      action: delete
      status: verified
      error:
      restore:
came_back:
  description:
    - The registrations that violate the policy or that O(absent) selects after the removals, and that would be removed
      again. The list is empty in check mode and without removals.
  type: list
  elements: dict
  returned: success
  contains:
    extension_id:
      description: The API's id of the extension.
      type: int
      returned: success
    extension:
      description: The number of the extension.
      type: str
      returned: success
    device:
      description: The name that the device reports (User-Agent).
      type: str
      returned: success
    real_address:
      description: The source address of the request, as a SIP URI.
      type: str
      returned: success
    rules:
      description: The ids of the violated rules. Empty if O(absent) is the only reason.
      type: list
      elements: str
      returned: success
  sample:
    - extension_id: 31456
      extension: "101"
      device: friendly-scanner
      real_address: "sip:203.0.113.77:5060"
      rules: [REG-001, REG-002]
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
  sample: {"GET": 3, "POST": 0, "PUT": 0, "DELETE": 1, "token": 0}
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
        - V(options) (rejected before the first request), V(environment), V(conflict), V(blocked) (the plan exceeds a
          limit), V(read_only), V(connection), V(answer_lost) (no complete response), V(not_reached) (skipped after too
          many consecutive failures), V(bad_answer) (a response that the API does not document), V(authentication),
          V(forbidden), V(not_found), V(refused), V(quota), V(server) or V(some_failed) (see RV(outcomes)).
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
    path: /client/802/extension/
    hint: >-
      Check client_id and the ids. For a client of another dealer, set that dealer's application: application_id and
      application_secret in the task, client_api in the client's file or its group
"""

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import run_module
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations


def main() -> None:
    """Run the module."""
    run_module(ClientRegistrations())


if __name__ == "__main__":
    main()
