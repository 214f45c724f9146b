// A kiosk's script: it begins anew when nobody is there, says when the network is gone, and keeps meanwhile what was
// touched, to send it late. Without it the page is complete all the same.

const IDLE = 60_000, WARNED = 15, AFTER = 8_000, LOOK = 30_000, WAIT = 5_000, WEEK = 7 * 86_400_000;
const START = "/kiosk";
const load = crypto.randomUUID();
const $ = (selector) => document.querySelector(selector);
const main = () => $("main[data-kiosk]");

// -- the server's time -------------------------------------------------------------------------------------------
// `ahead` is how far the server's clock is ahead of this one's monotonic clock; null until it has told.
let ahead = null, online = true, heard = false, seen = main().dataset.clock;
const told = () => { ahead = Date.parse(main().dataset.now) - performance.now(); seen = main().dataset.clock; };
told();
// The page may be one that was kept: until the server is heard, the device's own clock is the best there is, and how the
// rooms stood half a day ago is of no use.
const unheard = () => {
  ahead = Date.now() - performance.now();
  $(".standing").hidden = Date.now() - Date.parse(main().dataset.now) > 43_200_000;
};
const zone = (() => {
  // The page says its local time; how far that is from UTC holds until it is told anew.
  const [hour, minute] = seen.split(/[.:]/).map(Number), at = new Date(main().dataset.now);
  return ((hour * 60 + minute - at.getUTCHours() * 60 - at.getUTCMinutes() + 2160) % 1440) - 720;
})();
setInterval(() => {
  const at = new Date(ahead + performance.now() + zone * 60_000);
  const [hour, minute] = [at.getUTCHours(), at.getUTCMinutes()].map((part) => String(part).padStart(2, "0"));
  $("#clock").textContent = `${hour}${seen.includes(":") ? ":" : "."}${minute}`;
}, 1000);

// -- what is kept in the browser: by the id of its event, in the order of its ids -------------------------------------
const kept = new Promise((resolve, reject) => {
  const asked = indexedDB.open("omatoimi-kiosk", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("touched", { keyPath: "id" });
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});
const within = async (mode, act) => {
  const transaction = (await kept).transaction("touched", mode);
  const asked = act(transaction.objectStore("touched"));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
};
navigator.storage?.persist?.();

// A UUID of version 7, as each event's id is.
const newId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setBigUint64(0, (BigInt(Date.now()) << 16n) | 0x7000n | BigInt((bytes[6] & 15) << 8 | bytes[7]));
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
};

// The page may be one that was kept, and shown before: no two touches may have one id.
document.querySelectorAll("input[name=id]").forEach((one) => { one.value = newId(); });

// How long ago it was touched: by the clock that nobody sets while the page has not been loaded anew, else by the
// device's own.
const age = (one) => Math.round(one.load === load ? performance.now() - one.ticks : Date.now() - one.touched);

const send = (fields) => fetch(`${START}${location.search}`, {
  method: "POST",
  headers: { Accept: "application/json" },
  body: new URLSearchParams(fields),
  signal: AbortSignal.timeout(WAIT),
});

// Sent in order; what was decided goes, be it yes or no. What the server cannot decide now, or not from this device any
// more, waits.
let sending = false;
const drain = async () => {
  if (sending) return;
  sending = true;
  try {
    for (const one of await within("readonly", (store) => store.getAll())) {
      const csrf = $("input[name=csrf]").value;
      const answer = await send({ ...one.fields, csrf, id: one.id, age: age(one) });
      if (answer.status === 401 || answer.status === 429 || answer.status >= 500) break;
      if (answer.status === 403) { await look(); break; }
      await within("readwrite", (store) => store.delete(one.id));
    }
  } catch { gone(); } finally { sending = false; await say(); }
};

// -- whether the network is there ---------------------------------------------------------------------------------
const say = async () => {
  const bar = $("#offline"), waiting = (await within("readonly", (store) => store.count()).catch(() => 0));
  bar.hidden = online && !waiting;
  const words = online ? "" : bar.dataset.words.replace("#", seen);
  const many = waiting === 1 ? bar.dataset.keptOne : bar.dataset.kept.replace("#", waiting);
  bar.textContent = [words, waiting ? many : ""].filter(Boolean).join(" ");
  document.querySelectorAll("[data-online]").forEach((one) => {
    if (one.localName === "a") one.toggleAttribute("inert", !online);
    else one.disabled = !online;
  });
};
const gone = () => { online = false; };

