#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: client_bundles
short_description: Manage all bundles of a PBX client
description:
  - Compares the bundles of a client with one list and applies the differences. A bundle links member extensions to a
    main extension, so that they act as one employee.
  - An extension can be in one bundle only, as its main extension or as a member. Members are compared as a set. The
    module sends no write for a bundle that matches. Bundles that are not listed stay unchanged, unless O(prune=true).
  - "The module checks everything before the first write, in four steps: the list on its own, without a request; the
    list against the extensions and the existing bundles of the client; the values that joining extensions would lose
    (O(side_effects)); the plan against the limits (O(max_changes), O(max_removals), O(allow_mismatch)). Each step
    reports all its problems in one failure."
  - "The module rejects a list that contains: an extension in two bundles; a main extension that is also a member; a
    member that is its own main extension; an extension that is listed twice; a second entry for a main extension; a
    name that is not a valid number. It then rejects extensions that the client does not have, that are not of type
    C(phone), or that belong to another bundle which does not release them in the same run."
  - A member is removed from its old bundle before it is added to the new one. The module removes bundles first, then
    writes the bundles that only lose members, then those that gain members. Bundles that exchange extensions are
    applied together. If one of them cannot be written, the module rolls the others back to their old members.
  - The module reads each bundle again immediately before it writes it. If the bundle has changed since the comparison,
    it stays unchanged, and its outcome is V(failed) with the kind C(conflict).
  - An interrupted task (C(SIGINT), C(SIGTERM)) starts no other bundle, and finishes the current ones or rolls them
    back. If a task is killed, the next one for the same client repairs incomplete bundles, with the old members
    in the folder O(token_cache).
  - The module reads back every write, unless the response shows the desired members. A failure of one bundle does not
    stop the others (O(on_error)), and RV(outcomes) has the result of each change.
options:
  client_id:
    description:
      - The id of the PBX client, or V(@me) for the client that the application's user belongs to.
    type: str
    default: "@me"
  bundles:
    description:
      - The bundles, one entry for each main extension.
      - The module looks up numbers in the list of extensions of the client, which it reads once per task and client.
    type: list
    elements: dict
    required: true
    suboptions:
      extension:
        description:
          - The number of the main extension, as V("101"), V("0003*101"), or with C(@) and the domain at the end. Quote
            it, because YAML reads V(010) as V(8).
          - Either this or O(bundles[].extension_id) is required.
        type: str
      extension_id:
        description:
          - The API's id of the main extension, instead of O(bundles[].extension).
        type: int
      members:
        description:
          - The numbers of the members, in any order, without the main extension.
          - Either this or O(bundles[].bundle_list) is required, except with O(bundles[].state=absent) or
            O(bundles[].ignore=true).
        type: list
        elements: str
      bundle_list:
        description:
          - The API's ids of the members, instead of O(bundles[].members).
        type: list
        elements: int
      state:
        description:
          - With V(present), the bundle has exactly these members. With V(absent), it does not exist; do not set
            members.
        type: str
        choices:
          - present
          - absent
        default: present
      append:
        description:
          - Whether to add these members and keep all others.
        type: bool
        default: false
      ignore:
        description:
          - Do not manage this bundle. It is neither changed nor pruned, and its members cannot be moved to other
            bundles. Members in this entry are ignored.
        type: bool
        default: false
  prune:
    description:
      - Whether to remove the bundles of the client that are not listed.
      - To find them, the module sends one C(GET) request for each phone of the client, because the API has no list of
        bundles. The task displays a message before it starts.
      - O(max_removals), O(max_changes) and O(allow_empty) protect against a list that is incomplete by accident.
    type: bool
    default: false
  allow_empty:
    description:
      - Whether an empty list with O(prune=true) may remove all bundles of the client. Otherwise the task fails before
        the first request. The limits apply in any case.
    type: bool
    default: false
  max_changes:
    description:
      - The maximum number of bundles that one run may create, change or remove, as a number such as V(5), or as a
        percentage of the existing bundles, such as V("30%").
      - "The existing bundles are the bundles that the module reads: with O(prune=true) all of the client, otherwise
        those of the main extensions that are listed and not ignored."
      - The default is 30 percent. A percentage and the default apply from 10 existing bundles; a number always applies.
      - If a plan exceeds a limit, the task fails without a change. The message has the plan, the limit, the numbers,
        and the option that allows this plan.
    type: str
  max_removals:
    description:
      - The maximum number of bundles that one run may remove, by O(prune) or O(bundles[].state=absent), as a number or
        as a percentage like O(max_changes).
      - The default is 5. It applies from 10 existing bundles.
    type: str
  allow_mismatch:
    description:
      - Whether to apply the list even if fewer than half of the existing bundles have an extension in common with it,
        as the main extension or as a member. Otherwise the task fails, for any number of bundles, because the list may
        belong to another client.
      - This applies to O(prune=true) only. Otherwise the module reads only listed bundles.
    type: bool
    default: false
  side_effects:
    description:
      - How to handle the 14 phone values and 3 extension values that a bundle overwrites permanently on every joining
        extension with those of the main extension.
      - With V(fail_on_widening), the module reads these values, reports them in RV(side_effects), and fails if the plan
        would extend anyone's permissions, like a plan that exceeds a limit. With V(report), it reads and reports them.
        With V(ignore), it does not read them.
      - "These changes extend permissions: C(status) becomes V(active); C(dial_rule_id) changes; C(dial_rule_limit)
        increases or is removed; C(geo_list) allows another country, becomes V(*), or changes from or to the provider's
        default, which is unknown (a change from V(*) never counts); C(record_enabled) or C(record_transfer) changes in
        either direction; C(conference_pin) is replaced or removed."
      - Reading takes one request for each joining extension and for each main extension that one joins.
    type: str
    choices:
      - report
      - fail_on_widening
      - ignore
    default: fail_on_widening
  allow_widening:
    description:
      - The numbers of joining extensions whose permissions may be extended with O(side_effects=fail_on_widening).
    type: list
    elements: str
    default: []
  blocked_in_check:
    description:
      - Whether check mode fails for a plan that exceeds a limit (V(fail)), or reports it in RV(blocked) with the
        complete plan in RV(changes) (V(report)). Outside check mode such a plan always fails.
    type: str
    choices:
      - fail
      - report
    default: fail
  on_error:
    description:
      - Whether a failure of one bundle skips the bundles after it (V(stop)) or not (V(continue)).
      - An exhausted quota and a rejected token always stop the run, because every other request would fail as well.
    type: str
    choices:
      - continue
      - stop
    default: continue
  concurrency:
    description:
      - The maximum number of concurrent requests, from 1 to 32. They share one session.
    type: int
    default: 8
