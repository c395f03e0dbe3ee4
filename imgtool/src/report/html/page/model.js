// The data of the page, unpacked; data.rs describes its packed shape.

const NO_PACKAGE = "(none)";

function readModel() {
  const data = JSON.parse(byId("data").textContent);
  byId("data").remove();
  const changes = data.changes;
  const length = changes.name.length;
  return {
    actions: data.actions,
    kinds: new Map(data.kinds),
    differences: data.differences,
    directories: readDirectories(data.directories),
    packages: [NO_PACKAGE, ...data.packages],
    transitions: data.transitions,
    files: data.files,
    risks: readRisks(data.risks),
    length,
    directory: Uint32Array.from(sums(changes.directory)),
    name: changes.name,
    action: Uint8Array.from(changes.action, Number),
    kind: changes.kind,
    difference: changes.differences,
    bytes: Float64Array.from(changes.bytes),
    package: Uint32Array.from(changes.package),
    replaced: new Set(sums(data.replaced)),
    links: pairs(data.links.change, data.links.to),
    notes: pairs(data.notes.change, data.notes.note.map((note) => data.notes.texts[note])),
  };
}

function readRisks(data) {
  return data.change.map((change, place) => ({
    change,
    fate: data.fates[data.fate[place]],
    isDirectory: data.directory[place] === "1",
    entries: data.entries[place],
    bytes: data.bytes[place],
    why: data.reasons[data.reason[place]],
  }));
}

// The numbers whose differences these are.
function sums(steps) {
  let sum = 0;
  return steps.map((step) => (sum += step));
}

function pairs(steps, values) {
  return new Map(sums(steps).map((number, place) => [number, values[place]]));
}

// Parents come before their children, so one pass names them all.
function readDirectories({ parent, name }) {
  const path = [""];
  const children = [[]];
  for (let number = 1; number < parent.length; number += 1) {
    const above = path[parent[number]];
    path.push(above ? `${above}/${name[number]}` : name[number]);
    children.push([]);
    children[parent[number]].push(number);
  }
  const numbers = new Map(path.map((text, number) => [text, number]));
  return { parent, name, path, children, numbers, length: parent.length };
}

function pathOf(model, change) {
  const above = model.directories.path[model.directory[change]];
  const name = model.name[change];
  if (!name) return above || ".";
  return above ? `${above}/${name}` : name;
}

// Paths in lower case, made when they are first searched and kept.
function searchable(model) {
  model.lower ??= Array.from(model.name, (_, change) => pathOf(model, change).toLowerCase());
  return model.lower;
}

// In what a change differs, in words.
function describe(model, change) {
  const parts = [];
  const letters = model.difference;
  const bits = letters.charCodeAt(2 * change) - 65 + ((letters.charCodeAt(2 * change + 1) - 65) << 4);
  const note = model.notes.get(change);
  model.differences.forEach((word, place) => {
    const told = note && ["mode", "owner", "group"].includes(word);
    if (bits & (1 << place) && !told) parts.push(word);
  });
  if (note) parts.push(note);
  if (model.replaced.has(change)) parts.push("in place of another type");
  const leader = model.links.get(change);
  if (leader !== undefined) parts.push(`to ${leader}`);
  if (model.actions[model.action[change]] === "missed") parts.push("same size and mtime");
  return parts.join(", ");
}

// Which directories are one of them or lie in it.
function within(directories, top) {
  const inside = new Uint8Array(directories.length);
  for (let number = 0; number < inside.length; number += 1) {
    inside[number] = number === top || (number > 0 && inside[directories.parent[number]]);
  }
  return inside;
}

// How much changes in each directory, by action, what lies deeper included;
// `own` counts what does not.
function sumUp(model, rows, measure) {
  const { parent, length } = model.directories;
  const width = model.actions.length;
  const own = new Float64Array(length * width);
  for (const row of rows) {
    own[model.directory[row] * width + model.action[row]] += measure === "bytes" ? model.bytes[row] : 1;
  }
  const all = own.slice();
  for (let number = length - 1; number > 0; number -= 1) {
    for (let action = 0; action < width; action += 1) {
      all[parent[number] * width + action] += all[number * width + action];
    }
  }
  return { own, all, width };
}
