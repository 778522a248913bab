// Category, severity and note of one passage as native controls: in the list of passages and in the sentence list.

import { copyOf } from "./phrases.js";

export class Editor {
  constructor(field, marking, onDelete) {
    this.node = copyOf(field, "span-editor");
    this.marking = marking;
    this.span = null;
    this.controls = [...this.node.querySelectorAll("[data-label]")];
    for (const control of this.controls) {
      const name = control.dataset.label;
      control.disabled = marking.screen.readOnly;
      control.addEventListener(name === "note" ? "input" : "change", () => {
        const kept = marking.label(this.span, { [name]: control.value }, name === "note" ? `note${this.span.start}` : null);
        if (!kept) this.fill(this.span); // a control never shows what is not stored
      });
      control.addEventListener("focus", () => {
        if (marking.hand !== this.span && marking.spans.includes(this.span)) marking.choose(this.span);
      });
    }
    const remove = this.node.querySelector("[data-delete]");
    remove.hidden = marking.screen.readOnly;
    remove.addEventListener("click", () => onDelete(this.span));
  }

  fill(span, number = "") {
    this.span = span;
    for (const control of this.controls) {
      const name = control.dataset.label;
      const value = span[name] ?? "";
      if (control.value !== value) control.value = value;
      control.classList.toggle("lacking", name !== "note" && !value);
      // nothing can be noted about a passage that is not in the list yet
      if (name === "note") control.closest("label").hidden = !this.marking.spans.includes(span);
      if (number) control.setAttribute("aria-label", `${control.dataset.name} (${number})`);
    }
    const remove = this.node.querySelector("[data-delete]");
    if (number) remove.setAttribute("aria-label", `${remove.textContent} (${number})`);
  }
}

/** As many editors as there are spans, each showing its own; `make` brings forth one more. */
export function matched(editors, spans, make) {
  while (editors.length < spans.length) editors.push(make());
  for (const editor of editors.splice(spans.length)) editor.row.remove();
  return editors;
}
