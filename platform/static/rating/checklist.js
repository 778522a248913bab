// Criteria: met or not, and where it shows. Native radio buttons; keys act on the criterion in hand.

import { Dialogue } from "./dialogue.js";
import { copyOf, phrasesOf } from "./phrases.js";

const screens = new WeakMap(); // screen → widgets

class Checklist {
  constructor(field, axis, store, screen) {
    Object.assign(this, { field, axis, store, screen, say: phrasesOf(field) });
    arrange(field.querySelector("[data-checklist]"));
    this.rows = [...field.querySelectorAll("[data-criterion]")].map((node, index) => this.row(node, index + 1));
    this.at = null; // the row in hand
    // "further" than what? Only where some are must-ask ones
    if (!this.rows.some((row) => row.must)) field.querySelector("[data-further]")?.remove();
    if (axis.evidence) this.dialogue = Dialogue.of(this);
    field.querySelector("[data-next-open]").addEventListener("click", () => this.toOpen());
    store.on((changed) => { if (changed.includes(axis.id)) this.draw(); });
    queueMicrotask(() => this.draw()); // after the frame has mounted: a locked screen keeps its links alive
  }

  row(node, number) {
    const row = {
      node, number, id: node.dataset.criterion, must: "must" in node.dataset,
      inputs: [...node.querySelectorAll("input[type=radio]")],
      pin: node.querySelector("[data-pin]"), place: node.querySelector("[data-pin-place]"),
      note: node.querySelector("[data-note]"), noteButton: node.querySelector("[data-add-note]"),
      text: node.querySelector("[data-criterion-text]").textContent,
    };
    node.querySelector("[data-criterion-number]").textContent = number;
    for (const input of row.inputs) input.addEventListener("change", () => this.judge(row, input.value));
    node.addEventListener("focusin", () => this.take(row));
    node.addEventListener("pointerdown", () => this.take(row));
    row.pin?.addEventListener("click", () => this.startPinning(row));
    row.note.addEventListener("input", () => this.change(row, { note: row.note.value }, `note${row.id}`));
    row.noteButton.addEventListener("click", () => this.openNote(row));
    return row;
  }

  // The answer ----

  get value() {
    const value = this.store.get(this.axis.id, this.axis.part);
    return value && typeof value.cannot_judge !== "string" ? value : {};
  }

  entry(row) {
    return this.value[row.id] ?? {};
  }

  change(row, labels, coalesce = null) {
    if (this.screen.readOnly) return;
    const next = { ...this.entry(row), ...labels };
    for (const [name, value] of Object.entries(next)) if (value === undefined || value === "") delete next[name];
    const value = { ...this.value, [row.id]: next };
    if (!Object.keys(next).length) delete value[row.id];
    this.store.set(this.axis.id, Object.keys(value).length ? value : undefined, this.axis.part, { coalesce });
  }

  lacksPin(row) {
    const { met, turn } = this.entry(row);
    return this.axis.evidence && row.must && met === "met" && turn === undefined;
  }

  judge(row, met) {
    if (this.screen.readOnly) return;
    // a pin says where a criterion is met: it goes with the verdict
    this.change(row, met === "met" ? { met } : { met, turn: undefined });
    this.screen.announce(this.say(met === "met" && this.lacksPin(row) ? "met_lacks" : met, { criterion: row.number }));
  }

  pinTo(row, turn) {
    this.change(row, { turn, met: "met" }); // who shows where it is says that it is
    this.screen.announce(this.say("pinned", { number: turn, criterion: row.number }));
  }

  // In hand ----

  take(row) {
    if (this.at === row) return;
    this.at?.node.classList.remove("criterion-current");
    this.at = row;
    row.node.classList.add("criterion-current");
  }

  focus(row) {
    this.take(row);
    row.node.focus({ preventScroll: true });
    row.node.scrollIntoView({ block: "nearest" });
  }

  get inHand() {
    return this.at ?? this.rows[0];
  }

  go(by) {
    const isHere = this.field.contains(document.activeElement) && document.activeElement !== this.field;
    const next = isHere && this.at ? this.rows[this.rows.indexOf(this.at) + by] : by > 0 ? this.inHand : null;
    if (next) this.focus(next);
    else this.screen.going?.go(by);
    return true;
  }

  /** The next criterion without a verdict or without its pin, round to the first. */
  toOpen() {
    const from = this.rows.indexOf(this.at) + 1;
    const around = [...this.rows.slice(from), ...this.rows.slice(0, from)];
    const open = around.find((row) => !this.entry(row).met || this.lacksPin(row));
    if (open) this.focus(open);
    else this.screen.announce(this.say("all_judged"));
    return true;
  }

  press(met) {
    if (this.screen.readOnly) return false;
    const row = this.inHand;
    if (!row.inputs.some((input) => input.value === met)) return false;
    this.take(row);
    this.judge(row, met);
    return true;
  }

