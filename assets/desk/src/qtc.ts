// The formula that corrects QT for the heart rate: one choice for the whole desk, kept as a preference.

import { element } from "./dom.ts";
import type { QtcFormula, QtcQuantity } from "./payloads.ts";
import type { Store } from "./store.ts";

/** Formulas by the names of their authors, in the order of the table. */
export const QTC_NAMES: Readonly<Record<QtcFormula, string>> = {
  bazett: "Bazett",
  fridericia: "Fridericia",
  framingham: "Framingham",
  hodges: "Hodges",
};

export const qtcQuantity = (formula: QtcFormula): QtcQuantity => `qtc_${formula}_ms`;

/** A labelled choice of the formula; `draw()` shows the one that is preferred now. */
export function qtcChoice(store: Store): { root: HTMLLabelElement; draw: () => void } {
  const root = element("label", "qtc-choice", "QTc ");
  const select = element("select");
  select.setAttribute("aria-label", "Formula of QTc");
  select.title = "Formula of the QTc that is shown in the head of the measurements, at the strip, beside a beat and in the trends";
  for (const [formula, name] of Object.entries(QTC_NAMES)) select.append(new Option(name, formula));
  select.addEventListener("change", () => store.setPref("qtc", select.value as QtcFormula));
  root.append(select);
  const draw = () => {
    select.value = store.prefs.qtc;
  };
  draw();
  return { root, draw };
}
