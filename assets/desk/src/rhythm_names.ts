// Rhythms that a person can name a span, and the rhythm names of WFDB annotations. The server has the same list
// (`ecg_core.rhythm.precedence.NAMEABLE`), which the tests compare.

/** A rhythm that can be named. */
export interface Rhythm {
  code: string;
  name: string;
  short: string;
  sign: string;
}

/** Groups of the menu: heading, and `[code, name, short name, sign]` of each rhythm. */
export const RHYTHM_GROUPS: readonly (readonly [string, readonly (readonly [string, string, string, string])[]])[] = [
  ["Dangerous", [
    ["VF", "ventricular fibrillation or flutter", "VF", "V"],
    ["ASYSTOLE", "asystole", "asystole", "–"],
    ["VT", "ventricular tachycardia", "VT", "V"],
    ["AVB3", "complete AV block", "AVB III", "↓"],
    ["CAPTURE", "pacing without capture", "no capture", "P"],
  ]],
  ["Atrial and supraventricular", [
    ["AFIB", "atrial fibrillation", "AF", "~"],
    ["AFL", "atrial flutter", "flutter", "~"],
    ["SVTA", "supraventricular tachycardia", "SVT", "S"],
    ["SVR", "supraventricular run", "S run", "S"],
    ["AB", "atrial bigeminy", "A bigeminy", "S"],
  ]],
  ["Ventricular", [
    ["IVR", "idioventricular rhythm", "IVR", "V"],
    ["B", "ventricular bigeminy", "bigeminy", "V"],
    ["T", "ventricular trigeminy", "trigeminy", "V"],
  ]],
  ["Conduction, escape and pacing", [
    ["AVB2", "second-degree AV block", "AVB II", "↓"],
    ["AVB1", "first-degree AV block", "AVB I", "↓"],
    ["NOD", "junctional rhythm", "junctional", "N"],
    ["PACED", "paced rhythm", "paced", "P"],
  ]],
  ["Rate", [
    ["TACHY", "tachycardia", "fast", "↑"],
    ["SBR", "bradycardia", "slow", "↓"],
  ]],
  ["None of these", [
    ["N", "sinus rhythm", "sinus", "N"],
    ["ARTEFACT", "artefact", "artefact", "×"],
  ]],
];

const BY_CODE = new Map<string, Rhythm>(
  RHYTHM_GROUPS.flatMap(([, rhythms]) => rhythms).map(([code, name, short, sign]) => [code, { code, name, short, sign }]),
);
const POSSIBLE_VT: Rhythm = { code: "POSSIBLE_VT", name: "possible VF or VT, look first", short: "VF or VT?", sign: "V" };

/** Kinds that an episode of the program has on the rhythm lane; the others are no rhythm over time. */
export const isRhythm = (kind: string): boolean => kind === "POSSIBLE_VT" || (BY_CODE.has(kind) && kind !== "N");

/** What is overruled with a warning. */
export const DANGEROUS: ReadonlySet<string> = new Set(["POSSIBLE_VT", ...RHYTHM_GROUPS[0][1].map(([code]) => code)]);

/** Code, name, short name and sign of a rhythm; of an unknown one its code stands for all. */
export function rhythmOf(code: string): Rhythm {
  return BY_CODE.get(code) ?? (code === "POSSIBLE_VT" ? POSSIBLE_VT : { code, name: code, short: code, sign: "·" });
}

export const OF_WFDB: Record<string, string> = {
  "(VF": "VF", "(VFL": "VF", "(VFIB": "VF", "(VT": "VT", "(B3": "AVB3", "(BII": "AVB2", "(AFIB": "AFIB", "(AF": "AFIB", "(AFL": "AFL",
  "(SVTA": "SVTA", "(IVR": "IVR", "(B": "B", "(T": "T", "(AB": "AB", "(NOD": "NOD", "(J": "NOD", "(BI": "AVB1", "(P": "PACED", "(PM": "PACED",
  "(SBR": "SBR", "(N": "N", "(NSR": "N", "(ASYS": "ASYSTOLE", "(NOISE": "ARTEFACT",
};

/** The rhythm that a WFDB rhythm name stands for, null for one that there is no word for here. */
export function rhythmOfWfdb(note: string): string | null {
  return OF_WFDB[note.trim().toUpperCase()] ?? null;
}
