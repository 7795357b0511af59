// The audit: choose among the claims of a page by verdict, subject, confidence and words. Without this script all
// claims stand.

import { Filters } from "./carta-filters.js";

const NAMES = { verdict: "Verdict", subject: "Subject", confidence: "Confidence" };

function start(root) {
  const blocks = [...document.querySelectorAll(".carta-claim")];
  const rows = blocks.map((block) => ({
    claim: block.id,
    verdict: block.querySelector(".carta-verdict-words").textContent,
    subject: block.closest("section")?.querySelector("h2, h3")?.firstChild.textContent ?? "",
    confidence: block.querySelector(".carta-claim-confidence").textContent,
    words: block.textContent,
  }));
  const place = new Map(rows.map((row, at) => [row, blocks[at]]));
  const sections = new Set(blocks.map((block) => block.closest("section")));
  const filters = new Filters({
    id: root.id,
    rows,
    names: NAMES,
    noun: "claims",
    show: (found) => {
      const shown = new Set(found.map((row) => place.get(row)));
      for (const block of blocks) block.hidden = !shown.has(block);
      // A subject without a claim goes with its introduction.
      for (const section of sections) section.hidden = ![...shown].some((block) => section.contains(block));
      root.dataset.drawn = String(Number(root.dataset.drawn ?? 0) + 1);
    },
  });
  root.append(...filters.parts);
  root.dataset.live = "yes";

  // An address leads to its claim or subject, whatever is chosen.
  const reveal = () => {
    const asked = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!asked?.closest("[hidden]")) return;
    filters.reset();
    asked.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
}

for (const root of document.querySelectorAll(".carta-claims-filter")) start(root);
