// One screen comes to life: its answers, its questions, its tools. `screen` is what widgets are given.

import { mountAxes } from "./axes.js";
import { mountFeedback } from "./feedback.js";
import { createGoing } from "./going.js";
import { mountGuidelines } from "./guidelines.js";
import { mountPair } from "./pair.js";
import { complete } from "./rubric.js";
import { createStore } from "./store.js";
import { widgetsFor } from "./widgets.js";
import { say } from "./words.js";

const CONTEXTS = { spans: "spans", checklist: "checklist", pairwise: "pair" };

export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return { html, root: template.content.querySelector(".screen") };
}

/** Exchange the screen in `place`. Everything that belongs to one screen alone ends with `stop()`. */
export async function mountScreen({ html, root }, { place, payload, announce, saving, keys, own }) {
  const state = JSON.parse(root.querySelector("#screen-state").textContent);
  const axes = complete(state.axes);
  const widgets = await widgetsFor(root);
  const kept = saving.open(state);
  const ending = new AbortController();
  place.replaceChildren(root);

  const screen = {
    root, html, axes, announce, state: { ...state, axes }, reasons: state.cannot_judge_reasons,
    store: createStore(payload ?? kept ?? state.payload),
    key: crypto.randomUUID(), quiet: false, signal: ending.signal,
    readOnly: state.locked || root.querySelector("[data-feedback]") !== null,
    words: root.querySelector(".evidence").textContent.split(/\s+/).length,
    stop: () => ending.abort(),
  };
  screen.going = createGoing(root, axes);
  screen.focusAxis = screen.going.focusAxis;
  screen.contexts = () => contextsOf(screen);
  screen.where = () => say("where", { place: state.place, question: screen.going.place(), label: screen.going.axis()?.label ?? "" });
  screen.stepBack = (here) => stepBack(root, here);
  for (const widget of Object.values(widgets)) keys.add(widget.keys ?? [], own);
  mountAxes(screen, widgets);
  widgets.image?.mount(root.querySelector("[data-image]"), null, screen.store, screen);
  screen.pair = mountPair(screen);
  screen.guidelines = mountGuidelines(screen, screen.going);
  mountFeedback(screen);
  mountTabs(root);
  keys.print(root);
  showPlace(root);
  return screen;
}

/** Which keys are alive: those of the picture or the text in focus, of the question in hand, and of all. */
function contextsOf(screen) {
  const at = document.activeElement;
  const question = CONTEXTS[screen.going.axis()?.type] ?? "axes";
  const first = at?.closest("[data-image]") ? ["image"] : at?.closest(".markable") ? ["spans"] : [];
  return [...new Set([...first, question, "all"])];
}

/** Below 900 px the case and the form take turns; each keeps its place. */
function mountTabs(root) {
  const buttons = [...root.querySelectorAll("[data-show]")];
  const scrolled = {};
  let shown = root.dataset.tab;
  function turn() {
    if (root.dataset.tab === shown) return;
    scrolled[shown] = scrollY;
    shown = root.dataset.tab;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.show === shown));
  }
  root.addEventListener("tab", turn);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      root.dataset.tab = button.dataset.show;
      turn();
      scrollTo({ top: scrolled[shown] ?? 0, behavior: "instant" });
    });
  }
}

function showPlace(root) {
  document.getElementById("rating-place").replaceChildren(...root.querySelector("[data-place]").cloneNode(true).childNodes);
}

/** Another window has this item now: this one goes grey, and can take it back. */
function stepBack(root, here) {
  if (root.querySelector(".stepped-back")) return;
  const cover = document.getElementById("stepped-back").content.firstElementChild.cloneNode(true);
  for (const child of root.children) child.inert = true;
  root.append(cover);
  cover.querySelector("button").addEventListener("click", here);
  cover.querySelector("button").focus();
}
