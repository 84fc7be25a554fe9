#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: client_registrations
short_description: Hold the SIP registrations of a client against a policy
description:
  - Checks the live SIP registrations of all phones of a client against a policy, and says what breaks it. With
    O(state=compliant) it removes what breaks enough of it.
  - With O(absent) it removes the registrations that are named there, whatever the policy says and whatever O(state) is.
    All removals are one plan, in which each registration stands once.
  - Reading takes one request for each hundred extensions, besides the list of extensions. Removing takes one request
    for each registration.
  - Registrations that have expired never count, although the API still lists them. An extension that the API leaves out
    of an answer is asked for alone; if there is no answer then, the task fails. Missing is never taken for offline.
  - The rules are V(REG-001) (severity V(critical)), the address is in none of O(allowed_networks); V(REG-002)
    (V(high)), the device is none of O(allowed_devices); V(REG-003) (V(medium)), there are more than
    O(max_registrations); V(REG-004) (V(high)), an extension of O(must_register) is offline.
options:
  client_id:
    description:
      - The id of the PBX client, or V(@me) for the client that the application's user belongs to.
    type: str
    default: "@me"
  extensions:
    description:
      - The numbers of the extensions to check, as V(101), V(0003*101) or with the domain behind an C(@). Put them in
        quotes.
      - Without this and O(extension_ids), all extensions of type C(phone) are checked, or none where there is only
        O(absent) and no policy.
      - This selects for the policy only. O(absent) names its extensions itself.
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
        port does not matter.
      - Either a dictionary of names, each with a list of networks, or one list. Findings call the networks by these
        names.
      - The address that counts is where the request really came from, not the one that the device claims. Private
        networks have to be listed like any other.
      - An address that cannot be read is a finding, but never a reason to remove the registration.
    type: raw
  allowed_devices:
    description:
      - Regular expressions, one of which has to match somewhere in the device's name (User-Agent).
      - A device name is a claim of the device, not a proof. See O(min_rules) for what follows from it.
      - A device that gives no name, and that no expression matches, is a finding, but never a reason to remove the
        registration.
    type: list
    elements: str
  max_registrations:
    description:
      - How many live registrations an extension may have, at least V(1).
      - When there are more, those that keep to O(allowed_networks) and O(allowed_devices) come first, then the newest
        ones, and what is left over breaks the rule.
      - The newest is the one that expires last. Whether the API tells the expiry in seconds, as a date or as a point in
        time makes no difference. A registration whose expiry is missing or cannot be read counts as older than the
        others. Where the expiry does not tell two apart, the one with the greater id in text order counts as the newer,
        so that every run decides alike.
      - A registration whose address or device cannot be judged takes no other's place, and is not removed for being one
        too many.
    type: int
  must_register:
    description:
      - The numbers of extensions that have to have a live registration. V(["*"]) stands for every extension that is
        checked.
      - The extensions have to be among those that are checked.
      - This is only reported. Nothing can make a phone register.
    type: list
    elements: str
  absent:
    description:
      - Live registrations that are to be gone whatever the policy says. Each entry names an extension and selects of
        its registrations those that every given selector matches. Without a selector all are meant.
      - They are removed with O(state=audited) as well, which keeps only the policy from removing anything.
      - The extensions have to be phones. They are read even where O(extensions) does not select them, and then the
        policy does not judge them.
      - The policy decides as if these registrations were gone already, so that no other one has to make room for them.
      - With O(absent) alone nothing is judged, and only the extensions that are named are read.
      - O(max_removals) and O(verify_for) count these registrations too.
    type: list
    elements: dict
    suboptions:
      extension_id:
        description:
          - The API's id of the extension.
          - Either this or O(absent[].extension) is required, and not both.
        type: int
      extension:
        description:
          - The number of the extension, as V("101"), V("0003*101") or with the domain behind an C(@). Write it in
            quotes, because YAML reads V(010) as V(8).
          - Either this or O(absent[].extension_id) is required, and not both.
        type: str
      registration_id:
        description:
          - Select the registrations of these ids. An id changes whenever the device registers anew.
        type: list
        elements: str
      device:
        description:
          - Select registrations whose device name (User-Agent) contains a match of this regular expression.
          - A device name is a claim of the device, not a proof.
        type: str
      address:
        description:
          - Select registrations whose real address lies in one of these networks. IPv4 and IPv6, as V(198.51.100.0/24)
            or a single address. The port does not matter.
        type: list
        elements: str
  state:
    description:
      - With V(audited) nothing is removed but what O(absent) names. The result says what breaks the policy.
      - With V(compliant) the registrations are removed that break at least O(min_rules) of O(allowed_networks),
        O(allowed_devices) and O(max_registrations). The newest registration of an extension that keeps to both its
        address and its device always stays.
      - Nothing stops a device from registering again at once. See O(verify_for).
    type: str
    choices:
      - audited
      - compliant
    default: audited
  min_rules:
    description:
      - How many rules a registration has to break to be removed, at least V(1).
      - Without this option one rule is enough, but not O(allowed_devices) alone, because a device can call itself as it
        likes. V(1) given in so many words lets the device alone suffice.
    type: int
  max_removals:
    description:
      - How many registrations one run may remove, as a number, or as a per cent of the live registrations of the
        extensions that are read, such as V("30%"). Those that O(absent) names count as well.
      - A plan with more removes nothing, and the task fails with the whole plan and the value that lets it through.
      - The default is 30 per cent. A per cent and the default apply from 10 live registrations on.
    type: str
  blocked_in_check:
    description:
      - Whether a plan that O(max_removals) would stop makes check mode fail as well (V(fail)), or is only told in
        RV(blocked) (V(report)).
    type: str
    choices:
      - fail
      - report
    default: fail
  verify_for:
    description:
      - Seconds to wait after something was removed, before the extensions concerned are read once more. RV(came_back)
        then says which registrations are there that would be removed again.
      - With V(0) there is no wait, and RV(came_back) tells what was back at once.
    type: float
    default: 0.0
  on_error:
    description:
      - Whether the other registrations are still removed when one cannot be (V(continue)), or nothing new is begun
        (V(stop)).
      - A used-up quota and a refused token always stop the run, because every further request would fail as well.
    type: str
    choices:
      - continue
      - stop
    default: continue
  concurrency:
    description:
      - How many requests may be under way at a time, from 1 to 32.
    type: int
    default: 8
