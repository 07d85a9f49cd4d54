// The explorer of a corpus in JupyterLab. `widget.py` holds its state: selected, shown, colour_by and filters.

/** Make an element. Strings become text, never HTML; what begins with "on" listens. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== false) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

// An evidence card comes as HTML that Python has escaped. Only what a card is made of is taken over from it.
const CARD_PARTS = new Set("ARTICLE H3 SPAN BLOCKQUOTE MARK DL DT DD A P Q UL LI DATA TIME CITE".split(" "));
const CARD_ATTRIBUTES = ["class", "lang", "datetime", "value"];

/** Copy the parts of a card that are known; a link to another row's card opens that row. */
function copyCard(node, open) {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (!CARD_PARTS.has(node.tagName) || node.className === "card-close") return "";
  const row = node.tagName === "A" && (node.getAttribute("href") ?? "").match(/^#card-(.+)$/);
  const copy = row
    ? make("button", { type: "button", onclick: (event) => open(row[1], event) })
    : make({ ARTICLE: "div", H3: "div", A: "span" }[node.tagName] ?? node.tagName);
  for (const name of CARD_ATTRIBUTES) {
    if (node.hasAttribute(name)) copy.setAttribute(name, node.getAttribute(name));
  }
  copy.append(...[...node.childNodes].map((child) => copyCard(child, open)));
  return copy;
}

/** Make a container one stop of the Tab key; the arrow keys move within it, Enter and Space choose. */
function rove(container, selector) {
  const items = () => [...container.querySelectorAll(selector)];
  const stopAt = (chosen) => items().forEach((item) => (item.tabIndex = item === chosen ? 0 : -1));
  container.addEventListener("focusin", (event) => {
    const item = event.target.closest(selector);
    if (item) stopAt(item);
  });
  container.addEventListener("keydown", (event) => {
    const item = event.target.closest(selector);
    if (!item) return;
    const all = items();
    const at = all.indexOf(item);
    const steps = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 };
    if (event.key in steps) {
      event.preventDefault();
      all[steps[event.key]]?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      item.click();
    }
  });
  return () => {
    const all = items();
    stopAt(all.find((item) => item.tabIndex === 0) ?? all[0]);
  };
}

/** Scroll within a box, not around it, until an element stands in its middle. */
function centre(box, element) {
  const [outer, inner] = [box.getBoundingClientRect(), element.getBoundingClientRect()];
  box.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
}

