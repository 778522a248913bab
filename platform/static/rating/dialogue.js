// The consultation beside a checklist: its turns can be pinned, show what is pinned to them, and stand as a small map
// above it.

import { copyOf } from "./phrases.js";

const dialogues = new WeakMap(); // <ol class="dialogue"> → Dialogue

export class Dialogue {
  /** The dialogue that `checklist` judges: that of its answer, else that of the case; null where there is none. */
  static of(checklist) {
    const { root } = checklist.screen;
    const list = root.querySelector(`ol.dialogue[data-answer="${checklist.axis.part || "1"}"]`) ?? root.querySelector("ol.dialogue[data-case]");
    if (!list) return null;
    const dialogue = dialogues.get(list) ?? new Dialogue(list, checklist);
    dialogues.set(list, dialogue);
    dialogue.checklists.push(checklist);
    return dialogue;
  }

  constructor(list, { field, screen, say }) {
    Object.assign(this, { list, field, screen, say, checklists: [], asking: null });
    this.turns = [...list.querySelectorAll("[data-turn]")];
    for (const turn of this.turns) this.prepare(turn);
    this.map = copyOf(field, "map");
    this.marks = this.turns.map((turn) => this.mark(turn));
    list.before(this.map);
    list.addEventListener("click", (event) => {
      const turn = event.target.closest("[data-turn]");
      if (this.asking && turn) this.answer(Number(turn.dataset.turn));
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.asking || event.defaultPrevented) return;
      event.preventDefault();
      this.stop();
    }, { signal: screen.signal, capture: true });
    this.watch();
  }

  turn(number) {
    return this.turns[number - 1];
  }

  prepare(turn) {
    const { turn: number } = turn.dataset;
    const head = turn.querySelector(".turn-head");
    const pins = document.createElement("span");
    pins.className = "turn-pins";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "turn-pin";
    button.hidden = true;
    button.textContent = this.say("pin_here", { number });
    head.append(pins, button);
    turn.tabIndex = -1;
  }

  mark(turn) {
    const { turn: number } = turn.dataset;
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = number;
    button.addEventListener("click", () => {
      if (this.asking) this.answer(Number(number));
      else this.show(Number(number));
    });
    item.append(button);
    this.map.querySelector("ol").append(item);
    return button;
  }

  /** The turns in view are told apart on the map. */
  watch() {
    const observer = new IntersectionObserver((seen) => {
      for (const { target, isIntersecting } of seen) {
        this.marks[target.dataset.turn - 1].classList.toggle("turn-seen", isIntersecting);
      }
    });
    for (const turn of this.turns) observer.observe(turn);
    this.screen.signal?.addEventListener("abort", () => observer.disconnect());
  }

  comeForward(tab) {
    this.screen.root.dataset.tab = tab;
    this.screen.root.dispatchEvent(new Event("tab"));
  }

  show(number) {
    this.comeForward("case");
    const turn = this.turn(number);
    if (!turn) return;
    turn.focus({ preventScroll: true });
    turn.scrollIntoView({ block: "center" });
  }

  // Pinning ----

  /** Ask for the turn that shows a criterion: by click or tap on it, or by its number. */
  ask(checklist, row) {
    this.stop({ back: false });
    this.asking = { checklist, row };
    for (const turn of this.turns) turn.querySelector(".turn-pin").hidden = false;
    this.list.classList.add("pinning");
    this.entry = this.makeEntry(row);
    this.bar = this.makeBar(row);
    if (this.list.offsetParent === null) { // a narrow page: the case is behind the form
      this.comeForward("case");
      const turn = this.turn(checklist.entry(row).turn) ?? this.turns[0];
      turn.querySelector(".turn-pin").focus();
    } else this.entry.querySelector("input").focus();
    this.screen.announce(this.say("pinning"));
  }

  makeEntry(row) {
    const entry = copyOf(this.field, "turn-entry");
    const input = entry.querySelector("input");
    input.max = this.turns.length;
    input.addEventListener("input", () => this.typed(input, false));
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.typed(input, true);
    });
    entry.querySelector("[data-cancel]").addEventListener("click", () => this.stop());
    row.place.after(entry);
    return entry;
  }

  /** A number that cannot grow into another turn's is taken at once; "1" of 14 turns waits for Enter. */
  typed(input, final) {
    const number = Number(input.value);
    if (!input.value) return;
    if (!Number.isInteger(number) || number < 1 || number > this.turns.length) {
      this.screen.announce(this.say("no_turn", { turns: this.turns.length }));
      input.select();
    } else if (final || number * 10 > this.turns.length) this.answer(number);
  }

  makeBar(row) {
    const bar = copyOf(this.field, "pin-bar");
    bar.querySelector("[data-text]").textContent = row.text;
    bar.querySelector("[data-cancel]").addEventListener("click", () => this.stop());
    this.map.before(bar);
    return bar;
  }

  answer(number) {
    const { checklist, row } = this.asking;
    this.stop();
    checklist.pinTo(row, number);
  }

  stop({ back = true } = {}) {
    if (!this.asking) return;
    const { checklist, row } = this.asking;
    this.asking = null;
    this.list.classList.remove("pinning");
    for (const turn of this.turns) turn.querySelector(".turn-pin").hidden = true;
    this.entry.remove();
    this.bar.remove();
    if (!back) return;
    this.comeForward("rate");
    checklist.focus(row);
  }

  // Drawing ----

  draw() {
    const pins = this.checklists.flatMap((checklist) =>
      checklist.rows.map((row) => [checklist.entry(row).turn, row]).filter(([turn]) => turn !== undefined));
    this.turns.forEach((turn, index) => {
      const numbers = pins.filter(([number]) => number === index + 1).map(([, row]) => row.number).join(", ");
      const number = index + 1;
      turn.classList.toggle("turn-pinned", numbers !== "");
      turn.querySelector(".turn-pins").textContent = numbers && this.say("shows", { criteria: numbers });
      this.marks[index].classList.toggle("turn-pinned", numbers !== "");
      this.marks[index].setAttribute("aria-label",
        numbers ? this.say("to_turn_pinned", { number, criteria: numbers }) : this.say("to_turn", { number }));
    });
  }
}
