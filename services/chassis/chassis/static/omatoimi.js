// What a page gains where scripts run; without them it is complete all the same.

// Commands can be copied.
for (const command of document.querySelectorAll(".command[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = command.dataset.copy;
  button.addEventListener("click", async () => {
    const text = command.querySelector("code");
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = command.dataset.copied;
    } catch {
      // Browsers refuse the clipboard away from https and localhost: selected, it can be copied by hand.
      getSelection().selectAllChildren(text);
    }
  });
  button.addEventListener("blur", () => { button.textContent = command.dataset.copy; });
  command.append(button);
}

// What still changes is looked at again: an element with an id and `data-live`, the seconds to wait, until it comes
// without that. Then what says `data-after-live` is brought up to date, once. Where somebody is at work, nothing moves.
const renew = (old, page) => {
  const fresh = page.getElementById(old.id);
  if (!fresh) old.remove();
  else if (!old.contains(document.activeElement) && !old.isEqualNode(fresh)) old.replaceWith(document.adoptNode(fresh));
};

const look = async () => {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelectorAll("[data-live], [data-filling]").forEach((old) => renew(old, page));
  if (!document.querySelector("[data-live], [data-filling]")) {
    document.querySelectorAll("[data-after-live]").forEach((old) => renew(old, page));
  }
};

const follow = () => {
  const seconds = [...document.querySelectorAll("[data-live]")].map((one) => Number(one.dataset.live));
  // While the server is away the page stays as it is, and asks again.
  if (seconds.length) setTimeout(() => look().catch(() => {}).then(follow), 1000 * Math.min(...seconds));
};

follow();

// Who has signed in, in the header of a page that does not know: asked only where somebody may have. A page that comes
// back from the browser's memory is asked for anew where somebody has signed in or out: another may sit there now.
const account = document.getElementById("account");
const maybeSignedIn = () => document.cookie.includes("omatoimi-signed-in=");

const showAccount = async () => {
  const answer = await fetch(account.dataset.account, { headers: { Accept: "text/html" } });
  if (answer.status !== 200) return;
  const told = new DOMParser().parseFromString(await answer.text(), "text/html");
  account.replaceChildren(...told.body.childNodes);
};

if (account) {
  const before = maybeSignedIn();
  if (before && account.dataset.account) showAccount().catch(() => {});
  addEventListener("pageshow", ({ persisted }) => { if (persisted && (before || maybeSignedIn())) location.reload(); });
}

// The desk by single keys: they move the focus, and never act. They are silent in fields and can be switched off.
const keys = document.getElementById("keys");
if (keys) {
  const NAME = "omatoimi-keys-off";
  let off = false;
  try { off = localStorage.getItem(NAME) === "1"; } catch { /* the browser keeps nothing: they are on at each page */ }
  const step = (by) => {
    const items = [...document.querySelectorAll("[data-item]")].filter((item) => item.checkVisibility());
    const at = items.findIndex((item) => item.contains(document.activeElement));
    const to = at < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(Math.max(at + by, 0), items.length - 1);
    items[to]?.querySelector("a[href], button")?.focus();
  };
  const moves = {
    j: () => step(1),
    k: () => step(-1),
    x: () => document.activeElement.closest("[data-item]")?.querySelector("button")?.focus(),
    "?": () => { keys.open = true; keys.querySelector("summary").focus(); },
  };
  addEventListener("keydown", (event) => {
    if (off || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, select, textarea")) return;
    const named = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (named?.localName === "details") named.open = true;
    const to = named?.localName === "details" ? named.querySelector("summary") : named;
    if (to) to.focus();
    else if (Object.hasOwn(moves, event.key)) moves[event.key]();
    else return;
    event.preventDefault();
  });
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  const say = () => { button.textContent = off ? keys.dataset.on : keys.dataset.off; };
  button.addEventListener("click", () => {
    off = !off;
    try { localStorage.setItem(NAME, off ? "1" : "0"); } catch { /* only until this page is left */ }
    say();
  });
  say();
  keys.append(button);
}

// While example content fills in, its state is asked for, some sixty bytes, and not the page: that is looked at once,
// when all of it is there.
const fill = async (banner) => {
  const answer = await fetch(banner.dataset.filling, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) return;
  const { state, done, total } = await answer.json();
  if (state !== "filling") {
    await look();
    banner.removeAttribute("data-filling");
    return;
  }
  const [bar, said] = [banner.querySelector("progress"), banner.querySelector("[data-done]")];
  [bar.max, bar.value] = [total || 1, done];
  bar.textContent = said.textContent = said.dataset.done.replace("%", Math.floor((100 * done) / (total || 1)));
};

const watch = () => {
  const banner = document.querySelector("[data-filling]");
  if (banner) setTimeout(() => fill(banner).catch(() => {}).then(watch), 3000);
};

watch();
