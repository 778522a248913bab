// The sheet of keys, where the rater also changes them. What they choose belongs to their account.

import { dialog } from "./dialogs.js";
import { send } from "./http.js";
import { capOf, nameOf } from "./keys.js";
import { say } from "./words.js";

export function createKeyboard(keys, url) {
  const sheet = dialog("keys");
  const list = sheet.querySelector("[data-key-list]");
  const note = sheet.querySelector("[data-key-note]");
  const [on, advance] = ["on", "advance"].map((name) => sheet.querySelector(`[data-key-${name}]`));
  let changing = null;

  async function load() {
    const answer = await send("GET", url);
    if (answer.status === 200) keys.apply(answer.body);
  }

  async function save(settings) {
    keys.apply(settings);
    draw();
    const answer = await send("PUT", url, { json: keys.settings });
    note.textContent = answer.status === 200 ? say("keys_saved") : say("keys_not_saved");
  }

  function cap(entry) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "key-cap";
    button.dataset.id = entry.id;
    button.textContent = changing === entry.id ? say("press_key") : capOf(entry.key);
    button.setAttribute("aria-label", say("change_key", { label: entry.label, key: capOf(entry.key) }));
    return button;
  }

  /** One line for all keys that do the same. */
  function row(label, entries) {
    const item = document.createElement("li");
    const [name, caps] = [document.createElement("span"), document.createElement("span")];
    name.textContent = label;
    caps.className = "key-caps";
    caps.append(...entries.filter((each) => each.label === label).map(cap));
    item.append(name, caps);
    return item;
  }

  function draw() {
    on.checked = !keys.settings.off;
    advance.checked = keys.settings.advance;
    list.replaceChildren(...[...new Set(keys.table.map((each) => each.context))].map((context) => {
      const section = document.createElement("section");
      const title = document.createElement("h3");
      title.textContent = say(`context_${context}`);
      const rows = document.createElement("ul");
      rows.className = "plain";
      const entries = keys.table.filter((each) => each.context === context);
      rows.append(...[...new Set(entries.map((each) => each.label))].map((label) => row(label, entries)));
      section.append(title, rows);
      return section;
    }));
  }

  function capture(event) {
    if (!changing || ["Shift", "Control", "Meta", "Alt", "Tab"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const entry = keys.table.find((each) => each.id === changing);
    const name = nameOf(event);
    const other = keys.taken(entry, name);
    changing = null;
    if (event.key === "Escape" || event.altKey) note.textContent = "";
    else if (other) note.textContent = say("key_taken", { key: capOf(name), label: other.label });
    else save({ ...keys.settings, keys: { ...keys.settings.keys, [entry.id]: name } });
    draw();
    list.querySelector(`[data-id="${entry.id}"]`).focus();
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-id]");
    if (!button) return;
    changing = button.dataset.id;
    button.textContent = say("press_key");
    note.textContent = say("press_key_help");
  });
  sheet.addEventListener("keydown", capture, true);
  sheet.addEventListener("cancel", (event) => { if (changing) event.preventDefault(); });
  on.addEventListener("change", () => save({ ...keys.settings, off: !on.checked }));
  advance.addEventListener("change", () => save({ ...keys.settings, advance: advance.checked }));
  sheet.querySelector("[data-key-reset]").addEventListener("click", () => save({ ...keys.settings, keys: {} }));
  load();

  return {
    open() {
      changing = null;
      note.textContent = "";
      draw();
      sheet.showModal();
    },
  };
}
