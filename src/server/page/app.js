// Takes photos, sends them to the service, and keeps what is shown up to date.

import { languages, language, say, setLanguage } from "./text.js";
import { drawFault, drawResult, drawWait, make } from "./view.js";
import { unzip } from "./zip.js";

const REQUESTS = 2; // at once
const TRIES = 5; // of a photo, while the service is busy
const SERVICE = "v1/extract";
const WISHES = { // what is asked for besides the colors
  only: "clothes,skin,hair,garments,card",
  palette: "ase,aco,gpl,css,json,svg",
};

const byId = (id) => document.getElementById(id);
const entries = []; // photos on the page, the oldest first
let running = 0;
let token = ""; // that the service wants of those who ask; known until the page is closed

function announce(text) {
  byId("live").textContent = text;
}

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

// ---- The clipboard -----------------------------------------------------------------------------

// Browsers give pages from plain http the old way alone.
function copyOldWay(text) {
  const field = make("textarea", { value: text, className: "unseen" });
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  before?.focus();
  return copied;
}

async function copy(text) {
  let copied = false;
  try {
    await navigator.clipboard.writeText(text);
    copied = true;
  } catch {
    copied = copyOldWay(text);
  }
  announce(say(copied ? "copied_hex" : "copy_failed", text));
  return copied;
}

// An answer of the service that is an error.
class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// ---- One photo ---------------------------------------------------------------------------------

class Entry {
  static #count = 0; // of all that ever were
  state = "waiting"; // then working, busy, done or failed
  person = 0; // which of several is shown
  zipName = "all.zip"; // of the answer, among the files
  #files = new Map(); // name: Uint8Array or Blob
  #urls = new Map();
  #stop = new AbortController();

  constructor(file, who) {
    this.file = file;
    this.name = file.name || "photo.png";
    this.who = who;
    this.photo = URL.createObjectURL(file);
    const title = `photo-${++Entry.#count}`;
    this.picture = make("img", { src: this.photo, alt: this.name });
    this.picture.addEventListener("error", () => this.stage.classList.add("empty"));
    this.picture.addEventListener("load", () => {
      this.stage.classList.remove("empty");
      if (this.picture.src === this.photo) this.drawSize();
    });
    this.size = make("p", { className: "size" });
    this.remove = make("button", { type: "button", className: "remove" });
    this.remove.addEventListener("click", () => removeEntry(this));
    this.stage = make("div", { className: "stage" }, this.picture,
      make("p", { className: "no-preview" }));
    this.film = make("div", { className: "film-room" });
    this.details = make("div", { className: "details" });
    this.element = make("article", { tabIndex: -1, "aria-labelledby": title },
      make("header", {}, make("h2", { id: title }, this.name), this.size, this.remove),
      make("div", { className: "pictures" }, this.stage, this.film), this.details);
  }

  // The address of a file of the answer, or null.
  url(name) {
    if (!this.#files.has(name)) return null;
    if (!this.#urls.has(name)) {
      const types = { png: "image/png", svg: "image/svg+xml", json: "application/json" };
      const type = types[name.split(".").pop()] ?? "application/octet-stream";
      this.#urls.set(name, URL.createObjectURL(new Blob([this.#files.get(name)], { type })));
    }
    return this.#urls.get(name);
  }

  drawSize() {
    const { naturalWidth, naturalHeight } = this.picture;
    this.size.textContent = say("size", naturalWidth, naturalHeight);
  }

  draw() {
    const actions = {
      copy,
      show: (url, alt) => this.show(url, alt),
      person: (index) => {
        this.person = index;
        this.draw();
        this.details.querySelectorAll(".choice button")[index].focus();
      },
      again: (who = this.who) => this.again(who),
      token: (text) => {
        token = text;
        this.again(this.who);
      },
    };
    this.element.dataset.state = this.state;
    this.element.setAttribute("aria-busy", String(!["done", "failed"].includes(this.state)));
    this.remove.setAttribute("aria-label", say("remove", this.name));
    this.stage.querySelector(".no-preview").textContent = say("no_preview");
    if (this.result) this.size.textContent = say("size", this.result.width, this.result.height);
    let film = [];
    let details = [];
    if (this.state === "done") ({ film, details } = drawResult(this, actions));
    else if (this.state === "failed") details = drawFault(this.fault, actions);
    else if (this.state === "busy") details = drawWait(say("busy", this.seconds));
    else details = drawWait(say(this.state));
    this.film.replaceChildren(...film);
    this.details.replaceChildren(...details);
    this.show(this.photo, this.name);
  }

  again(who) {
    this.who = who;
    this.element.focus();
    start(this);
  }

  show(url, alt) {
    if (this.picture.src !== url) this.picture.src = url;
    this.picture.alt = alt;
    this.stage.classList.toggle("cutout", url !== this.photo);
    for (const button of this.film.querySelectorAll("button"))
      button.setAttribute("aria-pressed", String(button.dataset.url === url));
  }

  set(state) {
    this.state = state;
    this.draw();
  }

  // Waits as long as the service wants, and counts down.
  async #wait(seconds) {
    for (this.seconds = seconds; this.seconds > 0; this.seconds--) {
      this.set("busy");
      await pause(1);
    }
  }

