// The page: filters, map and lists, wired together.

function changeColumns(model) {
  const action = (row) => {
    const place = model.action[row];
    const letter = element("b", "letter", LETTERS[place]);
    letter.setAttribute("aria-hidden", "true");
    return element("span", `action ${model.actions[place]}`, letter, model.actions[place]);
  };
  return [
    { title: "Change", key: "action", className: "word", fill: action },
    { title: "Path", key: "path", className: "path-column", fill: (row) => changedPath(model, row) },
    { title: "Type", key: "kind", className: "kind", fill: (row) => model.kinds.get(model.kind[row]) },
    { title: "Size", key: "bytes", className: "number", fill: (row) => (model.bytes[row] ? size(model.bytes[row]) : "") },
    { title: "What differs", className: "differences", fill: (row) => titled(describe(model, row)) },
    { title: "Package", key: "package", className: "package", fill: (row) => titled(model.package[row] ? model.packages[model.package[row]] : "") },
  ];
}

function changedPath(model, change) {
  return pathCell(pathOf(model, change), model.kind[change] === "d");
}

// Text that may be cut off where space is short.
function titled(text) {
  const cell = element("bdi", "", text);
  cell.title = text;
  return cell;
}

class ReviewPage {
  constructor(model) {
    this.model = model;
    this.state = readState(model);
    this.map = new DirectoryMap(byId("map"), model, (directory) => this.open(directory));
    this.list = new List(byId("changes"), changeColumns(model), (key) => this.sort(key));
    this.lists = [this.list, showPackages(model, (name) => this.openPackage(name)), showFiles(model)];
    this.boxes = this.makeBoxes();
    this.listen();
    this.showRisks();
    this.show();
  }

  makeBoxes() {
    return this.model.actions.map((word, action) => {
      const box = element("input");
      box.type = "checkbox";
      box.addEventListener("change", () => this.set({ actions: this.boxes.map((one) => one.checked) }));
      const letter = element("b", "letter", LETTERS[action]);
      letter.setAttribute("aria-hidden", "true");
      byId("actions").append(element("label", word, box, letter, word));
      return box;
    });
  }

  listen() {
    byId("text").addEventListener("input", (event) => this.set({ text: event.target.value }));
    byId("package").addEventListener("input", (event) => this.set({ package: event.target.value.trim() }));
    byId("clear").addEventListener("click", () => this.set({ text: "", package: "", directory: 0, actions: this.boxes.map(() => true) }));
    byId("controls").addEventListener("submit", (event) => event.preventDefault());
    byId("measure").addEventListener("change", (event) => this.set({ measure: event.target.value }));
    addEventListener("hashchange", () => this.follow());
    addEventListener("beforeprint", () => this.lists.forEach((list) => list.print()));
    addEventListener("afterprint", () => this.lists.forEach((list) => list.printed()));
  }

  // A link in the page, or the way back in the browser.
  follow() {
    if (byId(location.hash.slice(1))) return;
    this.state = readState(this.model);
    this.show();
    byId("filter").scrollIntoView();
  }

  set(part) {
    const isDescent = part.directory !== undefined && part.directory !== this.state.directory;
    Object.assign(this.state, part);
    const address = writeState(this.model, this.state);
    if (isDescent) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    this.show();
  }

  open(directory) {
    this.set({ directory });
    byId("crumbs").lastElementChild.focus();
  }

  openPackage(name) {
    this.set({ package: name, text: "", directory: 0 });
    byId("filter").scrollIntoView();
  }

  sort(key) {
    const descending = this.state.sort === key ? !this.state.descending : key === "bytes";
    this.set({ sort: key, descending });
  }

  show() {
    const { model, state } = this;
    const passed = pass(model, state);
    const rows = beneath(model, passed, state.directory);
    this.map.show(sumUp(model, passed, state.measure), state.directory, state.measure);
    this.list.markSort(state.sort, state.descending);
    this.list.show(sorted(model, rows, state));
    this.showControls();
    this.showCrumbs();
    this.showCount(rows);
  }

  showControls() {
    const { state } = this;
    for (const id of ["text", "package"]) {
      if (byId(id).value !== state[id]) byId(id).value = state[id];
    }
    this.boxes.forEach((box, action) => (box.checked = state.actions[action]));
    byId("measure").querySelector(`[value=${state.measure}]`).checked = true;
  }

  showCrumbs() {
    const { directories } = this.model;
    const crumbs = [];
    for (let place = this.state.directory; ; place = directories.parent[place]) {
      const crumb = button("crumb", element("bdi", "", place ? directories.name[place] : "whole tree"), () => this.open(place));
      if (crumbs.length === 0) crumb.setAttribute("aria-current", "true");
      crumbs.unshift(crumb);
      if (place === 0) break;
    }
    byId("crumbs").replaceChildren(...crumbs);
  }

  showCount(rows) {
    const { model } = this;
    const bytes = rows.reduce((sum, row) => sum + model.bytes[row], 0);
    const of = rows.length === model.length ? "" : ` of ${count(model.length)}`;
    const noun = rows.length === 1 && !of ? "change" : "changes";
    byId("count").textContent = `${count(rows.length)}${of} ${noun}, ${size(bytes)}`;
  }

  // All of what is at risk, where the page itself has the largest only.
  showRisks() {
    const { risks } = this.model;
    if (risks.length === 0) return;
    const more = byId("more-risks");
    const all = button("", `List all ${count(risks.length)}`, () => {
      const box = element("div", "list");
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-labelledby", "risk-title");
      byId("risks").replaceWith(box);
      more.remove();
      const list = new List(box, riskColumns(this.model));
      list.show(risks);
      this.lists.push(list);
      box.focus();
    });
    more.append(" ", all);
  }
}

function riskColumns(model) {
  return [
    { title: "Fate", className: "word", fill: (risk) => element("span", "fate", risk.fate) },
    { title: "Size", className: "number", fill: (risk) => size(risk.bytes) },
    { title: "Path", className: "path-column", fill: (risk) => pathCell(pathOf(model, risk.change), risk.isDirectory) },
    { title: "Entries", className: "number", fill: (risk) => count(risk.entries) },
    { title: "Why it is local", className: "why", fill: (risk) => titled(risk.why) },
  ];
}

// What stands above the views can be read all the same.
try {
  byId("views").hidden = false;
  new ReviewPage(readModel());
  document.documentElement.dataset.ready = "true";
} catch (error) {
  byId("views").hidden = true;
  byId("failure").hidden = false;
  byId("failure").textContent = `The map, the packages and the table cannot be shown: ${error}`;
}
