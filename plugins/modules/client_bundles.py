#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: client_bundles
short_description: Keep all bundles of a PBX client
description:
  - Takes the bundles of a client as one list, and makes the PBX agree with it. A bundle ties member extensions to a
    main one, so that they act as one employee.
  - An extension can be in one bundle only, as its main one or as a member. Members are compared as a set; of a bundle
    that is as it should be, nothing is sent. Bundles that are not listed are left alone, unless O(prune=true).
  - Nothing is written before everything is checked. Each of these steps tells all that it finds in one failure. First
    the list is held against itself, without any request. Then it is held against the extensions of the client and
    the bundles that there are. Then the plan is made, with the values that joining extensions lose
    (O(side_effects)). Then the plan is held against the limits (O(max_changes), O(max_removals), O(allow_mismatch)).
  - Of the list itself are refused an extension in two bundles, a main extension that is also a member, a member that is
    its own main extension, one that is listed twice, a second entry for a main extension, and names that cannot be
    numbers. Then, together, extensions that the client does not have or that are not of type C(phone), and those that
    another bundle holds and does not let go in the same run.
  - Members leave before they join. Bundles that end are removed first, then those that only lose members are written,
    then those that gain some. Bundles between which an extension moves stand or fall together. If one of them cannot be
    written, those that were are led back to their old members.
  - Each bundle is read again just before it is written. One that somebody else changed since is left as it is, and its
    outcome is V(failed) with the kind C(conflict).
  - An interrupted task (C(SIGINT), C(SIGTERM)) begins nothing new, and finishes or rolls back what it has begun. What a task
    that was killed leaves half done is settled by the next one for the same client, from the old members in the folder
    O(token_cache).
  - Every write is read back, unless its answer already shows the wanted members. A failure of one bundle does not keep
    the others from being written (O(on_error)), and RV(outcomes) tells of each change what became of it.
