// One text in which passages are marked: drawn, pointed at, and walked through word by word. Its textContent is
// the stored text at all times: numbers and frames come from style sheets, not from the text.

import { meant, piecesOf, placeOf, Places, rangeOf, sentencesOf, wordsOf } from "./offsets.js";

export class SpanText {
  constructor(element, side, stored, severities) {
    this.element = element;
    this.side = side;
    this.severities = severities.map((each) => each.value);
    // a page's parser turns carriage returns into line feeds: then the places would not be the server's
    if (element.textContent !== stored) element.textContent = stored;
    this.places = new Places(stored);
    const { lang } = element.closest("[lang]") ?? {};
    this.language = lang;
    this.words = wordsOf(this.places, lang);
    this.sentences = sentencesOf(this.places, lang);
    this.caret = null; // {anchor, head}: words by number
    this.drawn = "";
  }

  span({ start, end }) {
    return { side: this.side, start, end, text: this.places.slice(start, end) };
  }

  // Drawing ----

  /** `numbered`: [[number, span]…] of this side; `chosen`: the span in hand; `range`: what is about to be marked. */
  draw(numbered, chosen, range) {
    const spans = [...numbered.map(([number, span]) => ({ start: span.start, end: span.end, number, span }))];
    if (range) spans.push({ start: range.start, end: range.end, range });
    const sign = JSON.stringify(spans.map((each) => [each, each.span === chosen]));
    if (sign === this.drawn) return;
    this.drawn = sign;
    this.element.replaceChildren(...piecesOf(this.places.length, spans).map((piece) => this.piece(piece, chosen)));
  }

  piece({ start, end, over }, chosen) {
    const text = document.createTextNode(this.places.slice(start, end));
    if (!over.length) return text;
    const mark = document.createElement("mark");
    mark.append(text);
    const spans = over.filter((each) => each.span);
    if (spans.length) {
      mark.className = "span";
      mark.dataset.spans = spans.map((each) => each.number).join(" ");
      mark.classList.add(`span-${Math.max(...spans.map(({ span }) => this.severities.indexOf(span.severity))) + 1}`);
      mark.classList.toggle("span-overlap", spans.length > 1);
      mark.classList.toggle("span-chosen", spans.some(({ span }) => span === chosen));
      const begin = spans.filter((each) => each.start === start).map((each) => each.number);
      if (begin.length) mark.dataset.begins = begin.join("·");
    }
    mark.classList.toggle("span-range", over.some((each) => each.range));
    return mark;
  }

  /** Where a place is on the screen. */
  box({ start, end }) {
    return rangeOf(this.element, this.places, start, end).getBoundingClientRect();
  }

  reveal({ start, end }) {
    const at = rangeOf(this.element, this.places, start, end).startContainer;
    (at.parentElement === this.element ? this.element.querySelector(".span-range") ?? this.element : at.parentElement)
      .scrollIntoView({ block: "nearest" });
  }

  // Pointing ----

  /** What a selection marks, tidied; null where it marks nothing here. */
  selected(range) {
    return range.intersectsNode(this.element) ? this.meant(placeOf(this.element, this.places, range)) : null;
  }

  meant(place) {
    this.graphemes ??= this.places.parts("grapheme", this.language);
    return meant(this.places, place, this.words, this.graphemes);
  }

  /** The code point a collapsed selection stands before. */
  pointed(range) {
    return placeOf(this.element, this.places, range).start;
  }

  /** Put the caret on the word at a place, or on the words of it. */
  carry({ start, end }) {
    const first = this.words.findIndex((word) => word.end > start);
    if (first < 0) return;
    const last = this.words.findLastIndex((word) => word.start < end);
    this.caret = { anchor: first, head: Math.max(first, last) };
  }

  // Walking ----

  get rightToLeft() {
    return getComputedStyle(this.element).direction === "rtl";
  }

  /** Move the caret by words or sentences; `extend` keeps its other end where it is. */
  move(by, { sentence = false, extend = false } = {}) {
    if (!this.words.length) return;
    if (!this.caret) {
      this.caret = { anchor: 0, head: 0 };
      if (!extend) return;
    }
    const head = sentence ? this.acrossSentence(by, extend) : this.caret.head + by;
    const kept = Math.min(Math.max(head, 0), this.words.length - 1);
    this.caret = { anchor: extend ? this.caret.anchor : kept, head: kept };
  }

  /** Forward to the next sentence's first word, or to this one's last while extending; backward likewise. */
  acrossSentence(by, extend) {
    const heads = this.sentences.map(({ start, end }) => ({
      first: this.words.findIndex((word) => word.start >= start && word.end <= end),
      last: this.words.findLastIndex((word) => word.start >= start && word.end <= end),
    })).filter(({ first }) => first >= 0);
    const { head } = this.caret;
    const stops = heads.map(({ first, last }) => (by > 0 && extend ? last : first));
    if (by > 0) return stops.find((stop) => stop > head) ?? this.words.length - 1;
    return stops.findLast((stop) => stop < head) ?? 0;
  }

  toEdge(by, extend) {
    const head = by > 0 ? this.words.length - 1 : 0;
    this.caret = { anchor: extend && this.caret ? this.caret.anchor : head, head };
  }

  /** The passage between the two ends of the caret; null where there is none. */
  get range() {
    if (!this.caret) return null;
    const [from, to] = [this.caret.anchor, this.caret.head].sort((a, b) => a - b);
    return { start: this.words[from].start, end: this.words[to].end };
  }

  get headBox() {
    return this.words[this.caret.head];
  }
}