  #ask() {
    const form = new FormData();
    form.append("photo", this.file, this.name);
    form.append("people", this.who);
    for (const [name, value] of Object.entries(WISHES)) form.append(name, value);
    return fetch(SERVICE, {
      method: "POST",
      body: form,
      headers: { Accept: "application/zip", ...(token && { Authorization: `Bearer ${token}` }) },
      signal: this.#stop.signal,
    });
  }

  async #take(answer) {
    const bytes = await answer.arrayBuffer();
    this.#files = await unzip(bytes);
    this.#files.set(this.zipName, bytes);
    this.result = JSON.parse(new TextDecoder().decode(this.#files.get("colors.json")));
  }

  async work() {
    for (let left = TRIES; ; left--) {
      this.set("working");
      const answer = await this.#ask();
      if (answer.ok) return this.#take(answer);
      const said = await answer.json().catch(() => ({}));
      const later = Number(answer.headers.get("Retry-After"));
      if (!later || left <= 1) throw new Refusal(answer.status, said.message);
      await this.#wait(Math.min(later, 30));
    }
  }

  end() {
    this.#stop.abort();
    URL.revokeObjectURL(this.photo);
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
    this.element.remove();
  }
}

// ---- All photos --------------------------------------------------------------------------------

// What went wrong, for drawFault: the service refused, it did not answer (fetch throws TypeError),
// or its answer cannot be used.
function faultOf(error) {
  if (error instanceof Refusal) return { status: error.status, message: error.message };
  return { status: error instanceof TypeError ? 0 : -1, message: "" };
}

async function next() {
  const entry = entries.find((one) => one.state === "waiting");
  if (!entry || running >= REQUESTS) return;
  running++;
  announce(`${entry.name}: ${say("working")}`);
  try {
    await entry.work();
    entry.set("done");
    announce(say("done", entry.name));
  } catch (error) {
    if (entries.includes(entry)) {
      entry.fault = faultOf(error);
      entry.set("failed");
      announce(`${entry.name}: ${entry.details.textContent}`);
    }
  }
  running--;
  next();
}

function start(entry) {
  entry.set("waiting");
  next();
}

function countEntries() {
  document.body.dataset.photos = Math.min(entries.length, 2);
}

function add(files) {
  for (const file of files) {
    const entry = new Entry(file, byId("who").value);
    entries.push(entry);
    byId("photos").append(entry.element);
    start(entry);
  }
  countEntries();
}

function removeEntry(entry) {
  const at = entries.indexOf(entry);
  entries.splice(at, 1);
  entry.end();
  countEntries();
  announce(say("removed", entry.name));
  (entries[at] ?? entries[at - 1])?.element.focus();
  if (entries.length === 0) byId("choose").focus();
}

// ---- The page ----------------------------------------------------------------------------------

function drawTexts() {
  document.documentElement.lang = language();
  for (const element of document.querySelectorAll("[data-text]"))
    element.textContent = say(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]"))
    element.setAttribute("aria-label", say(element.dataset.label));
  for (const button of byId("languages").children)
    button.setAttribute("aria-pressed", String(button.lang === language()));
  for (const entry of entries) entry.draw();
}

// Browsers may refuse a page its storage; the language is then not kept.
function storage(use) {
  try {
    return use(localStorage);
  } catch {
    return null;
  }
}

function begin() {
  const wanted = storage((store) => store.getItem("language")) ?? navigator.language.slice(0, 2);
  setLanguage(wanted);
  byId("languages").append(...languages.map(({ code, name }) => {
    const button = make("button", { type: "button", lang: code, title: name, "aria-label": name },
      code.toUpperCase());
    button.addEventListener("click", () => {
      setLanguage(code);
      storage((store) => store.setItem("language", code));
      drawTexts();
    });
    return button;
  }));
  for (const id of ["choose", "camera"])
    byId(id).addEventListener("change", ({ target }) => {
      add([...target.files]);
      target.value = "";
    });
  document.addEventListener("paste", ({ clipboardData }) => add([...clipboardData.files]));
  let depth = 0; // of elements that a dragged thing is over
  const over = (change) => {
    depth = change ? depth + change : 0;
    document.body.classList.toggle("over", depth > 0);
  };
  document.addEventListener("dragenter", () => over(1));
  document.addEventListener("dragleave", () => over(-1));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    over(0);
    add([...event.dataTransfer.files]);
  });
  countEntries();
  drawTexts();
}

begin();
