// What is shown: kept in the address, so that it can be sent to somebody.

function readState(model) {
  const asked = new URLSearchParams(location.hash.slice(1));
  const actions = asked.get("actions")?.split(",");
  return {
    text: asked.get("text") ?? "",
    package: asked.get("package") ?? "",
    directory: model.directories.numbers.get(asked.get("directory") ?? "") ?? 0,
    actions: model.actions.map((word) => !actions || actions.includes(word)),
    measure: asked.get("measure") === "bytes" ? "bytes" : "changes",
    sort: asked.get("sort") ?? "path",
    descending: asked.get("order") === "descending",
  };
}

function writeState(model, state) {
  const asked = new URLSearchParams();
  if (state.text) asked.set("text", state.text);
  if (state.package) asked.set("package", state.package);
  if (state.directory) asked.set("directory", model.directories.path[state.directory]);
  if (!state.actions.every(Boolean)) {
    asked.set("actions", model.actions.filter((_, action) => state.actions[action]).join());
  }
  if (state.measure !== "changes") asked.set("measure", state.measure);
  if (state.sort !== "path") asked.set("sort", state.sort);
  if (state.descending) asked.set("order", "descending");
  return `#${asked}`;
}

// The changes that the filters let pass, in any directory.
function pass(model, state) {
  const text = state.text.toLowerCase();
  const paths = text ? searchable(model) : [];
  const packages = wantedPackages(model, state.package);
  const rows = [];
  for (let row = 0; row < model.length; row += 1) {
    if (!state.actions[model.action[row]]) continue;
    if (packages && !packages[model.package[row]]) continue;
    if (text && !paths[row].includes(text)) continue;
    rows.push(row);
  }
  return rows;
}

// A name that there is means that package, any other text all that have it in
// their name; what belongs to none is asked for by its whole name.
function wantedPackages(model, text) {
  if (!text) return null;
  const is = model.packages.includes(text);
  return model.packages.map((name) => (is ? name === text : name !== NO_PACKAGE && name.includes(text)));
}

function beneath(model, rows, directory) {
  if (directory === 0) return rows;
  const inside = within(model.directories, directory);
  return rows.filter((row) => inside[model.directory[row]]);
}

// Sorts changes by a column; what is equal there stays in the order of paths.
function sorted(model, rows, state) {
  const keys = {
    action: (row) => model.action[row],
    kind: (row) => model.kind.charCodeAt(row),
    bytes: (row) => model.bytes[row],
    package: (row) => model.package[row],
  };
  const key = Object.hasOwn(keys, state.sort) ? keys[state.sort] : null;
  const turn = state.descending ? -1 : 1;
  if (!key) return turn < 0 ? rows.slice().reverse() : rows;
  return rows.slice().sort((one, two) => turn * (key(one) - key(two)) || one - two);
}
