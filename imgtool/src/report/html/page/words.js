// Numbers and words as imgtool's other reports show them.

// A letter for each action, in the order of the data; as in front.rs.
const LETTERS = ["C", "U", "M", "L", "D", "!"];

const UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

const counts = new Intl.NumberFormat("en-US");

function count(number) {
  return counts.format(number);
}

function counted(number, one, more) {
  return `${count(number)} ${number === 1 ? one : more}`;
}

// Powers of 1024, cut off after a digit: nothing is said to be more than it is.
function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  let unit = 0;
  let amount = bytes / 1024;
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${(Math.floor(amount * 10) / 10).toFixed(1)} ${UNITS[unit]}`;
}

// An element with text, never markup, in it.
function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

function button(className, text, onClick) {
  const made = element("button", className, text);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

function byId(id) {
  return document.getElementById(id);
}
