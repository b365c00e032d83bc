// @ts-nocheck
// A montage: all events of a kind as small strips, page by page, and the kind confirmed as a whole once every strip
// has been on screen with its signal.

import { filterName } from "./chunks.ts";
import { paperColours } from "./colours.ts";
import { button, element } from "./dom.ts";
import { drawStrip, stripChunks } from "./montage_strip.ts";
import { StripSignal } from "./montage_signal.ts";
import { Panel, write } from "./panel.ts";
import { formatTime } from "./times.ts";
import { counted, number } from "./wording.ts";

const STRIP_PX = [216, 96]; // at least so wide; so high without its caption
const CAPTION_PX = 24;
const GAP_PX = 8;
const CHUNK_S = 10;

/** Strips in a row and rows on a page for a room in px. */
export function pageShape(widthPx, heightPx) {
  const columns = Math.max(1, Math.floor((widthPx + GAP_PX) / (STRIP_PX[0] + GAP_PX)));
  const rows = Math.max(1, Math.floor((heightPx + GAP_PX) / (STRIP_PX[1] + CAPTION_PX + GAP_PX)));
  return { columns, rows, perPage: columns * rows };
}

/** The strip that a key moves to, null for other keys; `n` strips, `columns` in a row. */
export function stripAfterKey(key, at, n, columns) {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -n, End: n }[key];
  return step === undefined ? null : Math.min(Math.max(at + step, 0), n - 1);
}

/** What the foot says of how far one has come. */
export function progressText(nLooked, n) {
  return nLooked < n ? `${number(nLooked)} of ${number(n)} looked through` : `all ${number(n)} looked through`;
}

/** What the button says that confirms; dismissed events are left out. */
export function confirmText(toConfirm, n) {
  const dismissed = n - toConfirm;
  return `Confirm ${dismissed ? "" : "all "}${number(toConfirm)}${dismissed ? `, ${number(dismissed)} dismissed` : ""}`;
}

export class Montage extends Panel {
  constructor(store, place) {
    super(store, place, "montage-panel");
    this.looked = new Set();
    this.at = 0; // the strip that keys are at, among all
    this.events = [];
    this.signal = new StripSignal((params, signal) => store.api.packed("span", params, { signal }), () => this.drawStrips());
    this.build();
    this.follow(["state"], () => this.dialog.open && this.take());
    this.follow(["beats", "theme"], () => this.dialog.open && this.drawStrips());
    this.sizes = new ResizeObserver(() => this.dialog.open && this.layOut());
    this.sizes.observe(this.grid);
  }

  destroy() {
    this.sizes.disconnect();
    this.signal.stop();
    super.destroy();
  }

  build() {
    this.dialog = element("dialog", "montage");
    this.dialog.setAttribute("aria-label", "Montage");
    const head = element("div", "montage-head");
    this.title = element("h2");
    const lead = element("label", "quiet", "lead ");
    this.leads = element("select");
    this.leads.addEventListener("change", () => {
      this.store.setPref("montageLead", Number(this.leads.value));
      this.drawStrips();
    });
    lead.append(this.leads);
    head.append(this.title, lead, button("plain", "Close", "Close (Esc)", () => this.dialog.close()));
    this.grid = element("div", "montage-grid");
    this.grid.setAttribute("role", "grid");
    this.grid.setAttribute("aria-label", "Strips");
    const foot = element("div", "montage-foot");
    this.before = button("plain", "‹ page before", "Page before (Page Up)", () => this.turn(-1));
    this.after = button("plain", "next page ›", "Next page (Page Down)", () => this.turn(1));
    this.where = element("span", "where");
    this.progress = element("span", "quiet");
    this.progress.setAttribute("role", "status");
    this.confirm = button("primary", "", "", () => this.confirmAll());
    foot.append(this.before, this.where, this.after, this.progress, this.confirm);
    const keys = element("p", "quiet montage-keys", "Arrows: from strip to strip · Page Up, Page Down: pages · X: dismiss or bring back · Enter or click: go there");
    this.dialog.append(head, this.grid, keys, foot);
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("close", () => {
      this.signal.stop();
      this.before_?.focus?.({ preventScroll: true });
    });
    this.root.append(this.dialog);
  }

