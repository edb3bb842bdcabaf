"use strict";
// The URL's hash is the whole state: controls write it, render() reads it. All text enters the page as text nodes.

const PAGE_SIZE = 24;
const EXACT = ["cell", "setting", "task", "group", "scale", "split", "variant", "scene", "family"];
const MARKS = {
  right: "✓ right", wrong: "✗ wrong", unparsed: "? unparsed", expected: "≈ expected", none: "– no answer",
};
const VERDICTS = { r: "right", w: "wrong", u: "unparsed", e: "expected", n: "none" };
const QUALITY = {
  overlap: "overlap of the views (share of pixels)",
  shared_anchors: "objects visible in both views",
  pose_error: "pose error (1 = the tolerance)",
  option_difference: "smallest difference between candidate images (0–1)",
  target_pixels: "visible pixels of the target",
  visible_objects: "visible objects",
};
const NAMES = {
  layout: "Layout", num2space: "number to image", space2num: "image to number",
  move_forward_backward: "Move forward or backward", move_left_right: "Move left or right",
  rotate_up_down: "Rotate up or down", rotate_left_right: "Rotate left or right",
  "1d": "1D", "2d": "2D", "3d": "3D", desk: "desk", room: "room",
};
const { head: { root, models, variants, perFile }, ids, keys, verdicts } = typeof GALLERY === "undefined"
  ? { head: { root: "", models: [], variants: {}, perFile: 1 }, ids: [], keys: {}, verdicts: [] }
  : GALLERY;
const places = new Map(ids.map((id, place) => [id, place]));
const records = new Map(); // item id: its record, of the files that were loaded
const loading = new Map(); // file: a promise that ends when its script has run, or could not
const $ = (id) => document.getElementById(id);
const controls = [...document.querySelectorAll("[data-key]")];
let turn = () => {}; // turn(1) shows the next page, turn(-1) the previous one
let renders = 0; // a render that waited for a file ends if another one has begun

// ---- data

/** Called by the scripts with items. */
function addItems(items) {
  for (const item of items) records.set(item.id, item);
}

/** Run a script beside the page; whether it could be loaded. */
function load(file) {
  if (!loading.has(file)) {
    loading.set(file, new Promise((done) => {
      const script = h("script", { src: file });
      script.addEventListener("load", () => done(true));
      script.addEventListener("error", () => done(false));
      document.head.append(script);
    }));
  }
  return loading.get(file);
}

const fileOf = (place) => `${String(Math.floor(place / perFile)).padStart(4, "0")}.js`;
const valueOf = (place, key) => keys[key].values[keys[key].of[place]];

/** The records at some places; null for those whose file is missing. */
async function recordsAt(list) {
  await Promise.all([...new Set(list.map(fileOf))].map((file) => load(`items/${file}`)));
  return list.map((place) => records.get(ids[place]) ?? null);
}

// ---- state

const state = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

/** The hash after some changes; a new filter starts at its first page. */
function hashWith(changes, from = state()) {
  const next = { ...from, item: "", page: "", ...changes };
  return "#" + new URLSearchParams(Object.entries(next).filter(([, value]) => value));
}

const answerOf = (item, model) => item.answers[models.findIndex(({ name }) => name === model)];
const verdictOf = (place, model) => VERDICTS[verdicts[models.findIndex(({ name }) => name === model)]?.[place] ?? "n"];

/** The places of the items that the filters leave, without the words that are searched for. */
function filtered(s) {
  const wanted = EXACT.filter((key) => s[key]).map((key) => [keys[key].of, keys[key].values.indexOf(s[key])]);
  const matches = (place) => wanted.every(([of, value]) => of[place] === value) && (!s.model ||
    (s.outcome ? verdictOf(place, s.model) === s.outcome : verdictOf(place, s.model) !== "none"));
  return [...ids.keys()].filter(matches);
}

