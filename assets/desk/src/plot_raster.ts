// @ts-nocheck
// Dots by the hundred thousand: stamped into pixels, which is many times faster than drawing each.

/** Coverage of a round dot, with soft edges; radius in device pixels. */
export function dotMask(radius) {
  const reach = Math.ceil(radius - 0.5);
  const size = 2 * reach + 1;
  const cover = new Float32Array(size * size);
  for (let y = -reach; y <= reach; y += 1) {
    for (let x = -reach; x <= reach; x += 1) {
      const inside = radius + 0.5 - Math.hypot(x, y);
      cover[(y + reach) * size + x + reach] = Math.min(Math.max(inside, 0), 1);
    }
  }
  return { reach, size, cover };
}

/**
 * Lay dots of one colour over RGBA pixels. `cells` says how many stand in each pixel; those that stand in the
 * same one cover as much together as one after the other would.
 */
export function stampCells({ data: pixels, width, height }, cells, { reach, size, cover }, [red, green, blue], alpha) {
  const together = [0, alpha];
  for (let k = 0; k < cells.length; k += 1) {
    const many = cells[k];
    if (many === 0) continue;
    together[many] ??= 1 - (1 - alpha) ** many;
    const strength = together[many];
    const y = (k / width) | 0;
    const x = k - y * width;
    for (let row = 0; row < size; row += 1) {
      const py = y + row - reach;
      if (py < 0 || py >= height) continue;
      for (let column = 0; column < size; column += 1) {
        const px = x + column - reach;
        const own = cover[row * size + column] * strength;
        if (own === 0 || px < 0 || px >= width) continue;
        const at = 4 * (py * width + px);
        const before = pixels[at + 3];
        const after = 255 * own + before * (1 - own);
        const share = (255 * own) / after;
        pixels[at] += (red - pixels[at]) * share;
        pixels[at + 1] += (green - pixels[at + 1]) * share;
        pixels[at + 2] += (blue - pixels[at + 2]) * share;
        pixels[at + 3] = after;
      }
    }
  }
}

/** Add a dot to a plane of counts. */
export function pile(plane, width, height, mask, x, y) {
  const { reach, size, cover } = mask;
  for (let row = 0; row < size; row += 1) {
    const py = y + row - reach;
    if (py < 0 || py >= height) continue;
    for (let column = 0; column < size; column += 1) {
      const px = x + column - reach;
      if (px >= 0 && px < width) plane[py * width + px] += cover[row * size + column];
    }
  }
}

/**
 * Lay a plane of counts over RGBA pixels: one dot is clear to see, and where many lie on each other the
 * colour goes on from its own towards `deep`, by the logarithm of how many.
 */
export function shade(pixels, plane, [red, green, blue], [deepRed, deepGreen, deepBlue], single) {
  let most = 1;
  for (let k = 0; k < plane.length; k += 1) if (plane[k] > most) most = plane[k];
  const scale = 1 / Math.log1p(Math.max(most, 12));
  for (let k = 0; k < plane.length; k += 1) {
    if (plane[k] === 0) continue;
    const level = Math.log1p(plane[k]) * scale;
    const own = Math.min(single * Math.min(plane[k], 1) + (1 - single) * level, 1);
    const depth = Math.max(level - 0.35, 0) * 1.1;
    const at = 4 * k;
    const before = pixels[at + 3] / 255;
    const after = own + before * (1 - own);
    const share = own / after;
    pixels[at] += (red + (deepRed - red) * depth - pixels[at]) * share;
    pixels[at + 1] += (green + (deepGreen - green) * depth - pixels[at + 1]) * share;
    pixels[at + 2] += (blue + (deepBlue - blue) * depth - pixels[at + 2]) * share;
    pixels[at + 3] = 255 * after;
  }
}
