// Training: puts into words what the rater answered and what was expected.

import { describe } from "./describe.js";
import { cannotJudge } from "./rubric.js";
import { say } from "./words.js";

export function mountFeedback({ root, axes, reasons }) {
  const list = root.querySelectorAll(".feedback-axis");
  if (!list.length) return;
  const feedback = JSON.parse(root.querySelector("#screen-feedback").textContent);
  feedback.forEach((each, index) => {
    const axis = axes.find(({ id }) => id === each.axis);
    if (!axis) return;
    const put = (name, text) => { list[index].querySelector(`[data-feedback-${name}]`).textContent = text; };
    put("label", axis.label);
    put("given", inWords(axis, each.given, reasons));
    put("expected", inWords(axis, each.expected, reasons));
  });
}

function inWords(axis, value, reasons) {
  if (axis.per !== "answer" || !value || cannotJudge(value)) return describe(axis, value ?? undefined, reasons);
  const parts = Object.entries(value).map(([part, each]) => [part, describe(axis, each, reasons)]);
  return parts.length === 1 ? parts[0][1] : parts.map(([part, text]) => `${say("response", { number: part })}: ${text}`).join("; ");
}
