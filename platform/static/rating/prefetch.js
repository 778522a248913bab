// The next screen, fetched while this one is worked on, so that it is there at once.

import { send } from "./http.js";

/**
 * `left` are the screens that were submitted or skipped on this page: a server that has not heard of it yet may
 * hand one of them out again. `settled(assignment)` resolves when it has heard.
 */
export function createPrefetch(left, settled) {
  let kept = { after: null, promise: null, ready: null };

  /** {status, html, detail}: 200 with a screen, 204 when nothing is left, anything else: not now. */
  async function fetchScreen(url, query) {
    const answer = await send("GET", `${url}?${new URLSearchParams(query)}`, { headers: { Accept: "text/html" } });
    return { status: answer.status, html: answer.status === 200 ? answer.body : null, detail: answer.body?.detail ?? "" };
  }

  async function fetchNext(url, after) {
    for (;;) {
      const found = await fetchScreen(url, { after });
      const handedOut = found.html?.match(/data-assignment="([^"]+)"/)?.[1];
      if (!left.has(handedOut)) return found;
      await settled(handedOut);
      left.delete(handedOut); // handed out again after this, it is meant
    }
  }

  return {
    fetchScreen,
    /** Start fetching what comes after a screen, once the browser has nothing better to do. */
    ahead(url, after) {
      const mine = { after, promise: null, ready: null };
      kept = mine;
      const idle = globalThis.requestIdleCallback ?? ((run) => setTimeout(run, 300));
      idle(() => {
        if (kept !== mine) return;
        mine.promise = fetchNext(url, after).then((found) => {
          if (found.status === 200 || found.status === 204) mine.ready = found;
          else mine.promise = null;
          return found;
        });
      }, { timeout: 2000 });
    },
    /** What comes after this screen, at once if it is here already. */
    ready: (after) => (kept.after === after ? kept.ready : null),
    next(url, after) {
      return kept.after === after && kept.promise ? kept.promise : fetchNext(url, after);
    },
  };
}
