// The service worker of a device (kiosk, screen): it keeps the device's page and what that is made of, so that a device
// that starts anew without a network has its page, as it stood last. Nothing else is kept, and nothing is kept instead
// of asking.

const PAGE = new URL(registration.scope).pathname, WAIT = 5_000;
const FILES = ["/static/omatoimi.css", "/static/omatoimi.svg", `/static${PAGE}.js`];
const store = () => caches.open(PAGE);
const late = () => new Promise((_, fail) => { setTimeout(fail, WAIT, new Error("late")); });

addEventListener("install", (event) => {
  event.waitUntil(store().then((kept) => kept.addAll(FILES)).then(() => skipWaiting()));
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

// Of the page only what says by itself that it may stay: nothing of whoever stands there. A device that is one no more
// has none.
const keep = async (key, answer) => {
  if (key === PAGE) {
    const text = await answer.clone().text();
    if (text.includes("data-lost")) await (await store()).delete(PAGE);
    if (!text.includes("data-stays")) return;
  }
  await (await store()).put(key, answer);
};

const answered = async (event, key) => {
  try {
    const answer = await Promise.race([fetch(event.request), late()]);
    if (answer.ok) event.waitUntil(keep(key, answer.clone()));
    return answer;
  } catch (error) {
    // What the page itself asks is about the network: it must learn that it is gone.
    const stands = key !== PAGE || event.request.mode === "navigate";
    const kept = stands && await (await store()).match(key);
    if (kept) return kept;
    throw error;
  }
};

addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const known = origin === location.origin && [PAGE, ...FILES].includes(pathname);
  if (known && event.request.method === "GET") event.respondWith(answered(event, pathname));
});
