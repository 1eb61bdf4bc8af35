// Draws one photo and what the service says of it.

import { hasText, language, say } from "./text.js";

const REGIONS = ["clothes", "skin", "hair"];
const PALETTES = ["ase", "aco", "gpl", "css", "json", "svg"];
const GARMENTS_SHOWN = 6; // the rest is folded up

// An element with properties, attributes (with a dash, or role) and children; null is left out.
export function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null));
  return element;
}

function percent(share) {
  return Math.round(100 * share);
}

// The names of colors are English: the words of shops, or the classes of hair; other languages have
// the basic terms. Skin has no names.
function colorName(color) {
  if (!color.basic) return "";
  return language() === "en" ? color.hair ?? color.shop ?? color.xkcd : say(color.basic);
}

// Black or white, whichever is easier to read on a color (WCAG 2, relative luminance).
function inkOn(rgb) {
  const [r, g, b] = rgb.map((v) => (v <= 10 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}

function chip(color, actions) {
  const name = colorName(color);
  const button = make("button", {
    type: "button",
    className: "chip",
    "aria-label": say("copy", color.hex, name, percent(color.share)),
  },
  make("span", { className: "hex" }, color.hex),
  make("span", { className: "share" }, `${percent(color.share)} %`),
  make("span", { className: "name" }, name));
  button.style.setProperty("--color", color.hex);
  button.style.setProperty("--ink", inkOn(color.rgb));
  button.addEventListener("click", async () => {
    if (!await actions.copy(color.hex)) return;
    button.dataset.copied = say("copied");
    setTimeout(() => delete button.dataset.copied, 1200);
  });
  const item = make("li", {}, button);
  item.style.setProperty("--share", color.share);
  return item;
}

// The colors of a region or garment, or the reason why there are none.
function chips(of, actions) {
  if (of.colors.length === 0) return make("p", { className: "reason" }, say(of.reason ?? ""));
  return make("ul", { className: "chips" }, of.colors.map((c) => chip(c, actions)));
}

// How skin or hair looks, in a line.
function look(region) {
  const { apparent_tone: tone, apparent_color: hair } = region;
  if (hair?.class) return make("p", { className: "look" }, say(hair.class));
  if (!tone?.monk) return null;
  const dot = make("span", { className: "dot" });
  dot.style.setProperty("--color", tone.monk.hex);
  return make("p", { className: "look" }, dot, say("monk", tone.monk.tone));
}

function regionPart(name, region, actions) {
  const sure = region.confidence === null ? null
    : make("span", { className: "sure" }, say("sure", percent(region.confidence)));
  return make("section", { className: `region ${name}` },
    make("h3", {}, say(name), sure), chips(region, actions), look(region));
}

// A doubt of the service in the page's language, where it is one that the page knows.
function doubtText(sentence, regions) {
  const name = REGIONS.find((region) => sentence.startsWith(`Check the ${region}:`));
  const shown = language() === "en" ? name : name && say(name);
  return name ? say("doubt", shown, percent(regions[name].confidence)) : sentence;
}

function notes(result) {
  const lines = (result.doubts ?? []).map((doubt) => doubtText(doubt, result.regions));
  if (result.notice) lines.unshift(result.notice);
  if (result.greyscale) lines.unshift(say("greyscale"));
  if (result.person === null) lines.unshift(say("alone"));
  return lines.map((line) => make("p", { className: "note" }, line));
}

function download(entry, text, name, url) {
  const file = `${entry.name.replace(/\.[^.]*$/, "")}-${name}`;
  return make("a", { href: url, download: file, className: "button small" }, text);
}

function garmentPart(entry, garment, folder, actions) {
  const name = say(garment.class);
  const url = entry.url(folder + garment.file);
  if (!url) return null;
  const show = make("button", {
    type: "button",
    className: "thumb",
    "aria-label": say("cutout", name),
  }, make("img", { src: url, alt: "" }));
  show.addEventListener("click", () => actions.show(url, say("cutout", name)));
  return make("li", { className: "garment" }, show,
    make("div", { className: "garment-head" },
      make("h4", {}, name),
      download(entry, "PNG", garment.file, url)),
    chips(garment, actions));
}

function garmentsPart(entry, result, folder, actions) {
  const all = (result.garments ?? []).map((one) => garmentPart(entry, one, folder, actions))
    .filter((part) => part !== null);
  if (all.length === 0) return null;
  const list = (parts) => make("ul", { className: "garments" }, parts);
  const more = all.slice(GARMENTS_SHOWN);
  return make("section", { className: "region" },
    make("h3", {}, say("garments")),
    list(all.slice(0, GARMENTS_SHOWN)),
    more.length === 0 ? null
      : make("details", {}, make("summary", {}, say("garments_more", more.length)), list(more)));
}

function downloadsPart(entry, folder) {
  const row = (title, links) => make("div", { className: "row" },
    title && make("span", {}, title), make("div", {}, links));
  const link = (text, path) => {
    const url = entry.url(folder + path);
    return url && download(entry, text, path, url);
  };
  const all = download(entry, say("all_zip"), "swatch.zip", entry.url(entry.zipName));
  all.classList.add("strong");
  return make("section", { className: "region downloads" },
    make("h3", {}, say("downloads")),
    row(null, [all, link(say("card"), "card.png"),
      download(entry, "JSON", "colors.json", entry.url("colors.json"))]),
    row(say("cutouts"), REGIONS.map((name) => link(say(name), `${name}.png`))),
    row(say("palettes"), PALETTES.map((end) => link(end.toUpperCase(), `palette.${end}`))));
}

// The strip of small pictures below the large one.
function filmPart(entry, result, folder, actions) {
  const choices = [{ label: say("photo"), alt: entry.name, url: entry.photo }];
  for (const name of REGIONS) {
    const url = entry.url(`${folder}${name}.png`);
    if (url && result.regions[name].pixels > 0)
      choices.push({ label: say(name), alt: say("cutout", say(name)), url });
  }
  const film = make("div", { className: "film", role: "group", "aria-label": say("pictures") });
  film.append(...choices.map(({ label, alt, url }) => {
    const button = make("button", { type: "button", className: "thumb" },
      make("img", { src: url, alt: "" }), make("span", {}, label));
    button.dataset.url = url;
    button.addEventListener("click", () => actions.show(url, alt));
    return button;
  }));
  return film;
}

// One of several people.
function peoplePart(entry, actions) {
  const people = entry.result.people ?? [];
  if (people.length < 2) return null;
  const group = make("div", { className: "choice", role: "group", "aria-label": say("people") });
  group.append(...people.map((_, index) => {
    const button = make("button", {
      type: "button",
      "aria-pressed": String(index === entry.person),
    }, say("person", index + 1));
    button.addEventListener("click", () => actions.person(index));
    return button;
  }));
  return group;
}

export function drawResult(entry, actions) {
  const result = entry.result.people ? entry.result.people[entry.person] : entry.result;
  const folder = result.folder ? `${result.folder}/` : "";
  return {
    film: [filmPart(entry, result, folder, actions)],
    details: [
      peoplePart(entry, actions),
      ...notes(result),
      ...REGIONS.map((name) => regionPart(name, result.regions[name], actions)),
      garmentsPart(entry, result, folder, actions),
      downloadsPart(entry, folder),
    ].filter((part) => part !== null),
  };
}

export function drawWait(text) {
  return [make("p", { className: "wait" }, text), make("div", { className: "ghost" })];
}

// Asks for the token that the service wants (RFC 6750).
function tokenForm(actions) {
  const field = make("input", { type: "password", autocomplete: "off", required: true });
  const form = make("form", { className: "token" },
    make("label", {}, make("span", {}, say("token")), field),
    make("button", { className: "button" }, say("again")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    actions.token(field.value);
  });
  return form;
}

// `fault`: status of HTTP (0: no answer, -1: one that cannot be used) and the service's message.
export function drawFault(fault, actions) {
  const name = `fault_${fault.status}`;
  const again = make("button", { type: "button", className: "button" }, say("again"));
  again.addEventListener("click", () => actions.again());
  const whole = make("button", { type: "button", className: "button" }, say("whole"));
  whole.addEventListener("click", () => actions.again("none"));
  const ways = { 401: tokenForm(actions), 413: null, 415: null, 422: whole };
  return [make("div", { className: "fault" },
    make("p", {}, make("strong", {}, say(hasText(name) ? name : "fault"))),
    fault.message ? make("p", { className: "detail" }, say("detail", fault.message)) : null,
    fault.status in ways ? ways[fault.status] : again)];
}
