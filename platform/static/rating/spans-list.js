// The marked passages in the form: what is marked where, how, and how grave; each leads to its place.

import { copyOf } from "./phrases.js";
import { Editor, matched } from "./spans-editor.js";
import { short } from "./spans-marking.js";
import { isIncomplete } from "./spans-value.js";

export class SpanList {
  constructor(field, marking, goTo) {
    Object.assign(this, { field, marking, goTo });
    this.list = field.querySelector("[data-span-list]");
    this.status = field.querySelector("[data-spans-status]");
    this.none = field.querySelector("[data-spans-none]");
    this.editors = [];
    this.none.addEventListener("click", () => marking.none());
  }

  make() {
    const row = copyOf(this.field, "span-row");
    const editor = new Editor(this.field, this.marking, (span) => this.remove(span));
    row.append(editor.node);
    row.querySelector("[data-go]").addEventListener("click", (event) => {
      event.preventDefault();
      this.goTo(editor.span);
    });
    this.list.append(row);
    return Object.assign(editor, { row });
  }

  /** The focus goes to the neighbour of what is gone. */
  remove(span) {
    const at = this.marking.remove(span);
    const editor = this.editors[Math.min(at, this.editors.length - 1)];
    (editor?.row.querySelector("[data-go]") ?? this.none).focus();
  }

  draw() {
    const { marking, editors } = this;
    const { spans, say, axis } = marking;
    matched(editors, spans, () => this.make());
    spans.forEach((span, index) => {
      const { row } = editors[index];
      editors[index].fill(span, index + 1);
      row.querySelector("[data-number]").textContent = index + 1;
      row.querySelector("q").textContent = short(span.text, 160);
      row.querySelector("[data-side-name]").textContent = axis.sides.length > 1 ? say(`side_${span.side}`) : "";
      row.classList.toggle("span-incomplete", isIncomplete(axis, span));
      if (span === marking.chosen) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
    const lacking = spans.filter((span) => isIncomplete(axis, span)).length;
    this.status.textContent = marking.saysNone ? say("status_none") : !spans.length ? say("status_empty")
      : lacking ? say("status_lacking", { n: spans.length, lacking }) : say("status_marked", { n: spans.length });
    this.none.hidden = spans.length > 0 || (marking.screen.readOnly && !marking.saysNone);
    this.none.setAttribute("aria-pressed", String(marking.saysNone));
  }
}
