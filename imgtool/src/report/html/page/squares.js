// Where the tiles of a map stand.

// Lays weights, largest first, out in a box, each with an area in proportion
// and as near to a square as can be: "squarified treemaps" by Bruls, Huizing
// and van Wijk, 2000. Answers a box for each.
function squares(weights, box) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const boxes = [];
  const rest = { ...box };
  const scale = (box.width * box.height) / total;
  let next = 0;
  while (next < weights.length) {
    const side = Math.min(rest.width, rest.height);
    const areas = [weights[next] * scale];
    while (next + areas.length < weights.length) {
      const longer = [...areas, weights[next + areas.length] * scale];
      if (worst(longer, side) > worst(areas, side)) break;
      areas.push(longer.at(-1));
    }
    boxes.push(...strip(areas, rest));
    next += areas.length;
  }
  return boxes;
}

// How long the longest of some areas is for its width, put beside each other
// along a side.
function worst(areas, side) {
  const sum = areas.reduce((one, two) => one + two, 0);
  const square = side * side;
  return Math.max((square * areas[0]) / (sum * sum), (sum * sum) / (square * areas.at(-1)));
}

// Puts areas beside each other along the shorter side of a box, and takes their
// strip off the box.
function strip(areas, rest) {
  const sum = areas.reduce((one, two) => one + two, 0);
  const upright = rest.width >= rest.height;
  const thickness = sum / (upright ? rest.height : rest.width) || 0;
  let along = upright ? rest.top : rest.left;
  const boxes = areas.map((area) => {
    const length = area / thickness || 0;
    const box = upright
      ? { left: rest.left, top: along, width: thickness, height: length }
      : { left: along, top: rest.top, width: length, height: thickness };
    along += length;
    return box;
  });
  if (upright) {
    rest.left += thickness;
    rest.width = Math.max(0, rest.width - thickness);
  } else {
    rest.top += thickness;
    rest.height = Math.max(0, rest.height - thickness);
  }
  return boxes;
}
