"use strict";
// The server knows where the person is; this page only shows it. All text enters the page as text nodes.

const $ = (id) => document.getElementById(id);
let progress = { total: 0, answered: 0, open: null };
let place = 0; // the item on the screen; progress.total: none is left
let letters = [];
let began = 0;
let busy = true; // while something is on its way, keys do nothing

function element(tag, text, attributes = {}) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(text ?? "");
  return made;
}

async function ask(path, given) {
  const reply = await fetch(path, given && { method: "PUT", body: JSON.stringify(given) }).catch(() => null);
  if (!reply) throw new Error("The server doesn't answer; start it again in the terminal. What it had confirmed is saved.");
  if (!reply.ok) throw new Error(`That was not saved: ${await reply.text()}`);
  return reply.json();
}

/** Texts and images in their order; a short line right before an image is its caption. */
function nodesOf(question) {
  let caption = "";
  return question.parts.map((part, index) => {
    if (part.image) {
      const figure = element("figure", null);
      if (caption) figure.append(element("figcaption", caption));
      figure.append(element("img", null, { src: part.image, alt: caption || "image" }));
      caption = "";
      return figure;
    }
    let text = part.text.trim();
    const line = text.slice(text.lastIndexOf("\n") + 1);
    if (question.parts[index + 1]?.image && line.length <= 60) {
      caption = line;
      text = text.slice(0, text.length - line.length).trim();
    }
    return text ? element("p", text) : "";
  });
}

function show(question) {
  letters = question.letters;
  $("question").replaceChildren(...nodesOf(question));
  $("letters").replaceChildren(...letters.map((letter) => {
    const button = element("button", letter, { type: "button", onclick: () => answer(letter) });
    button.setAttribute("aria-pressed", letter === question.letter);
    return button;
  }));
}

/** What to do, and an example with its answer; no letter counts until the person begins. */
async function showInstructions() {
  const { text, example } = await ask("/instructions");
  letters = [];
  $("letters").replaceChildren();
  const nodes = text.map((paragraph) => element("p", paragraph));
  if (example) {
    const shown = element("section", null);
    shown.append(element("h2", "An example, which you are not asked"), ...nodesOf(example));
    shown.append(element("p", `Its right answer is ${example.letter}.`));
    nodes.push(shown);
  }
  const begin = () => step(() => go(last()));
  nodes.push(element("button", progress.answered ? "Go on" : "Begin", { type: "button", id: "begin", onclick: begin }));
  $("question").replaceChildren(...nodes);
  $("status").textContent = "Instructions";
  for (const id of ["back", "forward", "undo"]) $(id).disabled = true;
  scrollTo(0, 0);
}

function showEnd() {
  letters = [];
  $("letters").replaceChildren();
  $("question").replaceChildren(element("p",
    `All ${progress.total} items are answered, thank you. Close this page; Ctrl-C in the terminal ends the server.`));
}

/** Where Forward leads at most: the first item without an answer, or the end. */
const last = () => progress.open ?? progress.total;

async function go(to) {
  place = Math.min(Math.max(0, to), last());
  if (place < progress.total) show(await ask(`/item/${place}`));
  else showEnd();
  const { total, answered } = progress;
  $("bar").max = total;
  $("bar").value = answered;
  const where = place < total ? `item ${place + 1} of ${total}: ` : "";
  $("status").textContent = `${where}${answered} answered, ${total - answered} left`;
  $("back").disabled = place === 0;
  $("forward").disabled = place >= last();
  $("undo").disabled = answered === 0;
  scrollTo(0, 0);
  began = performance.now();
}

/** Run one step at a time; a problem stays on the screen until a step goes well. */
async function step(doing) {
  if (busy) return;
  busy = true;
  try {
    await doing();
    $("problem").hidden = true;
  } catch (error) {
    $("problem").textContent = error.message;
    $("problem").hidden = false;
  } finally {
    busy = false;
  }
}

const put = async (at, letter) => {
  progress = await ask(`/answer/${at}`, { letter, seconds: (performance.now() - began) / 1000 });
};
const answer = (letter) => step(async () => {
  await put(place, letter);
  await go(last());
});
/** Takes the answer on the screen back, or the one before it. */
const undo = () => step(async () => {
  const pressed = document.querySelector("#letters [aria-pressed=true]");
  const at = pressed ? place : place - 1;
  if (at < 0) return;
  await put(at, null);
  await go(at);
});
const back = () => step(() => go(place - 1));
const forward = () => step(() => go(place + 1));

$("back").addEventListener("click", back);
$("forward").addEventListener("click", forward);
$("undo").addEventListener("click", undo);
$("instructions").addEventListener("click", () => step(showInstructions));
document.addEventListener("keydown", (event) => {
  if (event.repeat || event.altKey || event.ctrlKey || event.metaKey || $("begin")) return;
  const key = event.key.toUpperCase();
  const letter = letters.find((name, index) => key === name || key === String(index + 1));
  if (letter) answer(letter);
  else if (key === "U") undo();
  else if (key === "ARROWLEFT") back();
  else if (key === "ARROWRIGHT") forward();
});

busy = false;
step(async () => {
  progress = await ask("/progress");
  await (progress.answered ? go(last()) : showInstructions());
});
