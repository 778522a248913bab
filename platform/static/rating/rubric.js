// What a rubric asks, given the answers so far. Pure: the same rules as raters/domain/rubric/checking.py,
// which has the last word.

const DEFAULTS = {
  help: "", options: [], low: null, high: null, step: null, low_label: "", high_label: "", selected_means: null,
  sides: [], severities: [], evidence: false, per: "screen", required: true, cannot_judge: true, shown_if: null,
  groups: [],
};

/** The axes with every default filled in: the server leaves defaults out. */
export const complete = (axes) => axes.map((axis) => ({ ...DEFAULTS, ...axis }));

/** The parts an axis is asked of: "" once for the screen, or each answer's number. */
export function partsOf(axis, answers) {
  return axis.per === "answer" ? Array.from({ length: answers }, (_, i) => String(i + 1)) : [""];
}

export function valueOf(payload, axis, part) {
  const value = payload[axis.id];
  return axis.per === "answer" ? value?.[part] : value;
}

export const cannotJudge = (value) => typeof value === "object" && value !== null && "cannot_judge" in value;

/** Is this axis asked now? Beside an axis asked of every answer it is shown answer by answer. */
export function isShown(axes, axis, payload, part) {
  return !axis.shown_if || holds(axes, axis.shown_if, payload, part);
}

/** Is the axis of a condition shown, and does it hold one of the values? */
function holds(axes, { axis: id, values }, payload, part) {
  const axis = axes.find((each) => each.id === id);
  if (!axis) return false;
  const place = axis.per === "answer" ? part : "";
  if (axis.per === "answer" && !place) return false;
  return isShown(axes, axis, payload, place) && stated(axis, valueOf(payload, axis, place)).some((each) => values.includes(each));
}

const CHOICES = ["binary", "nominal", "ordinal", "pairwise", "multi_select"];

function stated(axis, value) {
  if (axis.type === "spans") return Array.isArray(value) ? [value.length ? "some" : "none"] : [];
  if (!CHOICES.includes(axis.type)) return [];
  return Array.isArray(value) ? value : typeof value === "string" ? [value] : [];
}

export function isAnswered(axis, value, criteria) {
  if (value === undefined || value === null || value === "") return false;
  if (cannotJudge(value)) return true;
  if (axis.type === "checklist") return criteria.every((each) => isJudged(axis, each, value[each.id]));
  if (axis.type === "text") return value.trim() !== "";
  return true;
}

/** A must-ask criterion that is met names the turn that shows it, where the rubric wants evidence. */
const isJudged = (axis, criterion, entry) =>
  Boolean(entry?.met) && !(axis.evidence && criterion.must_ask && entry.met === "met" && !entry.turn);

/** Every place of the form in order: {axis, part, value, shown, answered}. */
export function places(axes, payload, state) {
  return axes.flatMap((axis) => partsOf(axis, state.n_answers).map((part) => {
    const value = valueOf(payload, axis, part);
    return {
      axis, part, value, shown: isShown(axes, axis, payload, part),
      answered: isAnswered(axis, value, state.criteria),
    };
  }));
}

/** The payload without what is hidden, empty or of no axis: what is submitted. */
export function shownOnly(axes, payload, state) {
  const kept = {};
  for (const { axis, part, value, shown } of places(axes, payload, state)) {
    const empty = value === undefined || value === null || (typeof value === "string" && !value.trim());
    if (!shown || empty) continue;
    if (axis.per === "answer") (kept[axis.id] ??= {})[part] = value;
    else kept[axis.id] = value;
  }
  return kept;
}

/** What the cross checks ask: pairs of answers that rarely go together, [{axis, part, ask}]. */
export function questionsAsked(axes, checks, payload, state) {
  return checks.flatMap((check) => {
    const each = check.when.some((one) => axes.find((axis) => axis.id === one.axis)?.per === "answer");
    const parts = each ? Array.from({ length: state.n_answers }, (_, i) => String(i + 1)) : [""];
    return parts.filter((part) => check.when.every((one) => holds(axes, one, payload, part)))
      .map((part) => ({ axis: check.when[0].axis, part, ask: check.ask }));
  });
}

/** Do two values say the same? The order of an object's keys says nothing. */
export function same(a, b) {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a).filter((key) => a[key] !== undefined);
  if (keys.length !== Object.keys(b).filter((key) => b[key] !== undefined).length) return false;
  return keys.every((key) => same(a[key], b[key]));
}