function render({ model, el }) {
  const { words, articles, rows: ordered, codes } = model.get("data");
  const rows = new Map(ordered.map((row) => [row.id, row]));
  const article = new Map(articles.map((each) => [each.id, each]));
  const code = Object.fromEntries(
    Object.entries(codes).map(([by, list]) => [by, new Map(list.map((each) => [each.id, each]))]),
  );
  let opener = null; // what had the focus when the card was opened

  function set(name, value) {
    model.set(name, value);
    model.save_changes();
  }

  // What a row looks like

  function codesOf(row) {
    const by = model.get("colour_by");
    const ids = by === "stage" ? [row.stage] : row.dimensions.length ? row.dimensions : [""];
    return ids.map((id) => code[by].get(id));
  }
  const lettersOf = (row) => codesOf(row).map((each) => each.letters).filter(Boolean).join("·");
  const namesOf = (row) => codesOf(row).map((each) => each.name).join(", ");
  const titleOf = (row) => (row.kind === "statements" ? `${row.name}: ${row.quote}` : `${row.number} ${row.name}`.trim());

  function passes(row) {
    const wanted = model.get("filters");
    return (
      wanted.kinds.includes(row.kind) &&
      (!wanted.dimension || row.dimensions.includes(wanted.dimension)) &&
      (!wanted.stage || row.stage === wanted.stage) &&
      row.search.includes(wanted.search.trim().toLowerCase())
    );
  }

  // Choosing a row opens its card. With the keyboard the focus goes there, and Escape brings it back.

  function choose(id, event) {
    const byKey = event?.detail === 0;
    if (!el.contains(opener) || !card.contains(document.activeElement)) opener = document.activeElement;
    set("selected", id);
    reveal();
    columns.querySelector(".pe-chosen")?.scrollIntoView({ block: "nearest" });
    if (byKey) card.querySelector(".card-title")?.focus({ preventScroll: true });
  }

  function close() {
    const back = el.contains(opener) ? opener : null;
    set("selected", "");
    back?.focus({ preventScroll: true });
  }

  function rowItem(row, about = []) {
    const letters = make("span", { class: `pe-mark ${codesOf(row)[0].style}`, title: namesOf(row) }, lettersOf(row) || "—");
    const small = about.length ? [make("small", {}, about.filter(Boolean).join(" · "))] : [];
    const click = (event) => choose(row.id, event);
    const button = make("button", { type: "button", class: "pe-row", "data-row": row.id, onclick: click }, letters, titleOf(row), ...small);
    if (row.id === model.get("selected")) button.setAttribute("aria-current", "true");
    return make("li", {}, button);
  }

  // The parts of the view

  const status = make("p", { class: "pe-hidden", role: "status" });
  const legend = make("ul", { class: "pe-legend", "aria-label": words.legend });
  const columns = make("div", { class: "pe-articles" });
  const card = make("section", { class: "pe-card", "aria-label": words.card, tabindex: "0" });
  const list = make("ul", { class: "pe-list", "aria-label": words.rows });
  const found = make("span");
  const stopInList = rove(list, ".pe-row");
  let stopsInTexts = [];

  function choice(label, options, name, value, type) {
    const inputs = options.map(([id, text]) =>
      make("label", {}, make("input", { type, name, value: id, onchange: () => value(inputs) }), text),
    );
    return make("fieldset", {}, make("legend", {}, label), ...inputs);
  }

  function select(label, options, change) {
    const box = make(
      "select",
      { onchange: () => change(box.value) },
      ...options.map(([id, text]) => make("option", { value: id }, text)),
    );
    box.setAttribute("aria-label", label);
    return box;
  }

  const checked = (inputs) => inputs.map((each) => each.firstChild).filter((input) => input.checked).map((input) => input.value);
  const filter = (name, value) => set("filters", { ...model.get("filters"), [name]: value });
  const named = `pe-${Math.random().toString(36).slice(2)}`; // radio buttons of one view belong together
  const colourBy = choice(
    words.colour_by,
    ["dimension", "stage"].map((by) => [by, words[by]]),
    named,
    (inputs) => set("colour_by", checked(inputs)[0]),
    "radio",
  );
  const kinds = choice(
    words.show,
    ["approaches", "figures", "statements"].map((kind) => [kind, words[kind]]),
    "",
    (inputs) => filter("kinds", checked(inputs)),
    "checkbox",
  );
  const filters = ["dimension", "stage"].map((by) => {
    const options = codes[by].filter((each) => each.id).map((each) => [each.id, `${each.letters} ${each.name}`]);
    const box = select(words[by], [["", words.all], ...options], (value) => filter(by, value));
    box.dataset.by = by;
    return box;
  });
  const search = make("input", {
    type: "search",
    "aria-label": words.search,
    placeholder: words.search,
    oninput: () => filter("search", search.value),
  });

  // Drawing

  function drawArticles() {
    const shown = model.get("shown");
    columns.classList.toggle("pe-single", shown.length < 2);
    stopsInTexts = [];
    columns.replaceChildren(
      ...shown.map((id, place) => {
        const own = article.get(id);
        const source = [own.publisher, own.published].filter(Boolean).join(", ");
        const head = make("div", { class: "pe-head" });
        if (articles.length > 2) {
          const options = articles.map((each) => [each.id, each.label]);
          const box = select(`${words.article} ${place + 1}`, options, (value) => show(value, place));
          box.value = id;
          head.append(box);
        }
        const title = make("cite", { lang: "zh" }, own.title);
        head.append(make("span", {}, make("strong", {}, own.label), " ", title, " ", make("span", { class: "pe-source" }, source)));
        const text = make("blockquote", { class: "pe-text", lang: "zh" }, ...own.lines.map(drawLine));
        const box = make("div", { class: "pe-scroll", role: "region", "aria-label": own.label, tabindex: "0" }, text);
        box.dataset.article = id;
        stopsInTexts.push(rove(text, "[role=button]"));
        return make("div", { class: "pe-article" }, head, box);
      }),
    );
    drawPassages();
  }

  function drawLine(line) {
    return make(
      "p",
      {},
      ...line.map(([start, text, quoting]) => {
        if (!quoting.length) return text;
        const passage = make("span", { "data-start": String(start), "data-rows": quoting.join(" ") }, text);
        passage.addEventListener("click", (event) => {
          const row = quoting.find((id) => passes(rows.get(id)));
          if (row) choose(row, event);
        });
        return passage;
      }),
    );
  }

  function drawPassages() {
    const selected = model.get("selected");
    for (const passage of columns.querySelectorAll("[data-rows]")) {
      const quoting = passage.dataset.rows.split(" ").map((id) => rows.get(id)).filter(passes);
      const row = quoting[0];
      const letters = row && row.start === Number(passage.dataset.start) ? lettersOf(row) : "";
      passage.className = row ? `pe-mark ${codesOf(row)[0].style}` : "";
      passage.classList.toggle("pe-chosen", passage.dataset.rows.split(" ").includes(selected));
      const attributes = row && { role: "button", title: `${namesOf(row)}\n${quoting.map(titleOf).join("\n")}` };
      for (const name of ["role", "title", "tabindex"]) passage.removeAttribute(name);
      for (const [name, value] of Object.entries(attributes ?? {})) passage.setAttribute(name, value);
      if (row) passage.tabIndex = -1;
      if (letters) passage.dataset.letters = letters;
      else delete passage.dataset.letters;
    }
    stopsInTexts.forEach((stop) => stop());
  }

  function drawList() {
    const shown = model.get("shown");
    const own = ordered.filter((row) => shown.includes(row.article));
    const passing = own.filter(passes);
    list.replaceChildren(
      ...passing.map((row) => rowItem(row, [words[`kind.${row.kind}`], article.get(row.article).label, row.kind !== "statements" && row.quote])),
    );
    found.textContent = words.found.replace("{found}", passing.length).replace("{all}", own.length);
    status.textContent = found.textContent;
    stopInList();
  }

  function drawLegend() {
    const by = model.get("colour_by");
    const shown = model.get("shown");
    const used = new Set(ordered.filter((row) => shown.includes(row.article)).flatMap((row) => codesOf(row).map((each) => each.id)));
    legend.replaceChildren(
      ...codes[by]
        .filter((each) => used.has(each.id))
        .map((each) => make("li", {}, make("span", { class: `pe-mark ${each.style}` }, each.letters || "—"), " ", each.name)),
    );
  }

  function drawCard() {
    const row = rows.get(model.get("selected"));
    if (!row) {
      card.replaceChildren(make("p", { class: "pe-hint" }, words.hint), make("p", { class: "pe-hint" }, words.keys));
      return;
    }
    const parsed = new DOMParser().parseFromString(row.card, "text/html").body.firstElementChild;
    const body = copyCard(parsed, (id, event) => rows.has(id) && choose(id, event));
    body.querySelector(".card-title")?.setAttribute("tabindex", "-1");
    const around = ordered.filter((each) => each.article === row.article && each.start < row.end && row.start < each.end);
    if (around.length > 1) {
      const others = make("ul", { class: "pe-around", "aria-label": words.around }, ...around.map((each) => rowItem(each)));
      rove(others, ".pe-row")();
      body.querySelector(".card-title").after(make("p", {}, `${words.around}:`), others);
    }
    card.replaceChildren(make("button", { type: "button", class: "pe-close", onclick: close }, words.close), body);
    card.scrollTop = 0;
    status.textContent = `${words.card}: ${titleOf(row)}`;
  }

  // State

  /** Show an article at a place; if it stands at the other, they change places. */
  function show(id, place) {
    const shown = [...model.get("shown")];
    const other = shown.indexOf(id);
    if (other >= 0) shown[other] = shown[place];
    shown[place] = id;
    set("shown", shown);
  }

  /** Bring the selected passage into view, where need be by opening its article. */
  function reveal() {
    const row = rows.get(model.get("selected"));
    if (!row) return;
    const shown = model.get("shown");
    if (!shown.includes(row.article)) {
      const city = article.get(row.article).city;
      show(row.article, Math.max(0, shown.findIndex((id) => article.get(id).city === city)));
    }
    const passage = columns.querySelector(".pe-chosen");
    if (passage) centre(passage.closest(".pe-scroll"), passage);
  }

  function drawSelection() {
    drawPassages();
    for (const button of list.querySelectorAll(".pe-row")) {
      if (button.dataset.row === model.get("selected")) {
        button.setAttribute("aria-current", "true");
        if (!list.contains(document.activeElement)) centre(list, button);
      } else button.removeAttribute("aria-current");
    }
    drawCard();
    reveal();
  }

  function readControls() {
    const wanted = model.get("filters");
    for (const input of colourBy.querySelectorAll("input")) input.checked = input.value === model.get("colour_by");
    for (const input of kinds.querySelectorAll("input")) input.checked = wanted.kinds.includes(input.value);
    for (const box of filters) box.value = wanted[box.dataset.by];
    if (search.value !== wanted.search) search.value = wanted.search;
  }

  function redraw() {
    readControls();
    drawLegend();
    drawPassages();
    drawList();
  }

  const root = make(
    "div",
    // JupyterLab would take arrow keys, Enter and letters for commands of the notebook.
    { class: "pe-explorer pe-passages", role: "region", "aria-label": words.name, "data-lm-suppress-shortcuts": "true" },
    make("div", { class: "pe-bar" }, colourBy, kinds, ...filters.map((box) => make("label", {}, make("span", {}, words[box.dataset.by]), box))),
    legend,
    columns,
    make("div", { class: "pe-lower" }, card, make("div", { class: "pe-side" }, make("div", { class: "pe-found" }, search, found), list)),
    status,
  );
  root.lang = model.get("data").language;
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && model.get("selected")) {
      event.stopPropagation();
      close();
    }
  });
  el.append(root);

  const changes = {
    selected: drawSelection,
    shown: () => {
      drawArticles();
      redraw();
    },
    colour_by: () => {
      redraw();
      drawCard();
    },
    filters: redraw,
  };
  for (const [name, draw] of Object.entries(changes)) model.on(`change:${name}`, draw);
  drawArticles();
  redraw();
  drawCard();
  requestAnimationFrame(reveal);
  return () => {
    for (const [name, draw] of Object.entries(changes)) model.off(`change:${name}`, draw);
  };
}

export default { render };
