// The palette: the search page's answers in a dialog, by keyboard. A combobox with a listbox.

const dialog = document.getElementById("palette");
const input = dialog.querySelector("input");
const list = dialog.querySelector("[role=listbox]");
const status = dialog.querySelector("[data-palette-status]");
const WAIT_MS = 90;

let request = null;
let timer = 0;

const options = () => [...list.querySelectorAll("[role=option]")];
const selected = () => list.querySelector("[aria-selected=true]");

function select(option) {
  selected()?.setAttribute("aria-selected", "false");
  if (!option) {
    input.removeAttribute("aria-activedescendant");
    return;
  }
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option.id);
}

function move(step) {
  const all = options();
  if (!all.length) return;
  const index = all.indexOf(selected());
  select(all[(index + step + all.length) % all.length]);
}

async function refresh() {
  request?.abort();
  request = new AbortController();
  const query = input.value;
  const url = new URL(dialog.dataset.url, location.origin);
  url.search = new URLSearchParams({ q: query, palette: "1" });
  try {
    const response = await fetch(url, { signal: request.signal });
    // An expired session answers with the sign-in page.
    if (!response.ok || response.redirected) throw new Error(response.statusText);
    list.innerHTML = await response.text();
    list.dataset.query = query;
    select(options()[0]);
    const count = options().length;
    status.textContent = count === 1 ? "1 result" : `${count} results`;
  } catch (error) {
    if (error.name === "AbortError") return;
    list.textContent = "Search does not answer. Reload the page.";
    status.textContent = list.textContent;
  }
}

function open() {
  if (dialog.open) return;
  input.value = "";
  list.replaceChildren();
  delete list.dataset.query;
  dialog.showModal();
  input.focus();
  refresh();
}

function isTyping(target) {
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

document.addEventListener("keydown", (event) => {
  const command = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
  const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !isTyping(event.target);
  if (!command && !slash) return;
  event.preventDefault();
  open();
});

for (const link of document.querySelectorAll("[data-palette-open]")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(refresh, WAIT_MS);
});

input.addEventListener("keydown", async (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    // Whoever types fast presses Enter before the answers to the last letter are here.
    clearTimeout(timer);
    const wanted = event.target.value;
    if (list.dataset.query !== wanted) await refresh();
    if (input.value === wanted) selected()?.click();
  }
});

list.addEventListener("pointermove", (event) => {
  const option = event.target.closest("[role=option]");
  if (option && option !== selected()) select(option);
});

dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
