(() => {
  "use strict";
  const root = document.documentElement;
  const LONG = 12;

  /** Light or dark, as the reader wants it. */
  function addTheme() {
    const button = document.createElement("button");
    const isDark = () =>
      root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const name = () => (button.textContent = isDark() ? "Light" : "Dark");
    button.type = "button";
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      name();
    });
    name();
    document.querySelector(".controls").append(button);
  }

  /** A decimal as a whole number, so that no digit is lost in comparing. */
  function whole(decimal) {
    const [units, fraction = ""] = decimal.split(".");
    return BigInt(units + fraction.padEnd(24, "0"));
  }

  /** What a cell is sorted by: its number, else its text; what has no number in a column of numbers comes last. */
  function keyOf(row, index, isNumber) {
    const cell = row.cells[index];
    if (!isNumber) return cell.textContent;
    if (cell.dataset.n === undefined) return null;
    // What is printed as less than a unit isn't nothing.
    const nudge = { "<": 1n, ">": -1n }[cell.textContent[0]] ?? 0n;
    return whole(cell.dataset.n) + nudge;
  }

  function sort(table, index, head) {
    const isNumber = head.classList.contains("number");
    const before = head.getAttribute("aria-sort");
    const first = isNumber ? "descending" : "ascending";
    const next = before === "none" ? first : before === "ascending" ? "descending" : "ascending";
    for (const other of head.parentNode.cells) {
      if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", other === head ? next : "none");
    }
    const sign = next === "ascending" ? 1 : -1;
    const rows = [...table.tBodies[0].rows].map((row) => [keyOf(row, index, isNumber), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      if (typeof a === "string") return sign * a.localeCompare(b, root.lang);
      return a === b ? 0 : a < b ? -sign : sign;
    });
    table.tBodies[0].append(...rows.map(([, row]) => row));
  }

  function addSorting(table) {
    [...table.tHead.rows[0].cells].forEach((head, index) => {
      if (head.textContent === "" || table.tBodies[0].rows.length < 2) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", () => sort(table, index, head));
      head.replaceChildren(button);
      head.setAttribute("aria-sort", "none");
    });
  }

  function addFilter(table) {
    const rows = [...table.tBodies[0].rows];
    if (rows.length <= LONG) return;
    const tools = document.createElement("div");
    const input = document.createElement("input");
    const count = document.createElement("span");
    tools.className = "tools";
    input.type = "search";
    input.placeholder = "Filter";
    input.setAttribute("aria-label", "Show rows with these words");
    count.setAttribute("role", "status");
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = words.length ? `${shown} of ${rows.length} rows; the total is that of all` : "";
    });
    tools.append(input, count);
    table.parentNode.before(tools);
  }

  addTheme();
  for (const table of document.querySelectorAll("table")) {
    addSorting(table);
    addFilter(table);
  }
})();
