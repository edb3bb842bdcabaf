"use strict";
// The URL's hash is the whole state: controls write it, render() reads it. All text enters the page as text nodes.

const PAGE_SIZE = 20;
const EXACT = ["cell", "setting", "task", "group", "scale", "split", "variant", "scene", "family"];
const MARKS = {
  right: "✓ right", wrong: "✗ wrong", unparsed: "? unparsed", expected: "≈ expected", none: "– no answer",
};
const QUALITY = {
  overlap: "overlap of the views (share of pixels)",
  shared_anchors: "objects visible in both views",
  pose_error: "pose error (1 = the tolerance)",
  option_difference: "smallest difference between candidate images (0–1)",
  target_pixels: "visible pixels of the target",
  visible_objects: "visible objects",
};
const { head: { root, models, variants }, items } = typeof GALLERY === "undefined"
  ? { head: { root: "", models: [], variants: {} }, items: [] }
  : GALLERY;
const byId = new Map(items.map((item) => [item.id, item]));
const $ = (id) => document.getElementById(id);
const controls = [...document.querySelectorAll("[data-key]")];
let turn = () => {}; // turn(1) shows the next page, turn(-1) the previous one

// ---- state

const state = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

/** The hash after some changes; a new filter starts at its first page. */
function hashWith(changes, from = state()) {
  const next = { ...from, item: "", page: "", ...changes };
  return "#" + new URLSearchParams(Object.entries(next).filter(([, value]) => value));
}

const answerOf = (item, model) => item.answers[models.findIndex(({ name }) => name === model)];
const verdictOf = (item, model) => answerOf(item, model)?.verdict ?? "none";

function matches(item, s) {
  if (EXACT.some((key) => s[key] && item[key] !== s[key])) return false;
  if (s.model && !(s.outcome ? verdictOf(item, s.model) === s.outcome : answerOf(item, s.model))) return false;
  return !s.q || s.q.toLowerCase().split(/\s+/).every((word) => haystack(item).includes(word));
}

/** What the free-text search looks through; made when first needed. */
function haystack(item) {
  const { anchors, target, direction } = item.truth;
  item.haystack ??= [
    ...EXACT.map((key) => item[key]), item.id, item.simulator,
    target, anchors?.origin.name, anchors?.direction.name, direction,
    ...item.prompt.map((part) => part.text ?? part.image),
    ...item.answers.flatMap((answer) => [answer?.reply, answer?.reason]),
    ...item.answers.flatMap((answer) => (answer?.labels ?? []).flatMap(({ failures }) => failures)),
  ].join("\n").toLowerCase();
  return item.haystack;
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
    h("code", { class: "path" }, fileLink(path, path)));
}

/** Texts and images in the model's order; a short line right before an image is shown as its caption. */
function promptView(parts) {
  let caption = "";
  return h("div", { class: "prompt" }, parts.map((part, index) => {
    if ("image" in part) {
      const shown = figure(part.image, caption);
      caption = "";
      return shown;
    }
    let text = part.text.trim();
    const line = text.slice(text.lastIndexOf("\n") + 1);
    if (parts[index + 1] && "image" in parts[index + 1] && line.length <= 60) {
      caption = line;
      text = text.slice(0, text.length - line.length).trim();
    }
    return text ? h("p", {}, text) : null;
  }));
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
      h("th", { scope: "row" }, model.name, " ", h("small", { class: `kind ${model.kind}` }, model.kind)),
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
      h("h2", {}, link(item.id, { item: item.id }, s)),
      s.model ? h("span", {}, `${s.model}: `, mark(answerOf(item, s.model))) : null,
      h("p", {}, "cell ", link(item.cell, { cell: item.cell }), " · scene ", link(item.scene, { scene: item.scene }),
        " · family ", link(item.family, { family: item.family, families: "1" }),
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
      h("h2", {}, "Family ", link(group[0].family, { family: group[0].family, families: "1" })),
      h("p", {}, `${plural(group.length, "item")} on ${plural(frames.length, "frame")} of scene `,
        link(group[0].scene, { scene: group[0].scene, families: "1" }))),
    h("div", { class: "strip" }, frames.map((path) => figure(path))),
    group.map((item) => card(item, s)));
}

const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

/** Groups of items, each shown as a whole: a family, or one item. */
function groupsOf(list, together) {
  if (!together) return list.map((item) => [item]);
  const families = new Map();
  for (const item of list) {
    if (!families.has(item.family)) families.set(item.family, []);
    families.get(item.family).push(item);
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
function showItem(s, list) {
  const item = byId.get(s.item);
  if (!item) {
    show([notice(`This gallery has no item “${s.item}”.`)], "", null, null);
    return;
  }
  const index = list.indexOf(item);
  const at = (other) => other && index >= 0 ? hashWith({ item: other.id }) : null;
  const place = index >= 0 ? `item ${index + 1} of ${list.length}` : "1 item (outside the filters)";
  show([h("p", {}, link("← Back to the list", { beside: "" }, s)), card(item, s), ...besideView(item, s)], place, at(list[index - 1]), at(list[index + 1]));
}

function showPage(s, list) {
  const pages = pagesOf(groupsOf(list, s.families));
  const page = Math.min(Math.max(1, parseInt(s.page, 10) || 1), pages.length);
  const at = (other) => other >= 1 && other <= pages.length ? hashWith({ page: String(other) }) : null;
  const nodes = (pages[page - 1] ?? []).map((group) => s.families ? familyView(group, s) : card(group[0], s));
  const status = `${plural(list.length, "item")} of ${items.length.toLocaleString("en")}`;
  if (!nodes.length) nodes.push(notice("No item matches these filters."));
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

function render() {
  if (typeof GALLERY === "undefined") {
    show([notice("items.js is missing beside this page.")], "", null, null);
    return;
  }
  const s = state();
  const list = items.filter((item) => matches(item, s));
  syncControls(s);
  (s.item ? showItem : showPage)(s, list);
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
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("previous").addEventListener("click", () => turn(-1));
$("next").addEventListener("click", () => turn(1));
document.addEventListener("keydown", (event) => {
  const busy = event.target.closest?.("input, select, textarea, pre") || event.altKey || event.ctrlKey || event.metaKey;
  if (busy) return;
  if (event.key === "ArrowLeft") turn(-1);
  if (event.key === "ArrowRight") turn(1);
});
window.addEventListener("hashchange", () => {
  render();
  $("browse").scrollIntoView();
});
$("overview").open = !location.hash;
render();
