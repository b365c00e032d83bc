// Drawing one row of the strip on its canvas. Reads the plan (geometry.js) and the model (model.js).

import { minorGridAlpha, labelStepS, pulseFootMm, SIZES } from "./geometry.js";
import { formatTime, presentRuns } from "./model.js";

const rgba = ([r, g, b], alpha) => `rgba(${r}, ${g}, ${b}, ${alpha})`;

/** Draw a row. `view` holds startS, selected sample and the font family. */
export function paintRow(context, row, plan, model, view, colours) {
  const startS = view.startS + row.offsetS;
  const { dpr, width, rowHeight } = plan;
  context.setTransform(dpr, 0, 0, dpr, 0, 0);
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, width, rowHeight);
  const scene = { context, row, plan, model, view, colours, startS };
  paintGrid(scene);
  context.save();
  context.beginPath();
  context.rect(plan.gutter, 0, row.lengthS * plan.pxPerS, rowHeight);
  context.clip();
  paintOutside(scene);
  paintSelected(scene);
  paintSaliency(scene);
  paintUnreadable(scene);
  paintTicks(scene);
  paintTraces(scene);
  context.restore();
  paintIntervals(scene);
  paintPulses(scene);
  if (model.reference) paintReferenceName(scene);
  paintTimes(scene);
}

const xOf = ({ plan, startS }, timeS) => plan.gutter + (timeS - startS) * plan.pxPerS;

function paintGrid({ context, plan, colours, startS }) {
  const { mm, gutter, lanes } = plan;
  const majorPx = 5 * mm;
  // Major lines stand at whole multiples of 0.2 s of the recording, and on every lane's baseline.
  const firstX = (((gutter - startS * plan.pxPerS) % majorPx) + majorPx) % majorPx;
  const firstY = lanes.length ? lanes[0].base % majorPx : 0;
  strokeGrid(context, plan, [plan.width, plan.rowHeight], [firstX, firstY], colours);
}

/** Lines of millimetre paper over an area, a major line through the point given. */
export function strokeGrid(context, { mm, dpr }, [width, height], [firstX, firstY], colours) {
  const snap = (at) => (Math.round(at * dpr - 0.5) + 0.5) / dpr;
  const majorPx = 5 * mm;
  const lines = (isMajor) => {
    context.beginPath();
    for (let major = -1; major * majorPx <= Math.max(width, height); major += 1) {
      for (let k = isMajor ? 0 : 1; k < (isMajor ? 1 : 5); k += 1) {
        const x = snap(firstX + major * majorPx + k * mm);
        const y = snap(firstY + major * majorPx + k * mm);
        if (x >= 0 && x <= width) {
          context.moveTo(x, 0);
          context.lineTo(x, height);
        }
        if (y >= 0 && y <= height) {
          context.moveTo(0, y);
          context.lineTo(width, y);
        }
      }
    }
    context.stroke();
  };
  const strength = minorGridAlpha(mm);
  context.lineWidth = Math.max(1, Math.round(dpr * 0.75)) / dpr;
  if (strength > 0) {
    context.strokeStyle = rgba(colours.grid, colours.minor * strength);
    lines(false);
  }
  context.strokeStyle = rgba(colours.grid, colours.major);
  lines(true);
}

