"""What tests ask of a page: axe, and questions in JavaScript."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Nothing is fetched; only what breaks a rule is described.
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False}

# The Chinese on an English page that no `lang` marks.
UNMARKED = r"""() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const chinese = /[\p{Script=Han}，。、；：？！「」《》]/u.test(walker.currentNode.data);
    if (chinese && !parent.closest('script, style') && !parent.closest('[lang]').matches('[lang^=zh]')) {
      found.push(walker.currentNode.data.trim().slice(0, 60));
    }
  }
  return found;
}"""

# What sticks out of the window to the right, and is not within something that can be scrolled.
STICKING_OUT = """() => {
  const scrolled = element => ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
  const out = [...document.body.querySelectorAll('*')].filter(element => {
    if (element.getClientRects().length === 0 || element.getBoundingClientRect().right <= innerWidth + 1) {
      return false;
    }
    for (let above = element.parentElement; above; above = above.parentElement) {
      if (scrolled(above)) { return false; }
    }
    return true;
  });
  return out.map(element => element.outerHTML.slice(0, 120));
}"""

# Those of the elements that a selector names which can be seen.
SHOWN = """selector => [...document.querySelectorAll(selector)].filter(element => element.checkVisibility())
  .map(element => element.outerHTML.slice(0, 100))"""
# What would stand on every sheet of paper.
FIXED = """() => [...document.body.querySelectorAll('*')]
  .filter(element => element.checkVisibility() && ['fixed', 'sticky'].includes(getComputedStyle(element).position))
  .map(element => element.outerHTML.slice(0, 100))"""


def violations(page: Page) -> list[str]:
    """What axe finds wrong with a page as it is shown now: rule, element, reason."""
    found = Axe().run(page, options=AXE_OPTIONS).response
    return [
        f"{rule['id']}: {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
