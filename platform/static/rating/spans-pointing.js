// Mouse, pen and finger over the texts. A mouse marks when it is released; after a finger has selected, a bar offers
// to mark, since nobody can know when the handles of a selection have come to rest.

import { copyOf } from "./phrases.js";
import { short } from "./spans-marking.js";

const REST_MS = 350;

export class Pointing {
  constructor(page, screen) {
    Object.assign(this, { page, screen, offered: null, timer: 0, down: null });
    const { signal } = screen;
    document.addEventListener("pointerdown", (event) => this.press(event), { signal });
    document.addEventListener("pointerup", (event) => this.release(event), { signal });
    document.addEventListener("pointercancel", () => { page.pressing = false; }, { signal });
    document.addEventListener("selectionchange", () => this.watch(), { signal });
  }

  textAt(node) {
    const element = node?.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    return this.page.texts.get(element?.closest?.(".markable")) ?? null;
  }

  press(event) {
    const text = this.textAt(event.target);
    this.pointer = event.pointerType;
    this.down = text;
    const widget = this.page.active;
    // in the palette, in the bar or on a scroll bar the passage stays in hand
    if (event.target.closest?.(".palette, .mark-bar")) return;
    if (widget?.palette.isOpen) widget.palette.close({ focus: false });
    if (text && event.pointerType === "mouse" && event.button === 0) this.page.pressing = true;
  }

  release(event) {
    this.page.pressing = false;
    const text = this.down;
    this.down = null;
    if (!text || event.button !== 0) return;
    // the browser finishes the selection after this event: a click inside one takes it away
    setTimeout(() => this.released(event, text), 0);
  }

  released(event, text) {
    const widget = this.page.owner(text);
    this.page.activate(widget);
    const selection = getSelection();
    if (event.pointerType === "mouse" && !widget.copying && !selection.isCollapsed) {
      if (this.mark(widget, text, selection)) return;
    }
    if (!selection.isCollapsed) return;
    this.tapped(widget, text, event, selection);
  }

  mark(widget, text, selection) {
    if (this.screen.readOnly) return false;
    const range = text.selected(selection.getRangeAt(0));
    if (!range) return false;
    selection.removeAllRanges(); // it is drawn as a passage from now on
    widget.begin(text, range);
    return true;
  }

  /** A click or tap: on a passage it takes it in hand, elsewhere it sets the caret. */
  tapped(widget, text, event, selection) {
    const mark = event.target.closest?.("mark[data-spans]");
    if (mark) {
      const spans = mark.dataset.spans.split(" ").map((number) => widget.marking.spans[number - 1]).filter(Boolean);
      const [least] = spans.sort((a, b) => (a.end - a.start) - (b.end - b.start));
      if (!least) return;
      widget.marking.choose(least);
      text.carry(least);
      if (!this.screen.readOnly && !widget.copying) widget.openChosen();
      this.screen.announce(widget.marking.describe(least));
      return;
    }
    widget.marking.drop();
    if (selection.rangeCount && text.element.contains(selection.anchorNode)) {
      const at = text.pointed(selection.getRangeAt(0));
      text.carry({ start: at, end: at + 1 });
    }
    widget.draw();
  }

  // Touch ----

  watch() {
    clearTimeout(this.timer);
    if (this.pointer === "mouse") return;
    this.timer = setTimeout(() => this.offer(), REST_MS);
  }

  offer() {
    const selection = getSelection();
    const text = selection.isCollapsed ? null : this.textAt(selection.anchorNode);
    const widget = text && this.page.owner(text);
    const range = widget && !widget.copying && !this.screen.readOnly ? text.selected(selection.getRangeAt(0)) : null;
    this.offered = range && { widget, text, range };
    if (!this.offered) {
      this.bar?.remove();
      this.bar = null;
      return;
    }
    this.bar ??= this.makeBar(widget);
    this.bar.querySelector("[data-quote]").textContent = short(text.span(range).text, 40);
  }

  makeBar(widget) {
    const bar = copyOf(widget.field, "mark-bar");
    const button = bar.querySelector("button");
    button.addEventListener("pointerdown", (event) => event.preventDefault()); // or the selection is gone before the click
    button.addEventListener("click", () => {
      const { widget: owner, text, range } = this.offered;
      getSelection().removeAllRanges();
      this.bar.remove();
      this.bar = null;
      this.page.activate(owner);
      owner.begin(text, range);
    });
    this.screen.root.append(bar);
    return bar;
  }
}