function paintOutside(scene) {
  const { context, plan, model, colours, view } = scene;
  const endX = xOf(scene, model.duration_s);
  if (endX >= plan.width) return;
  const fromX = Math.max(endX, plan.gutter);
  context.fillStyle = colours.outside;
  context.fillRect(fromX, 0, plan.width - fromX, plan.rowHeight);
  if (endX < plan.gutter) return;
  context.fillStyle = colours.quiet;
  context.font = `11px ${view.font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText("end of recording", endX + 8, plan.lanesTop + 12);
}

function paintSelected(scene) {
  const { context, plan, model, view, colours } = scene;
  if (model.selected_sample === null) return;
  const beat = model.beats.find(({ sample }) => sample === model.selected_sample);
  const x = xOf(scene, model.selected_sample / model.fs_hz);
  const half = 0.3 * plan.pxPerS;
  context.save();
  context.globalAlpha = 0.13;
  context.fillStyle = colours.classes[beat?.label] ?? view.accent;
  context.fillRect(x - half, 0, 2 * half, plan.rowHeight - SIZES.times);
  context.restore();
}

function paintSaliency(scene) {
  const { context, plan, model, colours } = scene;
  const { saliency } = model;
  if (!saliency) return;
  const step = plan.pxPerS / model.fs_hz;
  plan.lanes.forEach((lane, lead) => {
    let drawnTo = -Infinity;
    for (let k = 0; k < saliency.n; k += 1) {
      const x = xOf(scene, saliency.startS + k / model.fs_hz);
      if (x + step < plan.gutter || x > plan.width || x + step <= drawnTo + 0.5) continue;
      const from = Math.max(Math.round(x), drawnTo);
      const to = Math.max(Math.round(x + step), from + 1);
      drawnTo = to;
      const level = saliency.levels[lead * saliency.n + k] / 255;
      if (level < 0.02) continue;
      context.fillStyle = rgba(colours.saliency, 0.62 * level);
      context.fillRect(from, lane.top, to - from, lane.bottom - lane.top);
    }
  });
}

function paintUnreadable(scene) {
  const { context, plan, model, colours, view, startS, row } = scene;
  plan.lanes.forEach((lane, lead) => {
    for (const [beginS, endS] of model.leads[lead].unreadable) {
      if (endS <= startS || beginS >= startS + row.lengthS) continue;
      const left = Math.max(xOf(scene, beginS), plan.gutter);
      const right = Math.min(xOf(scene, endS), plan.width);
      paintHatch(context, { left, right, top: lane.top, bottom: lane.bottom, originX: xOf(scene, beginS) }, colours);
      if (right - left > 66) paintHaloText(context, "unreadable", left + 5, lane.bottom - 14, colours, view);
    }
  });
}

/** Slanted lines over an area; they go along with `originX`. */
export function paintHatch(context, { left, right, top, bottom, originX }, { hatch, hatchFill }, pitch = 9) {
  const height = bottom - top;
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, height);
  context.clip();
  context.fillStyle = hatchFill;
  context.fillRect(left, top, right - left, height);
  context.strokeStyle = hatch;
  context.lineWidth = 1;
  context.beginPath();
  const first = originX + Math.floor((left - height - originX) / pitch) * pitch;
  for (let x = first; x < right; x += pitch) {
    context.moveTo(x, bottom);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

/** Quiet text that stays readable on the grid. */
export function paintHaloText(context, text, x, y, colours, view) {
  context.font = `11px ${view.font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = colours.paper;
  context.strokeText(text, x, y);
  context.fillStyle = colours.quiet;
  context.fillText(text, x, y);
}

function paintTicks(scene) {
  const { context, plan, model, colours, row, startS } = scene;
  context.save();
  context.lineWidth = 1;
  for (const beat of model.beats) {
    if (beat.timeS < startS || beat.timeS > startS + row.lengthS) continue;
    const selected = beat.sample === model.selected_sample;
    context.globalAlpha = selected ? 0.9 : 0.3;
    context.strokeStyle = colours.classes[beat.label] ?? colours.quiet;
    context.beginPath();
    const x = Math.round(xOf(scene, beat.timeS)) + 0.5;
    context.moveTo(x, SIZES.letters - 4);
    context.lineTo(x, plan.lanesBottom);
    context.stroke();
  }
  context.restore();
}

function paintTraces(scene) {
  const { context, plan, model, colours, row, startS } = scene;
  context.strokeStyle = colours.trace;
  context.fillStyle = colours.trace;
  context.lineWidth = plan.mm < 4 ? 1.1 : 1.3;
  context.lineJoin = "round";
  context.lineCap = "round";
  const first = Math.max(0, Math.floor((startS - model.loadedStartS) * model.rateHz) - 1);
  const last = Math.ceil((startS + row.lengthS - model.loadedStartS) * model.rateHz) + 1;
  model.samples.forEach((samples, lead) => {
    const { base } = plan.lanes[lead];
    const x = (k) => xOf(scene, model.loadedStartS + k / model.rateHz);
    const y = (k) => base - samples[k] * plan.pxPerMv;
    for (const [begin, end] of presentRuns(samples, first, Math.min(last, samples.length - 1))) {
      if (begin === end) {
        context.fillRect(x(begin) - 0.7, y(begin) - 0.7, 1.4, 1.4);
        continue;
      }
      context.beginPath();
      context.moveTo(x(begin), y(begin));
      for (let k = begin + 1; k <= end; k += 1) context.lineTo(x(k), y(k));
      context.stroke();
    }
  });
}

function paintIntervals(scene) {
  const { context, plan, model, colours, view, row, startS } = scene;
  context.font = `11px ${view.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = colours.quiet;
  const endS = startS + row.lengthS;
  for (let i = 1; i < model.beats.length; i += 1) {
    const [before, beat] = [model.beats[i - 1], model.beats[i]];
    if (beat.rrMs === null || before.timeS < startS || beat.timeS > endS) continue;
    const text = String(beat.rrMs);
    const room = (beat.timeS - before.timeS) * plan.pxPerS - 22;
    if (context.measureText(text).width > room) continue;
    context.fillText(text, xOf(scene, (before.timeS + beat.timeS) / 2), SIZES.letters / 2 + 1);
  }
}

function paintPulses({ context, plan, model, colours }) {
  const { mm, gutter } = plan;
  const gain = model.gain_mm_per_mv;
  const right = gutter - 1.5 * mm;
  const left = right - plan.pulseMm * mm;
  context.strokeStyle = colours.trace;
  context.lineWidth = 1.2;
  context.lineJoin = "miter";
  context.lineCap = "butt";
  for (const lane of plan.lanes) {
    const foot = lane.base - pulseFootMm(lane, gain) * mm;
    const head = foot - gain * mm;
    context.beginPath();
    context.moveTo(left - mm, foot);
    context.lineTo(left, foot);
    context.lineTo(left, head);
    context.lineTo(right, head);
    context.lineTo(right, foot);
    context.lineTo(right + mm, foot);
    context.stroke();
  }
}

function paintReferenceName({ context, plan, colours, view }) {
  context.font = `11px ${view.font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillStyle = colours.quiet;
  context.fillText("reference", 6, plan.referenceTop + SIZES.reference / 2);
}

function paintTimes(scene) {
  const { context, plan, model, colours, view, row, startS } = scene;
  const stepS = labelStepS(plan.pxPerS);
  const shift = (model.clock_s ?? 0) % stepS;
  const top = plan.rowHeight - SIZES.times;
  context.font = `10.5px ${view.font}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.strokeStyle = colours.quiet;
  context.lineWidth = 1;
  const endS = Math.min(startS + row.lengthS, model.duration_s);
  const firstS = Math.ceil((startS + shift) / stepS - 1e-6) * stepS - shift;
  for (let timeS = firstS; timeS <= endS + 1e-6; timeS += stepS) {
    const x = Math.round(xOf(scene, timeS)) + 0.5;
    if (x + 56 > plan.width) break;
    context.beginPath();
    context.moveTo(x, top - 4);
    context.lineTo(x, plan.rowHeight);
    context.stroke();
    context.lineWidth = 3;
    context.strokeStyle = colours.paper;
    const text = formatTime(timeS, model.clock_s);
    context.strokeText(text, x + 4, top + SIZES.times / 2);
    context.fillStyle = colours.quiet;
    context.fillText(text, x + 4, top + SIZES.times / 2);
    context.lineWidth = 1;
    context.strokeStyle = colours.quiet;
  }
}
