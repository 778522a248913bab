// The answers of one screen, with undo. Every change makes a new payload; none is edited in place.

const COALESCE_MS = 1200;

export function createStore(initial) {
  let payload = initial;
  let past = [];
  let future = [];
  let last = { token: null, at: 0 };
  const listeners = new Set();

  function change(next, token = null) {
    const joins = token !== null && token === last.token && Date.now() - last.at < COALESCE_MS;
    if (!joins) past.push(payload);
    last = { token, at: Date.now() };
    future = [];
    move(next);
  }

  function move(next) {
    const before = payload;
    payload = next;
    const ids = new Set([...Object.keys(before), ...Object.keys(next)]);
    const changed = [...ids].filter((id) => before[id] !== next[id]);
    for (const listener of [...listeners]) listener(changed);
    return changed;
  }

  function travel(from, to) {
    if (!from.length) return null;
    to.push(payload);
    last = { token: null, at: 0 };
    return move(from.pop());
  }

  return {
    meta: {},
    payload: () => payload,
    get: (axisId, part = "") => (part ? payload[axisId]?.[part] : payload[axisId]),

    /** Set a value; undefined takes the answer away. `coalesce` joins a run of small changes to one undo. */
    set(axisId, value, part = "", { coalesce = null } = {}) {
      const next = { ...payload };
      if (part) {
        const parts = { ...next[axisId], [part]: value };
        if (value === undefined) delete parts[part];
        next[axisId] = Object.keys(parts).length ? parts : undefined;
      } else next[axisId] = value;
      if (next[axisId] === undefined) delete next[axisId];
      change(next, coalesce && `${coalesce}/${axisId}/${part}`);
    },

    /** Everything at once: what was chosen between two windows. It can be undone, too. */
    replace: (next) => change(next),
    undo: () => travel(past, future),
    redo: () => travel(future, past),
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
