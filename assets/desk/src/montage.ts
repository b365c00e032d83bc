// A montage: all events of a kind as small strips, page by page, and the kind confirmed as a whole once every strip
// has been on screen with its signal.

import { filterName } from "./chunks.ts";
import { paperColours } from "./colours.ts";
import { activeElementOf, button, element } from "./dom.ts";
import type { ReviewEvent } from "./facts.ts";
import { drawStrip, stripChunks } from "./montage_strip.ts";
import { StripSignal } from "./montage_signal.ts";
import { Panel, write } from "./panel.ts";
import type { Store } from "./store.ts";
import { formatTime } from "./times.ts";
import { counted, number } from "./wording.ts";

const STRIP_PX = [216, 96]; // at least so wide; so high without its caption
const CAPTION_PX = 24;
const GAP_PX = 8;
const CHUNK_S = 10;

/** Strips in a row, rows on a page, and strips on a page. */
interface PageShape {
  columns: number;
  rows: number;
  perPage: number;
}

interface Strip {
  root: HTMLElement;
  go: HTMLButtonElement;
  canvas: HTMLCanvasElement;
  caption: HTMLElement;
  dismiss: HTMLButtonElement;
}

/** The shape of a page for a room in px. */
export function pageShape(widthPx: number, heightPx: number): PageShape {
  const columns = Math.max(1, Math.floor((widthPx + GAP_PX) / (STRIP_PX[0] + GAP_PX)));
  const rows = Math.max(1, Math.floor((heightPx + GAP_PX) / (STRIP_PX[1] + CAPTION_PX + GAP_PX)));
  return { columns, rows, perPage: columns * rows };
}

/** The strip that a key moves to, null for other keys; `n` strips, `columns` in a row. */
export function stripAfterKey(key: string, at: number, n: number, columns: number): number | null {
  const steps: Partial<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -n, End: n };
  const step = steps[key];
  return step === undefined ? null : Math.min(Math.max(at + step, 0), n - 1);
}

/** What the foot says of how far one has come. */
export function progressText(nLooked: number, n: number): string {
  return nLooked < n ? `${number(nLooked)} of ${number(n)} looked through` : `all ${number(n)} looked through`;
}

/** What the button says that confirms; dismissed events are left out. */
export function confirmText(toConfirm: number, n: number): string {
  const dismissed = n - toConfirm;
  return `Confirm ${dismissed ? "" : "all "}${number(toConfirm)}${dismissed ? `, ${number(dismissed)} dismissed` : ""}`;
}

export class Montage extends Panel {
  private kind = "";
  private events: ReviewEvent[] = [];
  /** Keys of the events whose strips have been on screen with their signal. */
  private looked = new Set<string>();
  /** The strip that keys are at, among all. */
  private at = 0;
  private shape: PageShape = { columns: 1, rows: 1, perPage: 1 };
  private strips: Strip[] = [];
  /** Chunks of signal that each strip needs. */
  private needs: number[][] = [];
  private readonly signal: StripSignal;
  private readonly sizes: ResizeObserver;
  private readonly dialog = element("dialog", "montage");
  private readonly title = element("h2");
  private readonly leads = element("select");
  private readonly grid = element("div", "montage-grid");
  private readonly before = button("plain", "‹ page before", "Page before (Page Up)", () => this.turn(-1));
  private readonly after = button("plain", "next page ›", "Next page (Page Down)", () => this.turn(1));
  private readonly where = element("span", "where");
  private readonly progress = element("span", "quiet");
  private readonly confirm = button("primary", "", "", () => this.confirmAll());
  private focusedBefore: HTMLElement | null = null;

  constructor(store: Store, place: ParentNode) {
    super(store, place, "montage-panel");
    this.signal = new StripSignal((params, signal) => store.api.packed("span", params, { signal }), () => this.drawStrips());
    this.build();
    this.follow(["state"], () => this.update());
    this.follow(["beats", "theme"], () => this.drawStrips());
    this.sizes = new ResizeObserver(() => {
      if (this.dialog.open) this.layOut();
    });
    this.sizes.observe(this.grid);
  }

  override destroy(): void {
    this.sizes.disconnect();
    this.signal.stop();
    super.destroy();
  }

