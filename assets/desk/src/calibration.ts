// True scale: a bar on the screen is matched once with a bank card or a ruler, and a millimetre is known.

import { activeElementOf, button, element } from "./dom.ts";
import type { Store } from "./store.ts";

export const CARD_MM = 85.6; // ISO/IEC 7810 ID-1
const RULER_MM = 100;
const USUAL_PX_PER_MM = 96 / 25.4;
const MM_RANGE = [2, 12];
const RULERS: readonly [number, string][] = [[CARD_MM, "bank card, 85.6 mm"], [RULER_MM, "ruler, 100 mm"]];

/** Device pixels in a millimetre, from the width in CSS pixels of a bar that is `mm` long. */
export function devicePxPerMm(widthPx: number, mm: number, dpr: number): number {
  return Math.round((1000 * widthPx * dpr) / mm) / 1000;
}

/** Width in CSS pixels of a bar of `mm`. */
export function barWidthPx(pxPerMm: number, mm: number, dpr: number): number {
  return (pxPerMm * mm) / dpr;
}

export class Calibration {
  readonly dialog = element("dialog", "sh-dialog");
  private readonly store: Store;
  private readonly bar = element("div", "sh-bar");
  private readonly range = element("input");
  /** Length of what is held against the screen. */
  private mm = CARD_MM;
  private pxPerMm = USUAL_PX_PER_MM;
  private focusedBefore: HTMLElement | null = null;

  constructor(store: Store) {
    this.store = store;
    this.dialog.setAttribute("aria-label", "True scale");
    const text = element("p", "", "Hold a bank card or a ruler against the screen and make the bar as long. It is kept for this screen.");
    const kinds = element("div", "sh-kinds");
    kinds.setAttribute("role", "radiogroup");
    kinds.setAttribute("aria-label", "What to hold against the screen");
    for (const [mm, name] of RULERS) {
      const label = element("label");
      const input = element("input");
      Object.assign(input, { type: "radio", name: "sh-kind", value: String(mm), checked: mm === this.mm });
      input.addEventListener("change", () => this.setLength(mm));
      label.append(input, ` ${name}`);
      kinds.append(label);
    }
    Object.assign(this.range, { type: "range", min: "0", step: "0.25" });
    this.range.setAttribute("aria-label", "Length of the bar in pixels");
    this.range.addEventListener("input", () => this.draw());
    const buttons = element("div", "sh-buttons");
    buttons.append(
      button("sh-plain", "Cancel", "Change nothing (Esc)", () => this.dialog.close()),
      button("sh-primary", "Use true scale", "Keep this length", () => this.save()),
    );
    const note = element("p", "quiet", "25 mm/s is then 25 mm on this screen. On another screen, or after a change of its resolution, do it again.");
    this.dialog.append(element("h2", "", "True scale"), text, kinds, this.bar, this.range, note, buttons);
    this.dialog.addEventListener("close", () => this.focusedBefore?.focus({ preventScroll: true }));
  }

  private get dpr(): number {
    return window.devicePixelRatio || 1;
  }

  open(): void {
    this.focusedBefore = activeElementOf(this.dialog);
    this.pxPerMm = this.store.prefs.pxPerMm ?? USUAL_PX_PER_MM * this.dpr;
    this.setLength(this.mm);
    this.dialog.showModal();
    this.range.focus();
  }

  /** Another thing is held against the screen; the millimetre stays what it was. */
  private setLength(mm: number): void {
    this.mm = mm;
    const [least, most] = MM_RANGE.map((perMm) => perMm * mm);
    this.range.min = String(least);
    this.range.max = String(most);
    this.range.value = String(barWidthPx(this.pxPerMm, mm, this.dpr));
    this.draw();
  }

  private draw(): void {
    const width = Number(this.range.value);
    this.pxPerMm = devicePxPerMm(width, this.mm, this.dpr);
    this.bar.style.width = `${width}px`;
    this.bar.classList.toggle("card", this.mm === CARD_MM);
    this.range.setAttribute("aria-valuetext", `${width} pixels`);
  }

  private save(): void {
    this.store.setPref("pxPerMm", this.pxPerMm);
    this.store.setPref("scale", "true");
    this.dialog.close();
  }
}