notes:
  - A run without differences sends one C(GET) request for each page of 100 extensions and one more to find the end of
    the list; and one for each main extension that is listed and not ignored, or with O(prune=true) for each phone of
    the client. In a loop inside Ansible's own process, the module reads the extensions of a client for the first item,
    and again only if an extension is missing from the list, or with O(prune=true).
  - A run with differences also sends one C(GET) request for each joining extension that is in no bundle read so far,
    the requests of O(side_effects), and one C(POST) or C(DELETE) for each bundle that differs. One C(GET) reads the
    bundle back if members leave or if the response does not show the members. A bundle that both releases and takes
    moving extensions is written twice.
  - If the remaining quota of this hour is too small to read the bundles, the task fails before it reads them, unless
    the quota is reset within O(retry_budget).
  - The API does not document whether C(POST) replaces or extends the members. After a C(POST) that must remove members,
    the module reads the bundle back. If they are still in it, the module deletes the bundle and creates it again; if
    that fails, it restores the old members. If the rollback fails as well, RV(outcomes) and RV(ignore:msg)
    have the complete old list and the request that restores it.
  - The module never repeats a C(POST) whose response is lost. It reads back whether the API applied it.
seealso:
  - module: ringme.pbx.extensions_bundle
  - module: ringme.pbx.extensions_bundle_info
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
- name: Manage the bundles of a client
  ringme.pbx.client_bundles:
    client_id: 801
    bundles:
      - extension: "101"
        members: ["201", "301"]
      - extension: "102"
        members: ["202"]
      - extension: "103"
        state: absent

- name: Read the client and the remaining quota of this hour
  ringme.pbx.client_info:
    client_id: 801
  register: client

- name: Keep exactly these bundles, if the quota allows one request per phone
  ringme.pbx.client_bundles:
    client_id: 801
    bundles: "{{ client_bundles }}"
    prune: true
    max_removals: 2
    concurrency: 4
  when: (client.quota or {}).remaining | default(5000) | int >= 1000

- name: Prune, but do not manage one of the bundles
  ringme.pbx.client_bundles:
    client_id: 801
    bundles:
      - {extension: "101", members: ["201", "301"]}
      - {extension: "105", ignore: true}
    prune: true

- name: Preview the changes and the limits that they exceed
  ringme.pbx.client_bundles:
    client_id: 801
    bundles: "{{ client_bundles }}"
    prune: true
    blocked_in_check: report
  check_mode: true
  register: preview

- name: Show the limits that the plan exceeds, and the option that allows it
  ansible.builtin.debug:
    msg: "{{ item.rule }}: {{ item.actual }} (limit {{ item.limit }}). To apply it anyway, set {{ item.override }}"
  loop: "{{ preview.blocked }}"
  loop_control:
    label: "{{ item.rule }}"