  private build(): void {
    this.dialog.setAttribute("aria-label", "Montage");
    const head = element("div", "montage-head");
    const lead = element("label", "quiet", "lead ");
    this.leads.addEventListener("change", () => {
      this.store.setPref("montageLead", Number(this.leads.value));
      this.drawStrips();
    });
    lead.append(this.leads);
    head.append(this.title, lead, button("plain", "Close", "Close (Esc)", () => this.dialog.close()));
    this.grid.setAttribute("role", "grid");
    this.grid.setAttribute("aria-label", "Strips");
    const foot = element("div", "montage-foot");
    this.progress.setAttribute("role", "status");
    foot.append(this.before, this.where, this.after, this.progress, this.confirm);
    const keys = element("p", "quiet montage-keys", "Arrows: from strip to strip · Page Up, Page Down: pages · X: dismiss or bring back · Enter or click: go there");
    this.dialog.append(head, this.grid, keys, foot);
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("close", () => {
      this.signal.stop();
      this.focusedBefore?.focus({ preventScroll: true });
    });
    this.root.append(this.dialog);
  }

  /** Look through the events of a kind; where one has been before, at the first strip not looked at yet. */
  open(kind: string): void {
    const { store } = this;
    if (this.dialog.open || !store.review.facts) return;
    if (kind !== this.kind) this.looked = new Set();
    this.kind = kind;
    this.focusedBefore = activeElementOf(this.root);
    this.dialog.showModal();
    this.update();
    this.at = Math.max(0, this.events.findIndex(({ key }) => !this.looked.has(key)));
    this.layOut();
    this.focus();
  }

  /** Show the kind's events as they are now. */
  private update(): void {
    const { review } = this.store;
    if (!this.dialog.open || !review.facts) return;
    const events = review.episodes.filter(({ kind }) => kind === this.kind);
    const same = events.length === this.events.length && events.every(({ key }, i) => key === this.events[i].key);
    this.events = events;
    const names = review.facts.leads.map(({ name }) => name);
    if (this.leads.childElementCount !== names.length) {
      this.leads.replaceChildren(...names.map((name, k) => Object.assign(element("option", "", name), { value: String(k) })));
    }
    this.leads.value = String(this.lead);
    write(this.title, events.length ? counted(events.length, `strip: ${events[0].title}`, `strips: ${events[0].title}`) : "No such event is left");
    if (same && this.strips.length) this.drawStrips();
    else this.layOut();
  }

  private get lead(): number {
    return Math.min(this.store.prefs.montageLead, (this.store.review.facts?.leads.length ?? 1) - 1);
  }

  private get page(): number {
    return Math.floor(this.at / this.shape.perPage);
  }

  private get shown(): ReviewEvent[] {
    const first = this.page * this.shape.perPage;
    return this.events.slice(first, first + this.shape.perPage);
  }

  private layOut(): void {
    this.shape = pageShape(this.grid.clientWidth, this.grid.clientHeight);
    this.at = Math.max(0, Math.min(this.at, this.events.length - 1));
    this.grid.style.gridTemplateColumns = `repeat(${this.shape.columns}, minmax(0, 1fr))`;
    const had = this.grid.contains(activeElementOf(this.root));
    this.strips = this.shown.map((_, i) => this.makeStrip(i));
    this.grid.replaceChildren(...this.strips.map(({ root }) => root));
    this.wantSignal();
    this.drawStrips();
    if (had) this.focus();
  }

  private makeStrip(i: number): Strip {
    const root = element("div", "montage-strip");
    root.setAttribute("role", "gridcell");
    const go = button("montage-go", "", "", () => this.go(i));
    const canvas = element("canvas");
    const caption = element("span", "montage-caption");
    go.append(canvas, caption);
    go.addEventListener("focus", () => (this.at = this.page * this.shape.perPage + i));
    const dismiss = button("mark dismissed", "×", "Dismiss (X)", () => this.dismiss(i));
    root.append(go, dismiss);
    return { root, go, canvas, caption, dismiss };
  }

