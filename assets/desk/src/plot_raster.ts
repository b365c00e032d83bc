// Dots by the hundred thousand: stamped into pixels, which is many times faster than drawing each.

import type { Rgb } from "./colours.ts";

/** Coverage of each pixel by a dot, `size` pixels wide and high; its centre lies `reach` pixels from the edges. */
export interface DotMask {
  reach: number;
  size: number;
  cover: Float32Array;
}

/** Coverage of a round dot, with soft edges; radius in device pixels. */
export function dotMask(radius: number): DotMask {
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
export function stampCells(
  { data: pixels, width, height }: Pick<ImageData, "data" | "width" | "height">,
  cells: ArrayLike<number>,
  { reach, size, cover }: DotMask,
  [red, green, blue]: Rgb,
  alpha: number,
): void {
  const strengths = [0, alpha]; // by how many dots share a pixel
  for (let k = 0; k < cells.length; k += 1) {
    const n = cells[k];
    if (n === 0) continue;
    strengths[n] ??= 1 - (1 - alpha) ** n;
    const strength = strengths[n];
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
export function addDot(plane: Float32Array, width: number, height: number, { reach, size, cover }: DotMask, x: number, y: number): void {
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
 * Lay a plane of counts over RGBA pixels: one dot is drawn with the opacity `single`, and where many overlap the
 * colour goes from its own towards the deep one, by the logarithm of their number.
 */
export function shade(
  pixels: Uint8ClampedArray,
  plane: Float32Array,
  [red, green, blue]: Rgb,
  [deepRed, deepGreen, deepBlue]: Rgb,
  single: number,
): void {
  let highest = 1;
  for (let k = 0; k < plane.length; k += 1) if (plane[k] > highest) highest = plane[k];
  const scale = 1 / Math.log1p(Math.max(highest, 12));
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
