// One chip says where the work is: saved, on its way, kept on this device, or waiting for a decision.

import { say } from "./words.js";

const SIGNS = { saved: "✓", saving: "…", retrying: "↻", signed_out: "⚿", elsewhere: "⇄", ended: "!", submitted: "✓", skipped: "✓", aside: "!", idle: "" };
const QUIET_MS = 1500; // a save quicker than this is not announced

export function createChip() {
  const chip = document.getElementById("save-chip");
  const button = document.getElementById("save-action");
  let act = null;
  let pending = 0;
  button.addEventListener("click", () => act?.());

  function paint(state, text, action) {
    if (chip.dataset.state !== state || chip.textContent !== SIGNS[state] + text) {
      const sign = document.createElement("span");
      sign.className = "save-sign";
      sign.setAttribute("aria-hidden", "true");
      sign.textContent = SIGNS[state];
      const words = document.createElement("span");
      words.className = "save-text";
      words.textContent = text;
      chip.dataset.state = state;
      chip.replaceChildren(sign, words);
    }
    button.hidden = !action;
    act = action?.run ?? null;
    if (action && button.textContent !== action.text) button.textContent = action.text;
  }

  return {
    words: say,
    show(state, values = {}, action = null) {
      clearTimeout(pending);
      const text = state === "idle" ? "" : say(`chip_${state}`, values);
      if (state === "saving") pending = setTimeout(() => paint(state, text, action), QUIET_MS);
      else paint(state, text, action);
    },
  };
}

/** The hour and minute as the reader's clock has it. */
export function clockTime(moment) {
  return new Date(moment).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
}