/** Those of them that hold every word; file by file, since only one is needed at a time. null: not wanted any more. */
async function searched(list, query, current) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const byFile = new Map();
  for (const place of list) byFile.set(fileOf(place), [...(byFile.get(fileOf(place)) ?? []), place]);
  const found = [];
  let read = 0;
  for (const some of byFile.values()) {
    if (byFile.size > 3) $("status").textContent = `Searching file ${++read} of ${byFile.size} …`;
    const items = await recordsAt(some);
    if (!current()) return null;
    some.forEach((place, n) => {
      const text = items[n] ? haystack(items[n]) : "";
      if (words.every((word) => text.includes(word))) found.push(place);
    });
  }
  return found;
}

/** What the free-text search looks through. */
function haystack(item) {
  const { anchors, target, direction } = item.truth;
  return [
    ...EXACT.map((key) => item[key]), item.id, item.simulator,
    target, anchors?.origin.name, anchors?.direction.name, direction,
    ...item.prompt.map((part) => part.text ?? part.image),
    ...item.answers.flatMap((answer) => [answer?.reply, answer?.reason]),
    ...item.answers.flatMap((answer) => (answer?.labels ?? []).flatMap(({ failures }) => failures)),
  ].join("\n").toLowerCase();
}

// ---- elements

/** An element; attributes that are null or false are left out, children that are null too. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

/** A name that may be broken at its dots and dashes, and in no word. */
const breakable = (name) => name.split(/(?<=[._/-])/).flatMap((part) => [part, h("wbr")]);

const link = (text, changes, from = {}) => h("a", { href: hashWith(changes, from) }, text);
const fileUrl = (path) => `${root}/${path}`.split("/").map(encodeURIComponent).join("/");

function fileLink(path, ...children) {
  return h("a", { href: fileUrl(path), target: "_blank", rel: "noopener" }, children);
}

/** A frame with its caption and its path, both leading to the file. */
function figure(path, caption) {
  const image = h("img", { src: fileUrl(path), alt: caption || "frame", loading: "lazy", decoding: "async" });
  image.addEventListener("error", () => image.classList.add("missing"));
  return h("figure", {},
    caption ? h("figcaption", {}, caption) : null,
    fileLink(path, image),
    h("code", { class: "path" }, fileLink(path, breakable(path))));
}

/** Texts and images in the model's order; a short line right before an image is shown as its caption. Options that
 * follow one another stand two by two. */
function promptView(parts) {
  const shown = [];
  let caption = "";
  parts.forEach((part, index) => {
    if ("image" in part) {
      const one = figure(part.image, caption);
      const option = caption.startsWith("Option ");
      if (option && shown.at(-1)?.className === "two-by-two") shown.at(-1).append(one);
      else shown.push(option ? h("div", { class: "two-by-two" }, one) : one);
      caption = "";
      return;
    }
    let text = part.text.trim();
    const line = text.slice(text.lastIndexOf("\n") + 1);
    if (parts[index + 1] && "image" in parts[index + 1] && line.length <= 60) {
      caption = line;
      text = text.slice(0, text.length - line.length).trim();
    }
    if (text) shown.push(h("p", {}, text));
  });
  return h("div", { class: "prompt" }, shown);
}

/** What an item is about: "Layout 2D room · number to image". */
function title({ setting, group, scale, task }) {
  const about = setting === "layout" ? ["layout", group, scale] : [group];
  return `${about.filter(Boolean).map((name) => NAMES[name] ?? name).join(" ")} · ${NAMES[task] ?? task}`;
}

/** An item in a list: its pictures, which lead to all of it. Where they fill half of the space, the question stands in
 * the other. Which option is right isn't told. */
