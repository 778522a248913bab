// Marking passages: by pointer, by touch, by keyboard, or sentence by sentence. What each does ends in the same list.

import { phrasesOf, copyOf } from "./phrases.js";
import { SentenceList } from "./sentences.js";
import { SpanList } from "./spans-list.js";
import { Marking, short } from "./spans-marking.js";
import { Palette } from "./spans-palette.js";
import { pageOf } from "./spans-page.js";
import { Pointing } from "./spans-pointing.js";
import { SpanText } from "./spans-text.js";

export { keys } from "./spans-keys.js";

class Spans {
  constructor(field, axis, store, screen, page) {
    Object.assign(this, { field, axis, screen, page, view: "text", copying: false });
    this.marking = new Marking(axis, store, screen, phrasesOf(field));
    this.say = this.marking.say;
    this.texts = axis.sides.map((side) => this.textOf(side)).filter(Boolean);
    this.palette = new Palette(field, this.marking, screen);
    this.list = new SpanList(field, this.marking, (span) => this.goTo(span));
    this.last = this.texts[0];
    this.marking.addEventListener("change", () => this.draw());
    queueMicrotask(() => this.draw()); // after the frame has mounted: a locked screen keeps its links alive
  }

  /** The text of one side; texts are shared where several questions mark the same. */
  textOf(side) {
    const answer = this.axis.part || "1";
    const where = side === "output" ? `.markable[data-side="output"][data-answer="${answer}"]` : '.markable[data-side="source"]';
    const element = this.screen.root.querySelector(where);
    if (!element) return null;
    let text = this.page.texts.get(element);
    if (!text) {
      const kept = this.field.querySelector(`[data-stored="${side === "output" ? `output-${answer}` : side}"] script`);
      text = new SpanText(element, side, JSON.parse(kept.textContent), this.axis.severities);
      this.page.texts.set(element, text);
      element.tabIndex = 0;
      element.setAttribute("role", "group");
      element.setAttribute("aria-label", this.say(`text_${side}`));
      element.setAttribute("aria-describedby", this.field.querySelector("[data-spans-help]").id);
      element.before(this.tools());
      this.wire(text);
    }
    return text;
  }

  tools() {
    const tools = copyOf(this.field, "text-tools");
    tools.addEventListener("click", (event) => {
      const button = event.target.closest("[data-mode]");
      if (!button) return;
      this.page.activate(this);
      this.setMode(button.dataset.mode);
    });
    return tools;
  }

  wire(text) {
    const { element } = text;
    element.addEventListener("keydown", (event) => this.page.owner(text).key(event, text));
    element.addEventListener("focus", () => {
      const widget = this.page.owner(text);
      this.page.activate(widget);
      widget.last = text;
      if (element.matches(":focus-visible") && !widget.marking.hand) {
        if (!text.caret) text.move(0);
        widget.draw();
      }
    });
    element.addEventListener("blur", () => this.page.owner(text).draw());
  }

  // Drawing ----

  rangeIn(text) {
    const { draft, chosen } = this.marking;
    if (draft) return draft.side === text.side ? draft : null;
    return !chosen && document.activeElement === text.element ? text.range : null;
  }

  draw() {
    if (this.page.pressing) return; // drawing now would take the selection from under the pointer
    this.list.draw();
    if (this.page.active === this) {
      for (const text of this.texts) text.draw(this.marking.numbered(text.side), this.marking.chosen, this.rangeIn(text));
    }
    for (const sentences of this.sentences ?? []) sentences.draw();
    this.palette.draw();
  }

  // Ways of looking ----

  setMode(mode) {
    this.copying = mode === "copy";
    this.view = mode === "sentences" ? "sentences" : "text";
    this.palette.close({ focus: false });
    if (this.view === "sentences") this.showSentences();
    const at = this.textInFocus();
    for (const text of this.texts) {
      text.element.hidden = this.view === "sentences";
      text.element.classList.toggle("copying", this.copying);
      for (const button of text.element.parentElement.querySelectorAll(".text-tools [data-mode]")) {
        button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
      }
    }
    for (const list of this.sentences ?? []) list.node.hidden = this.view !== "sentences";
    this.draw();
    if (at && this.view === "sentences") this.sentences.find((list) => list.text === at).enter();
    else if (at) at.element.focus();
    this.screen.announce(this.say(`mode_${mode}`));
  }

  /** The text in which the focus is, whichever way it is shown; what is hidden would lose it. */
  textInFocus() {
    const at = document.activeElement;
    return this.texts.find((text) => text.element === at)
      ?? this.sentences?.find((list) => list.node.contains(at))?.text ?? null;
  }

  showSentences() {
    this.sentences ??= this.texts.map((text) => {
      const list = new SentenceList(this.field, this.marking, text);
      list.onSettled = () => this.settle();
      list.node.addEventListener("focusin", () => this.page.activate(this));
      return list;
    });
  }

  /** Every sentence found right and nothing marked: that is the answer, and it is stored as one. */
  settle() {
    if (this.sentences.every((list) => list.isLookedThrough) && !this.marking.spans.length) this.marking.none();
  }