  private wantSignal(): void {
    const { prefs, review } = this.store;
    const { facts } = review;
    if (!facts) return;
    const nChunks = Math.max(1, Math.ceil(facts.durationS / CHUNK_S - 1e-9));
    this.signal.configure({ fs: facts.fs, filter: filterName(prefs.filters), durationS: facts.durationS });
    this.needs = this.shown.map((event) => stripChunks(event, facts, nChunks));
    this.signal.want(this.needs.flat());
  }

  private drawStrips(): void {
    const { lead } = this;
    const { facts, beats } = this.store.review;
    if (!this.dialog.open || !facts) return;
    const style = getComputedStyle(this.root);
    const colours = paperColours(style.getPropertyValue("--st-background-color") || "#ffffff");
    const dpr = window.devicePixelRatio || 1;
    for (const [i, event] of this.shown.entries()) {
      const { root, go, canvas, caption, dismiss } = this.strips[i];
      const chunks = this.needs[i].map((index) => this.signal.get(index));
      const size = { width: go.clientWidth || STRIP_PX[0], height: STRIP_PX[1], dpr };
      drawStrip(canvas, { event, facts, beats, lead, chunks, colours, font: style.fontFamily }, size);
      const whole = chunks.every(Boolean);
      if (whole) this.looked.add(event.key);
      root.dataset.whole = String(whole);
      root.classList.toggle("dismissed", event.dismissed);
      root.classList.toggle("seen", event.seen);
      dismiss.setAttribute("aria-pressed", String(event.dismissed));
      dismiss.title = event.dismissed ? "Bring it back (X)" : "Dismiss (X)";
      const time = formatTime(event.startS, facts.clockS);
      dismiss.setAttribute("aria-label", `${event.dismissed ? "Bring back" : "Dismiss"} ${time}`);
      write(caption, `${time}${event.seen ? " ✓" : ""} · ${event.reason}`);
      go.title = `${event.title}: ${event.reason}`;
      go.setAttribute("aria-label", `${event.title} at ${time}, ${event.reason}${event.dismissed ? ", dismissed" : ""}`);
    }
    this.drawFoot();
  }

  private drawFoot(): void {
    const { events, shape } = this;
    const pages = Math.max(1, Math.ceil(events.length / shape.perPage));
    const nLooked = events.filter(({ key }) => this.looked.has(key)).length;
    write(this.where, `page ${number(this.page + 1)} of ${number(pages)}`);
    write(this.progress, this.signal.problem ?? progressText(nLooked, events.length));
    this.before.disabled = this.page === 0;
    this.after.disabled = this.page >= pages - 1;
    const open = events.filter(({ dismissed }) => !dismissed);
    this.confirm.disabled = nLooked < events.length || !open.length;
    this.confirm.title = this.confirm.disabled ? "Look through all pages first" : "Mark all of them as seen; one undo takes it back";
    write(this.confirm, confirmText(open.length, events.length));
  }

  private turn(step: 1 | -1): void {
    const { perPage } = this.shape;
    const to = (this.page + step) * perPage;
    if (to < 0 || to >= this.events.length) return;
    this.at = to;
    this.layOut();
    this.focus();
  }

  private focus(): void {
    this.strips.at(this.at - this.page * this.shape.perPage)?.go.focus({ preventScroll: true });
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === this.leads) return;
    const { perPage, columns } = this.shape;
    const to = stripAfterKey(event.key, this.at, this.events.length, columns);
    if (event.key === "PageDown" || event.key === "PageUp") this.turn(event.key === "PageDown" ? 1 : -1);
    else if (event.key.toLowerCase() === "x") this.dismiss(this.at % perPage);
    else if (to !== null) {
      const page = this.page;
      this.at = to;
      if (this.page !== page) this.layOut();
      this.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private go(i: number): void {
    const { key } = this.shown[i];
    this.dialog.close();
    this.store.navigation.goToEvent(key);
  }

  private dismiss(i: number): void {
    const event = this.shown.at(i);
    if (event) void this.store.edits.markEvent(event.key, "dismissed", !event.dismissed);
  }

  private confirmAll(): void {
    const keys = this.events.filter(({ key, dismissed }) => !dismissed && this.looked.has(key)).map(({ key }) => key);
    this.dialog.close();
    void this.store.edits.markEvents(keys, "seen", true);
  }
}
