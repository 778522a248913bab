// Skipping an item, or telling the coordinator that something is wrong with it.

import { ask, dialog, offer } from "./dialogs.js";

/** {reason, note}, or null where the rater stays. */
export async function askToSkip(reasons) {
  const box = dialog("skip");
  const [reason, note] = [box.querySelector("select"), box.querySelector("textarea")];
  offer(reason, reasons);
  note.value = "";
  return (await ask(box)) === "skip" ? { reason: reason.value, note: note.value } : null;
}

/** What is wrong, or "" where the rater thought better of it. */
export async function askToFlag() {
  const box = dialog("flag");
  const note = box.querySelector("textarea");
  note.value = "";
  return (await ask(box)) === "flag" ? note.value.trim() : "";
}
