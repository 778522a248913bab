// The marked passages as a value: a list, in the order of the texts. Pure; every change is a new list.

export const MOST = 500; // as raters/domain/rubric/spans.py

const samePlace = (a, b) => a.side === b.side && a.start === b.start && a.end === b.end;

export function sorted(sides, spans) {
  return [...spans].sort((a, b) =>
    sides.indexOf(a.side) - sides.indexOf(b.side) || a.start - b.start || a.end - b.end);
}

export const added = (sides, spans, span) => sorted(sides, [...spans, span]);
export const without = (spans, span) => spans.filter((each) => each !== span);

/** The same span with other labels; a label of undefined or "" falls away. */
export function labelled(span, labels) {
  const next = { ...span, ...labels };
  for (const name of ["category", "severity", "note"]) if (!next[name]) delete next[name];
  return next;
}

export const exchanged = (spans, old, next) => spans.map((each) => (each === old ? next : each));

/** A span at this place with this category, other than `but`: marking it again would say nothing new. */
export const twin = (spans, span, but = null) =>
  spans.find((each) => each !== but && samePlace(each, span) && each.category === span.category);

/** After a change from outside, the span that stands where `span` stood. */
export const successor = (spans, span) =>
  span && (spans.find((each) => samePlace(each, span) && each.category === span.category)
    ?? spans.find((each) => samePlace(each, span)) ?? null);

export const isIncomplete = (axis, span) =>
  (axis.options.length > 0 && !span.category) || (axis.severities.length > 0 && !span.severity);

/** The value after the least one in the list of options; round to the first. */
export function nextOf(options, value) {
  const values = options.map((option) => option.value);
  return values[(values.indexOf(value) + 1) % values.length];
}
