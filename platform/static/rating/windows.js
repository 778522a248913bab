// The same item in two windows: the older one steps back before anything is overwritten.

const channel = "BroadcastChannel" in window ? new BroadcastChannel("consilium-rating") : null;
export const windowId = crypto.randomUUID();

/** `hear(message)` gets what other windows of the same user say about the same assignment. */
export function listen(user, assignment, hear) {
  if (!channel) return;
  channel.onmessage = ({ data }) => {
    if (data.user === user && data.assignment === assignment && data.window !== windowId) hear(data);
  };
}

export function tellWindows(user, assignment, type, more = {}) {
  channel?.postMessage({ user, assignment, type, window: windowId, ...more });
}
