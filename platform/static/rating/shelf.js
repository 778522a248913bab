// What is not sent yet, kept on this device: answers only, never a word of a case. Where the browser has no
// storage (some private windows) it is kept in memory.

const NAME = "consilium-rating";
const STORE = "unsent";
const memory = new Map();
let opened;

function open() {
  opened ??= new Promise((resolve) => {
    let request;
    try {
      request = indexedDB.open(NAME, 1);
    } catch {
      resolve(null);
      return;
    }
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
  return opened;
}

async function run(mode, act) {
  const database = await open();
  if (!database) return undefined;
  return new Promise((resolve) => {
    const transaction = database.transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = transaction.onerror = () => resolve(undefined);
  });
}

export function put(entry) {
  memory.set(entry.id, entry);
  return run("readwrite", (store) => store.put(entry));
}

export function remove(id) {
  memory.delete(id);
  return run("readwrite", (store) => store.delete(id));
}

/** Everything this user has not sent yet, the oldest first. What belongs to others stays where it is. */
export async function ofUser(user) {
  const stored = (await run("readonly", (store) => store.getAll())) ?? [];
  for (const entry of stored) if (!memory.has(entry.id)) memory.set(entry.id, entry);
  return [...memory.values()].filter((entry) => entry.user === user).sort((a, b) => a.at - b.at);
}
