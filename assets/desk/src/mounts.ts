// Which desk stands where. It is noted on the place itself: a page that stays open while the server is updated gets a
// second copy of these modules, and what only the first copy knew would stay on screen beside the new desk.

const DESK = Symbol.for("rhythmoscope.desk");

/** Which recording a desk shows, and which state of its file. */
export interface Shown {
  rec: string;
  version: string;
}

/** What stands in a place, whichever copy of the modules made it. */
interface Mounted {
  gone: boolean;
  data: Shown;
  destroy(): void;
}

type Place = object & { [DESK]?: Mounted };

/** The desk that stands in a place if `kind` made it and it shows what is asked for; any other is taken down. */
export function standing<Kind extends Mounted>(place: Place, { rec, version }: Shown, kind: new (...parts: never[]) => Kind): Kind | null {
  const desk = place[DESK];
  if (desk instanceof kind && !desk.gone && desk.data.rec === rec && desk.data.version === version) return desk;
  desk?.destroy();
  delete place[DESK];
  return null;
}

/** Put a desk in a place. */
export function stand<Kind extends Mounted>(place: Place, desk: Kind): Kind {
  place[DESK] = desk;
  return desk;
}
