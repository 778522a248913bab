// The keys of marking. The sheet of keys reads keys.json; here is what each of them does.

import { widgetInHand } from "./spans-page.js";

const on = (act) => (event, screen) => {
  const widget = widgetInHand(screen);
  return widget ? act(widget) : false;
};
const caret = (right, how = {}) => on((widget) => widget.move(right, how));
const entry = (id, key, label, run) => ({ id: `spans_${id}`, key, label, context: "spans", run });
const CATEGORY_KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "-", "="];
const ORDINALS = ["First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth", "Eleventh"];

export const keys = [
  entry("left", "ArrowLeft", "Word to the left", caret(false)),
  entry("right", "ArrowRight", "Word to the right", caret(true)),
  entry("left_sentence", "Ctrl+ArrowLeft", "Sentence to the left", caret(false, { sentence: true })),
  entry("right_sentence", "Ctrl+ArrowRight", "Sentence to the right", caret(true, { sentence: true })),
  entry("extend_left", "Shift+ArrowLeft", "Select a word to the left", caret(false, { extend: true })),
  entry("extend_right", "Shift+ArrowRight", "Select a word to the right", caret(true, { extend: true })),
  entry("extend_left_sentence", "Ctrl+Shift+ArrowLeft", "Select a sentence to the left", caret(false, { extend: true, sentence: true })),
  entry("extend_right_sentence", "Ctrl+Shift+ArrowRight", "Select a sentence to the right", caret(true, { extend: true, sentence: true })),
  entry("open", "Enter", "Open the palette; accept the passage", on((widget) => widget.open())),
  ...CATEGORY_KEYS.map((key, index) =>
    entry(`category_${index + 1}`, key, `${ORDINALS[index]} kind of passage`, on((widget) => widget.category(index + 1)))),
  entry("severity", "r", "Next severity", on((widget) => widget.marking.cycleSeverity())),
  entry("clear_severity", "0", "Clear the severity", on((widget) => widget.marking.severity(undefined))),
  entry("delete", "Backspace", "Delete the passage", on((widget) => widget.remove())),
  entry("next", "ArrowDown", "Next passage", on((widget) => widget.walk(1))),
  entry("previous", "ArrowUp", "Previous passage", on((widget) => widget.walk(-1))),
  entry("next_letter", "j", "Next passage", on((widget) => widget.walk(1))),
  entry("previous_letter", "k", "Previous passage", on((widget) => widget.walk(-1))),
  entry("none", "n", "Nothing to mark", on((widget) => widget.marking.none())),
  entry("sentences", "v", "Sentence list", on((widget) => widget.setMode(widget.view === "sentences" ? "mark" : "sentences"))),
  entry("copy", "c", "Select text, to copy it", on((widget) => widget.setMode(widget.copying ? "mark" : "copy"))),
];