  /** Look through the events of a kind; where one has been before, at the first strip not looked at yet. */
  open(kind) {
    const { store } = this;
    if (this.dialog.open || !store.review.facts) return;
    if (kind !== this.kind) this.looked = new Set();
    this.kind = kind;
    this.before_ = this.root.getRootNode().activeElement;
    this.dialog.showModal();
    this.take();
    this.at = Math.max(0, this.events.findIndex(({ key }) => !this.looked.has(key)));
    this.layOut();
    this.focus();
  }

  take() {
    const { store } = this;
    const events = store.review.episodes.filter(({ kind }) => kind === this.kind);
    const same = events.length === this.events.length && events.every(({ key }, i) => key === this.events[i].key);
    this.events = events;
    const names = store.review.facts.leads.map(({ name }) => name);
    if (this.leads.childElementCount !== names.length) {
      this.leads.replaceChildren(...names.map((name, k) => Object.assign(element("option", "", name), { value: k })));
    }
    this.leads.value = String(this.lead);
    write(this.title, events.length ? counted(events.length, `strip: ${events[0].title}`, `strips: ${events[0].title}`) : "No such event is left");
    if (same && this.strips) this.drawStrips();
    else this.layOut();
  }

  get lead() {
    return Math.min(this.store.prefs.montageLead, this.store.review.facts.leads.length - 1);
  }

  get page() {
    return Math.floor(this.at / this.shape.perPage);
  }

  get shown() {
    const first = this.page * this.shape.perPage;
    return this.events.slice(first, first + this.shape.perPage);
  }

  layOut() {
    this.shape = pageShape(this.grid.clientWidth, this.grid.clientHeight);
    this.at = Math.max(0, Math.min(this.at, this.events.length - 1));
    this.grid.style.gridTemplateColumns = `repeat(${this.shape.columns}, minmax(0, 1fr))`;
    const had = this.grid.contains(this.root.getRootNode().activeElement);
    this.strips = this.shown.map((_, i) => this.makeStrip(i));
    this.grid.replaceChildren(...this.strips.map(({ root }) => root));
    this.wantSignal();
    this.drawStrips();
    if (had) this.focus();
  }

  makeStrip(i) {
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

  wantSignal() {
    const { facts } = this.store.review;
    const { prefs } = this.store;
    const nChunks = Math.max(1, Math.ceil(facts.durationS / CHUNK_S - 1e-9));
    this.signal.configure({ fs: facts.fs, filter: filterName(prefs.filters) });
    this.needs = this.shown.map((event) => stripChunks(event, facts, nChunks));
    this.signal.want(this.needs.flat());
  }

  drawStrips() {
    if (!this.dialog.open || !this.strips) return;
    const { store, lead } = this;
    const { facts, beats } = store.review;
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

  drawFoot() {
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

  turn(step) {
    const { perPage } = this.shape;
    const to = (this.page + step) * perPage;
    if (to < 0 || to >= this.events.length) return;
    this.at = to;
    this.layOut();
    this.focus();
  }

  focus() {
    this.strips?.[this.at - this.page * this.shape.perPage]?.go.focus({ preventScroll: true });
  }

  key(event) {
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

  go(i) {
    const { key } = this.shown[i];
    this.dialog.close();
    this.store.navigation.goToEvent(key);
  }

  dismiss(i) {
    const event = this.shown[i];
    if (event) this.store.edits.markEvent(event.key, "dismissed", !event.dismissed);
  }

  confirmAll() {
    const keys = this.events.filter(({ key, dismissed }) => !dismissed && this.looked.has(key)).map(({ key }) => key);
    this.dialog.close();
    this.store.edits.markEvents(keys, "seen", true);
  }
}
