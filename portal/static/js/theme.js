// The theme changes at once; the same form, sent in the background, makes it stay.

const form = document.querySelector("[data-theme-form]");

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const pressed = event.submitter;
  const body = new FormData(form, pressed);
  const root = document.documentElement;
  if (pressed.value === "SYSTEM") delete root.dataset.theme;
  else root.dataset.theme = pressed.value.toLowerCase();
  for (const button of form.querySelectorAll("[name=theme]")) {
    button.setAttribute("aria-pressed", String(button === pressed));
  }
  document.dispatchEvent(new CustomEvent("portal:theme"));
  fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true });
});
