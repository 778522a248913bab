// The time a screen takes: visible time between signs of life. Reading is work, so a gap counts up to what its
// words take to read, and at least three minutes; what is longer was a break.

const LEAST_CAP = 180;
const WORDS_PER_MINUTE = 100;
const SIGNS = ["pointermove", "pointerdown", "keydown", "wheel", "scroll", "touchmove"];
const BEAT_MS = 10 * 60_000;

export function createClock(beat) {
  let counted = 0;
  let cap = LEAST_CAP;
  let last = null; // the last sign of life, or null while nothing counts
  let noted = 0;
  let paused = false;

  function sign() {
    const now = performance.now();
    if (now - noted < 500) return;
    noted = now;
    count();
  }
  function count() {
    const now = performance.now();
    if (last !== null) counted += Math.min((now - last) / 1000, cap);
    last = paused || document.hidden ? null : now;
  }
  for (const name of SIGNS) addEventListener(name, sign, { capture: true, passive: true });
  document.addEventListener("visibilitychange", count);
  setInterval(() => { if (!document.hidden) beat(); }, BEAT_MS);

  return {
    /** A new screen of so many words, on which so many seconds were spent before. */
    start(seconds, words) {
      count();
      counted = seconds;
      cap = Math.max(LEAST_CAP, (words / WORDS_PER_MINUTE) * 60);
    },
    seconds() {
      count();
      return Math.round(counted);
    },
    pause(on) {
      count();
      paused = on;
      count();
    },
  };
}
