// Keys: which one does what, in which context. Single keys are dead while somebody writes; Alt is never used.

const WRITES = "input:not([type=radio],[type=checkbox],[type=range],[type=button],[type=submit]), textarea, select, [contenteditable=true]";
const ARROWS = /Arrow/;
let byPointer = false;
addEventListener("pointerdown", () => { byPointer = true; }, true);
addEventListener("keydown", (event) => { if (event.key === "Tab") byPointer = false; }, true);

/** "Ctrl+Enter", "Shift+z", "ArrowDown", "5": one name whatever keyboard, number pad and Caps Lock. */
export function nameOf(event) {
  let key = event.key;
  if (/^Key[A-Z]$/.test(event.code) && !/^[a-z]$/i.test(key)) key = event.code.slice(3); // not a Latin keyboard
  if (/^Numpad\d$/.test(event.code) && /^\d$/.test(key) === false && key.length === 1) key = event.code.slice(6);
  const letter = /^[a-z]$/i.test(key);
  if (letter) key = key.toLowerCase();
  const shift = event.shiftKey && (letter || key.length > 1);
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${shift ? "Shift+" : ""}${key}`;
}

const SHOWN = { Escape: "Esc", Backspace: "⌫", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Enter: "↵" };
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** A key as it is printed on a cap. */
export const capOf = (key) => key.split("+").map((each) =>
  each === "Ctrl" ? (isMac ? "⌘" : "Ctrl") : each === "Shift" ? "⇧" : SHOWN[each] ?? each).join(" ");

/** The key that opened the drawer closes it, too. */
function closeDrawer(event, table, name) {
  const drawer = document.querySelector("dialog.drawer:modal");
  if (!drawer || table.find((each) => each.id === "guidelines").key !== name) return;
  event.preventDefault();
  drawer.close();
}

/** Is the key for the element that has the focus, not for us? */
function isNative(event, name) {
  const at = event.target;
  if (name === "Enter") return at.closest("button, a[href], summary") !== null;
  if (!ARROWS.test(name)) return false;
  if (at.matches("input[type=range]")) return true;
  if (/Up|Down/.test(name) && at.closest(".evidence") && !at.closest("[data-image]")) return true; // they scroll the case
  return at.matches("input[type=radio]") && !byPointer; // reached by Tab: arrows choose, as everywhere
}

export class Keys {
  /** `contexts()` names the contexts in force, the most particular first. */
  constructor(table, contexts) {
    this.table = table.map((each) => ({ ...each, standard: each.key }));
    this.actions = new Map();
    this.settings = { off: false, advance: false, keys: {} };
    this.contexts = contexts;
    document.addEventListener("keydown", (event) => this.handle(event));
  }

  /** Actions by id. A widget brings its own entries: {id, key, label, context, run}. */
  on(actions) {
    for (const [id, run] of Object.entries(actions)) this.actions.set(id, run);
  }

  add(entries, screen) {
    for (const { run, ...entry } of entries) {
      if (!this.table.some((each) => each.id === entry.id)) {
        console.error(`${entry.id} is missing from keys.json`);
        this.table.push({ ...entry, standard: entry.key });
      }
      this.actions.set(entry.id, (event) => run(event, screen()));
    }
    this.apply(this.settings);
  }

  apply(settings) {
    this.settings = { off: false, advance: false, ...settings, keys: { ...settings.keys } };
    for (const entry of this.table) entry.key = this.settings.keys[entry.id] ?? entry.standard;
    document.body.classList.toggle("keys-off", this.settings.off);
    this.print(document);
  }

  /** Write the keys on the caps of the controls. */
  print(root) {
    for (const cap of root.querySelectorAll("kbd[data-key]")) {
      const entry = this.table.find((each) => each.id === cap.dataset.key);
      if (entry) cap.textContent = capOf(entry.key);
    }
  }

  /** The entry that already has this key where `entry` would be in force. */
  taken(entry, key) {
    const meets = (other) => other.context === entry.context || other.context === "all" || entry.context === "all";
    return this.table.find((other) => other.id !== entry.id && other.key === key && meets(other));
  }

  handle(event) {
    if (event.altKey || event.defaultPrevented || event.isComposing) return;
    const name = nameOf(event);
    const writes = event.target.matches?.(WRITES);
    const alwaysAlive = name === "Escape" || name === "Ctrl+Enter";
    if (document.querySelector("dialog:modal")) return closeDrawer(event, this.table, name);
    if (!alwaysAlive && (writes || this.settings.off || isNative(event, name))) return;
    if (event.repeat && !ARROWS.test(name) && !/^[jk]$/.test(name)) return; // a key held down answers once
    for (const context of this.contexts()) {
      const entry = this.table.find((each) => each.context === context && each.key === name);
      if (!entry || !this.actions.has(entry.id)) continue;
      if (this.actions.get(entry.id)(event) === false) continue;
      event.preventDefault();
      return;
    }
  }
}
