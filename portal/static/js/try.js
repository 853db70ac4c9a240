// Trying an operation on the API page: its parameters and body as a form, the answer below it, and
// the same as a command. Everything comes from the schema that the page itself is made of.

const page = document.querySelector("[data-schema]");
const settings = document.querySelector("[data-try-settings]");
const token = document.getElementById("token");
const csrf = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
let schema;

settings.hidden = false;
settings.addEventListener("submit", (event) => event.preventDefault());

// --- Finding ----------------------------------------------------------------------------------

const operations = [...document.querySelectorAll(".operation")];

document.getElementById("find").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const operation of operations) {
    const text = operation.querySelector("summary").textContent.toLowerCase();
    operation.hidden = !words.every((word) => text.includes(word));
    shown += !operation.hidden;
  }
  for (const group of page.querySelectorAll("section:has(> .operation)")) {
    group.hidden = !group.querySelector(".operation:not([hidden])");
  }
  document.getElementById("found").textContent = `${shown} operations`;
});

function openNamed() {
  document.getElementById(location.hash.slice(1))?.closest("details")?.setAttribute("open", "");
}
window.addEventListener("hashchange", openNamed);
openNamed();

// --- Trying -----------------------------------------------------------------------------------

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function field(id, label, control, help = "") {
  control.id = id;
  const notes = help ? [element("div", { className: "field-help", textContent: help })] : [];
  return element(
    "div",
    { className: "field" },
    element("label", { htmlFor: id, textContent: label }),
    control,
    ...notes,
  );
}

async function described(operation) {
  schema ??= fetch(page.dataset.schema).then((answer) => answer.json());
  const { paths } = await schema;
  return paths[operation.dataset.path][operation.dataset.method.toLowerCase()];
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

class Attempt {
  constructor(operation, description) {
    this.operation = operation;
    this.parameters = description.parameters ?? [];
    this.controls = new Map();
    this.build();
  }

  build() {
    const id = this.operation.id;
    const fields = this.parameters.map((parameter) => {
      const control = element("input", {
        type: "text",
        autocomplete: "off",
        spellcheck: false,
        required: parameter.required && parameter.in === "path",
      });
      if (parameter.name === "Idempotency-Key") control.value = crypto.randomUUID?.() ?? "";
      if (parameter.name === "If-Match") control.value = "*";
      this.controls.set(parameter, control);
      return field(`${id}-${parameter.name}`, parameter.name, control);
    });
    const example = this.operation.querySelector("[data-example]");
    if (example) {
      this.body = element("textarea", { rows: 8, value: example.textContent, spellcheck: false });
      fields.push(field(`${id}-body`, "Body", this.body));
    }
    this.command = element("code");
    this.answer = element("div", { className: "stack-tight", ariaLive: "polite" });
    const form = element(
      "form",
      { className: "form", noValidate: false },
      ...fields,
      element(
        "div",
        { className: "form-actions" },
        element("button", { className: "btn btn-primary", type: "submit", textContent: "Send" }),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    form.addEventListener("input", () => this.tell());
    token.addEventListener("input", () => this.tell());
    this.tell();
    const title = element("h3", { textContent: "Try it" });
    const command = element("pre", { className: "command", tabIndex: 0 }, this.command);
    this.operation.append(
      element("div", { className: "stack-tight try" }, title, form, command, this.answer),
    );
  }

  request() {
    let path = this.operation.dataset.path;
    const query = new URLSearchParams();
    const headers = {};
    for (const [parameter, control] of this.controls) {
      const value = control.value.trim();
      if (parameter.in === "path") {
        path = path.replace(`{${parameter.name}}`, encodeURIComponent(value) || `{${parameter.name}}`);
      } else if (value && parameter.in === "query") query.set(parameter.name, value);
      else if (value) headers[parameter.name] = value;
    }
    if (token.value.trim()) headers.Authorization = `Bearer ${token.value.trim()}`;
    if (this.body) headers["Content-Type"] = "application/json";
    const url = new URL(path + (query.size ? `?${query}` : ""), location.origin);
    return { url, method: this.operation.dataset.method, headers, body: this.body?.value };
  }

  tell() {
    const { url, method, headers, body } = this.request();
    const told = token.value.trim()
      ? headers
      : { Authorization: "Bearer $TOKEN", ...headers };
    const parts = [`curl -X ${method} "${url}"`];
    for (const [name, value] of Object.entries(told)) {
      parts.push(name === "Authorization" ? `-H "${name}: ${value}"` : `-H ${quoted(`${name}: ${value}`)}`);
    }
    if (body) parts.push(`-d ${quoted(body)}`);
    this.command.textContent = parts.join(" \\\n  ");
  }

  async send() {
    const { url, method, headers, body } = this.request();
    // A token speaks for itself: without it the session does, and then forgery must be ruled out.
    const credentials = headers.Authorization ? "omit" : "same-origin";
    if (credentials !== "omit" && method !== "GET") headers["X-CSRFToken"] = csrf;
    const begun = performance.now();
    try {
      const answer = await fetch(url, { method, headers, body, credentials });
      const text = await answer.text();
      this.show(answer, text, Math.round(performance.now() - begun));
    } catch (error) {
      this.answer.replaceChildren(
        element("p", { textContent: `The portal did not answer: ${error.message}.` }),
      );
    }
    // The button was put to sleep by whatever sends forms; the next attempt needs a fresh key.
    for (const button of this.operation.querySelectorAll("button[aria-busy]")) {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  }

  show(answer, text, milliseconds) {
    let tone = "good";
    if (!answer.ok) tone = answer.status < 500 ? "warning" : "bad";
    let body = text;
    try {
      body = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      // Not JSON: shown as it came.
    }
    const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    this.answer.replaceChildren(
      element(
        "p",
        {},
        element("span", {
          className: `badge tone-${tone}`,
          textContent: `${answer.status} ${answer.statusText}`,
        }),
        ` in ${milliseconds} ms`,
      ),
      element(
        "details",
        {},
        element("summary", { textContent: "Headers" }),
        element("pre", { className: "command", tabIndex: 0 }, element("code", { textContent: headers })),
      ),
      element(
        "pre",
        { className: "command answer", tabIndex: 0 },
        element("code", { textContent: body || "(no body)" }),
      ),
    );
  }
}

async function prepare(operation) {
  if (!operation.open || operation.dataset.ready) return;
  operation.dataset.ready = "true";
  new Attempt(operation, await described(operation));
}

for (const operation of operations) {
  operation.addEventListener("toggle", () => prepare(operation));
  prepare(operation);
}
