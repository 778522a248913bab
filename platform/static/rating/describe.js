// A value in words, for dialogs that put two answers beside each other.

import { cannotJudge } from "./rubric.js";
import { say } from "./words.js";

export function describe(axis, value, reasons) {
  if (value === undefined || value === null) return say("not_answered");
  if (cannotJudge(value)) {
    const reason = reasons.find(([code]) => code === value.cannot_judge)?.[1] ?? value.cannot_judge;
    return `${say("cannot_judge")}: ${reason}${value.note ? ` (${value.note})` : ""}`;
  }
  const label = (each) => axis.options.find((option) => option.value === each)?.label ?? String(each);
  if (axis.type === "spans") return passages(value);
  if (axis.type === "checklist") return checked(value);
  if (axis.type === "rank") return value.map((each) => say("response", { number: each })).join(" › ");
  if (Array.isArray(value)) return value.length ? value.map(label).join(", ") : say("none");
  return label(value);
}

function passages(value) {
  if (!value.length) return say("no_passages");
  const quotes = value.map((span) => `“${span.text.length > 40 ? `${span.text.slice(0, 40)}…` : span.text}” (${span.category})`);
  return quotes.join("; ");
}

function checked(value) {
  const met = Object.values(value).filter((each) => each.met === "met").length;
  return say("criteria_met", { met, all: Object.keys(value).length });
}
