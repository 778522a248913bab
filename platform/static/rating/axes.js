// Every question of the form comes to life: its answer, whether it is shown, and how many are left.

import { mountChoice, mountSeveral } from "./choices.js";
import { mountJudging } from "./judging.js";
import { mountNumber } from "./numbers.js";
import { mountRank } from "./rank.js";
import { isShown, places } from "./rubric.js";
import { say } from "./words.js";
import { mountWriting } from "./writing.js";

const TYPES = {
  binary: mountChoice, nominal: mountChoice, ordinal: mountChoice, pairwise: mountChoice,
  multi_select: mountSeveral, number: mountNumber, rank: mountRank, text: mountWriting,
};

const typeOf = (field, axis) =>
  axis.type === "interval" ? (field.querySelector("[data-entry]") ? mountNumber : mountChoice) : TYPES[axis.type];

/** Mount all fields; `widgets` are the modules of the large ones: {spans, checklist}. */
export function mountAxes(screen, widgets) {
  const { root, axes, store, state } = screen;
  const fields = [...root.querySelectorAll("fieldset.axis")];
  const renders = [];
  for (const field of fields) {
    const axis = axes.find((each) => each.id === field.dataset.axis);
    const mount = typeOf(field, axis);
    if (mount) renders.push([axis.id, mount(field, axis, store, screen)]);
    renders.push([axis.id, mountJudging(field, axis, store, screen)]);
    widgets[axis.type]?.mount(field, { ...axis, part: field.dataset.part }, store, screen);
  }

  function showAndHide(announce) {
    for (const field of fields) {
      const axis = axes.find((each) => each.id === field.dataset.axis);
      const hidden = !isShown(axes, axis, store.payload(), field.dataset.part);
      if (field.hidden === hidden) continue;
      field.hidden = hidden;
      if (announce) screen.announce(say(hidden ? "question_gone" : "question_new", { label: axis.label }));
    }
  }

  function count() {
    const asked = places(axes, store.payload(), state).filter(({ axis, shown }) => shown && axis.required);
    const answered = asked.filter((place) => place.answered).length;
    const line = root.querySelector("[data-count]");
    if (line) line.textContent = say("count", { answered, all: asked.length });
    if (line) line.dataset.short = say("count_short", { answered, all: asked.length });
    root.querySelector("[data-left]").textContent =
      answered < asked.length ? say("left", { left: asked.length - answered }) : "✓";
  }

  function renderAll(announce) {
    showAndHide(announce);
    for (const [, render] of renders) render();
    count();
  }
  store.on((changed) => {
    for (const [id, render] of renders) if (changed.includes(id)) render();
    showAndHide(true);
    count();
  });
  renderAll(false);
  if (screen.readOnly) for (const control of root.querySelectorAll(".axis :is(input, select, textarea, button)")) control.disabled = true;
}
