// The palette beside a passage: what kind of error, how severe, a note. It never takes the focus by itself, so that
// keys go on acting on the text; it follows the text in the order of Tab.

import { copyOf } from "./phrases.js";
import { short } from "./spans-marking.js";

const GAP = 8;

export class Palette {
  constructor(field, marking, screen) {
    this.marking = marking;
    this.node = copyOf(field, "palette");
    this.text = null;
    this.isNew = false;
    const { axis } = marking;
    this.quote = this.node.querySelector("[data-quote]");
    this.note = this.node.querySelector("[data-note]");
    this.categories = [...this.node.querySelectorAll("[data-category]")];
    this.severities = [...this.node.querySelectorAll("[data-severity]")];
    for (const button of this.categories) {
      const place = axis.options.findIndex((option) => option.value === button.dataset.category) + 1;
      const cap = button.querySelector("kbd");
      if (place <= 11) cap.dataset.key = `spans_category_${place}`;
      else cap.remove();
      button.addEventListener("click", () => marking.category(button.dataset.category) && this.closeIfDone());
    }
    for (const button of this.severities) {
      button.addEventListener("click", () => marking.severity(button.dataset.severity) && this.closeIfDone());
    }
    this.note.addEventListener("input", () => {
      if (marking.chosen) marking.label(marking.chosen, { note: this.note.value }, `note${marking.chosen.start}`);
    });
    this.node.querySelector("[data-delete]").addEventListener("click", () => {
      marking.remove();
      this.close();
    });
    this.node.querySelector("[data-done]").addEventListener("click", () => this.close());
    this.node.addEventListener("keydown", (event) => {
      const finishes = event.key === "Enter" && event.target === this.note;
      if (event.key !== "Escape" && !finishes) return;
      event.preventDefault();
      this.close();
    });
    screen.root.append(this.node);
    const follow = () => this.isOpen && this.place();
    addEventListener("scroll", follow, { capture: true, passive: true, signal: screen.signal });
    addEventListener("resize", follow, { signal: screen.signal });
  }

  get isOpen() {
    return this.node.matches(":popover-open");
  }

  /** Open beside the passage in hand, which lies in `text`. */
  open(text) {
    this.text = text;
    this.isNew = this.marking.draft !== null;
    if (!this.isOpen || text.element.nextElementSibling !== this.node) {
      if (this.isOpen) this.node.hidePopover();
      text.element.after(this.node);
      this.node.showPopover();
    }
    this.draw();
    this.place();
    // a sheet along the bottom would cover a passage that lies low
    if (this.isSheet) text.element.querySelector(".span-range, .span-chosen")?.scrollIntoView({ block: "start" });
  }

  get isSheet() {
    return getComputedStyle(this.node).getPropertyValue("--sheet").trim() !== "";
  }

  /** A new passage has its labels: by pointer nothing is left to say. A note can be added in the list. */
  closeIfDone() {
    const { hand, axis } = this.marking;
    const isDone = hand && (!axis.severities.length || hand.severity);
    if (this.isNew && isDone) this.close();
    else if (!isDone) this.severities.at(-1)?.scrollIntoView({ block: "nearest" });
  }

  close({ focus = true } = {}) {
    if (!this.isOpen) return false;
    const inside = this.node.contains(document.activeElement);
    this.node.hidePopover();
    if (this.marking.draft) this.marking.drop();
    if (focus || inside) this.text.element.focus({ preventScroll: true });
    return true;
  }

  draw() {
    const { hand } = this.marking;
    if (!this.isOpen) return;
    if (!hand) {
      this.close({ focus: false });
      return;
    }
    const stored = this.marking.spans.includes(hand);
    this.quote.textContent = short(hand.text, 90);
    for (const button of this.categories) button.setAttribute("aria-pressed", String(button.dataset.category === hand.category));
    for (const button of this.severities) button.setAttribute("aria-pressed", String(button.dataset.severity === hand.severity));
    if (document.activeElement !== this.note) this.note.value = hand.note ?? "";
    this.note.closest("label").hidden = !stored;
    this.node.querySelector("[data-delete]").hidden = !stored;
  }

  /** Over the form, level with the passage, so that it hides nothing one reads; where the form is not beside the
   *  text, below the passage or above it; on a phone the style sheet lays it along the bottom. */
  place() {
    const { style } = this.node;
    style.top = style.left = style.width = "";
    if (this.isSheet) return;
    const passage = this.text.box(this.marking.hand ?? { start: 0, end: 1 });
    const form = this.marking.screen.root.querySelector(".form")?.getBoundingClientRect();
    const text = this.text.element.getBoundingClientRect();
    const isBeside = form?.width > 0 && (form.left >= text.right || form.right <= text.left);
    if (isBeside) style.width = `${Math.min(form.width - 2 * GAP, 640)}px`;
    const { width, height } = this.node.getBoundingClientRect();
    const below = passage.bottom + GAP;
    const beside = isBeside ? passage.top - 2 * GAP : below + height <= innerHeight ? below : passage.top - GAP - height;
    const left = isBeside ? form.left + GAP : Math.min(passage.left, innerWidth - width - GAP);
    style.top = `${Math.round(Math.max(GAP, Math.min(beside, innerHeight - height - GAP)))}px`;
    style.left = `${Math.round(Math.max(GAP, left))}px`;
  }
}
