// Before a rating leaves: is every question answered, and do the answers go together? A question of the second
// kind is asked, never a stop. What is missing is named, linked and scrolled to.

import { ask, dialog, fill } from "./dialogs.js";
import { markProblem } from "./judging.js";
import { places, shownOnly, questionsAsked } from "./rubric.js";
import { say } from "./words.js";

/** What is to be sent, {payload, reason}; null where the rater has something to do first. */
export async function readyToSubmit(screen) {
  const missing = missingOf(screen);
  const reason = screen.root.querySelector("[data-reason]");
  if (reason && !reason.value.trim()) missing.push({ element: reason, message: say("reason_missing") });
  showProblems(screen, missing);
  if (missing.length || !(await keepsBoth(screen))) return null;
  const payload = shownOnly(screen.axes, screen.store.payload(), screen.state);
  return { payload, reason: reason?.value.trim() ?? "" };
}

function missingOf({ axes, store, state }) {
  return places(axes, store.payload(), state)
    .filter(({ axis, shown, answered }) => shown && axis.required && !answered)
    .map(({ axis, part }) => ({ axis: axis.id, part, message: say("missing") }));
}

async function keepsBoth(screen) {
  const { axes, state, store } = screen;
  screen.kept ??= new Set();
  for (const { axis, part, ask: question } of questionsAsked(axes, state.checks ?? [], store.payload(), state)) {
    const text = part && state.n_answers > 1 ? `${say("response", { number: part })}: ${question}` : question;
    if (screen.kept.has(text)) continue;
    const box = dialog("check");
    fill(box, { ask: text });
    if (await ask(box) !== "keep") {
      screen.focusAxis(axis, part);
      return false;
    }
    screen.kept.add(text);
  }
  return true;
}

const fieldOf = (root, { axis, part }) => {
  const fields = [...root.querySelectorAll(`fieldset.axis[data-axis="${CSS.escape(axis ?? "")}"]`)];
  const position = String(part ?? "").split(":")[0]; // "2:…" is a span or a criterion of the second answer
  return fields.find((field) => field.dataset.part === position) ?? fields[0];
};

/** Name every problem at its question and in a summary that has the focus; an empty list clears both. */
export function showProblems(screen, problems, title = say("problems", { n: problems.length })) {
  const { root } = screen;
  const summary = root.querySelector("[data-problems]");
  for (const field of root.querySelectorAll("fieldset.axis.axis-wrong")) markProblem(field, "");
  summary.hidden = !problems.length;
  if (!problems.length) return;
  summary.querySelector("h3").textContent = title;
  summary.querySelector("ul").replaceChildren(...problems.map((problem) => line(screen, problem)));
  root.dataset.tab = "rate";
  root.dispatchEvent(new Event("tab"));
  summary.focus({ preventScroll: true });
  const first = problems[0].element ?? fieldOf(root, problems[0]);
  // the summary is at the top, the first question to mend may be far below: both are to be seen if they can
  (first ?? summary).scrollIntoView({ block: "center" });
  summary.scrollIntoView({ block: summary.offsetHeight > innerHeight / 3 ? "start" : "nearest" });
}

function line(screen, problem) {
  const field = problem.element ?? fieldOf(screen.root, problem);
  const item = document.createElement("li");
  const link = document.createElement("a");
  const axis = screen.axes.find((each) => each.id === problem.axis);
  const part = axis?.per === "answer" && problem.part && screen.state.n_answers > 1 ? ` · ${say("response", { number: problem.part.split(":")[0] })}` : "";
  link.textContent = axis ? `${axis.label}${part}: ${problem.message}` : problem.message;
  if (field) {
    link.href = `#${field.id}`;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      if (problem.element) field.focus();
      else screen.focusAxis(problem.axis, field.dataset.part);
    });
    if (!problem.element) markProblem(field, problem.message);
  }
  item.append(link);
  return item;
}