options:
  client_id:
    description:
      - The id of the PBX client, or V(@me) for the client that the application's user belongs to.
    type: str
    default: "@me"
  bundles:
    description:
      - The bundles, one entry for each main extension.
      - The numbers that the entries name are looked up in the client's list of extensions, which is read once per task
        and client.
    type: list
    elements: dict
    required: true
    suboptions:
      extension:
        description:
          - The number of the main extension, as V("101"), V("0003*101") or with the domain behind an C(@). Write it in
            quotes, because YAML reads V(010) as V(8).
          - Either this or O(bundles[].extension_id) is required.
        type: str
      extension_id:
        description:
          - The API's id of the main extension, instead of O(bundles[].extension).
        type: int
      members:
        description:
          - The numbers of the members. The order does not matter, and the main extension is not one of them.
          - Either this or O(bundles[].bundle_list) is required, unless the bundle is to be absent or is ignored.
        type: list
        elements: str
      bundle_list:
        description:
          - The API's ids of the members, instead of O(bundles[].members).
        type: list
        elements: int
      state:
        description:
          - Whether the bundle has exactly these members, or does not exist. With V(absent), no members are named.
        type: str
        choices:
          - present
          - absent
        default: present
      append:
        description:
          - Whether the members given are only added, and others stay.
        type: bool
        default: false
      ignore:
        description:
          - Whether the bundle is known, and hands are kept off it. It is neither changed nor pruned, and no other
            bundle can take its members. Members that the entry names are not looked at.
        type: bool
        default: false
  prune:
    description:
      - Whether bundles of the client that are not listed are removed.
      - To find them, one C(GET) request is sent for each phone of the client, because the API has no list of bundles.
        Before it starts, the task says so on the screen.
      - A list that lost half of its entries on the way looks like a wish to remove bundles. O(max_removals),
        O(max_changes) and O(allow_empty) stand in between.
    type: bool
    default: false
  allow_empty:
    description:
      - Whether an empty list together with O(prune=true) may remove every bundle of the client. Otherwise it is refused
        before the first request. The limits apply all the same.
    type: bool
    default: false
  max_changes:
    description:
      - How many bundles one run may create, change or remove, as a number such as V(5), or as a per cent of the bundles
        that exist, such as V("30%").
      - The bundles that exist are those that were read. With O(prune=true) these are all of the client, otherwise those
        of the main extensions that are listed and not ignored.
      - The default is 30 per cent. A per cent and the default apply from 10 existing bundles on; a number always
        applies.
      - A plan that exceeds a limit changes nothing, and the task fails. The message has the whole plan, the limit that
        it exceeds, the numbers, and the option that lets this one plan through.
    type: str
  max_removals:
    description:
      - How many bundles one run may remove, by O(prune) or by O(bundles[].state=absent), as a number or as a per cent
        like O(max_changes).
      - The default is 5, and applies from 10 existing bundles on.
    type: str
  allow_mismatch:
    description:
      - Whether the list may be carried out although less than half of the bundles that exist share an extension with
        it, as their main one or as a member. Otherwise that is taken for the list of another client, however few
        bundles there are.
      - This concerns O(prune=true). Without it, only bundles that are listed are read.
    type: bool
    default: false
  side_effects:
    description:
      - What is done about the 14 phone values and 3 extension values that a bundle overwrites on every extension that
        joins, for good, with those of the main extension.
      - With V(fail_on_widening) they are read and reported in RV(side_effects), and a plan that lets somebody do more
        or hear more than before stops like one that exceeds a limit. With V(report) they are read and reported. With
        V(ignore) they are not read, and nothing is known about them.
      - A change widens where C(status) becomes V(active); where C(dial_rule_id) becomes another one; where
        C(dial_rule_limit) grows or ends; where C(geo_list) admits a country that it did not admit before, becomes V(*),
        or is the provider's default, of which nothing is known, before or after, unless it was V(*) before; where
        C(record_enabled) or C(record_transfer) changes in any direction; and where C(conference_pin) is replaced or
        removed.
      - Reading costs one request for each extension that joins and for each main extension that one joins.
    type: str
    choices:
      - report
      - fail_on_widening
      - ignore
    default: fail_on_widening
  allow_widening:
    description:
      - The numbers of joining extensions that O(side_effects=fail_on_widening) lets through, whatever they gain.
    type: list
    elements: str
    default: []
  blocked_in_check:
    description:
      - Whether a plan that would be stopped makes check mode fail as well (V(fail)), or is only told in RV(blocked),
        with the whole plan in RV(changes) (V(report)). Outside check mode it always fails.
    type: str
    choices:
      - fail
      - report
    default: fail
  on_error:
    description:
      - Whether the other bundles are still written when one cannot be (V(continue)), or nothing new is begun (V(stop)).
      - A used-up quota and a refused token always stop the run, because every further request would fail as well.
    type: str
    choices:
      - continue
      - stop
    default: continue
  concurrency:
    description:
      - How many requests may be under way at a time, from 1 to 32. They share one session.
    type: int
    default: 8
notes:
  - A run without differences sends the pages of the client's extensions, 100 to a page, and one request more to find
    their end; and one C(GET) request for each main extension that is listed and not ignored, or with O(prune=true) for
    each phone of the client. In a loop that runs inside Ansible's own process, the extensions of a client are read for
    its first item, and again only where something is missing from them or O(prune=true).
  - A run with differences further sends one C(GET) request for each joining extension that no bundle read so far has
    told of, those of O(side_effects), and one C(POST) or C(DELETE) for each bundle that differs, with one C(GET) to
    read back where members leave or the answer does not show the members. Where a bundle both lets go and takes an
    extension that moves, it is written twice.
  - If the API has told that fewer requests are left in this hour than the reading of the bundles takes, the task fails
    before it, unless the quota opens again within O(retry_budget).
  - Whether the API replaces or extends the members on C(POST) is not documented. When members have to go, the module
    reads back, and only if they are still there removes the bundle and sets it anew; should that fail, it puts the old
    members back. If not even that succeeds, RV(outcomes) and RV(ignore:msg) have the full old list and the request that
    restores it.
  - A C(POST) whose answer is lost is never sent again. Reading back settles whether it was carried out.
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
- name: Keep the bundles of a client
  ringme.pbx.client_bundles:
    client_id: 801
    bundles:
      - extension: "101"
        members: ["201", "301"]
      - extension: "102"
        members: ["202"]
      - extension: "103"
        state: absent

