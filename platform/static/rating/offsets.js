// Places in a text, counted in code points as the server counts them. Scripts count UTF-16 units, in which a
// letter outside the first plane takes two; everything that leaves this module is in code points.

export class Places {
  constructor(text) {
    this.text = text;
    this.units = [0]; // where each code point begins; behind them, where the text ends
    for (const letter of text) this.units.push(this.units.at(-1) + letter.length);
  }

  get length() {
    return this.units.length - 1;
  }

  unit(point) {
    return this.units[Math.min(Math.max(point, 0), this.length)];
  }

  /** The code point a unit belongs to: the second half of a letter belongs to the letter. */
  point(unit) {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.units[middle] <= unit) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  slice(start, end) {
    return this.text.slice(this.unit(start), this.unit(end));
  }

  /** Parts of the text as [{start, end}]: "grapheme", "word" or "sentence". */
  parts(granularity, language) {
    const segments = new Intl.Segmenter(language || undefined, { granularity }).segment(this.text);
    return [...segments].map(({ segment, index, isWordLike }) => ({
      start: this.point(index), end: this.point(index + segment.length), isWordLike,
    }));
  }

  /** Without the blanks (or what else is named) at either end; null where nothing else is left. */
  trimmed({ start, end }, begins = /^\s+/u, ends = /\s+$/u) {
    const inside = this.slice(start, end);
    const rest = inside.replace(begins, "");
    const ahead = [...inside.slice(0, inside.length - rest.length)].length;
    const kept = [...rest.replace(ends, "")].length;
    return kept ? { start: start + ahead, end: start + ahead + kept } : null;
  }
}

/** Words to move along by keyboard; where a text has none (signs only), its runs of other characters. */
export function wordsOf(places, language) {
  const parts = places.parts("word", language);
  const words = parts.filter((part) => part.isWordLike);
  return words.length ? words : parts.filter((part) => places.slice(part.start, part.end).trim());
}

/** Sentences without the blanks between them, in order; line breaks end a sentence, too. */
export function sentencesOf(places, language) {
  return places.parts("sentence", language).map((part) => places.trimmed(part)).filter(Boolean);
}

const ENDS = /[\s.,;:!?…،؛؟۔。、，．：；！？]+$/u; // of sentences and clauses
const BEGINS = /^[\s,;:،؛。、，：；]+/u; // no full stop: ".5 mg" begins with one

/**
 * What somebody meant who dragged from `start` to `end`: blanks and stops at the ends fall off, words cut in two
 * are taken whole, and so are letters with their accents. Two raters who mark one word thus mark the same,
 * whichever way they do it.
 */
export function meant(places, { start, end }, words, graphemes) {
  const kept = places.trimmed({ start, end }, BEGINS, ENDS) ?? places.trimmed({ start, end });
  if (!kept) return null;
  const whole = { ...kept };
  for (const part of [...graphemes, ...words]) {
    if (part.start < kept.start && kept.start < part.end) whole.start = Math.min(whole.start, part.start);
    if (part.start < kept.end && kept.end < part.end) whole.end = Math.max(whole.end, part.end);
  }
  return whole;
}

/** The part of a DOM range that lies in `element`, whose textContent is the text of `places`. */
export function placeOf(element, places, range) {
  const inside = document.createRange();
  inside.selectNodeContents(element);
  if (inside.compareBoundaryPoints(Range.START_TO_START, range) < 0) inside.setStart(range.startContainer, range.startOffset);
  if (inside.compareBoundaryPoints(Range.END_TO_END, range) > 0) inside.setEnd(range.endContainer, range.endOffset);
  const ahead = document.createRange();
  ahead.setStart(element, 0);
  ahead.setEnd(inside.startContainer, inside.startOffset);
  const from = ahead.toString().length;
  return { start: places.point(from), end: places.point(from + inside.toString().length) };
}

/** The DOM range of a place, through whatever elements the text is cut into. */
export function rangeOf(element, places, start, end) {
  const range = document.createRange();
  range.selectNodeContents(element);
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const [from, to] = [places.unit(start), places.unit(end)];
  let passed = 0;
  let open = true;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const behind = passed + node.length;
    if (open && from < behind) {
      range.setStart(node, from - passed);
      open = false;
    }
    if (to <= behind) {
      range.setEnd(node, to - passed);
      break;
    }
    passed = behind;
  }
  return range;
}

/** A text cut wherever one of `spans` begins or ends: [{start, end, over: the spans above this piece}]. */
export function piecesOf(length, spans) {
  const cuts = [...new Set([0, length, ...spans.flatMap((span) => [span.start, span.end])])].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((start, index) => {
    const end = cuts[index + 1];
    return { start, end, over: spans.filter((span) => span.start <= start && end <= span.end) };
  });
}