function tile(item, s) {
  const images = item.prompt.filter((part) => "image" in part);
  const [question] = item.prompt.filter((part) => "text" in part).slice(-1);
  const picture = ({ image }) => h("img", { src: fileUrl(image), alt: "", loading: "lazy", decoding: "async" });
  const options = images.slice(-4);
  const pictures = images.length < 4 ? images.slice(0, 2).map(picture) : [
    ...images.slice(-5, -4).map(picture),
    h("span", { class: "four" }, options.map(picture)),
  ];
  return h("article", { class: "tile", "data-item": item.id },
    h("a", { href: hashWith({ item: item.id }, s) },
      h("span", { class: "pictures" },
        pictures.length < 2 ? h("span", { class: "question" }, question?.text.trim() ?? "") : null,
        pictures),
      h("span", { class: "name" }, title(item)),
      h("small", {}, breakable(item.id))),
    s.model ? h("p", {}, `${s.model}: `, mark(answerOf(item, s.model))) : null);
}

function headings(names) {
  return h("thead", {}, h("tr", {}, names.map((name) => h("th", { scope: "col" }, name))));
}

// ---- values

const number = (value) => String(Number(value.toFixed(4))).replace("-", "−");
const point = (value) => Array.isArray(value) ? `(${value.map(number).join(",\u00a0")})` : number(value);

/** A magnitude with its unit, or the two corners of a box. */
function valueView(value, unit) {
  if (Array.isArray(value)) return `${point(value[0])} to ${point(value[1])}`;
  return number(value) + (unit === "deg" ? "°" : ` ${unit}`);
}

function optionsView(item) {
  const layout = item.setting === "layout";
  const agrees = (ok) => h("td", { class: ok ? "right" : "wrong" }, ok ? "✓ same" : "✗ differs");
  const row = (option) => {
    const right = option.letter === item.answer;
    return h("tr", { class: right ? "answer" : null },
      h("th", { scope: "row" }, option.letter, right ? h("span", { class: "right" }, " ✓ right") : null),
      h("td", {}, valueView(option.value, option.unit),
        option.image ? [" ", fileLink(option.image, h("small", {}, "image"))] : null),
      layout ? [agrees(option.position_ok), agrees(option.size_ok)] : null);
  };
  return h("table", { class: "options" },
    headings(["Option", "Value", ...(layout ? ["Place", "Size"] : [])]),
    h("tbody", {}, item.options.map(row)));
}

