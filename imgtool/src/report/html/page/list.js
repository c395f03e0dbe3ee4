// A table of which only the rows in sight are in the document.

// No browser lays out anything much higher, in pixels.
const HIGHEST = 8_000_000;

// Rows beyond either edge, so that scrolling shows no gaps.
const MARGIN = 8;

// So many rows at most are printed.
const PRINTED = 1000;

class List {
  // Each column has a `title`, a `fill(row)` that gives its cell's content, and
  // perhaps a `key` to sort by and a `className`.
  constructor(viewport, columns, onSort) {
    this.viewport = viewport;
    this.columns = columns;
    this.rows = [];
    this.rowHeight = 0;
    this.body = element("tbody");
    this.table = element("table", "", this.head(onSort), this.body);
    this.table.setAttribute("aria-colcount", columns.length);
    viewport.replaceChildren(this.table);
    viewport.addEventListener("scroll", () => requestAnimationFrame(() => this.draw()));
    new ResizeObserver(() => this.draw()).observe(viewport);
  }

  head(onSort) {
    const cells = this.columns.map((column) => {
      const cell = element("th", column.className);
      cell.scope = "col";
      if (column.key && onSort) {
        cell.dataset.key = column.key;
        cell.append(button("sort", column.title, () => onSort(column.key)));
      } else {
        cell.append(column.title);
      }
      return cell;
    });
    return element("thead", "", element("tr", "", ...cells));
  }

  markSort(key, descending) {
    for (const cell of this.table.querySelectorAll("th[data-key]")) {
      const order = descending ? "descending" : "ascending";
      if (cell.dataset.key === key) cell.setAttribute("aria-sort", order);
      else cell.removeAttribute("aria-sort");
    }
  }

  show(rows) {
    this.rows = rows;
    this.table.setAttribute("aria-rowcount", rows.length + 1);
    this.viewport.scrollTop = 0;
    this.draw();
  }

  // The rows from `first` on stand where the scroll bar says; in a table too
  // high for the browser each pixel stands for several rows.
  draw() {
    // Paper has another size, which is no reason to forget what is on it.
    if (this.isPrinted) return;
    if (this.rows.length === 0) {
      this.body.replaceChildren(this.note("none"));
      return;
    }
    this.rowHeight ||= this.measure();
    const whole = this.rows.length * this.rowHeight;
    const scale = Math.min(1, HIGHEST / whole);
    const visible = Math.ceil(this.viewport.clientHeight / this.rowHeight) + 2 * MARGIN;
    const wanted = Math.floor(this.viewport.scrollTop / (this.rowHeight * scale)) - MARGIN;
    const first = Math.max(0, Math.min(wanted, this.rows.length - visible));
    const last = Math.min(this.rows.length, first + visible);
    const above = first * this.rowHeight * scale;
    const below = Math.max(0, whole * scale - above - (last - first) * this.rowHeight);
    this.body.replaceChildren(this.gap(above), ...this.lines(first, last), this.gap(below));
  }

  lines(first, last) {
    return this.rows.slice(first, last).map((row, place) => this.line(row, first + place));
  }

  line(row, place) {
    const cells = this.columns.map((column) => element("td", column.className, column.fill(row)));
    const line = element("tr", place % 2 ? "odd" : "", ...cells);
    line.setAttribute("aria-rowindex", place + 2);
    return line;
  }

  note(text) {
    const cell = element("td", "none", text);
    cell.colSpan = this.columns.length;
    return element("tr", "", cell);
  }

  gap(height) {
    const line = element("tr", "gap", element("td"));
    line.setAttribute("aria-hidden", "true");
    line.style.height = `${height}px`;
    return line;
  }

  measure() {
    this.body.replaceChildren(this.line(this.rows[0], 0));
    return this.body.firstChild.getBoundingClientRect().height || 26;
  }

  // On paper there is nothing to scroll, and what is left out is told.
  print() {
    this.isPrinted = true;
    if (this.rows.length === 0) return;
    const left = this.rows.length - PRINTED;
    const more = left > 0 ? [this.note(`${count(left)} more, which are not printed`)] : [];
    this.body.replaceChildren(...this.lines(0, PRINTED), ...more);
  }

  printed() {
    this.isPrinted = false;
    this.draw();
  }
}

// A path in two parts, of which the name stays in sight where space is short.
function pathCell(path, isDirectory) {
  const cut = path.lastIndexOf("/") + 1;
  const name = path.slice(cut) + (isDirectory ? "/" : "");
  const cell = element("span", "path", element("bdi", "above", path.slice(0, cut)), element("bdi", "name", name));
  cell.title = path;
  return cell;
}
