// @ts-nocheck
// Walking from event to event and from beat to beat. Pure functions.

/** Key of the next event in the list's order that passes a test; null at the end. */
export function nextEvent(episodes, currentKey, step, test = (each) => !each.dismissed) {
  const at = episodes.findIndex(({ key }) => key === currentKey);
  for (let i = at < 0 ? (step > 0 ? 0 : episodes.length - 1) : at + step; i >= 0 && i < episodes.length; i += step) {
    if (test(episodes[i])) return episodes[i].key;
  }
  return null;
}

/**
 * Index of the next beat that passes a test, -1 where there is none.
 *
 * `place.at` is where to start: the chosen beat (`inside`), which is passed over, or the first beat in view.
 */
export function nextWhere(beats, place, step, test) {
  let i = place.at;
  if (place.inside || step < 0) i += step;
  for (; i >= 0 && i < beats.n; i += step) if (test(i)) return i;
  return -1;
}
