/*
Copyright (c) 2026, the ringme.pbx contributors
GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
*/
"use strict";
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  // Browsers can deny storage to a page that is opened from a file.
  const remember = (value) => { try { localStorage.setItem("ringme-theme", value); } catch (error) { /* not remembered */ } };
  const remembered = () => { try { return localStorage.getItem("ringme-theme"); } catch (error) { return null; } };
  const chosen = remembered();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);

  document.addEventListener("DOMContentLoaded", () => {
    const find = (id) => document.getElementById(id);
    const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
    const number = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
    for (const one of all(".js")) one.hidden = false;

    // Colours
    const theme = find("theme");
    const showTheme = () => { theme.textContent = isDark() ? "Light colours" : "Dark colours"; };
    theme.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      remember(root.dataset.theme);
      showTheme();
    });
    dark.addEventListener("change", showTheme);
    showTheme();

    // Filters
    const lower = (node) => node.textContent.toLowerCase();
    const cards = all("#listed > .client").map((node) => ({
      node,
      status: node.dataset.status,
      unchecked: "unchecked" in node.dataset,
      table: node.querySelector(".changes"),
      rows: all(".changes > tbody > tr", node).map((row) => ({
        node: row,
        cause: row.dataset.c,
        severity: row.dataset.s,
        days: Number(row.dataset.d),
        fresh: "n" in row.dataset,
        waived: "w" in row.dataset,
      })),
    }));
    const clean = all("#clean li").map((node) => ({ node }));
    const controls = all("#filters [data-key]");
    const cleanPanel = find("clean");
    let texts = false;

    // Texts are collected on the first search.
    const gather = () => {
      if (texts) return;
      texts = true;
      for (const card of cards) {
        for (const row of card.rows) row.text = lower(row.node);
        card.text = all(".name, .reason, .notes, .foot, .do code", card.node).map(lower).join("\n");
      }
      for (const one of clean) one.text = lower(one.node);
    };

    const read = () => {
      const state = new Map();
      for (const control of controls) {
        const value = control.type === "checkbox" ? (control.checked ? control.value : "") : control.value.trim();
        if (value) state.set(control.dataset.key, [...(state.get(control.dataset.key) || []), value]);
      }
      return state;
    };

    const apply = () => {
      const state = read();
      const query = (state.get("q") || [""])[0].toLowerCase().split(/[\s/]+/).filter(Boolean);
      const found = (...texts) => query.every((word) => texts.some((text) => text.includes(word)));
      const [age] = state.get("age") || [""];
      const [statuses, causes, severities] = ["status", "cause", "severity"].map((key) => state.get(key));
      const [fresh, waived, unchecked] = ["new", "waived", "unchecked"].map((key) => state.has(key));
      const byRow = Boolean(causes || severities || age || fresh || waived);
      if (query.length) gather();
      const fits = (row) => waived === row.waived
        && (!causes || causes.includes(row.cause))
        && (!severities || severities.includes(row.severity))
        && (!fresh || row.fresh)
        && (!age || (age === "today" ? row.days < 1 : row.days >= Number(age)));
      let shown = 0, items = 0, quiet = 0;
      for (const card of cards) {
        const inHead = found(card.text);
        let visible = 0;
        for (const row of card.rows) {
          const show = fits(row) && (inHead || found(card.text, row.text));
          row.node.hidden = !show;
          if (show) visible += 1;
        }
        if (card.table) card.table.hidden = !visible;
        // A clean client is listed only for its waived or applied changes.
        const idle = card.status === "clean" && !card.unchecked && card.rows.length > 0 && !visible;
        const show = (!statuses || statuses.includes(card.status)) && (!unchecked || card.unchecked)
          && (visible > 0 || (!byRow && inHead && !idle));
        card.node.hidden = !show;
        if (show) { shown += 1; items += visible; }
      }
      for (const one of clean) {
        const show = !byRow && !unchecked && (!statuses || statuses.includes("clean")) && found(one.text);
        one.node.hidden = !show;
        if (show) quiet += 1;
      }
      if (cleanPanel) {
        cleanPanel.hidden = !quiet;
        if (query.length && quiet && quiet <= 60 || statuses && statuses.length === 1 && quiet) cleanPanel.open = true;
      }
      find("nothing").hidden = Boolean(shown || quiet || !(cards.length + clean.length));
      find("shown").textContent = `Shown: ${number(shown)} of ${number(cards.length)} listed clients, `
        + `${number(items)} changes and findings, ${number(quiet)} of ${number(clean.length)} clean clients`;
    };

    const write = () => {
      const hash = [...read()].map(([key, values]) => `${key}=${values.map(encodeURIComponent).join(",")}`).join("&");
      try {
        history.replaceState(null, "", `#${hash}`);
      } catch (error) {
        location.hash = hash;
      }
    };

    // A hash without "=" is an anchor in the page.
    const load = () => {
      const hash = location.hash.slice(1);
      if (hash && !hash.includes("=")) return false;
      const state = new Map();
      for (const pair of hash.split("&")) {
        const [key, value] = pair.split("=");
        try {
          state.set(key, (value || "").split(",").map(decodeURIComponent));
        } catch (error) { /* a truncated link */ }
      }
      for (const control of controls) {
        const values = state.get(control.dataset.key) || [];
        if (control.type === "checkbox") control.checked = values.includes(control.value);
        else control.value = values[0] || "";
        if (control.value === "" && control.tagName === "SELECT") control.selectedIndex = 0;
      }
      return Boolean(hash);
    };

    const changed = () => { apply(); write(); };
    for (const control of controls) control.addEventListener("input", changed);
    find("reset").addEventListener("click", () => {
      for (const control of controls) {
        if (control.type === "checkbox") control.checked = false;
        else control.value = "";
      }
      changed();
      find("f-q").focus();
    });
    const arrive = () => {
      const wanted = load();
      apply();
      if (wanted) find("clients").scrollIntoView();
    };
    window.addEventListener("hashchange", arrive);
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href*='=']");
      // A second click on the same link does not change the hash.
      if (link && link.getAttribute("href") === location.hash) find("clients").scrollIntoView();
    });
    arrive();

    // Open and close
    const toggle = find("all");
    toggle.addEventListener("click", () => {
      const open = toggle.textContent === "Open all";
      for (const card of cards) if (!card.node.hidden) card.node.open = open;
      toggle.textContent = open ? "Close all" : "Open all";
    });
    let closed = [];
    window.addEventListener("beforeprint", () => {
      closed = all(".client:not([open]), .clean:not([open]), .long:not([open])");
      for (const one of closed) one.open = true;
    });
    window.addEventListener("afterprint", () => {
      for (const one of closed) one.open = false;
      closed = [];
    });

    // Copy
    const byHand = (text) => {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    };
    const copy = async (text) => {
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch (error) {
        return byHand(text);
      }
    };
    find("listed").addEventListener("click", async (event) => {
      const button = event.target.closest(".copy");
      if (!button) return;
      const done = await copy(button.parentElement.querySelector("code").textContent);
      button.textContent = done ? "Copied" : "Failed";
      find("said").textContent = done ? "Command copied." : "Cannot copy the command.";
      button.focus();
      setTimeout(() => { button.textContent = "Copy"; find("said").textContent = ""; }, 2000);
    });
  });
})();