// Looks how things stand. Where nobody is at work here, the page shows it.
const look = async () => {
  try {
    const answer = await fetch(`${START}${location.search}`, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(WAIT) });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html"), fresh = page.querySelector("main[data-kiosk]");
    if (!fresh) { location.replace(START); return; }
    online = heard = true;
    if (atRest()) { main().replaceWith(document.adoptNode(fresh)); furnish(); }
    else {
      for (const name of ["now", "clock"]) main().dataset[name] = fresh.dataset[name];
      const csrf = fresh.querySelector("input[name=csrf]").value;
      document.querySelectorAll("input[name=csrf]").forEach((one) => { one.value = csrf; });
    }
    told();
  } catch { gone(); if (!heard) unheard(); }
  await say();
};
const follow = async () => {
  await look();
  if (online) await drain();
  setTimeout(follow, online ? LOOK : WAIT);
};
addEventListener("online", () => look().then(() => online && drain()));
addEventListener("offline", () => { gone(); say(); });

// -- what is touched ----------------------------------------------------------------------------------------------
let busy = false;
addEventListener("submit", async (event) => {
  const form = event.target, by = event.submitter;
  if (busy) { event.preventDefault(); return; }
  if (!("kept" in form.dataset)) {
    if (!online) event.preventDefault();
    return;
  }
  event.preventDefault();
  busy = true;
  const fields = Object.fromEntries(new FormData(form, by));
  const { csrf, id, ...rest } = fields;
  const one = { id, fields: rest, touched: Date.now(), ticks: performance.now(), load };
  try {
    if (!online) throw new Error("offline");
    const answer = await send(fields);
    if (answer.status >= 500) throw new Error(String(answer.status));
    const { step } = await answer.json();
    location.replace(`${START}${location.search}`.concat(step ? `#${step}` : ""));
    location.reload();
  } catch {
    gone();
    await within("readwrite", (store) => store.put(one));
    form.reset();
    form.querySelector("input[name=id]").value = newId();
    $("#shown")?.remove();
    main().prepend($("#kept-words").content.cloneNode(true));
    history.replaceState(null, "", `${START}${location.search}`);
    location.replace("#content");
    await say();
    setTimeout(() => { $("#shown")?.remove(); }, AFTER);
  }
  busy = false;
});

// -- nobody there -------------------------------------------------------------------------------------------------
const atRest = () => !location.hash.match(/^#(check-in|book|count)$/) && !$("#shown") && !$("dialog").open;
const anew = () => { if (online) location.replace(START); else { document.querySelectorAll("form").forEach((one) => one.reset()); $("#shown")?.remove(); $("dialog").close(); location.replace("#content"); } };
let last = performance.now(), left = WARNED;
for (const kind of ["pointerdown", "keydown", "input"]) addEventListener(kind, () => { last = performance.now(); });
setInterval(() => {
  const dialog = $("dialog");
  if (dialog.open) {
    left -= 1;
    $("#still-seconds").textContent = Math.max(left, 0);
    // Each time ends the one before: where an answer takes more than a second, asking each second would get none.
    if (left <= 0 && left % 10 === 0) anew();
  } else if (performance.now() - last > IDLE && (!atRest() || location.search)) {
    left = WARNED;
    $("#still-seconds").textContent = left;
    dialog.showModal();
  }
}, 1000);
$("dialog button").addEventListener("click", () => { $("dialog").close(); });
// What an act came to is gone as soon as something else is begun: that may be somebody else.
addEventListener("hashchange", () => { if (location.hash.match(/^#(check-in|book|count)$/)) $("#shown")?.remove(); });
// And it is gone after so long, whatever is touched meanwhile.
if (main().dataset.shown) setTimeout(() => { $("#shown")?.remove(); main().dataset.shown = ""; if (!location.hash.match(/^#(check-in|book|count)$/)) anew(); }, 1000 * Number(main().dataset.shown));
addEventListener("pageshow", ({ persisted }) => { if (persisted) location.replace(START); });

// Digits to touch, where no keyboard is.
const furnish = () => {
  const pad = $(".pad"), code = $("#code");
  const key = (words, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = words;
    button.addEventListener("click", act);
    pad.append(button);
  };
  for (const digit of "1234567890") key(digit, () => { if (code.value.length < 6) code.value += digit; });
  key(pad.dataset.erase, () => { code.value = code.value.slice(0, -1); });
};
furnish();
navigator.serviceWorker?.register("/kiosk/worker.js", { scope: START }).catch(() => {});
say().then(follow);
