"use strict";
{
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const box = document.getElementById("search");
  const count = document.getElementById("count");
  const contents = document.getElementById("contents");
  const links = new Map();
  for (const link of contents.querySelectorAll("a")) links.set(decodeURIComponent(link.hash.slice(1)), link);

  const articles = [...document.querySelectorAll("article")].map((article) => ({
    article,
    text: plain(article.querySelector("header").textContent + " " + (article.dataset.more ?? "")),
    rows: [...article.querySelectorAll("tbody tr")].map((row) => ({ row, text: plain(row.textContent) })),
    link: links.get(article.id)?.parentElement,
  }));
  const rest = [...document.querySelectorAll("[data-unsearched]")];
  const sections = [...document.querySelectorAll("section[data-searched]")];
  const groups = [...contents.querySelectorAll("[data-group]")];

  // An article is found by its name and comment, with all its columns; else by those of its columns that
  // hold a word of the question which the article does not.
  const search = () => {
    const words = plain(box.value).split(/\s+/).filter(Boolean);
    let found = 0, columns = 0;
    for (const { article, text, rows, link } of articles) {
      const left = words.filter((word) => !text.includes(word));
      let matching = 0;
      for (const { row, text: column } of rows) {
        row.hidden = left.length > 0 && !left.every((word) => column.includes(word));
        matching += row.hidden ? 0 : 1;
      }
      article.hidden = left.length > 0 && matching === 0;
      if (link) link.hidden = article.hidden;
      if (!article.hidden) { found += 1; columns += matching; }
    }
    document.body.classList.toggle("searching", words.length > 0);
    for (const part of rest) part.hidden = words.length > 0;
    for (const section of sections) section.hidden = words.length > 0 && !section.querySelector("article:not([hidden])");
    for (const group of groups) group.hidden = document.getElementById(group.dataset.group).hidden;
    count.textContent = words.length === 0 ? ""
      : found === 0 ? "Nada lleva esas palabras."
      : `${found} ${found === 1 ? "resultado" : "resultados"}, ${columns} ${columns === 1 ? "columna" : "columnas"}`;
    highlight(words);
  };

  const highlight = (words) => {
    if (!window.Highlight || !CSS.highlights) return;
    CSS.highlights.delete("found");
    if (words.length === 0) return;
    const ranges = [];
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.parentElement.closest("article:not([hidden]) :is(header, tbody)")) continue;
      const text = plain(node.data);
      // Accents aside the text is as long as it was, unless it holds a character that is made of several.
      if (text.length !== node.data.length) continue;
      for (const word of words) {
        for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
          const range = new Range();
          range.setStart(node, at);
          range.setEnd(node, at + word.length);
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  };

  box.addEventListener("input", search);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { box.value = ""; search(); }
    if (event.key === "Enter") document.querySelector("article:not([hidden]) h3 a")?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target === box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
  // A link into what the search hides shows everything again.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.closest("[hidden]")) { box.value = ""; search(); target.scrollIntoView(); }
  };
  window.addEventListener("hashchange", reveal);

  if (matchMedia("(max-width: 60rem)").matches) contents.open = false;
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("article:not(.function) details:not([open])")];
    for (const details of opened) details.open = true;
  });
  window.addEventListener("afterprint", () => { for (const details of opened) details.open = false; });

  // Pointing at a box shows what leads to it and what it leads to.
  for (const svg of document.querySelectorAll("svg.lineage")) {
    const edges = [...svg.querySelectorAll("[data-from]")];
    const along = (name, from, to, on) => {
      for (const edge of edges) {
        if (edge.dataset[from] !== name || on.has(edge)) continue;
        on.add(edge);
        along(edge.dataset[to], from, to, on);
      }
      return on;
    };
    const show = (box) => {
      const name = box.dataset.name;
      const on = new Set([...along(name, "from", "to", new Set()), ...along(name, "to", "from", new Set())]);
      const names = new Set([name, ...[...on].flatMap((edge) => [edge.dataset.from, edge.dataset.to])]);
      for (const edge of edges) edge.classList.toggle("on", on.has(edge));
      for (const other of svg.querySelectorAll(".box")) other.classList.toggle("on", names.has(other.dataset.name));
      svg.classList.add("traced");
    };
    for (const box of svg.querySelectorAll(".box")) {
      for (const start of ["mouseenter", "focus"]) box.addEventListener(start, () => show(box));
      for (const end of ["mouseleave", "blur"]) box.addEventListener(end, () => svg.classList.remove("traced"));
    }
  }

  box.value = new URLSearchParams(location.search).get("q") ?? box.value;
  search();
  reveal();
}
