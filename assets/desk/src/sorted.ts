// Looking things up in ascending arrays. Pure functions.

/** First index whose value is at least the given one; `n` where there is none. */
export function lowerBound(values: ArrayLike<number>, value: number, n = values.length): number {
  let [low, high] = [0, n];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