notes:
  - At least one of O(allowed_networks), O(allowed_devices), O(max_registrations), O(must_register) and O(absent) is
    required. With O(absent) alone there is no policy, and O(extensions) and O(extension_ids) are refused.
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
- name: Say who is registered from where nobody should be
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

- name: Stop if anything critical was found
  ansible.builtin.assert:
    that:
      - audit.findings | selectattr('severity', 'equalto', 'critical') | length == 0

- name: Throw out what is neither from our networks nor one of our phones, and see whether it comes back
  ringme.pbx.client_registrations:
    client_id: 801
    allowed_networks: [198.51.100.0/24]
    allowed_devices: ['^Yealink SIP-T4']
    state: compliant
    min_rules: 2
    verify_for: 30
  register: cleaned

- name: One device for each of these extensions
  ringme.pbx.client_registrations:
    client_id: 801
    extensions: ['101', '201']
    max_registrations: 1
    state: compliant
    max_removals: 5

- name: Only report what breaks the policy, and remove the softphones of one extension in any case
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
    - The registrations of every extension that was read, sorted by number, after the run or as predicted in check
      mode. These are the extensions that were checked, and those that O(absent) names.
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
      description: Whether the registrations listed are live. If not, they have expired.
      type: bool
      returned: success
    registrations:
      description: The registrations that the API lists.
      type: list
      elements: dict
      returned: success
      contains:
        device:
          description: What the device calls itself (User-Agent).
          type: str
          returned: success
        real_address:
          description: Where the request really came from, as a SIP URI.
          type: str
          returned: success
        contact_address:
          description: The address that the device put into its Contact.
          type: str
          returned: success
        expires:
          description: When it expires, or V(null). It changes by itself and is never shown in RV(changes).
          type: raw
          returned: success
        registration_id:
          description: The id, which changes whenever the device registers anew.
          type: str
          returned: success
    health:
      description:
        - V(compliant); V(violation) where a live registration breaks the policy; V(offline) where nothing is
          registered; V(stale_only) where nothing is registered, and expired registrations are still listed.
        - V(null) for an extension that only O(absent) names, which no policy was held against.
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
    - What broke the policy when the module looked, before anything was removed. Sorted by extension and rule. That
      O(absent) names a registration makes no difference.
    - The same fault gives the same finding in every run; nothing in it changes by itself.
    - There is one for each registration with V(REG-001) and V(REG-002), and one for each extension with V(REG-003) and
      V(REG-004).
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
      description: What is wrong, for people.
      type: str
      returned: always
    hint:
      description: What to do about it.
      type: str
      returned: always
    option:
      description: Always V(null) here. In other modules, the option that is wrong.
      type: str
      returned: always
    evidence:
      description:
        - What was seen. For V(REG-001) and V(REG-002) the C(device) and the C(address) without port, which is V(null)
          where it cannot be read, and for V(REG-001) the names of the C(networks) that are allowed. For V(REG-003) and
          V(REG-004) how many are C(registered), and for V(REG-003) also C(max_registrations).
      type: dict
      returned: always
  sample:
    - rule: REG-001
      severity: critical
      address: registration/205
      message: "extension 205: 'friendly-scanner' is registered from 203.0.113.77, which is in none of office, vpn"
      hint: If it is meant to be there, allow it; otherwise remove it and change the SIP password of the extension
      option:
      evidence: {device: friendly-scanner, address: 203.0.113.77, networks: [office, vpn]}
