// Pauses: whenever the rater wants one, and offered between two items after half an hour and after an hour.

import { ask, dialog, fill } from "./dialogs.js";
import { say } from "./words.js";

const KEY = "consilium.rating-since";
const BREAK_MS = 5 * 60_000; // away for so long is a break
const SOFT_MIN = 30;
const FIRM_MIN = 60;

export function createBreaks(clock, beat) {
  let { since, seen } = read();
  let offered = 0;

  function read() {
    try {
      return { since: Date.now(), seen: Date.now(), ...JSON.parse(sessionStorage.getItem(KEY)) };
    } catch {
      return { since: Date.now(), seen: Date.now() };
    }
  }

  function note() {
    const now = Date.now();
    if (now - seen > BREAK_MS) [since, offered] = [now, 0];
    seen = now;
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ since, seen }));
    } catch { /* without storage the half hour counts from the last reload */ }
  }

  async function pause(where) {
    const box = dialog("pause");
    fill(box, { where });
    clock.pause(true);
    const alive = setInterval(() => beat(), BREAK_MS * 2); // the reservation lasts while the rater rests
    const began = Date.now();
    await ask(box);
    clearInterval(alive);
    clock.pause(false);
    if (Date.now() - began > BREAK_MS) [since, offered] = [Date.now(), 0];
    seen = Date.now();
  }

  return {
    pause,
    /** Between two items: offer a break where one is due. Each step is offered once, the firm one repeatedly. */
    async between(where) {
      note();
      const minutes = (Date.now() - since) / 60_000;
      const due = minutes >= FIRM_MIN ? FIRM_MIN + Math.floor((minutes - FIRM_MIN) / 15) : minutes >= SOFT_MIN ? SOFT_MIN : 0;
      if (due <= offered) return;
      offered = due;
      const box = dialog("break");
      fill(box, { advice: say(minutes >= FIRM_MIN ? "break_firm" : "break_soft", { minutes: Math.round(minutes) }) });
      if (await ask(box) === "pause") await pause(where);
    },
  };
}
