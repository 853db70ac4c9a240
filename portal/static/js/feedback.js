// Immediate feedback: a submitted form says so, a toast can be closed and leaves by itself.

const TOAST_MS = 8000;

document.addEventListener("submit", (event) => {
  // After the form data has been taken, or the pressed button would be missing from it.
  setTimeout(() => {
    if (event.defaultPrevented) return;
    const button = event.submitter ?? event.target.querySelector("button:not([type=button])");
    if (!button) return;
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
  });
});

// A page that comes back from the history would still be busy.
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[aria-busy]")) {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
});

function closable(toast) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "toast-close";
  button.setAttribute("aria-label", "Dismiss");
  button.textContent = "×";
  button.addEventListener("click", () => toast.remove());
  toast.append(button);
}

function leaving(toast) {
  // Errors stay until they are dismissed; nothing leaves under a pointer or the focus.
  if (toast.matches(".tone-bad, .tone-warning")) return;
  const timer = setInterval(() => {
    if (toast.matches(":hover, :focus-within")) return;
    clearInterval(timer);
    toast.remove();
  }, TOAST_MS);
}

for (const toast of document.querySelectorAll("[data-toast]")) {
  closable(toast);
  leaving(toast);
  // A live region speaks of what changes in it, not of what it was born with.
  const region = toast.parentElement;
  toast.remove();
  requestAnimationFrame(() => region.append(toast));
}

// Regions that scroll, sideways or down, can be reached by keyboard, but only while they do scroll.
const scrolls = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const overflows =
      target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
    if (overflows) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

function observe(root) {
  for (const wrap of root.querySelectorAll(".table-wrap")) scrolls.observe(wrap);
}

observe(document);
document.addEventListener("htmx:load", (event) => observe(event.target.parentElement ?? document));
