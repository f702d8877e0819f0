// Long tables can be sorted by a click on a heading, and searched by a box above them.

const LONG = 20; // rows

function numberOrText(cell) {
  const text = cell.innerText.trim();
  const number = Number(text.replaceAll(",", ""));
  return text !== "" && !Number.isNaN(number) ? number : text.toLowerCase();
}

function compare(first, second) {
  if (typeof first === typeof second) return first < second ? -1 : first > second ? 1 : 0;
  return typeof first === "number" ? -1 : 1;
}

function makeSortable(table, body, rows) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.className = "sort";
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const isRising = heading.getAttribute("aria-sort") !== "ascending";
      headings.forEach((each) => each.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", isRising ? "ascending" : "descending");
      const keys = new Map(rows.map((row) => [row, numberOrText(row.cells[column])]));
      rows.sort((a, b) => compare(keys.get(a), keys.get(b)) * (isRising ? 1 : -1));
      body.append(...rows);
    });
  });
}

function makeSearchable(table, rows) {
  const box = document.createElement("input");
  box.type = "search";
  box.className = "table-search";
  box.placeholder = `Search ${rows.length} rows`;
  box.setAttribute("aria-label", box.placeholder);
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.innerText.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
  (table.closest(".table-wrapper") ?? table).before(box);
}

document.addEventListener("DOMContentLoaded", () => {
  for (const table of document.querySelectorAll("article table")) {
    const body = table.tBodies[0];
    const rows = [...(body?.rows ?? [])];
    if (rows.length < LONG || !table.tHead) continue;
    makeSortable(table, body, rows);
    makeSearchable(table, rows);
  }
});