function facts(pairs) {
  return h("dl", {}, pairs.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function truthView({ setting, truth }) {
  if (setting === "transition") {
    return facts([["direction", truth.direction], ["magnitude", valueView(truth.magnitude, truth.unit)]]);
  }
  const { anchors, frame } = truth;
  return facts([
    [`target: ${truth.target}`, valueView(truth.corners)],
    [`origin anchor: ${anchors.origin.name}`, valueView(anchors.origin.corners)],
    [`direction anchor: ${anchors.direction.name}`, valueView(anchors.direction.corners)],
    ["options vary in", truth.variation === "both" ? "position and size" : truth.variation],
    ["frame’s origin in the world", `${point(frame.origin)} m`],
    ["frame’s x axis in the world", point(frame.x_axis)],
    ["the number 1 stands for", `${number(frame.unit_m)} m`],
  ]);
}

function qualityView({ quality }) {
  return facts(Object.entries(quality).map(([key, value]) => [QUALITY[key] ?? key, number(value)]));
}

// ---- answers

function mark(answer) {
  const verdict = answer?.verdict ?? "none";
  const score = verdict === "expected" ? ` ${number(answer.score)}` : "";
  return h("span", { class: `mark ${verdict}` }, MARKS[verdict] + score);
}

function replyView(answer) {
  const odds = Object.entries(answer?.probabilities ?? {}).map(([letter, p]) => `${letter} ${number(100 * p)} %`);
  return [
    odds.length ? odds.join(" · ") : null,
    answer?.reason ? h("div", { class: "reason" }, `${answer.outcome}: ${answer.reason}`) : null,
    answer?.reply === undefined ? null : h("pre", { tabindex: "0" }, answer.reply || "(empty reply)"),
    ...(answer?.labels ?? []).map(labelsView),
  ];
}

/** What one source says of a reasoning trace, each failure with the words that show it. */
function labelsView({ source, outcome, failures, evidence }) {
  const quotes = (failure) => evidence.filter((found) => found.failure === failure).map(({ text }) => `“${text}”`);
  const said = failures.map((failure) => [failure, ...quotes(failure)].join(" ")).join("; ");
  return h("div", { class: "labels" }, `${source}: ${said || (outcome === "labelled" ? "no failure" : outcome)}`);
}

function answersView(item, selected) {
  const row = (model, index) => {
    const answer = item.answers[index];
    return h("tr", { class: model.name === selected ? "selected" : null },
      h("th", { scope: "row" }, breakable(model.name), " ", h("small", { class: `kind ${model.kind}` }, model.kind)),
      h("td", { class: "letter" }, answer?.letter ?? "–"),
      h("td", {}, mark(answer)),
      h("td", {}, replyView(answer)));
  };
  return h("table", { class: "answers" },
    headings(["Model", "Letter", "Result", "Raw reply"]),
    h("tbody", {}, models.map(row)));
}

// ---- page

function card(item, s) {
  const aside = (name, view) => h("section", {}, h("h3", {}, name), view);
  return h("article", { class: "card", "data-item": item.id },
    h("header", {},
      h("h2", {}, link(title(item), { item: item.id }, s)),
      h("code", {}, breakable(item.id)),
      s.model ? h("span", {}, `${s.model}: `, mark(answerOf(item, s.model))) : null,
      h("p", {}, "cell ", link(breakable(item.cell), { cell: item.cell }), " · scene ", link(breakable(item.scene), { scene: item.scene }),
        " · family ", link(breakable(item.family), { family: item.family, families: "1" }),
        ` · ${item.split}, ${item.variant}, ${item.simulator}`)),
    h("div", { class: "columns" },
      h("section", {}, h("h3", {}, "Prompt as the model sees it"), promptView(item.prompt)),
      h("div", { class: "aside" },
        aside("Options", optionsView(item)),
        aside("Truth", truthView(item)),
        aside("Quality controls", qualityView(item)))),
    models.length ? aside("Answers", answersView(item, s.model)) : null);
}

/** Items of one family under their shared frames. */
function familyView(group, s) {
  const paths = group.flatMap((item) => [...item.prompt, ...item.options].map((part) => part.image).filter(Boolean));
  const frames = [...new Set(paths)];
  return h("section", { class: "family" },
    h("header", {},
      h("h2", {}, "Family ", link(breakable(group[0].family), { family: group[0].family, families: "1" })),
      h("p", {}, `${plural(group.length, "item")} on ${plural(frames.length, "frame")} of scene `,
        link(breakable(group[0].scene), { scene: group[0].scene, families: "1" }))),
    h("div", { class: "strip" }, frames.map((path) => figure(path))),
    group.map((item) => card(item, s)));
}

const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

/** Groups of places, each shown as a whole: a family, or one item. */
function groupsOf(list, together) {
  if (!together) return list.map((place) => [place]);
  const families = new Map();
  for (const place of list) {
    const family = valueOf(place, "family");
    if (!families.has(family)) families.set(family, []);
    families.get(family).push(place);
  }
  return [...families.values()];
}

/** Pages of at least PAGE_SIZE items; no group is split. */
function pagesOf(groups) {
  const pages = [];
  let room = 0;
  for (const group of groups) {
    if (room <= 0) {
      pages.push([]);
      room = PAGE_SIZE;
    }
    pages.at(-1).push(group);
    room -= group.length;
  }
  return pages;
}

function show(nodes, status, previous, next) {
  $("items").replaceChildren(...nodes);
  $("status").textContent = status;
  $("previous").disabled = previous === null;
  $("next").disabled = next === null;
  turn = (step) => {
    const target = step < 0 ? previous : next;
    if (target !== null) location.hash = target;
  };
}

/** One item alone; the pager steps through the list that the filters leave. */
async function showItem(s, list, current) {
  const place = places.get(s.item);
  if (place === undefined) {
    show([notice(`This gallery has no item “${s.item}”.`)], "", null, null);
    return;
  }
  const [item] = await recordsAt([place]);
  if (!current()) return;
  const index = list.indexOf(place);
  const at = (other) => other !== undefined && index >= 0 ? hashWith({ item: ids[other] }) : null;
  const told = index >= 0 ? `item ${index + 1} of ${list.length}` : "1 item (outside the filters)";
  const back = h("p", {}, link("← Back to the list", { beside: "" }, s));
  const nodes = item ? [back, card(item, s), ...besideView(item, place, s)] : [back, missing([place])];
  show(nodes, told, at(list[index - 1]), at(list[index + 1]));
}

const missing = (list) => notice(`items/${fileOf(list[0])} is missing beside this page.`);

async function showPage(s, list, current) {
  const pages = pagesOf(groupsOf(list, s.families));
  const page = Math.min(Math.max(1, parseInt(s.page, 10) || 1), pages.length);
  const at = (other) => other >= 1 && other <= pages.length ? hashWith({ page: String(other) }) : null;
  const shown = pages[page - 1] ?? [];
  await recordsAt(shown.flat());
  if (!current()) return;
  const groups = shown.map((group) => group.map((place) => records.get(ids[place])).filter(Boolean));
  const absent = shown.flat().filter((place) => !records.has(ids[place]));
  const filled = groups.filter((group) => group.length);
  const nodes = s.families
    ? filled.map((group) => familyView(group, s))
    : [h("div", { class: "tiles" }, filled.map(([item]) => tile(item, s)))];
  const status = `${plural(list.length, "item")} of ${ids.length.toLocaleString("en")}`;
  if (absent.length) nodes.push(missing(absent));
  if (!shown.length) nodes.push(notice("No item matches these filters."));
  show(nodes, pages.length > 1 ? `${status}, page ${page} of ${pages.length}` : status, at(page - 1), at(page + 1));
}

const notice = (text) => h("p", { class: "notice" }, text);

function syncControls(s) {
  for (const control of controls) {
    const value = s[control.dataset.key] ?? "";
    if (control.type === "checkbox") control.checked = Boolean(value);
    else if (control !== document.activeElement || control.tagName === "SELECT") control.value = value;
    if (control.dataset.key === "outcome") control.disabled = !s.model;
  }
  $("clear").hidden = !Object.keys(s).length;
}

async function render() {
  const mine = ++renders;
  const current = () => mine === renders;
  if (typeof GALLERY === "undefined") {
    show([notice("items.js is missing beside this page.")], "", null, null);
    return;
  }
  const s = state();
  syncControls(s);
  const list = s.q ? await searched(filtered(s), s.q, current) : filtered(s);
  if (current()) await (s.item ? showItem : showPage)(s, list, current);
}

let typing = 0;
for (const control of controls) {
  const { key } = control.dataset;
  const changes = () => {
    const value = control.type === "checkbox" ? (control.checked ? "1" : "") : control.value.trim();
    return key === "model" && !value ? { model: "", outcome: "" } : { [key]: value };
  };
  control.addEventListener("change", () => { location.hash = hashWith(changes()); });
  if (key === "q") {
    control.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => location.replace(hashWith(changes())), 250);
    });
  }
}
for (const [list, key] of [["scenes", "scene"], ["families", "family"]]) { // thousands, for whoever wants to choose
  document.querySelector(`[list=${list}]`).addEventListener("focus", () => {
    $(list).replaceChildren(...(keys[key]?.values ?? []).map((value) => h("option", { value })));
  });
}
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("previous").addEventListener("click", () => turn(-1));
$("next").addEventListener("click", () => turn(1));
document.addEventListener("keydown", (event) => {
  const busy = event.target.closest?.("input, select, textarea, pre") || event.altKey || event.ctrlKey || event.metaKey;
  if (busy) return;
  if (event.key === "ArrowLeft") turn(-1);
  if (event.key === "ArrowRight") turn(1);
});
window.addEventListener("hashchange", async () => {
  await render();
  $("browse").scrollIntoView();
});
$("chosen").open = matchMedia("(min-width: 62rem)").matches;
render();