  clear() {
    if (this.screen.readOnly || !this.entry(this.inHand).met) return false;
    this.change(this.inHand, { met: undefined, turn: undefined });
    this.screen.announce(this.say("cleared", { criterion: this.inHand.number }));
    return true;
  }

  openNote(row) {
    row.noteOpen = true;
    this.draw();
    row.note.focus();
    return true;
  }

  // Evidence ----

  startPinning(row = this.inHand) {
    if (!this.dialogue || this.screen.readOnly) return false;
    this.take(row);
    this.dialogue.ask(this, row);
    return true;
  }

  chip(row, turn) {
    const chip = copyOf(this.field, "chip");
    const [link, off] = [chip.querySelector("[data-go]"), chip.querySelector("[data-unpin]")];
    link.textContent = this.say("turn", { number: turn });
    link.href = `#${this.dialogue.turn(turn)?.id ?? ""}`;
    link.setAttribute("aria-label", this.say("evidence", { number: turn }));
    link.addEventListener("click", (event) => {
      event.preventDefault();
      this.dialogue.show(turn);
    });
    off.hidden = this.screen.readOnly;
    off.setAttribute("aria-label", this.say("unpin", { number: turn }));
    off.addEventListener("click", () => {
      this.change(row, { turn: undefined });
      this.focus(row);
      this.screen.announce(this.say("unpinned"));
    });
    return chip;
  }

  // Drawing ----

  draw() {
    for (const row of this.rows) this.drawRow(row);
    const judged = this.rows.filter((row) => this.entry(row).met).length;
    const met = this.rows.filter((row) => this.entry(row).met === "met").length;
    this.field.querySelector("[data-judged]").textContent = this.say("judged", { judged, all: this.rows.length });
    this.field.querySelector("[data-met]").textContent = this.say("met_of", { met });
    this.field.querySelector("[data-meter]").value = judged;
    this.dialogue?.draw();
  }

  drawRow(row) {
    const { met, turn, note } = this.entry(row);
    for (const input of row.inputs) input.checked = input.value === met;
    row.node.dataset.met = met ?? "";
    const lacks = this.lacksPin(row);
    row.node.classList.toggle("criterion-lacking", lacks);
    row.node.querySelector("[data-lacks]").hidden = !lacks;
    if (row.pin) {
      row.pin.hidden = turn !== undefined || met === "not_met" || met === "cannot_judge";
      if (row.drawn !== turn) row.place.replaceChildren(...(turn === undefined ? [] : [this.chip(row, turn)]));
      row.drawn = turn;
    }
    const open = Boolean(note) || row.noteOpen || met === "cannot_judge";
    row.note.closest("label").hidden = !open;
    row.noteButton.hidden = open || this.screen.readOnly;
    if (document.activeElement !== row.note) row.note.value = note ?? "";
  }
}

/** Bring criteria of one group together that the case lists apart; the groups stay in the order they begin in. */
function arrange(list) {
  const heads = new Map();
  let name = "";
  for (const node of [...list.children]) {
    if (node.matches(".criterion-group")) {
      name = `${node.dataset.of}/${node.textContent.trim()}`;
      if (heads.has(name)) node.remove();
      else heads.set(name, node);
    } else if (node.matches(".criterion")) {
      heads.get(name).after(node);
      heads.set(name, node); // the next one of the group follows this one
    }
  }
}

export function mount(field, axis, store, screen) {
  const widgets = screens.get(screen) ?? [];
  screens.set(screen, widgets);
  widgets.push(new Checklist(field, axis, store, screen));
}

const on = (act) => (event, screen) => {
  const widgets = (screen && screens.get(screen)) ?? [];
  const widget = widgets.find((each) => each.field === screen.going?.current()) ?? widgets[0];
  return widget ? act(widget) : false;
};
const entry = (id, key, label, run) => ({ id: `checklist_${id}`, key, label, context: "checklist", run });

/** The sheet of keys reads keys.json; here is what each of them does. */
export const keys = [
  entry("met", "m", "Met", on((widget) => widget.press("met"))),
  entry("not_met", "n", "Not met", on((widget) => widget.press("not_met"))),
  entry("cannot", "0", "Cannot judge this criterion", on((widget) => widget.press("cannot_judge"))),
  entry("pin", "e", "Pin the turn that shows it", on((widget) => widget.startPinning())),
  entry("note", "w", "Write a note on the criterion", on((widget) => widget.openNote(widget.inHand))),
  entry("open", "o", "Next criterion still open", on((widget) => widget.toOpen())),
  entry("clear", "Backspace", "Clear the criterion", on((widget) => widget.clear())),
  entry("next", "ArrowDown", "Next criterion", on((widget) => widget.go(1))),
  entry("previous", "ArrowUp", "Previous criterion", on((widget) => widget.go(-1))),
  entry("next_letter", "j", "Next criterion", on((widget) => widget.go(1))),
  entry("previous_letter", "k", "Previous criterion", on((widget) => widget.go(-1))),
  entry("next_enter", "Enter", "Next criterion", on((widget) => widget.go(1))),
];
