// The lists of packages and of files that differ from theirs.

// In the order in which they are listed.
const TRANSITIONS = ["removed", "downgraded", "other-arch", "added", "upgraded", "same", "unknown", "none"];

// What the words stand for where that is not plain.
const TOLD = new Map([
  ["other-arch", "other arch"],
  ["same", "same version"],
  ["unknown", "version not known"],
  ["none", "no package"],
]);

function isNews(transition) {
  return !["same", "unknown", "none"].includes(transition.change);
}

function version(side, other) {
  if (!side) return "";
  const [number, arch] = side;
  return other && arch !== other[1] ? `${number} (${arch})` : number;
}

function packageColumns(model, onOpen) {
  return [
    { title: "Change", className: "word", fill: (one) => element("span", `transition ${one.change}`, TOLD.get(one.change) ?? one.change) },
    { title: "Package", className: "path-column", fill: (one) => button("link", model.packages[one.package], () => onOpen(model.packages[one.package])) },
    { title: "Target has", className: "version", fill: (one) => titled(version(one.from, one.to)) },
    { title: "Source has", className: "version", fill: (one) => titled(version(one.to, one.from)) },
    { title: "Changes", className: "number", fill: (one) => count(one.changes) },
    { title: "Content", className: "number", fill: (one) => size(one.bytes) },
  ];
}

function sortedTransitions(model) {
  const order = (one) => TRANSITIONS.indexOf(one.change);
  return model.transitions.slice().sort((one, two) => order(one) - order(two) || one.package - two.package);
}

function countTransitions(transitions) {
  const parts = TRANSITIONS.map((word) => {
    const number = transitions.filter((one) => one.change === word && isNews(one)).length;
    return number && `${count(number)} ${TOLD.get(word) ?? word}`;
  });
  return parts.filter(Boolean).join(", ") || "No package comes, goes or changes its version.";
}

function showPackages(model, onOpen) {
  const all = sortedTransitions(model);
  const list = new List(byId("packages"), packageColumns(model, onOpen));
  const box = byId("same");
  const show = () => list.show(box.checked ? all : all.filter(isNews));
  byId("packages-count").textContent = countTransitions(all);
  byId("packages-section").hidden = all.length === 0;
  box.checked = !all.some(isNews);
  box.addEventListener("change", show);
  show();
  return list;
}

function fileColumns(model) {
  const where = (file) => (file.source && file.target ? "on both sides" : file.source ? "in the source" : "on the target");
  return [
    { title: "Where", className: "word", fill: where },
    { title: "Path", className: "path-column", fill: (file) => changedPath(model, file.change) },
    { title: "Package", className: "package", fill: (file) => element("bdi", "", model.packages[model.package[file.change]]) },
    { title: "Role", className: "word", fill: (file) => (file.configuration ? "configuration" : "") },
  ];
}

function showFiles(model) {
  byId("files-section").hidden = model.files.length === 0;
  const list = new List(byId("files"), fileColumns(model));
  list.show(model.files);
  return list;
}
