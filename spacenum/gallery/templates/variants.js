"use strict";
// An item beside its variants, which are loaded when it is opened alone.

const variantsOf = new Map(); // item id: its variants, of the files that were loaded

/** Called by the scripts with variants. */
function addVariants(byItem) {
  for (const [id, several] of Object.entries(byItem)) variantsOf.set(id, several);
}

/** A model's answer where it gave one: the letter, whether it is right, and what it said beyond the letter. */
function shortAnswersView(item) {
  const rows = models.flatMap((model, index) => {
    const answer = item.answers[index];
    if (!answer) return [];
    return [h("tr", {},
      h("th", { scope: "row" }, model.name),
      h("td", { class: "letter" }, answer.letter ?? "–"),
      h("td", {}, mark(answer), answer.reply?.trim() === answer.letter ? null : replyView(answer)))];
  });
  if (!rows.length) return notice("No model was asked this.");
  return h("table", { class: "short" }, headings(["Model", "Letter", "Result"]), h("tbody", {}, rows));
}

function columnView(item, name, changes) {
  return h("article", { class: "column", "data-variant": item.variant },
    h("header", {}, h("h3", {}, name), h("p", {}, changes)),
    promptView(item.prompt),
    h("div", {}, optionsView(item), truthView(item)),
    shortAnswersView(item));
}

/** The section with an item and its variants in columns; the hash's ``beside`` names one variant, or all are shown. */
function besideView(item, place, s) {
  if (!Object.keys(variants).length) return [];
  const section = h("section", { class: "beside" }, notice("Loading the variants …"));
  load(`variants/${fileOf(place)}`).then((loaded) => {
    const all = variantsOf.get(item.id) ?? [];
    const chosen = all.some(({ variant }) => variant === s.beside) ? s.beside : "";
    const shown = all.filter(({ variant }) => !chosen || variant === chosen);
    const choice = (text, beside) =>
      beside === chosen ? h("strong", {}, text) : link(text, { item: item.id, beside }, s);
    section.replaceChildren(
      h("h2", {}, "Beside its variants"),
      loaded ? "" : notice(`variants/${fileOf(place)} is missing beside this page.`),
      h("p", { class: "choices" }, choice("all", ""), all.map(({ variant }) => [" · ", choice(variant, variant)])),
      all.length || !loaded ? "" : notice("No variant that was built has this item."),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Variants" }, h("div", { class: "variants" },
        columnView(item, item.variant, "as the main table asks it"),
        shown.map((other) => columnView(other, other.variant, variants[other.variant])))));
  });
  return [section];
}
