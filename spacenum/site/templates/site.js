"use strict";
// Sorting, choice of columns, examples and copying. The page is whole without it.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const board = document.querySelector(".board");

/** What a row is sorted by; null where it has no such number, which comes last. */
function valueOf(row, key) {
  if (key === "name") return row.dataset.name.toLowerCase();
  const value = row.querySelector(`[data-key="${key}"]`).dataset.value;
  return value === undefined ? null : Number(value);
}

function compare(a, b) {
  if (a === null || b === null) return (a === null) - (b === null);
  return a < b ? -1 : Number(a > b);
}

/** Sort each part by itself, rows without a rank last, and rank those that have the number. */
function sortBy(head) {
  const { sort: key } = head.dataset;
  const rising = head.getAttribute("aria-sort") === "descending" || (!head.hasAttribute("aria-sort") && ["name", "unread"].includes(key));
  for (const other of all("[aria-sort]", board)) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", rising ? "ascending" : "descending");
  for (const body of board.tBodies) order(body, key, rising);
}

function order(body, key, rising) {
  const rows = all("tr[data-name]", body);
  const both = (a, b) => {
    const [first, second] = [valueOf(a, key), valueOf(b, key)];
    const missing = (first === null) - (second === null);
    const unranked = ("ranked" in b.dataset) - ("ranked" in a.dataset);
    return unranked || missing || (rising ? 1 : -1) * compare(first, second) || compare(a.dataset.name, b.dataset.name);
  };
  body.append(...rows.sort(both));
  rank(body, key);
}

/** Equal numbers share a rank. Names and unread replies rank nobody: ranks are those of the average then. */
function rank(body, key) {
  const by = ["name", "unread"].includes(key) ? "all" : key;
  const rows = all("tr[data-ranked]", body);
  const values = rows.map((row) => valueOf(row, by)).filter((value) => value !== null);
  for (const row of rows) {
    const value = valueOf(row, by);
    row.querySelector(".rank").textContent = value === null ? "–" : 1 + values.filter((other) => other > value).length;
  }
}

for (const head of all("[data-sort]", board)) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => sortBy(head));
}
for (const body of board.tBodies) rank(body, "all");

function view(name) {
  board.dataset.view = name;
  for (const cell of all("[data-view]", board)) cell.hidden = !["", name].includes(cell.dataset.view);
}
document.querySelector(".views").hidden = false;
for (const choice of all("[name=view]")) choice.addEventListener("change", () => view(choice.value));
view(document.querySelector("[name=view]:checked").value);

for (const example of all(".example")) {
  for (const button of all("[data-letter]", example)) {
    button.addEventListener("click", () => {
      const { letter } = button.dataset;
      const right = letter === example.dataset.answer;
      for (const other of all("[data-letter]", example)) other.setAttribute("aria-pressed", String(other === button));
      const told = example.querySelector(".told");
      told.className = `told ${right ? "right" : "wrong"}`;
      told.textContent = right ? `✓ ${letter} is right.` : `✗ ${letter} is wrong; ${example.dataset.answer} is right.`;
      example.querySelector("details").open = true;
    });
  }
}

for (const button of all("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch { // not allowed here: select it, for the keyboard
      getSelection().selectAllChildren(text);
      button.textContent = "Selected";
    }
  });
}

/** A link to a claim opens it. */
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.tagName === "DETAILS") target.open = true;
}
window.addEventListener("hashchange", openTarget);
openTarget();
