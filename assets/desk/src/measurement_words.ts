// Names, units and decimals of measured quantities, and measurements as text. What has no value is a dash with its reason.

import type { MeasuredPayload, MeasuredValue, QtcFormula } from "./payloads.ts";
import { QTC_NAMES, qtcQuantity } from "./qtc.ts";
import { ABSENT } from "./wording.ts";

export interface QuantityWords {
  name: string;
  unit: string;
  decimals: number;
}

/** Quantities of all leads together, in the order they are read in. */
export const OVERALL: Readonly<Record<string, QuantityWords>> = {
  rate_bpm: { name: "Rate", unit: "bpm", decimals: 0 },
  rr_ms: { name: "RR", unit: "ms", decimals: 0 },
  p_ms: { name: "P", unit: "ms", decimals: 0 },
  pr_ms: { name: "PR", unit: "ms", decimals: 0 },
  qrs_ms: { name: "QRS", unit: "ms", decimals: 0 },
  qt_ms: { name: "QT", unit: "ms", decimals: 0 },
  qtc_bazett_ms: { name: "QTc Bazett", unit: "ms", decimals: 0 },
  qtc_fridericia_ms: { name: "QTc Fridericia", unit: "ms", decimals: 0 },
  qtc_framingham_ms: { name: "QTc Framingham", unit: "ms", decimals: 0 },
  qtc_hodges_ms: { name: "QTc Hodges", unit: "ms", decimals: 0 },
  p_axis_deg: { name: "P axis", unit: "°", decimals: 0 },
  qrs_axis_deg: { name: "QRS axis", unit: "°", decimals: 0 },
  t_axis_deg: { name: "T axis", unit: "°", decimals: 0 },
};

/** Quantities of each lead. */
export const OF_LEAD: Readonly<Record<string, QuantityWords>> = {
  p_mv: { name: "P", unit: "mV", decimals: 2 },
  q_mv: { name: "Q", unit: "mV", decimals: 2 },
  q_ms: { name: "Q", unit: "ms", decimals: 0 },
  r_mv: { name: "R", unit: "mV", decimals: 2 },
  s_mv: { name: "S", unit: "mV", decimals: 2 },
  r2_mv: { name: "R′", unit: "mV", decimals: 2 },
  j_mv: { name: "J", unit: "mV", decimals: 2 },
  st60_mv: { name: "J + 60 ms", unit: "mV", decimals: 2 },
  st80_mv: { name: "J + 80 ms", unit: "mV", decimals: 2 },
  st_slope_mv_s: { name: "ST slope", unit: "mV/s", decimals: 1 },
  t_mv: { name: "T", unit: "mV", decimals: 2 },
  p_ms: { name: "P", unit: "ms", decimals: 0 },
  pr_ms: { name: "PR", unit: "ms", decimals: 0 },
  qrs_ms: { name: "QRS", unit: "ms", decimals: 0 },
  qt_ms: { name: "QT", unit: "ms", decimals: 0 },
};

/** A value with its decimals and a true minus sign, or a dash. */
export function valueText(measured: MeasuredValue | undefined, decimals: number): string {
  if (!measured || measured.value === null) return ABSENT;
  const text = measured.value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/** "± 6 ms", or an empty text where there is no uncertainty or no value. */
export function uncertaintyText(measured: MeasuredValue | undefined, { unit, decimals }: QuantityWords): string {
  if (!measured || measured.value === null || measured.sd === null) return "";
  return `± ${Math.max(measured.sd, 10 ** -decimals).toFixed(decimals)} ${unit}`;
}

/** Why there is no value; an empty text where there is one. */
export function reasonText(measured: MeasuredValue | undefined): string {
  if (!measured) return "not measured";
  return measured.value === null ? measured.reason || "not measured" : "";
}

/** A difference with its sign. */
export function differenceText(difference: number, unit: string): string {
  const rounded = Math.round(difference);
  return `${rounded > 0 ? "+" : rounded < 0 ? "−" : "±"}${Math.abs(rounded)} ${unit}`;
}

/** Quantities of all leads together as they stand in the table: the preferred QTc first, the other formulas behind it. */
export function overallRows(formula: QtcFormula): { quantity: string; words: QuantityWords; other: boolean }[] {
  const chosen = qtcQuantity(formula);
  const isQtc = (quantity: string) => quantity.startsWith("qtc_");
  const rows = Object.entries(OVERALL).map(([quantity, words]) => ({ quantity, words, other: isQtc(quantity) && quantity !== chosen }));
  const qtc = rows.filter(({ quantity }) => isQtc(quantity)).sort((a, b) => Number(a.other) - Number(b.other));
  const first = rows.findIndex(({ quantity }) => isQtc(quantity));
  return [...rows.slice(0, first), ...qtc, ...rows.slice(first + qtc.length)];
}

/** Rate, intervals with the preferred QTc, and axes in one line, as at the head of a printed ECG. */
export function headText({ overall }: Pick<MeasuredPayload, "overall">, formula: QtcFormula): string {
  const text = (quantity: string) => valueText(overall[quantity], 0);
  const axes = ["p_axis_deg", "qrs_axis_deg", "t_axis_deg"].map(text);
  const parts = [
    `${text("rate_bpm")} bpm`,
    `PR ${text("pr_ms")} ms`,
    `QRS ${text("qrs_ms")} ms`,
    `QT/QTc ${text("qt_ms")}/${text(qtcQuantity(formula))} ms (${QTC_NAMES[formula]})`,
  ];
  if (axes.some((axis) => axis !== ABSENT)) parts.push(`axes P ${axes[0]}, QRS ${axes[1]}, T ${axes[2]}°`);
  return parts.join(" · ");
}
