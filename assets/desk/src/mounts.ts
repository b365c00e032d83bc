// @ts-nocheck
// Which desk stands where. It is noted on the place itself: a page that stays open while the server is updated gets a
// second copy of these modules, and what only the first copy knew would stay on screen beside the new desk.

const DESK = Symbol.for("rhythmoscope.desk");

/** The desk that stands in a place if `kind` made it and it shows what is asked for; any other is taken down. */
export function standing(place, { rec, version }, kind) {
  const desk = place[DESK];
  if (desk instanceof kind && !desk.gone && desk.data.rec === rec && desk.data.version === version) return desk;
  desk?.destroy();
  delete place[DESK];
  return null;
}

/** Put a desk in a place. */
export function stand(place, desk) {
  place[DESK] = desk;
  return desk;
}
