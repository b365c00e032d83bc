// Packed answers of the server: a JSON head and plain arrays behind it. The Python side is pages/api/wire.py.

import type { Numbers, Packed } from "./payloads.ts";

const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

interface Head {
  meta: unknown;
  arrays: Record<string, { dtype: keyof typeof ARRAYS; shape: number[]; offset: number; bytes: number }>;
}

/** Read a packed answer, whatever its route; the arrays are views of the buffer. */
export function unpack(buffer: ArrayBuffer): Packed<unknown, Record<string, Numbers>> {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as Head;
  const start = 4 + length;
  const arrays: Record<string, Numbers> = {};
  const shapes: Record<string, number[]> = {};
  for (const [name, { dtype, shape, offset }] of Object.entries(head.arrays)) {
    const size = shape.reduce((product, n) => product * n, 1);
    arrays[name] = new ARRAYS[dtype](buffer, start + offset, size);
    shapes[name] = shape;
  }
  return { meta: head.meta, arrays, shapes };
}
