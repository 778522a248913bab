// Two windows saved the same item: question by question, keep mine or keep the other. Nothing is discarded
// before the rater chose, and the choice can be undone.

import { clockTime } from "./chip.js";
import { describe } from "./describe.js";
import { ask, dialog, fill } from "./dialogs.js";
import { partsOf, same, valueOf } from "./rubric.js";
import { say } from "./words.js";

/** Where two payloads differ: {axis, part, mine, other}. */
export function differences(axes, answers, mine, other) {
  return axes.flatMap((axis) => partsOf(axis, answers)
    .map((part) => ({ axis, part, mine: valueOf(mine, axis, part), other: valueOf(other, axis, part) }))
    .filter((each) => !same(each.mine, each.other)));
}

function choice(name, value, text, checked) {
  const label = document.createElement("label");
  label.className = "option";
  const input = Object.assign(document.createElement("input"), { type: "radio", name, value, checked });
  const words = document.createElement("span");
  words.dir = "auto";
  words.textContent = text;
  label.append(input, words);
  return label;
}

function row({ axis, part, mine, other }, index, reasons) {
  const set = document.createElement("fieldset");
  set.className = "conflict-axis";
  const legend = document.createElement("legend");
  legend.textContent = axis.label + (part ? ` · ${say("response", { number: part })}` : "");
  // an answer is kept rather than a gap
  const theirs = mine === undefined;
  set.append(
    legend,
    choice(`conflict-${index}`, "mine", `${say("mine")}: ${describe(axis, mine, reasons)}`, !theirs),
    choice(`conflict-${index}`, "other", `${say("other")}: ${describe(axis, other, reasons)}`, theirs),
  );
  return set;
}

/** The merged payload. `other` is {payload, saved_at} as the server has it. */
export async function resolve(screen, other) {
  const mine = screen.store.payload();
  const found = differences(screen.axes, screen.state.n_answers, mine, other.payload);
  if (!found.length) return mine;
  const box = dialog("conflict");
  const list = box.querySelector("[data-conflicts]");
  list.replaceChildren(...found.map((each, index) => row(each, index, screen.reasons)));
  fill(box, { when: other.saved_at ? clockTime(other.saved_at) : "" });
  await ask(box, { firm: true });
  return found.reduce((merged, { axis, part, other: theirs }, index) => {
    const keep = list.querySelector(`[name="conflict-${index}"]:checked`).value;
    return keep === "mine" ? merged : withValue(merged, axis, part, theirs);
  }, mine);
}

function withValue(payload, axis, part, value) {
  const next = { ...payload };
  if (part) {
    next[axis.id] = { ...next[axis.id], [part]: value };
    if (value === undefined) delete next[axis.id][part];
  } else if (value === undefined) delete next[axis.id];
  else next[axis.id] = value;
  return next;
}