- name: Read the client, and with it what is left of the quota of this hour
  ringme.pbx.client_info:
    client_id: 801
  register: client

- name: Keep exactly these bundles, while there is room for one request per phone
  ringme.pbx.client_bundles:
    client_id: 801
    bundles: "{{ client_bundles }}"
    prune: true
    max_removals: 2
    concurrency: 4
  when: (client.quota or {}).remaining | default(5000) | int >= 1000

- name: Prune, but keep hands off the bundle that somebody else looks after
  ringme.pbx.client_bundles:
    client_id: 801
    bundles:
      - {extension: "101", members: ["201", "301"]}
      - {extension: "105", ignore: true}
    prune: true

- name: See what would happen, and what would stop it
  ringme.pbx.client_bundles:
    client_id: 801
    bundles: "{{ client_bundles }}"
    prune: true
    blocked_in_check: report
  check_mode: true
  register: preview

- name: Show the limits that the plan exceeds, and the option that lets it through
  ansible.builtin.debug:
    msg: "{{ item.rule }}: {{ item.actual }}, and {{ item.limit }} may be. If it is meant: {{ item.override }}"
  loop: "{{ preview.blocked }}"
  loop_control:
    label: "{{ item.rule }}"

- name: Let the one extension join that is unblocked by it
  ringme.pbx.client_bundles:
    client_id: 801
    bundles:
      - extension: "101"
        members: ["201", "401"]
    allow_widening: ["401"]

- name: Keep the bundles, and tell what became of each if something fails
  block:
    - name: Keep the bundles
      ringme.pbx.client_bundles:
        client_id: 801
        bundles: "{{ client_bundles }}"
  rescue:
    - name: Show what was not carried out, and what has to be restored by hand
      ansible.builtin.debug:
        msg:
          state: "{{ item.status }}"
          reason: "{{ (item.error or {}).msg | default('') }}"
          restore: "{{ item.restore }}"
      loop: "{{ ansible_failed_result.outcomes | default([]) | rejectattr('status', 'eq', 'verified') }}"
      loop_control:
        label: "{{ item.address }}"

    - name: Fail all the same
      ansible.builtin.fail:
        msg: "{{ ansible_failed_result.msg }}"
"""

RETURN = r"""
bundles:
  description:
    - The bundles that are listed and not ignored, sorted by number, after the run or as predicted in check mode.
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
    - What became of each of the RV(changes), in the same order.
    - Empty in check mode and where there was nothing to do. After a failure it is there if anything was to be written.
  type: list
  elements: dict
  returned: success, and a failure after the first write
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
        - V(verified), it was carried out, and reading back shows it.
        - V(not_applied), the API accepted it, and reading back shows something else.
        - V(failed), it was not carried out. C(error) tells why.
        - V(compensated), the bundle has its old members, because this change or one that belongs to it failed half way
          and was taken back.
        - V(not_reached), it was not begun, because the run stopped or a change that belongs to it failed.
      type: str
      returned: always
    error:
      description: What went wrong, like RV(error), or V(null).
      type: dict
      returned: always
      contains:
        msg:
          description: What went wrong and what to do next, for people.
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
          description: The API's own text code beside the HTTP status, or V(null).
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
        - The request that puts the old members back where the module could not, or else V(null).
        - If the bundle has other members by then, send C(DELETE) to the same path first, because the API may add to a list.
      type: dict
      returned: always
      contains:
        method:
          description: V(POST), or V(DELETE) where the bundle had no members.
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
          bundle of 101 (id 31456): the members 201 (id 32486) could not be set, and the old list could not be put back.
          Its old members are 201 (id 32486), 301 (id 32767).
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
    - Every value that a joining extension loses, because a bundle keeps it equal to the main extension's, in check mode
      too.
    - The diff shows them as a section of their own. Empty with O(side_effects=ignore).
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
      description: The value that is lost, or V(null). Secrets are masked.
      type: raw
      returned: success
    after:
      description: The main extension's value, or V(null). Secrets are masked.
      type: raw
      returned: success
    widening:
      description: Whether the change lets somebody do more or hear more than before. O(side_effects) says when.
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
    - The limits that the plan exceeds. Empty if there are none.
    - If there are any, the task changed nothing and failed, unless it ran in check mode with
      O(blocked_in_check=report).
  type: list
  elements: dict
  returned: success, and a failure after the comparison
  contains:
    rule:
      description: V(max_changes), V(max_removals), V(mix_up) (less than half of the bundles match) or V(widening).
      type: str
      returned: always
    actual:
      description: How many changes, removals, matching bundles or widened extensions the plan has.
      type: int
      returned: always
    limit:
      description: How many there may be at most; of V(mix_up), how many there have to be.
      type: int
      returned: always
    override:
      description: The option that lets this one plan through.
      type: str
      returned: always
  sample: [{"rule": "max_removals", "actual": 7, "limit": 5, "override": "max_removals: 7"}]
