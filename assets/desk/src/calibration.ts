// @ts-nocheck
// True scale: a bar on the screen is matched once with a bank card or a ruler, and a millimetre is known.

import { button, element } from "./dom.ts";

export const CARD_MM = 85.6; // ISO/IEC 7810 ID-1
const RULER_MM = 100;
const USUAL_PX_PER_MM = 96 / 25.4;
const MM_RANGE = [2, 12];

/** Device pixels in a millimetre, from the width in CSS pixels of a bar that is `mm` long. */
export function devicePxPerMm(widthPx, mm, dpr) {
  return Math.round((1000 * widthPx * dpr) / mm) / 1000;
}

/** Width in CSS pixels of a bar of `mm`. */
export function barWidthPx(pxPerMm, mm, dpr) {
  return (pxPerMm * mm) / dpr;
}

export class Calibration {
  constructor(store) {
    this.store = store;
    this.mm = CARD_MM;
    this.dialog = element("dialog", "sh-dialog");
    this.dialog.setAttribute("aria-label", "True scale");
    const text = element("p", "", "Hold a bank card or a ruler against the screen and make the bar as long. It is kept for this screen.");
    this.kinds = element("div", "sh-kinds");
    this.kinds.setAttribute("role", "radiogroup");
    this.kinds.setAttribute("aria-label", "What to hold against the screen");
    for (const [mm, name] of [[CARD_MM, "bank card, 85.6 mm"], [RULER_MM, "ruler, 100 mm"]]) {
      const label = element("label");
      const input = element("input");
      Object.assign(input, { type: "radio", name: "sh-kind", value: String(mm), checked: mm === this.mm });
      input.addEventListener("change", () => this.take(mm));
      label.append(input, ` ${name}`);
      this.kinds.append(label);
    }
    this.bar = element("div", "sh-bar");
    this.range = element("input");
    Object.assign(this.range, { type: "range", min: "0", step: "0.25" });
    this.range.setAttribute("aria-label", "Length of the bar in pixels");
    this.range.addEventListener("input", () => this.draw());
    const buttons = element("div", "sh-buttons");
    buttons.append(
      button("sh-plain", "Cancel", "Change nothing (Esc)", () => this.dialog.close()),
      button("sh-primary", "Use true scale", "Keep this length", () => this.save()),
    );
    const note = element("p", "quiet", "25 mm/s is then 25 mm on this screen. On another screen, or after a change of its resolution, do it again.");
    this.dialog.append(element("h2", "", "True scale"), text, this.kinds, this.bar, this.range, note, buttons);
    this.dialog.addEventListener("close", () => this.before?.focus?.({ preventScroll: true }));
  }

  get dpr() {
    return window.devicePixelRatio || 1;
  }

  open() {
    this.before = this.dialog.getRootNode().activeElement;
    this.pxPerMm = this.store.prefs.pxPerMm ?? USUAL_PX_PER_MM * this.dpr;
    this.take(this.mm);
    this.dialog.showModal();
    this.range.focus();
  }

  /** Another thing is held against the screen; the millimetre stays what it was. */
  take(mm) {
    this.mm = mm;
    const [least, most] = MM_RANGE.map((perMm) => perMm * mm);
    this.range.min = String(least);
    this.range.max = String(most);
    this.range.value = String(barWidthPx(this.pxPerMm, mm, this.dpr));
    this.draw();
  }

  draw() {
    const width = Number(this.range.value);
    this.pxPerMm = devicePxPerMm(width, this.mm, this.dpr);
    this.bar.style.width = `${width}px`;
    this.bar.classList.toggle("card", this.mm === CARD_MM);
    this.range.setAttribute("aria-valuetext", `${width} pixels`);
  }

  save() {
    this.store.setPref("pxPerMm", this.pxPerMm);
    this.store.setPref("scale", "true");
    this.dialog.close();
  }
}
