// The drawer of guidelines, opened at the question in hand; and once, what changed since the last item.

import { changes } from "./diff.js";

const CONTEXT = 10; // words shown on either side of a change
const keyOf = (study) => `consilium.guidelines/${study}`;

export function mountGuidelines(screen, going) {
  const { root, state } = screen;
  const drawer = root.querySelector("#guidelines");
  noteChange(root, state.study, drawer);

  return {
    toggle() {
      if (drawer.open) {
        drawer.close();
        return;
      }
      drawer.showModal();
      const axis = going.axis();
      const heading = axis && [...drawer.querySelectorAll("[data-guidelines] :is(h1, h2, h3, h4, h5, h6)")]
        .find((each) => each.textContent.trim().toLowerCase().includes(axis.label.toLowerCase()));
      const place = heading ?? (axis && drawer.querySelector(`[data-guide="${CSS.escape(axis.id)}"]`));
      drawer.querySelector(".guide-here")?.classList.remove("guide-here");
      place?.classList.add("guide-here");
      place?.scrollIntoView({ block: "start" });
    },
  };
}

function noteChange(root, study, drawer) {
  const banner = root.querySelector("[data-guidelines-changed]");
  const now = { version: drawer.dataset.version, text: textOf(drawer.querySelector(".drawer-body")) };
  const before = read(study);
  const keep = () => write(study, now);
  if (!before || before.version === now.version || before.text === now.text) {
    keep();
    return;
  }
  banner.hidden = false;
  banner.querySelector("[data-guidelines-diff]").append(...inContext(changes(before.text, now.text)).map(marked));
  banner.querySelector("[data-dismiss]").addEventListener("click", () => {
    banner.hidden = true;
    keep();
  });
}

/** The text of each block on a line of its own, whether the drawer is open or not. */
const textOf = (body) => [...body.querySelectorAll("h1, h2, h3, h4, h5, h6, p, li, dt, dd, pre, td")]
  .map((block) => block.textContent.trim()).filter(Boolean).join("\n");

/** What changed, with some words around it; the rest is left out. */
function inContext(found) {
  const near = found.map((_, index) => found.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(([, kind]) => kind !== "same"));
  return found.flatMap((each, index) => (near[index] ? [each] : near[index - 1] || index === 0 ? [[" … ", "same"]] : []));
}

function marked([text, kind]) {
  if (kind === "same") return document.createTextNode(text);
  const element = document.createElement(kind === "new" ? "ins" : "del");
  element.textContent = text;
  return element;
}

function read(study) {
  try {
    return JSON.parse(localStorage.getItem(keyOf(study)));
  } catch {
    return null;
  }
}

function write(study, seen) {
  try {
    localStorage.setItem(keyOf(study), JSON.stringify(seen));
  } catch { /* the note is a comfort */ }
}