- name: Let a blocked extension join, which becomes active in the bundle
  ringme.pbx.client_bundles:
    client_id: 801
    bundles:
      - extension: "101"
        members: ["201", "401"]
    allow_widening: ["401"]

- name: Manage the bundles, and report each failure
  block:
    - name: Manage the bundles
      ringme.pbx.client_bundles:
        client_id: 801
        bundles: "{{ client_bundles }}"
  rescue:
    - name: Show the changes that were not applied, and the requests that restore bundles
      ansible.builtin.debug:
        msg:
          state: "{{ item.status }}"
          reason: "{{ (item.error or {}).msg | default('') }}"
          restore: "{{ item.restore }}"
      loop: "{{ ansible_failed_result.outcomes | default([]) | rejectattr('status', 'eq', 'verified') }}"
      loop_control:
        label: "{{ item.address }}"

    - name: Fail the play
      ansible.builtin.fail:
        msg: "{{ ansible_failed_result.msg }}"
"""

RETURN = r"""
bundles:
  description:
    - The bundles that are listed and not ignored, sorted by number, after the run (in check mode, as predicted).
  type: list
  elements: dict
  returned: success
  contains:
    extension:
      description: The number of the main extension.
      type: str
      returned: success
    extension_id:
      description: The API's id of the main extension.
      type: int
      returned: success
    members:
      description: The numbers of the members, in the order of their ids.
      type: list
      elements: str
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
  sample:
    - {extension: "101", extension_id: 31456, members: ["201", "301"], bundle_list: [32486, 32767], state: present}
    - {extension: "103", extension_id: 31460, members: [], bundle_list: [], state: absent}
outcomes:
  description:
    - The result of each of the RV(changes), in the same order.
    - The list is empty in check mode and without changes.
  type: list
  elements: dict
  returned: success, and a failure while the changes are applied
  contains:
    address:
      description: The bundle, as in RV(changes).
      type: str
      returned: always
    extension_id:
      description: The API's id of the main extension.
      type: int
      returned: always
    extension:
      description: The number of the main extension.
      type: str
      returned: always
    action:
      description: V(create), V(update) or V(delete).
      type: str
      returned: always
    status:
      description:
        - V(verified), the change is applied, and reading back confirms it.
        - V(not_applied), the API accepted the change, but reading back shows another state.
        - V(failed), the change is not applied. C(error) has the reason.
        - V(compensated), the bundle has its old members. This change or a related one failed and was rolled back.
        - V(not_reached), the change was skipped, because the run stopped or a related change failed.
      type: str
      returned: always
    error:
      description: The failure, like RV(error), or V(null).
      type: dict
      returned: always
      contains:
        msg:
          description: The message for people, with the remedy.
          type: str
          returned: always
        kind:
          description: As in RV(error).
          type: str
          returned: always
        status:
          description: The HTTP status code, or V(null).
          type: int
          returned: always
        api_status:
          description: The API's text code in addition to the HTTP status, or V(null).
          type: str
          returned: always
        method:
          description: The method of the request that failed, or V(null).
          type: str
          returned: always
        path:
          description: The path of the request that failed, or V(null).
          type: str
          returned: always
        hint:
          description: What to do next, or V(null).
          type: str
          returned: always
    restore:
      description:
        - The request that restores the old members if the rollback failed, otherwise V(null).
        - If the bundle has other members by then, send C(DELETE) to the same path first, because C(POST) may only add
          members.
      type: dict
      returned: always
      contains:
        method:
          description: V(POST), or V(DELETE) if the bundle had no members.
          type: str
          returned: always
        path:
          description: The path of the request, below C(/api/ver1.0).
          type: str
          returned: always
        body:
          description: The body of the request, with the old members in C(bundle_list), or V(null).
          type: dict
          returned: always
  sample:
    - address: bundle/103
      extension_id: 31460
      extension: "103"
      action: delete
      status: verified
      error:
      restore:
    - address: bundle/101
      extension_id: 31456
      extension: "101"
      action: update
      status: failed
      error:
        msg: >-
          bundle of 101 (id 31456): the members 201 (id 32486) could not be set, and rollback failed (POST
          /client/801/extensions_bundle/31456: HTTP 503: the API reported a server error): the bundle may be missing,
          or may contain both the old and the new members. Its old members are 201 (id 32486), 301 (id 32767).
          Restore it with POST /client/801/extensions_bundle/31456 {"bundle_list": [32486, 32767]}, or run again.
        kind: partial
        status:
        api_status:
        method:
        path:
        hint: >-
          Restore it with POST /client/801/extensions_bundle/31456 {"bundle_list": [32486, 32767]}, or run again
      restore:
        method: POST
        path: /client/801/extensions_bundle/31456
        body: {bundle_list: [32486, 32767]}
