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
  document.querySelectorAll("[data-live]").forEach((old) => renew(old, page));
  if (!document.querySelector("[data-live]")) {
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
