// What the server sends for a demonstration (pages/services/demonstrations.py) and what the browser sends back.

export type Shown = "truth" | "program" | "saliency";
export type ViewName = "12 leads" | "rhythm";

/** A beat: its true class and the program's, empty where one of them has none. */
export interface DemonstratedBeat {
  at_s: number;
  true: string;
  said: string;
  probability: number | null;
  agrees: boolean;
}

/** Saliency map of a beat: `weights` in base64, one byte a point, lead after lead. */
export interface BeatSaliency {
  start_s: number;
  stop_s: number;
  points: number;
  weights: string;
}

/** What is on screen at a step. */
export interface Scene {
  text: string;
  at_s: number;
  highlight_s: [number, number] | null;
  highlight_lead: string;
  measure_s: [number, number] | null;
  show: Shown[];
  view: ViewName;
  lead: string;
  sweep: boolean;
}

export interface DemonstrationData {
  /** Another id means another tracing. */
  id: string;
  label: string;
  heading: string;
  /** What the program is doing, or says. */
  status: string;
  /** Whether the strip covers the window. */
  whole: boolean;
  /** Text of the button that leaves; empty for none. */
  leave: string;
  fs_hz: number;
  n_samples: number;
  leads: string[];
  /** 16-bit integers in microvolts, little-endian, lead after lead, in base64; -32768 where there is no value. */
  signal: string;
  /** Whether the program has read the tracing. */
  read: boolean;
  beats: DemonstratedBeat[];
  rhythms: { at_s: number; text: string }[];
  saliency: (BeatSaliency | null)[];
  scenes: Scene[];
  step: number;
}