  /** To a passage in the text; on a narrow page the case comes forward. */
  goTo(span) {
    this.page.activate(this);
    const text = this.texts.find((each) => each.side === span.side);
    if (!text) return;
    this.screen.root.dataset.tab = "case";
    this.screen.root.dispatchEvent(new Event("tab"));
    if (this.view === "sentences") this.setMode("mark");
    this.marking.choose(span);
    this.last = text;
    text.carry(span);
    text.element.focus({ preventScroll: true });
    text.reveal(span);
  }

  // Marking ----

  /** What the pointer or a key picked, with the palette beside it. */
  begin(text, range) {
    this.last = text;
    text.carry(range);
    this.marking.begin(text.span(range));
    if (this.marking.hand) this.palette.open(text);
    if (this.marking.draft) this.screen.announce(this.say("begin", { quote: short(text.span(range).text) }));
  }

  openChosen() {
    const text = this.texts.find((each) => each.side === this.marking.chosen.side);
    this.palette.open(text);
  }

  /** What a category key means: the passage in hand, the words at the caret, or the sentence with the focus. */
  take() {
    if (this.marking.hand) return true;
    const whole = this.sentences?.map((list) => list.whole).find(Boolean);
    const text = this.texts.find((each) => each.element === document.activeElement);
    const found = whole ?? (text?.range && text.span(text.range));
    if (!found) return false;
    this.marking.draft = found;
    return true;
  }

  category(number) {
    const option = this.axis.options[number - 1];
    if (!option || this.screen.readOnly || !this.take()) return false;
    this.marking.category(option.value);
    return true;
  }

  open() {
    if (this.palette.isOpen) return this.palette.close();
    const text = this.texts.find((each) => each.element === document.activeElement);
    if (!this.screen.readOnly && this.marking.chosen && this.view === "text") this.openChosen();
    else if (!this.screen.readOnly && text?.range && this.view === "text") this.begin(text, text.range);
    else this.screen.going?.go(1);
    return true;
  }

  escape(text) {
    if (this.palette.close() || this.marking.drop()) return true;
    if (!text?.caret || text.caret.anchor === text.caret.head) return false;
    text.caret.anchor = text.caret.head;
    this.draw();
    return true;
  }

  walk(by) {
    if (this.view === "sentences") return this.walkSentences(by);
    const text = this.texts.find((each) => each.element === document.activeElement);
    const found = this.marking.walk(by);
    if (!found) {
      if (!text) this.screen.going?.go(by);
      return !text;
    }
    const side = this.texts.find((each) => each.side === found.side);
    side.carry(found);
    if (text && side !== text) side.element.focus({ preventScroll: true });
    side.reveal(found);
    if (this.palette.isOpen) this.palette.open(side);
    return true;
  }

  /** From sentence to sentence, and over the end of one text into the next, in the order of the page. */
  walkSentences(by) {
    const lists = [...this.sentences].sort((a, b) =>
      a.node.compareDocumentPosition(b.node) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);
    const at = lists.findIndex((list) => list.node.contains(document.activeElement));
    if (at < 0) return lists[0].step(by);
    return lists[at].step(by) || (lists[at + by]?.step(by) ?? false);
  }

  remove() {
    const gone = this.marking.remove() !== false;
    if (gone) this.palette.close({ focus: false });
    return gone;
  }

  /** Move the caret; `right` is the side of the screen, whichever way the text runs. */
  move(right, how) {
    const text = this.texts.find((each) => each.element === document.activeElement) ?? this.last;
    if (!text || this.view !== "text") return false;
    this.palette.close({ focus: false });
    this.marking.drop();
    if (document.activeElement !== text.element) text.element.focus({ preventScroll: true });
    text.move(right === text.rightToLeft ? -1 : 1, how);
    this.afterMove(text);
    return true;
  }

  afterMove(text) {
    this.draw();
    if (!text.range) return;
    text.reveal(text.headBox);
    this.screen.announce(short(text.span(text.range).text, 200));
  }

  /** Keys of the text itself, as of any text: they work with single keys switched off, too. */
  key(event, text) {
    if (event.altKey || event.isComposing) return;
    const extend = event.shiftKey;
    const sentence = event.ctrlKey || event.metaKey;
    const does = {
      ArrowLeft: () => this.move(false, { extend, sentence }),
      ArrowRight: () => this.move(true, { extend, sentence }),
      ArrowUp: () => !extend && !sentence && this.walk(-1),
      ArrowDown: () => !extend && !sentence && this.walk(1),
      Home: () => this.toEdge(text, -1, extend),
      End: () => this.toEdge(text, 1, extend),
      Enter: () => !extend && !sentence && this.open(),
      Escape: () => this.escape(text),
    }[event.key];
    if (does?.()) event.preventDefault();
  }

  toEdge(text, by, extend) {
    this.marking.drop();
    text.toEdge(by, extend);
    this.afterMove(text);
    return true;
  }
}

export function mount(field, axis, store, screen) {
  const page = pageOf(screen);
  const widget = new Spans(field, axis, store, screen, page);
  if (!page.widgets.length) new Pointing(page, screen);
  page.widgets.push(widget);
  page.active ??= widget;
  field.addEventListener("focusin", () => page.activate(widget));
}
