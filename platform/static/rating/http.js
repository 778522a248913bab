// Requests that end: after fifteen seconds at the latest, and never in a redirect to a sign-in page.

const TIMEOUT_MS = 15_000;
let token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";

/** {status, body, headers}; status 0 where no answer came. `body` is parsed JSON, or text. */
export async function send(method, url, { json, form, headers = {}, keepalive = false } = {}) {
  const answer = await once(method, url, { json, form, headers, keepalive });
  if (answer.status !== 403 || !isCsrf(answer.body)) return answer;
  await readSession();
  return once(method, url, { json, form, headers, keepalive });
}

async function once(method, url, { json, form, headers, keepalive }) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
  const sent = { Accept: "application/json, text/html", ...headers };
  if (method !== "GET") sent["X-CSRFToken"] = token;
  if (json !== undefined) sent["Content-Type"] = "application/json";
  try {
    const body = json !== undefined ? JSON.stringify(json) : form;
    const response = await fetch(url, {
      method, body, headers: sent, keepalive, signal: controller.signal, credentials: "same-origin", redirect: "manual",
    });
    if (response.type === "opaqueredirect") return { status: 401, body: null, headers: response.headers };
    return { status: response.status, body: readable(response, await response.text()), headers: response.headers };
  } catch {
    return { status: 0, body: null, headers: new Headers() };
  } finally {
    clearTimeout(timer);
  }
}

function readable(response, text) {
  if (!response.headers.get("Content-Type")?.includes("json")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isCsrf = (body) => body?.code === "csrf" || /csrf/i.test(body?.detail ?? (typeof body === "string" ? body : ""));

let sessionUrl = "/account/session/";
export const sessionAt = (url) => { sessionUrl = url ?? sessionUrl; };

/** Who is signed in now; the token of later requests is that session's. Null where no answer came. */
export async function readSession() {
  const answer = await once("GET", sessionUrl, { headers: {} });
  if (answer.status !== 200) return null;
  token = answer.body.csrf_token ?? token;
  return answer.body;
}
