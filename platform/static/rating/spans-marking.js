// Marking: which passage is in hand, and what is done with it. Knows the answers, not the page.

import { added, exchanged, labelled, MOST, nextOf, successor, twin, without } from "./spans-value.js";

export class Marking extends EventTarget {
  constructor(axis, store, screen, say) {
    super();
    Object.assign(this, { axis, store, screen, say });
    this.chosen = null; // a span of the list
    this.draft = null; // a passage not in the list yet: it has no category
    store.on((changed) => {
      if (!changed.includes(axis.id)) return;
      if (!this.spans.includes(this.chosen)) this.chosen = successor(this.spans, this.chosen);
      this.changed();
    });
  }

  get spans() {
    const value = this.store.get(this.axis.id, this.axis.part);
    return Array.isArray(value) ? value : [];
  }

  get saysNone() {
    const value = this.store.get(this.axis.id, this.axis.part);
    return Array.isArray(value) && value.length === 0;
  }

  get hand() {
    return this.draft ?? this.chosen;
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  save(spans, coalesce = null) {
    this.store.set(this.axis.id, spans, this.axis.part, { coalesce });
  }

  numbered(side) {
    return this.spans.map((span, index) => [index + 1, span]).filter(([, span]) => span.side === side);
  }

  // In hand ----

  /** Take up a passage to be marked; where nothing has to be chosen for it, it is marked at once. */
  begin(draft) {
    if (this.screen.readOnly) return;
    this.draft = draft;
    this.chosen = null;
    if (this.axis.options.length) this.changed();
    else this.label(draft, {});
  }

  choose(span) {
    this.draft = null;
    this.chosen = span;
    this.changed();
  }

  drop() {
    if (!this.draft && !this.chosen) return false;
    this.choose(null);
    return true;
  }

  /** The passage after (1) or before (-1) the one in hand; null at either end. */
  walk(by) {
    const at = this.spans.indexOf(this.chosen);
    const next = at < 0 ? (by > 0 ? this.spans[0] : this.spans.at(-1)) : this.spans[at + by];
    if (!next) return null;
    this.choose(next);
    this.screen.announce(this.describe(next));
    return next;
  }

  // Doing ----

  /** Change labels of a span; a draft joins the list with its category. False where it stays as it was. */
  label(span, labels, coalesce = null) {
    if (this.screen.readOnly) return false;
    const next = labelled(span, labels);
    const isNew = !this.spans.includes(span);
    const other = "note" in labels ? null : twin(this.spans, next, span);
    if (other) return this.meet(other);
    if (isNew && this.axis.options.length && !next.category) {
      this.draft = next;
      this.changed();
      return true;
    }
    if (isNew && this.spans.length >= MOST) {
      this.screen.announce(this.say("too_many", { most: MOST }));
      return false;
    }
    this.draft = null;
    if (isNew || this.chosen === span) this.chosen = next;
    this.save(isNew ? added(this.axis.sides, this.spans, next) : exchanged(this.spans, span, next), coalesce);
    if (!coalesce) this.screen.announce(this.describe(next));
    return true;
  }

  meet(other) {
    this.choose(other);
    this.screen.announce(this.say("marked_before", { category: this.categoryOf(other) }));
    return false;
  }

  category(value) {
    return this.hand ? this.label(this.hand, { category: value }) : false;
  }

  cycleSeverity() {
    const { hand, axis } = this;
    if (!hand || !axis.severities.length) return false;
    return this.label(hand, { severity: nextOf(axis.severities, hand.severity) });
  }

  severity(value) {
    return this.hand ? this.label(this.hand, { severity: value }) : false;
  }

  remove(span = this.chosen) {
    if (this.screen.readOnly || !span) return false;
    const at = this.spans.indexOf(span);
    const rest = without(this.spans, span);
    if (this.chosen === span) this.chosen = null;
    this.save(rest.length ? rest : undefined); // "nothing to mark" is said, never left over
    this.screen.announce(this.say("deleted", { quote: short(span.text) }));
    return at;
  }

  removeAll(spans) {
    const rest = this.spans.filter((each) => !spans.includes(each));
    this.chosen = null;
    this.save(rest.length ? rest : undefined);
    this.screen.announce(this.say("deleted_many", { n: spans.length }));
  }

  none() {
    if (this.screen.readOnly) return;
    if (this.spans.length) {
      this.screen.announce(this.say("delete_first", { n: this.spans.length }));
      return;
    }
    this.draft = null;
    this.save([]);
    this.screen.announce(this.say("none_stored"));
  }

  // In words ----

  labelOf(options, value) {
    return options.find((option) => option.value === value)?.label ?? "";
  }

  categoryOf(span) {
    return this.labelOf(this.axis.options, span.category) || this.say("no_category");
  }

  describe(span) {
    const severity = this.axis.severities.length
      ? this.labelOf(this.axis.severities, span.severity) || this.say("no_severity") : "";
    const labels = [this.axis.options.length ? this.categoryOf(span) : "", severity].filter(Boolean).join(", ");
    const number = this.spans.indexOf(span) + 1;
    return this.say("passage", { number, all: this.spans.length, quote: short(span.text), labels });
  }
}

/** A quotation of a length one can listen to. */
export function short(text, most = 60) {
  const letters = [...text.replace(/\s+/g, " ")];
  return letters.length > most ? `${letters.slice(0, most).join("")}…` : letters.join("");
}