side_effects:
  description:
    - The values of joining extensions that the values of the main extension overwrite, in check mode as well.
    - The diff shows them in a separate section. The list is empty with O(side_effects=ignore).
  type: list
  elements: dict
  returned: success, and a failure after they were read
  contains:
    extension_id:
      description: The API's id of the joining extension.
      type: int
      returned: success
    extension:
      description: The number of the joining extension.
      type: str
      returned: success
    field:
      description: The name of the phone or extension field.
      type: str
      returned: success
    before:
      description: The overwritten value, or V(null). Secrets are masked.
      type: raw
      returned: success
    after:
      description: The main extension's value, or V(null). Secrets are masked.
      type: raw
      returned: success
    widening:
      description: Whether the change extends permissions. See O(side_effects).
      type: bool
      returned: success
    caused_by:
      description: The bundle that the extension joins, as in RV(changes).
      type: str
      returned: success
  sample:
    - extension_id: 32486
      extension: "201"
      field: dial_rule_id
      before: 6
      after: 5
      widening: true
      caused_by: bundle/101
blocked:
  description:
    - The limits that the plan exceeds. The list is empty if there are none.
    - If there are any, the task fails without a change, except in check mode with O(blocked_in_check=report).
  type: list
  elements: dict
  returned: success, and a failure after the comparison
  contains:
    rule:
      description: V(max_changes), V(max_removals), V(mix_up) (fewer than half of the bundles match) or V(widening).
      type: str
      returned: always
    actual:
      description: Number of changes, removals, matching bundles or extensions with extended permissions in the plan.
      type: int
      returned: always
    limit:
      description: The maximum; for V(mix_up) the minimum.
      type: int
      returned: always
    override:
      description: The option and the value that allow this plan.
      type: str
      returned: always
  sample: [{"rule": "max_removals", "actual": 7, "limit": 5, "override": "max_removals: 7"}]
findings:
  description:
    - All errors in the list, or all conflicts of the list with the state of the PBX. In this case, the task
      changes nothing.
  type: list
  elements: dict
  returned: when the list conflicts with itself or with the PBX
  contains:
    rule:
      description: The id of the rule. V(BND-002) means that an entry cannot be applied.
      type: str
      returned: always
    severity:
      description: V(critical).
      type: str
      returned: always
    address:
      description: The bundle, as in RV(changes).
      type: str
      returned: always
    message:
      description: The problem, for people.
      type: str
      returned: always
    hint:
      description: The remedy, or V(null).
      type: str
      returned: always
    option:
      description: The place in the list, for example V(bundles[3].members[0]).
      type: str
      returned: always
    evidence:
      description: Empty here. In other modules, the observed values.
      type: dict
      returned: always
  sample:
    - rule: BND-002
      severity: critical
      address: bundle/102
      message: 201 is also in the bundle of 101, bundles[0].members[0]
      hint: Remove it from one of the two entries
      option: bundles[1].members[0]
      evidence: {}
changes:
  description:
    - The differences from the desired state, one entry for each bundle, in the order in which they are (in check mode,
      would be) applied. They include the bundles that O(prune) removes.
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
      description: The object within its client, by number. It is the same in every run.
      type: str
      returned: always
    extension_id:
      description: The API's id of the main extension.
      type: int
      returned: always
    extension:
      description: The number of the main extension.
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
    - resource: client_bundles
      address: bundle/101
      extension_id: 31456
      extension: "101"
      action: create
      fields:
        - {name: bundle_list, before: [], after: [32486, 32767]}
        - {name: members, before: [], after: ["201", "301"]}
      reversible: false
diff:
  description:
    - C(bundles) has the numbers of the members of every bundle that differs, by the number of its main extension.
      C(side_effects), if there are any, has the overwritten values of joining extensions, by number and field.
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
          allow it; with RV(findings) if the list is the cause), V(blocked) (the plan exceeds a limit), V(read_only),
          V(connection), V(answer_lost) (no complete response), V(not_reached) (skipped after too many consecutive
          failures), V(bad_answer) (a response that the API does not document), V(authentication), V(forbidden),
          V(not_found), V(refused), V(quota), V(server), V(not_applied), V(partial) or V(some_failed) (see
          RV(outcomes)).
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
    kind: blocked
    status:
    api_status:
    method:
    path:
    hint: "Review the plan. To apply it anyway, run once with max_removals: 7"
"""

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import run_module
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_bundles import ClientBundles


def main() -> None:
    """Run the module."""
    run_module(ClientBundles())


if __name__ == "__main__":
    main()
