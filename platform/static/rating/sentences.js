// The same marks sentence by sentence: for screen readers, for tablets, and for who reads better so. A sentence has
// an error where a passage of it is marked; that it was looked at and found right is kept while the page is open.

import { copyOf } from "./phrases.js";
import { Editor, matched } from "./spans-editor.js";

export class SentenceList {
  constructor(field, marking, text) {
    Object.assign(this, { field, marking, text });
    this.node = copyOf(field, "sentences");
    this.node.setAttribute("aria-label", marking.say(`sentences_${text.side}`));
    this.list = this.node.querySelector("ol");
    this.right = new Set(); // sentences found right
    this.rows = text.sentences.map((place, index) => this.row(place, index));
    this.node.querySelector("[data-rest]").addEventListener("click", () => this.restIsRight());
    text.element.after(this.node);
  }

  row(place, index) {
    const { marking, text } = this;
    const node = copyOf(this.field, "sentence");
    const name = `sentence-${marking.axis.id}-${marking.axis.part}-${text.side}-${index}`;
    const quote = node.querySelector("[data-text]");
    quote.textContent = text.places.slice(place.start, place.end);
    quote.id = name;
    node.querySelector("[data-choice]").setAttribute("aria-labelledby", name);
    const row = { place, node, index, editors: [], more: node.querySelector("[data-more]"), whole: text.span(text.meant(place)) };
    row.inputs = Object.fromEntries([...node.querySelectorAll("input[type=radio]")].map((input) => {
      input.name = `${name}-is`;
      input.disabled = marking.screen.readOnly;
      return [input.value, input];
    }));
    row.inputs.right.addEventListener("change", () => this.isRight(row));
    row.inputs.error.addEventListener("change", () => this.beginIn(row));
    row.more.addEventListener("click", () => this.beginIn(row));
    node.addEventListener("focusin", () => this.take(row));
    this.list.append(node);
    return row;
  }

  spansOf({ place }) {
    return this.marking.spans.filter((span) =>
      span.side === this.text.side && span.start < place.end && place.start < span.end);
  }

  draftOf({ place }) {
    const { draft } = this.marking;
    return draft && draft.side === this.text.side && draft.start >= place.start && draft.end <= place.end ? draft : null;
  }

  /** Keys act on the sentence that has the focus: on its first mark, or on the whole of it. */
  take(row) {
    const spans = this.spansOf(row);
    if (spans.includes(this.marking.chosen) || this.draftOf(row)) return;
    if (spans.length) this.marking.choose(spans[0]);
    else this.marking.drop();
  }

  beginIn(row) {
    this.right.delete(row.index);
    this.marking.begin({ ...row.whole });
    row.editors.at(-1)?.node.querySelector("select:not(:disabled)")?.focus();
  }

  isRight(row) {
    const spans = this.spansOf(row);
    this.right.add(row.index);
    if (this.draftOf(row)) this.marking.drop();
    if (spans.length) this.marking.removeAll(spans);
    this.settle();
  }

  restIsRight() {
    for (const row of this.rows) if (!this.spansOf(row).length) this.right.add(row.index);
    this.marking.drop();
    this.settle();
  }

  get isLookedThrough() {
    return this.rows.every((row) => this.right.has(row.index) || this.spansOf(row).length);
  }

  /** Told when a sentence was found right: with the last one the answer may be complete. */
  settle() {
    this.draw();
    this.onSettled?.();
  }

  enter() {
    const row = this.rows.find(({ place }) => place.end > (this.text.range?.start ?? 0)) ?? this.rows[0];
    (row?.inputs.error.checked ? row.inputs.error : row?.inputs.right)?.focus();
  }

  /** The row after (1) or before (-1) the one with the focus; coming from outside, the first or the last. */
  step(by) {
    const at = this.rows.findIndex((row) => row.node.contains(document.activeElement));
    const row = at < 0 ? this.rows.at(by > 0 ? 0 : -1) : this.rows[at + by];
    if (!row) return false;
    (row.inputs.error.checked ? row.inputs.error : row.inputs.right).focus();
    row.node.scrollIntoView({ block: "nearest" });
    return true;
  }

  /** The whole of the sentence with the focus, to be marked by a key. */
  get whole() {
    const row = this.rows.find((each) => each.node.contains(document.activeElement));
    return row && !this.spansOf(row).length ? { ...row.whole } : null;
  }

  draw() {
    for (const row of this.rows) {
      const draft = this.draftOf(row);
      const spans = [...this.spansOf(row), ...(draft ? [draft] : [])];
      matched(row.editors, spans, () => this.editorIn(row));
      spans.forEach((span, index) => this.fill(row.editors[index], span, row));
      row.inputs.error.checked = spans.length > 0;
      row.inputs.right.checked = !spans.length && this.right.has(row.index);
      row.node.classList.toggle("sentence-error", spans.length > 0);
      row.node.classList.toggle("sentence-right", row.inputs.right.checked);
      row.more.hidden = this.marking.screen.readOnly || !spans.length || draft !== null;
    }
    const seen = this.rows.filter((row) => row.inputs.error.checked || row.inputs.right.checked).length;
    this.node.querySelector("[data-seen]").textContent = this.marking.say("sentences_seen", { seen, all: this.rows.length });
    this.node.querySelector("[data-rest]").hidden = this.marking.screen.readOnly || seen === this.rows.length;
  }

  editorIn(row) {
    const editor = new Editor(this.field, this.marking, (span) => {
      if (span === this.marking.draft) this.marking.drop();
      else this.marking.remove(span);
      row.inputs.error.focus();
    });
    const holder = document.createElement("div");
    holder.className = "sentence-mark";
    const quote = document.createElement("p");
    quote.className = "sentence-quote";
    holder.append(quote, editor.node);
    row.node.querySelector("[data-marks]").append(holder);
    return Object.assign(editor, { row: holder, quote });
  }

  /** A passage that is not the whole sentence is quoted, so that it is plain which one is meant. */
  fill(editor, span, row) {
    editor.fill(span);
    const isWhole = span.start === row.whole.start && span.end === row.whole.end;
    editor.quote.hidden = isWhole;
    editor.quote.textContent = isWhole ? "" : span.text;
    editor.quote.dir = "auto";
  }
}
