// A text axis. Browsers that cannot grow a text box by themselves are helped.

import { warnings } from "./privacy.js";

const grows = CSS.supports("field-sizing", "content");

export function mountWriting(field, axis, store) {
  const part = field.dataset.part;
  const box = field.querySelector("[data-writing]");
  const fit = () => {
    if (grows) return;
    box.rows = Math.min(16, Math.max(3, box.value.split("\n").length + Math.ceil(box.value.length / 60)));
  };
  const doubt = field.querySelector("[data-identifying]");
  const warn = () => { doubt.hidden = warnings(box.value).length === 0; };
  box.addEventListener("input", () => {
    store.set(axis.id, box.value === "" ? undefined : box.value, part, { coalesce: "writing" });
    warn();
    fit();
  });
  return () => {
    const value = store.get(axis.id, part);
    const text = typeof value === "string" ? value : "";
    if (box.value !== text) box.value = text;
    warn();
    fit();
  };
}
