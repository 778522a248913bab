// What each key and each button does.

import { say } from "./words.js";

export function wireKeys(keys, page) {
  const now = () => page.screen();
  const digit = (number) => () => {
    const field = now()?.going.current();
    const input = field?.querySelector(`[data-digit="${number}"]:not(:disabled)`);
    if (!input) return false;
    reveal(field);
    input.click();
    if (keys.settings.advance && input.type === "radio") now().going.go(1);
    return true;
  };
  /** On a narrow screen the form may be behind the case: nothing is answered out of sight. */
  const reveal = (field) => {
    if (!field.checkVisibility()) now().focusAxis(field.dataset.axis, field.dataset.part);
  };
  const pick = (...values) => () => {
    const inputs = [...now().going.current().querySelectorAll("input[type=radio]:not(:disabled)")];
    const input = values.map((value) => inputs.find((each) => each.value === value)).find(Boolean);
    if (!input) return false;
    reveal(now().going.current());
    input.click();
    return true;
  };
  const go = (by) => () => now()?.going.go(by);
  const judge = () => now()?.going.current()?.dispatchEvent(new Event("cannot-judge"));
  const scroll = (by) => () => now().root.querySelector(".evidence").scrollBy({ top: by });
  const clear = () => {
    const field = now()?.going.current();
    if (!field || now().readOnly) return;
    reveal(field);
    now().store.set(field.dataset.axis, undefined, field.dataset.part);
    page.announce(say("cleared"));
  };
  const travel = (way, word) => () => {
    const changed = now()?.readOnly ? null : now()?.store[way]();
    if (changed?.length) now().focusAxis(changed[0]);
    page.announce(say(changed?.length ? word : "nothing_to_undo"));
  };

  for (let number = 1; number < 10; number++) keys.on({ [`level_${number}`]: digit(number), [`pair_${number}`]: digit(number) });
  keys.on({
    submit: page.submit, flag: page.flag, keys: page.keyboard, guidelines: () => now()?.guidelines.toggle(),
    next: go(1), previous: go(-1), undo: travel("undo", "undone"), redo: travel("redo", "redone"), leave: leaveBox,
    diff: () => now()?.pair.diff() ?? false, together: () => now()?.pair.together() ?? false,
    axes_judge: judge, axes_clear: clear, axes_next: go(1), axes_next_letter: go(1), axes_next_arrow: go(1),
    axes_previous_letter: go(-1), axes_previous_arrow: go(-1),
    pair_first: pick("first", "first_much"), pair_second: pick("second", "second_much"), pair_tie: pick("tie"),
    pair_neither: pick("neither"), pair_judge: judge, pair_clear: clear, pair_next: go(1),
    pair_down: scroll(80), pair_down_arrow: scroll(80), pair_up: scroll(-80), pair_up_arrow: scroll(-80),
  });

  // Enter in a field would submit the form without being asked to
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.target.matches("#form input")) event.preventDefault();
  });

  const buttons = {
    guidelines: () => now()?.guidelines.toggle(), keys: page.keyboard, pause: page.pause, flag: page.flag,
    skip: page.skip, judge, diff: () => now()?.pair.diff(), together: () => now()?.pair.together(), "go-on": page.goOn,
    back: (button) => page.back(button.dataset.previous),
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) buttons[button.dataset.do](button);
  });
}

/** Esc: out of a text box to its question; elsewhere to the question in hand. */
function leaveBox(event) {
  const field = event.target.closest?.("fieldset.axis");
  if (!field || field === event.target) return false;
  field.focus();
  return true;
}
