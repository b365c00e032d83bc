// A caliper over a tracing: drag, or click twice. It keeps its times, so that it stays where it is when the size changes.

import type { DemonstrationLayout } from "./demonstration_layout.ts";
import { caliperWords, MM_PER_S } from "./demonstration_layout.ts";
import { element } from "./dom.ts";

const CLICK_PX = 4;
const LEFTWARDS_SHARE = 0.8;

export class Caliper {
  private readonly sheet: HTMLElement;
  private readonly layout: () => DemonstrationLayout | null;
  private readonly band = element("div", "band");
  private readonly words = element("output", "width");
  /** Ends in seconds from the left edge. */
  private ends: [number, number] | null = null;
  private open = false;
  private down: { x: number; second: boolean; dragged: boolean } | null = null;

  constructor(sheet: HTMLElement, layout: () => DemonstrationLayout | null) {
    this.sheet = sheet;
    this.layout = layout;
    this.band.append(this.words);
    this.band.hidden = true;
    sheet.append(this.band);
    sheet.addEventListener("pointerdown", (event) => this.press(event));
    sheet.addEventListener("pointermove", (event) => this.move(event));
    sheet.addEventListener("pointerup", (event) => this.release(event));
    sheet.addEventListener("pointercancel", () => {
      this.down = null;
    });
  }

  get isSet(): boolean {
    return this.ends !== null;
  }

  /** Put it between two times, in seconds from the left edge. */
  set(fromS: number, toS: number): void {
    this.ends = [fromS, toS];
    this.open = false;
    this.draw();
  }

  clear(): void {
    this.ends = null;
    this.open = false;
    this.draw();
  }

  draw(): void {
    const layout = this.layout();
    this.band.hidden = !this.ends || !layout;
    if (!this.ends || !layout) return;
    const perS = layout.mm * MM_PER_S;
    const low = Math.min(...this.ends);
    const size = Math.max(...this.ends) - low;
    this.band.style.left = `${low * perS}px`;
    this.band.style.width = `${size * perS}px`;
    this.words.textContent = caliperWords(size);
    this.words.classList.toggle("leftwards", low * perS > LEFTWARDS_SHARE * layout.width);
    // Above the rhythm strip, where it hides neither trace nor letters.
    this.words.style.top = `${Math.max(layout.rhythm.top + 4, 4)}px`;
  }

  private timeAt(event: PointerEvent): number {
    const layout = this.layout();
    const { left } = this.sheet.getBoundingClientRect();
    return layout ? Math.min(Math.max((event.clientX - left) / (layout.mm * MM_PER_S), 0), layout.pageS) : 0;
  }

  private press(event: PointerEvent): void {
    if (event.button || (event.target instanceof Element && event.target.closest("button"))) return;
    this.down = { x: event.clientX, second: this.open, dragged: false };
    if (event.pointerType !== "touch") this.sheet.setPointerCapture(event.pointerId);
    if (!this.open) this.ends = [this.timeAt(event), this.timeAt(event)];
    this.draw();
  }

  private move(event: PointerEvent): void {
    if (!this.ends || (!(this.down && event.pointerType !== "touch") && !this.open)) return;
    if (this.down && Math.abs(event.clientX - this.down.x) > CLICK_PX) this.down.dragged = true;
    this.ends = [this.ends[0], this.timeAt(event)];
    this.draw();
  }

  private release(event: PointerEvent): void {
    if (!this.down || !this.ends) return;
    this.ends = [this.ends[0], this.timeAt(event)];
    this.open = !this.down.dragged && !this.down.second; // the next click sets the other end
    this.down = null;
    this.draw();
  }
}
