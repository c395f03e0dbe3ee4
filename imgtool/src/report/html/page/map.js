// The map: directories as areas, in bands coloured by kind of change.

// Of one level so many tiles at most, and so many pixels for each; the smallest
// stand together.
const TILES = 32;
const TILE_AREA = 2400;

// So many levels at most.
const LEVELS = 5;

// What a tile needs to show a heading with others under it, and any text.
const FRAME = { width: 130, height: 84, head: 20 };
const LABEL = { width: 44, height: 18 };

class DirectoryMap {
  constructor(box, model, onOpen) {
    this.box = box;
    this.model = model;
    this.onOpen = onOpen;
    new ResizeObserver(() => this.draw()).observe(box);
  }

  show(sums, directory, measure) {
    Object.assign(this, { sums, directory, measure });
    this.draw();
  }

  draw() {
    if (!this.sums) return;
    const box = { left: 0, top: 0, width: this.box.clientWidth, height: this.box.clientHeight };
    const tiles = this.level(this.directory, box, 0);
    this.box.replaceChildren(...(tiles.length ? tiles : [element("p", "none", "nothing to show")]));
  }

  // The tiles in a directory, and those in them where there is room.
  level(directory, box, depth) {
    const most = Math.floor((box.width * box.height) / TILE_AREA);
    const parts = this.parts(directory, Math.min(TILES, Math.max(3, most)));
    const boxes = squares(parts.map((part) => part.weight), box);
    return parts.flatMap((part, place) => this.tiles(part, boxes[place], depth));
  }

  tiles(part, box, depth) {
    if (box.width < 3 || box.height < 3) return [];
    const isFrame = depth + 1 < LEVELS && part.opens && this.hasParts(part) && box.width >= FRAME.width && box.height >= FRAME.height;
    const tile = this.tile(part, box, isFrame);
    if (!isFrame) return [tile];
    const inner = { left: box.left + 2, top: box.top + FRAME.head, width: box.width - 6, height: box.height - FRAME.head - 4 };
    return [tile, ...this.level(part.directory, inner, depth + 1)];
  }

  // Whether something changes in directories of it.
  hasParts(part) {
    return this.model.directories.children[part.directory].some((child) => total(this.amounts(this.sums.all, child)) > 0);
  }

  // What a directory consists of, largest first: directories, what changes in
  // it directly, and the rest.
  parts(directory, most) {
    const { directories } = this.model;
    const parts = directories.children[directory].map((child) => ({
      directory: child,
      opens: true,
      name: `${directories.name[child]}/`,
      amounts: this.amounts(this.sums.all, child),
    }));
    parts.push({ name: "(directly here)", amounts: this.amounts(this.sums.own, directory) });
    for (const part of parts) part.weight = total(part.amounts);
    const shown = parts.filter((part) => part.weight > 0).sort((one, two) => two.weight - one.weight);
    const rest = shown.splice(most);
    if (rest.length > 0) {
      const amounts = this.model.actions.map((_, action) => rest.reduce((sum, part) => sum + part.amounts[action], 0));
      shown.push({ name: `(${count(rest.length)} more)`, amounts, weight: total(amounts) });
      shown.sort((one, two) => two.weight - one.weight);
    }
    return shown;
  }

  amounts(sums, directory) {
    const { width } = this.sums;
    return Array.from(sums.subarray(directory * width, (directory + 1) * width));
  }

  tile(part, box, isFrame) {
    const tile = part.opens
      ? button("tile", "", () => this.onOpen(part.directory))
      : element("div", "tile closed");
    if (isFrame) tile.classList.add("frame");
    else tile.style.backgroundImage = this.bands(part);
    this.place(tile, box);
    const told = this.told(part);
    tile.title = told;
    if (part.opens) tile.setAttribute("aria-label", told);
    if (box.width >= LABEL.width && box.height >= LABEL.height) tile.append(this.label(part, box, isFrame));
    return tile;
  }

  // In shares of the map, so that it stays whole on paper of any size.
  place(tile, box) {
    const across = (length) => `${(100 * length) / this.box.clientWidth}%`;
    const down = (length) => `${(100 * length) / this.box.clientHeight}%`;
    tile.style.left = across(box.left);
    tile.style.width = across(box.width);
    tile.style.top = down(box.top);
    tile.style.height = down(box.height);
  }

  label(part, box, isFrame) {
    const label = element("span", "label", element("bdi", "name", part.name));
    if (isFrame || box.height >= 3 * LABEL.height) label.append(element("span", "amounts", this.letters(part)));
    return label;
  }

  // The area of each colour is the share of its kind of change. The bands stand
  // upright, so that a label above hides none of them.
  bands(part) {
    const stops = [];
    let from = 0;
    part.amounts.forEach((amount, action) => {
      if (amount === 0) return;
      const to = from + (100 * amount) / part.weight;
      stops.push(`var(--${this.model.actions[action]}) ${from}% ${to}%`);
      from = to;
    });
    return `linear-gradient(to right, ${stops.join(", ")})`;
  }

  amount(number) {
    return this.measure === "bytes" ? size(number) : count(number);
  }

  letters(part) {
    const parts = part.amounts.map((amount, action) => amount && `${LETTERS[action]} ${this.amount(amount)}`);
    return parts.filter(Boolean).join("  ");
  }

  // The same for whoever cannot see it.
  told(part) {
    const words = part.amounts.map((amount, action) => amount && `${this.amount(amount)} ${this.model.actions[action]}`);
    return `${part.name}: ${words.filter(Boolean).join(", ")}`;
  }
}

function total(amounts) {
  return amounts.reduce((one, two) => one + two, 0);
}
