// A screen on the wall: its slides in turn, brought up to date as long as the network is there, and hidden as they run
// out by a clock of its own when it is not. Nobody touches it.

const TURN = 15_000;
const STALE = 45_000; // older than this, a slide says of when it is
const LOST = 6 * 3_600_000; // older than this, only what always holds is shown

const slides = () => [...document.querySelectorAll(".slide")];
const items = (slide) => [...slide.querySelectorAll("[data-item]")];

// The server's clock, as far as this one is from it: that of a cheap device may be hours off.
let offset = Date.parse(slides()[0].dataset.at) - Date.now(), heard = false;
const now = () => Date.now() + offset;
const age = (slide) => now() - Date.parse(slide.dataset.at);

let shown; // the id of the slide that is shown
let from = 0; // its first item
let next = 0; // the first one that found no room: it comes with the next turn

const draw = () => {
  const slide = document.getElementById(shown);
  for (const other of slides()) other.hidden = other !== slide;
  const all = items(slide);
  all.forEach((item, n) => { item.hidden = n < from; });
  next = all.length;
  while (next > from + 1 && document.documentElement.scrollHeight > innerHeight) all[--next].hidden = true;
};

// Slides that have something to show, else what always holds.
const worthy = () => {
  const some = slides().filter((slide) => items(slide).length && age(slide) < LOST);
  return some.length ? some : slides().filter((slide) => "timeless" in slide.dataset);
};

const turn = () => {
  const among = worthy();
  const here = among.find((slide) => slide.id === shown);
  if (here && next < items(here).length) {
    from = next;
  } else {
    const order = slides().map((slide) => slide.id);
    const after = among.find((slide) => order.indexOf(slide.id) > order.indexOf(shown));
    [shown, from] = [(after ?? among[0]).id, 0];
  }
  draw();
};

// What has run out goes: a use of a room gives way to the one after it. Tells whether anything did.
const expire = () => {
  const over = [...document.querySelectorAll("[data-until]")].filter((one) => Date.parse(one.dataset.until) <= now());
  for (const one of over) {
    const item = one.closest("[data-item]");
    one.remove();
    if (!item.querySelector("[data-until]")) item.remove();
  }
  return over.length > 0;
};

// Where a slide has grown old, it says so. Tells whether one begins or ends to.
const date = () => {
  const bars = slides().map((slide) => [slide.querySelector(".stale"), age(slide) < STALE]);
  const changed = bars.filter(([bar, fresh]) => bar && bar.hidden !== fresh);
  for (const [bar, fresh] of changed) bar.hidden = fresh;
  return changed.length > 0;
};

const clock = document.querySelector(".clock");
const CITY = { fi: "fi", sv: "sv", en: "en-GB" }[document.documentElement.lang];
const time = new Intl.DateTimeFormat(CITY, { timeStyle: "short", timeZone: clock.dataset.zone });

const tick = () => {
  clock.textContent = time.format(now());
  const changed = [expire(), date()].includes(true);
  if (!worthy().some((slide) => slide.id === shown)) turn();
  else if (changed) draw();
};

const renew = async () => {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  offset = (Date.parse(answer.headers.get("Date")) || now()) - Date.now();
  heard = true;
  if (page.body.dataset.build !== document.body.dataset.build) {
    location.reload();
    return;
  }
  for (const fresh of page.querySelectorAll(".slide")) {
    const old = document.getElementById(fresh.id);
    // What its service does not tell just now stays as it was, and says of when it is.
    if (!("missing" in fresh.dataset && items(old).length)) old.replaceWith(document.adoptNode(fresh));
  }
  tick();
  draw();
};

tick();
setInterval(tick, 1000);
setInterval(turn, TURN);
// Not all at once where all were switched on at once. While nobody answers, what is here is shown on.
// A page that was kept may be old: until the server is heard, the device's own clock is the best there is.
const lost = () => {
  if (heard || !offset) return;
  offset = 0;
  tick();
};
// One that looks old says so before anybody reads it as today's.
if (Math.abs(offset) > STALE) renew().catch(lost);
setTimeout(() => setInterval(() => renew().catch(lost), TURN), Math.random() * TURN);
navigator.serviceWorker?.register("/screen/worker.js", { scope: "/screen" }).catch(() => {});
addEventListener("resize", draw);
