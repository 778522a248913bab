// Responses beside each other: they scroll together until the rater wants each alone; differences on request.

import { common, wordsOf } from "./diff.js";
import { say } from "./words.js";

const paints = "highlights" in (globalThis.CSS ?? {});

export function mountPair(screen) {
  const { root, store, announce } = screen;
  const together = root.querySelector("[data-do=together]");
  const diff = root.querySelector("[data-do=diff]");
  const texts = [...root.querySelectorAll(".answers-2 .answer .text")].filter((text) => !text.closest(".twin"));
  if (diff) diff.hidden = !paints || texts.length !== 2;
  CSS.highlights?.delete("differs");

  function toggle(button, on) {
    button.setAttribute("aria-pressed", String(on));
    return on;
  }
  const isOn = (button) => button.getAttribute("aria-pressed") === "true";

  return {
    together() {
      if (!together) return false;
      const on = toggle(together, !isOn(together));
      root.classList.toggle("each-alone", !on);
      announce(say(on ? "scroll_together" : "scroll_alone"));
      return true;
    },
    diff() {
      if (!diff || diff.hidden) return false;
      const on = toggle(diff, !isOn(diff));
      store.meta.diffs = (store.meta.diffs ?? 0) + 1;
      if (on) paint(texts);
      else CSS.highlights.delete("differs");
      announce(say(on ? "diff_on" : "diff_off"));
      return true;
    },
  };
}

/** Underline what only one of the two says, without touching the texts themselves. */
function paint(texts) {
  const [left, right] = texts.map((text) => wordsOf(text.textContent));
  const shared = common(left, right);
  const ranges = texts.flatMap((text, side) => {
    return rangesOf(text, runs([left, right][side], shared[side]));
  });
  CSS.highlights.set("differs", new Highlight(...ranges));
}

/** Words beside each other become one stretch. */
function runs(words, shared) {
  const found = [];
  words.forEach((word, index) => {
    if (shared[index]) return;
    if (index > 0 && !shared[index - 1]) found.at(-1).end = word.end;
    else found.push({ ...word });
  });
  return found;
}

/** Ranges of places of an element's text, cut where one text node ends and the next begins. */
function rangesOf(element, stretches) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const ranges = [];
  let from = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const { start, end } of stretches) {
      const [first, last] = [Math.max(start - from, 0), Math.min(end - from, node.length)];
      if (first >= last) continue;
      const range = new Range();
      range.setStart(node, first);
      range.setEnd(node, last);
      ranges.push(range);
    }
    from += node.length;
  }
  return ranges;
}