changes:
  description:
    - The registrations that are (or in check mode would be) removed, one entry for each, sorted by extension.
    - It is empty exactly when the task is not C(changed), in check mode and outside it. With O(state=audited) there is
      nothing but what O(absent) names.
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
          description: The registration that goes, in a list, without what changes by itself.
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
    - The live registrations of the extensions of which something is removed, before and after, in stable order.
  type: dict
  returned: success, and a failure after the comparison
  contains:
    before:
      description: Under C(registrations), the live registrations as they were, by number.
      type: dict
      returned: always
    after:
      description: Under C(registrations), the live registrations as they are (or in check mode would be), by number.
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
    - The limits that the plan exceeds. With anything in it the task fails, except in check mode with
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
      description: How many registrations the plan removes.
      type: int
      returned: always
    limit:
      description: How many it may remove.
      type: int
      returned: always
    override:
      description: The option and value that let this plan through.
      type: str
      returned: always
  sample: [{"rule": "max_removals", "actual": 8, "limit": 3, "override": "max_removals: 8"}]
outcomes:
  description:
    - What became of each of the RV(changes), in the same order. Empty in check mode, and when there was nothing to do.
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
        - V(verified) (removed, and read back), V(not_applied) (accepted, but still listed), V(failed)
          (RV(outcomes[].error) tells) or V(not_reached) (not begun).
      type: str
      returned: always
    error:
      description: What went wrong, with the keys of RV(error) and C(msg), or V(null).
      type: dict
      returned: always
    restore:
      description: Always V(null) here. In other modules, the request that puts the old state back.
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
    - The registrations of these extensions that break the policy or are named in O(absent) after the removal, so that
      they would be removed again. Empty in check mode, and when nothing was removed.
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
      description: What the device calls itself (User-Agent).
      type: str
      returned: success
    real_address:
      description: Where the request really came from, as a SIP URI.
      type: str
      returned: success
    rules:
      description: The ids of the rules that it breaks. Empty where only O(absent) is the reason.
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
  sample: {"GET": 3, "POST": 0, "PUT": 0, "DELETE": 1, "token": 0}
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
        - V(options) (refused before the first request), V(environment), V(conflict), V(blocked) (a limit stopped the
          plan), V(read_only), V(connection), V(answer_lost), V(not_reached) (too many
          requests in a row failed before), V(bad_answer), V(authentication), V(forbidden),
          V(not_found), V(refused), V(quota), V(server) or V(some_failed) (RV(outcomes) tells).
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
    path: /client/802/extension/
    hint: >-
      Check client_id and the ids. For a client of another dealer, set that dealer's application: application_id and
      application_secret in the task, client_api in the client's file or its group
"""

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import run_module
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations


def main() -> None:
    """Hand the resource over."""
    run_module(ClientRegistrations())


if __name__ == "__main__":
    main()
