// Numbers: a slider with its number, or a number with steps. Nothing is set until the rater sets it.

import { say } from "./words.js";

export function mountNumber(field, axis, store) {
  const part = field.dataset.part;
  const range = field.querySelector("[data-range]");
  const entry = field.querySelector("[data-entry]");
  const step = axis.step ?? 1;

  function within(number) {
    const low = axis.low ?? -Infinity;
    const high = axis.high ?? Infinity;
    return Math.min(high, Math.max(low, Number(number.toPrecision(12))));
  }
  const set = (number, coalesce) =>
    store.set(axis.id, number === undefined ? undefined : within(number), part, { coalesce });

  entry.addEventListener("input", () => {
    if (entry.value === "" && entry.validity.badInput) return;
    const number = entry.value === "" ? undefined : Number(entry.value);
    if (number !== undefined && within(number) !== number) entry.setAttribute("aria-invalid", "true");
    else set(number, "typing");
  });
  entry.addEventListener("blur", () => {
    if (entry.getAttribute("aria-invalid")) set(Number(entry.value), "typing");
    entry.removeAttribute("aria-invalid");
    entry.value = store.get(axis.id, part) ?? "";
  });
  for (const event of ["input", "change", "click"]) {
    range?.addEventListener(event, () => set(Number(range.value), "sliding"));
  }
  for (const button of field.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => {
      const now = store.get(axis.id, part);
      const start = axis.low ?? 0;
      set(typeof now === "number" ? now + Number(button.dataset.step) * step : start, "stepping");
    });
  }
  return () => {
    const value = store.get(axis.id, part);
    const number = typeof value === "number" ? value : null;
    if (document.activeElement !== entry || number === null) entry.value = number ?? "";
    if (!range) return;
    range.classList.toggle("range-unset", number === null);
    if (number !== null) range.value = number;
    else range.value = (Number(range.min) + Number(range.max)) / 2;
    range.setAttribute("aria-valuetext", number === null ? say("not_answered") : String(number));
  };
}
