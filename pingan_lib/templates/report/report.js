(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("scripted");

  function each(selector, act, within) { Array.prototype.forEach.call((within || document).querySelectorAll(selector), act); }
  function openCard() {
    var id = decodeURIComponent(location.hash.slice(1));
    return id.indexOf("card-") === 0 ? document.getElementById(id) : null;
  }

  // A card is opened and closed by the address alone, so that links and the back button work. What is added here:
  // closing goes back to where the reader was, to the same link, however many cards were looked at in between.
  var opener = null;
  function close() {
    var steps = history.state && history.state.cards;
    if (steps) { history.go(-steps); } else { location.replace("#_"); }
  }
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href^='#']");
    if (!link || event.defaultPrevented) { return; }
    var address = link.getAttribute("href");
    if (address === "#_") { event.preventDefault(); close(); return; }
    if (address.indexOf("#card-") !== 0) { opener = null; } else if (!openCard()) { opener = link; }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && openCard()) { event.preventDefault(); close(); }
  });
  var before = openCard(), depth = 0;
  window.addEventListener("hashchange", function () {
    var card = openCard();
    if (card) {
      if (history.state && history.state.cards) { depth = history.state.cards; }
      else if (before || opener) { depth += 1; history.replaceState({ cards: depth }, ""); }
      card.scrollTop = 0;
      card.focus({ preventScroll: true });
    } else {
      depth = 0;
      if (before && (location.hash === "" || location.hash === "#_" || opener)) {
        // Who came by a link to the card finds it in its list.
        var back = opener || before.querySelector(".card-link") || before;
        back.focus({ preventScroll: !!opener });
      }
      opener = null;
    }
    before = card;
  });
  if (before) { before.focus({ preventScroll: true }); }

  // The other language opens at what is being read here.
  function place() {
    if (openCard()) { return location.hash; }
    var here = "";
    each("main :is(h2, h3, .cell, .card)[id]", function (element) {
      if (element.getClientRects().length && !element.closest("nav") && element.getBoundingClientRect().top < 120) { here = "#" + element.id; }
    });
    return window.scrollY > 0 ? here : "";
  }
  each("a[data-switch]", function (link) {
    ["click", "auxclick", "contextmenu"].forEach(function (kind) {
      link.addEventListener(kind, function () { link.hash = place(); });
    });
  });

  // Which part is being read.
  var entries = {};
  each(".contents a", function (link) { entries[link.hash.slice(1)] = link; });
  var headings = Object.keys(entries).map(function (id) { return document.getElementById(id); });
  function mark() {
    var current = null;
    headings.forEach(function (heading) { if (heading.getBoundingClientRect().top < 160) { current = heading; } });
    headings.forEach(function (heading) {
      if (heading === current) { entries[heading.id].setAttribute("aria-current", "location"); }
      else { entries[heading.id].removeAttribute("aria-current"); }
    });
  }
  if (headings.length && window.IntersectionObserver) {
    var watch = new IntersectionObserver(mark, { rootMargin: "-160px 0px 0px 0px", threshold: [0, 1] });
    headings.forEach(function (heading) { watch.observe(heading); });
  }

  var button = document.getElementById("page-code");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var show = root.classList.toggle("coded");
      button.textContent = show ? button.dataset.hide : button.dataset.show;
      each("details.code", function (code) { code.open = show; });
    });
  }

  // Tables: a heading sorts upwards, then downwards, then back to the order of the page.
  var ORDER = ["comparable", "with_caution", "not_comparable", "consistent", "inconsistent", "not_testable"];
  var UNITS = { "万": 1e4, "亿": 1e8, "million": 1e6, "billion": 1e9 };
  var collator = new Intl.Collator(root.lang, { numeric: true });
  function written(cell) { return cell.textContent.trim(); }
  function judged(cell) {
    var found = cell.querySelector(".grade, .verdict"), code = found && /(?:grade|verdict)-(\w+)/.exec(found.className);
    return code ? ORDER.indexOf(code[1]) : NaN;
  }
  function dated(cell) { return /^\d{4}(-\d\d){0,2}( \d\d:\d\d)?$/.test(written(cell)) ? written(cell) : NaN; }
  function numeric(cell) {
    var found = /^[^\d−-]{0,12}([−-]?\d[\d,]*(?:\.\d+)?)\s*[余多]?(万|亿|million|billion)?/.exec(written(cell));
    return found ? Number(found[1].replace("−", "-").replace(/,/g, "")) * (UNITS[found[2]] || 1) : NaN;
  }
  function mixed(cell) { return /^[−-]?[\d.,]+\s*%?$/.test(written(cell)) ? numeric(cell) : written(cell); }
  // Empty cells, null, stand last either way; numbers stand before words.
  function keys(cells) {
    var filled = cells.filter(written);
    var read = [judged, dated, numeric].find(function (way) {
      return filled.every(function (cell) { var key = way(cell); return key === key; });
    }) || mixed;
    return cells.map(function (cell) { return written(cell) ? read(cell) : null; });
  }
  function compare(a, b) {
    if (typeof a !== typeof b) { return typeof a === "number" ? -1 : 1; }
    return typeof a === "number" ? a - b : collator.compare(a, b);
  }
  function sortable(table) {
    var heads = table.tHead && table.tHead.rows.length === 1 ? Array.from(table.tHead.rows[0].cells) : [];
    var body = table.tBodies[0], rows = body ? Array.from(body.rows) : [];
    if (rows.length < 3 || rows.some(function (row) { return row.cells.length !== heads.length; })) { return; }
    heads.forEach(function (head, at) {
      if (!head.textContent.trim() || head.querySelector("a, button")) { return; }
      var sorter = document.createElement("button");
      sorter.type = "button";
      sorter.append.apply(sorter, Array.from(head.childNodes));
      head.append(sorter);
      sorter.addEventListener("click", function () {
        var way = { ascending: "descending", descending: "" }[head.getAttribute("aria-sort")];
        if (way === undefined) { way = "ascending"; }
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        var ordered = rows;
        if (way) {
          head.setAttribute("aria-sort", way);
          var values = keys(rows.map(function (row) { return row.cells[at]; })), sign = way === "ascending" ? 1 : -1;
          ordered = rows.map(function (row, place) { return { row: row, key: values[place] }; }).sort(function (a, b) {
            if (a.key === null || b.key === null) { return (a.key === null) - (b.key === null); }
            return sign * compare(a.key, b.key);
          }).map(function (entry) { return entry.row; });
        }
        body.append.apply(body, ordered);
      });
    });
  }
  each("table.grid", sortable);

  // The index of a folder: the table of runs, narrowed to those that are looked for.
  var filter = document.getElementById("runs-filter");
  if (filter) {
    var fields = filter.elements, shown = fields.shown;
    var runs = Array.from(document.getElementById("runs-table").tBodies[0].rows);
    var narrow = function () {
      var terms = fields.text.value.toLowerCase().split(/\s+/), count = 0;
      runs.forEach(function (row) {
        var text = row.textContent.toLowerCase();
        row.hidden = !terms.every(function (term) { return text.indexOf(term) >= 0; }) ||
          ["notebook", "status", "inputs"].some(function (name) {
            return fields[name] && fields[name].value && fields[name].value !== row.dataset[name];
          });
        count += row.hidden ? 0 : 1;
      });
      shown.textContent = shown.dataset.text.replace("{shown}", count).replace("{all}", runs.length);
    };
    filter.addEventListener("input", narrow);
    filter.addEventListener("submit", function (event) { event.preventDefault(); });
    filter.hidden = false;
    narrow();
  }
})();