findings:
  description:
    - All that is wrong with the list, or all that the state of the PBX forbids. The task changed nothing then.
  type: list
  elements: dict
  returned: when the list contradicts itself or the PBX
  contains:
    rule:
      description: The id of the rule. V(BND-002) says that a bundle cannot be as its entry says.
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
      description: What is wrong, for people.
      type: str
      returned: always
    hint:
      description: What to do about it, or V(null).
      type: str
      returned: always
    option:
      description: Where it stands in the list, for example V(bundles[3].members[0]).
      type: str
      returned: always
    evidence:
      description: Empty here. In other modules, what was seen.
      type: dict
      returned: always
  sample:
    - rule: BND-002
      severity: critical
      address: bundle/102
      message: 201 is in the bundle of 101 too, bundles[0].members[0]
      hint: An extension can be in one bundle only
      option: bundles[1].members[0]
      evidence: {}
changes:
  description:
    - What differs from the desired state, one entry for each bundle, in the order in which it is (or in check mode
      would be) changed. Bundles that O(prune) removes are among them.
    - It is empty exactly when the task is not C(changed), in check mode and outside it.
  type: list
  elements: dict
  returned: success, and a failure after the comparison
  contains:
    resource:
      description: The module that owns the object.
      type: str
      returned: always
    address:
      description: The object within its client, by number. It stays the same from run to run.
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
          description: The value before the change, or V(null) where there was none.
          type: raw
          returned: always
        after:
          description: The value after the change, or V(null) where there is none.
          type: raw
          returned: always
    reversible:
      description: Whether the old state can be put back through the API.
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
      C(side_effects), where there are any, has the values that joining extensions lose, by number and field.
  type: dict
  returned: success, and a failure after the comparison
  contains:
    before:
      description: The managed keys as they were.
      type: dict
      returned: always
    after:
      description: The managed keys as they are (or in check mode would be).
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
        - V(options) (refused before the first request), V(environment), V(conflict) (the state of the PBX forbids it;
          with RV(findings), if the list is the cause), V(blocked) (the plan exceeds a limit), V(read_only),
          V(connection), V(answer_lost), V(not_reached) (too many
          requests in a row failed before), V(bad_answer), V(authentication), V(forbidden), V(not_found), V(refused),
          V(quota), V(server), V(not_applied), V(partial) or V(some_failed) (RV(outcomes) tells).
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
    kind: blocked
    status:
    api_status:
    method:
    path:
    hint: "Look at the plan; if it is meant, run once with max_removals: 7"
"""

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import run_module
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_bundles import ClientBundles


def main() -> None:
    """Hand the resource over."""
    run_module(ClientBundles())


if __name__ == "__main__":
    main()
