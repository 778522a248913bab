// What every question has besides its answer: whether it is answered, "cannot judge" with a reason, clear.

import { offer } from "./dialogs.js";
import { cannotJudge, isAnswered } from "./rubric.js";
import { say } from "./words.js";

export function mountJudging(field, axis, store, screen) {
  const part = field.dataset.part;
  const state = field.querySelector("[data-axis-state]");
  const button = field.querySelector("[data-judge]");
  const clear = field.querySelector("[data-clear]");
  let panel = null;

  function open() {
    panel = document.getElementById("cannot-judge").content.firstElementChild.cloneNode(true);
    const select = panel.querySelector("select");
    const note = panel.querySelector("input");
    offer(select, screen.reasons);
    select.addEventListener("change", () => {
      store.set(axis.id, select.value ? judged(select.value, note.value) : undefined, part);
      if (select.value) screen.announce(say("cannot_judge"));
    });
    note.addEventListener("input", () => {
      if (select.value) store.set(axis.id, judged(select.value, note.value), part, { coalesce: "note" });
    });
    panel.querySelector("[data-judge-cancel]").addEventListener("click", () => {
      const set = cannotJudge(store.get(axis.id, part));
      close();
      if (set) store.set(axis.id, undefined, part);
      (button ?? field).focus();
    });
    field.querySelector(".axis-body").after(panel);
    button?.setAttribute("aria-expanded", "true");
  }

  function close() {
    panel?.remove();
    panel = null;
    button?.setAttribute("aria-expanded", "false");
  }

  function render() {
    const value = store.get(axis.id, part);
    const judging = cannotJudge(value);
    if (judging && !panel) open();
    if (!judging && value !== undefined && panel) close();
    if (panel && judging) fillPanel(panel, value);
    else if (panel && document.activeElement !== panel.querySelector("input")) panel.querySelector("select").value = "";
    const answered = isAnswered(axis, value, screen.state.criteria);
    field.classList.toggle("axis-answered", answered);
    field.classList.toggle("axis-judged", judging);
    state.textContent = say(judging ? "cannot_judge" : answered ? "answered" : axis.required ? "not_answered" : "optional");
    if (clear) clear.hidden = value === undefined;
    if (answered) markProblem(field, "");
  }

  button?.addEventListener("click", () => {
    if (panel && !cannotJudge(store.get(axis.id, part))) close();
    else toggle();
  });
  clear?.addEventListener("click", () => {
    store.set(axis.id, undefined, part);
    field.focus();
  });

  function toggle() {
    if (!axis.cannot_judge) {
      screen.announce(say("must_judge"));
      return;
    }
    if (!panel) open();
    panel.querySelector("select").focus();
  }
  field.addEventListener("cannot-judge", toggle);
  return render;
}

const judged = (reason, note) => (note.trim() ? { cannot_judge: reason, note } : { cannot_judge: reason });

function fillPanel(panel, value) {
  const [select, note] = [panel.querySelector("select"), panel.querySelector("input")];
  if (select.value !== value.cannot_judge) select.value = value.cannot_judge;
  if (document.activeElement !== note) note.value = value.note ?? "";
}

/** What is wrong with a question, said at the question; "" when nothing is. */
export function markProblem(field, message) {
  const line = field.querySelector("[data-axis-problem]");
  line.hidden = !message;
  line.textContent = message;
  field.classList.toggle("axis-wrong", Boolean(message));
}
