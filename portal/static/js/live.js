// KPI pages renew themselves: while the page is visible it asks every few seconds for news, and
// htmx renews the figures when there are any. What was open stays open.

const TICK_MS = 5000;

setInterval(() => {
  if (document.visibilityState !== "visible") return;
  for (const element of document.querySelectorAll("[data-live]")) {
    htmx.trigger(element, "portal:tick");
  }
}, TICK_MS);

let open = [];

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "kpis") return;
  open = [...event.detail.target.querySelectorAll("details[open][id]")].map(({ id }) => id);
});

document.addEventListener("htmx:afterSwap", () => {
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  open = [];
});

// A period that is chosen is shown at once; without this script the button beside it does it.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});
