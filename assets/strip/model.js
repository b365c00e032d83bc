// What the payload means: decoding, times and texts. Pure functions.

export const CLASSES = ["N", "S", "V", "F", "Q"];
export const CLASS_NAMES = {
  N: "normal, bundle branch block or escape",
  S: "supraventricular ectopic",
  V: "ventricular ectopic",
  F: "fusion of ventricular and normal",
  Q: "paced or unclassifiable",
};
const ABSENT = -32768;

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Samples of each lead in mV, NaN where absent. */
export function decodeSamples(data, lsbMv) {
  const bytes = bytesOf(data.int16);
  const view = new DataView(bytes.buffer);
  return lsbMv.map((lsb, lead) => {
    const samples = new Float32Array(data.n);
    for (let k = 0; k < data.n; k += 1) {
      const count = view.getInt16(2 * (lead * data.n + k), true);
      samples[k] = count === ABSENT ? NaN : count * lsb;
    }
    return samples;
  });
}

/** The payload made ready for drawing. */
export function decode(payload) {
  const { data, beats, saliency } = payload;
  const fs = payload.fs_hz;
  const loadedStartS = data.start_sample / fs;
  return {
    ...payload,
    samples: decodeSamples(
      data,
      payload.leads.map((lead) => lead.lsb_mv),
    ),
    rateHz: data.rate_hz,
    loadedStartS,
    loadedStopS: loadedStartS + data.n / data.rate_hz,
    beats: beats.sample.map((sample, i) => ({
      sample,
      timeS: sample / fs,
      label: beats.label[i],
      p: beats.p[i],
      rrMs: beats.rr_ms[i],
      uncertain: beats.uncertain[i],
    })),
    reference: payload.reference?.map((mark) => ({ ...mark, timeS: mark.sample / fs })) ?? null,
    saliency: saliency && {
      startS: saliency.start_sample / fs,
      n: saliency.n,
      levels: bytesOf(saliency.uint8),
    },
  };
}

/** hh:mm:ss of a time in the recording: time of day where the start is known, else time since it. */
export function formatTime(timeS, clockS = null, decimals = 0) {
  const scale = 10 ** decimals;
  let ticks = Math.round((timeS + (clockS ?? 0)) * scale);
  if (clockS !== null) ticks %= 86400 * scale;
  const whole = Math.floor(ticks / scale);
  const two = (n) => String(n).padStart(2, "0");
  const text = `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return decimals ? `${text}.${String(ticks % scale).padStart(decimals, "0")}` : text;
}

/** A beat in words, for screen readers. */
export function beatText(beat, clockS) {
  const at = `at ${formatTime(beat.timeS, clockS, 2)}`;
  if (!beat.label) return `beat ${at}`;
  const p = beat.p?.[CLASSES.indexOf(beat.label)];
  const probability = p === undefined ? "" : `, probability ${p.toFixed(2)}`;
  return `${beat.label} beat ${at}${probability}${beat.uncertain ? ", uncertain" : ""}`;
}

/** What a caliper box measures. */
export function caliperText(widthS, heightMv) {
  const ms = Math.round(Math.abs(widthS) * 1000);
  const parts = [`${ms.toLocaleString("en")} ms`];
  if (ms > 0) parts.push(`${Math.round(60000 / ms).toLocaleString("en")} bpm`);
  parts.push(`${Math.abs(heightMv).toFixed(Math.abs(heightMv) < 1 ? 2 : 1)} mV`);
  return parts.join(" · ");
}

/** Runs of present samples between two indices: `[first, last]`, both included. */
export function presentRuns(samples, first, last) {
  const runs = [];
  let begin = -1;
  for (let k = first; k <= last; k += 1) {
    const present = samples[k] === samples[k];
    if (present && begin < 0) begin = k;
    if (!present && begin >= 0) {
      runs.push([begin, k - 1]);
      begin = -1;
    }
  }
  if (begin >= 0) runs.push([begin, last]);
  return runs;
}

const CALM_INPUTS = ["checkbox", "button", "submit", "reset", "file", "image"];
const BUSY_ROLES = new Set([
  "slider", "tab", "option", "listbox", "menu", "menuitem", "grid", "gridcell", "combobox",
  "spinbutton", "textbox", "searchbox", "tree", "treeitem", "dialog",
]);

/** Whether an event's path goes through something that needs the arrow keys itself. */
export function needsArrowKeys(path) {
  return path.some((node) => {
    const tag = node.tagName?.toLowerCase();
    if (tag === "input") return !CALM_INPUTS.includes(node.type);
    if (["textarea", "select", "video", "audio"].includes(tag)) return true;
    return Boolean(node.isContentEditable) || BUSY_ROLES.has(node.getAttribute?.("role"));
  });
}

/**
 * Page turns, one on the way at a time: turns asked for meanwhile are added up and sent when the answer
 * has come, so that quick key presses are neither lost nor counted twice.
 */
export class PageQueue {
  constructor(send) {
    this.send = send;
    this.inFlight = false;
    this.waiting = 0;
  }

  ask(pages) {
    if (this.inFlight) {
      this.waiting += pages;
      return;
    }
    if (!pages) return;
    this.inFlight = true;
    this.send(pages);
  }

  /** Drop the turns that wait: something else decided where the view is. */
  forget() {
    this.waiting = 0;
  }

  answered() {
    const next = this.waiting;
    this.inFlight = false;
    this.waiting = 0;
    this.ask(next);
  }
}
