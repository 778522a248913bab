// The next screens, fetched while this one is worked on: the first is there at once, and a few can be rated
// without a connection. Each is reserved for this rater by being fetched, so that no more are than a short
// outage needs, and one whose reservation has run out is fetched anew where that is possible.

import { send } from "./http.js";

const AHEAD = 3;
const FRESH_MS = 40 * 60_000; // the server reserves for 45 minutes

const handedOut = (found) => found.html?.match(/data-assignment="([^"]+)"/)?.[1];
const isFresh = (found) => Date.now() - found.at < FRESH_MS;

/**
 * `left` are the screens that were submitted or skipped on this page: a server that has not heard of it yet may
 * hand one of them out again. `settled(assignment)` resolves when it has heard; `told(number)` hears how many
 * screens are ready.
 */
export function createPrefetch(left, settled, told = () => {}) {
  // what comes after `after`, in order; `end`: 204, nothing comes after it; `first`: the fetch of the first one
  let kept = { after: null, screens: [], end: null, first: null };

  /** {status, html, detail, at}: 200 with a screen, 204 when nothing is left, anything else: not now. */
  async function fetchScreen(url, query) {
    const at = Date.now();
    const answer = await send("GET", `${url}?${new URLSearchParams(query)}`, { headers: { Accept: "text/html" } });
    return { status: answer.status, html: answer.status === 200 ? answer.body : null, detail: answer.body?.detail ?? "", at };
  }

  async function fetchNext(url, after) {
    for (;;) {
      const found = await fetchScreen(url, { after });
      const assignment = handedOut(found);
      if (!left.has(assignment)) return found;
      await settled(assignment);
      left.delete(assignment); // handed out again after this, it is meant
    }
  }

  /** Fetch until as many are ready as wanted, or the round comes back to a screen that is here already. */
  async function fill(mine, url, wanted) {
    while (kept === mine && mine.screens.length < wanted) {
      const fetching = fetchNext(url, mine.screens.length ? handedOut(mine.screens.at(-1)) : mine.after);
      if (!mine.screens.length) mine.first = fetching;
      const found = await fetching;
      if (kept !== mine) return;
      const here = [mine.after, ...mine.screens.map(handedOut)];
      if (found.status === 204 && !mine.screens.length) mine.end = found;
      else if (found.status !== 200) mine.first = null;
      if (found.status !== 200 || here.includes(handedOut(found))) return;
      mine.screens.push(found);
      told(mine.screens.length);
    }
  }

  return {
    fetchScreen,
    /** Start fetching what comes after a screen, once the browser has nothing better to do. */
    ahead(url, after, wanted = AHEAD) {
      const moved = kept.screens.length && handedOut(kept.screens[0]) === after;
      const rest = moved ? kept.screens.slice(1) : [];
      const usable = !navigator.onLine || rest.every(isFresh);
      const mine = { after, screens: usable ? rest : [], end: null, first: null };
      kept = mine;
      told(mine.screens.length);
      const idle = globalThis.requestIdleCallback ?? ((run) => setTimeout(run, 300));
      idle(() => fill(mine, url, wanted), { timeout: 2000 });
    },
    /** What comes after this screen, at once if it is here already. */
    ready(after) {
      if (kept.after !== after) return null;
      const [first] = kept.screens;
      return first && (isFresh(first) || !navigator.onLine) ? first : first ? null : kept.end;
    },
    async next(url, after) {
      const [stale] = kept.after === after ? kept.screens : [];
      if (!stale && kept.after === after && kept.first) return kept.first;
      const found = await fetchNext(url, after);
      return found.status === 0 && stale ? stale : found;
    },
  };
}
