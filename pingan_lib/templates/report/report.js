(function () {
  "use strict";
  var opener = null;

  // A card is opened and closed by the address alone; this only brings the reader back to the number.
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href^='#']");
    if (link && (link.getAttribute("href") || "").indexOf("#card-") === 0 && !link.closest(".card")) { opener = link; }
  });
  window.addEventListener("hashchange", function () {
    if (location.hash === "#_" && opener) { opener.focus({ preventScroll: true }); opener = null; }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && location.hash.indexOf("#card-") === 0) { location.hash = "#_"; }
  });

  // The other language opens at the card or the heading that is being read.
  function place() {
    if (location.hash.indexOf("#card-") === 0) { return location.hash; }
    var here = "";
    document.querySelectorAll("h2[id], h3[id]").forEach(function (heading) {
      if (!heading.closest("nav") && heading.getBoundingClientRect().top < 120) { here = "#" + heading.id; }
    });
    return here;
  }
  document.querySelectorAll("a[data-switch]").forEach(function (link) {
    link.addEventListener("click", function () { link.hash = place(); });
  });

  var button = document.getElementById("page-code");
  if (button) {
    var show = false;
    button.hidden = false;
    button.addEventListener("click", function () {
      show = !show;
      button.textContent = show ? button.dataset.hide : button.dataset.show;
      document.querySelectorAll("details.code").forEach(function (code) { code.open = show; });
    });
  }
})();
