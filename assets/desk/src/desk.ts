// @ts-nocheck
// The review desk: a Streamlit component that fills the page. The default export is called again whenever the page
// runs or the theme changes; what is on screen lives in one Desk for each mount point.
//
// Triggers: `explain` ([sample, start_s]), `expired` (the server no longer knows the token), `layout` (a person wants
// to say again what a table of numbers holds).
// Texts from files are only ever set as textContent or drawn on canvas.

import { Api } from "./api.ts";
import { isDark } from "./colours.ts";
import { Conflicts } from "./conflicts.ts";
import { Disclosure } from "./disclosure.ts";
import { element } from "./dom.ts";
import { EditsProblem } from "./edits_problem.ts";
import { EventNote } from "./event_note.ts";
import { Events } from "./events.ts";
import { Families } from "./families.ts";
import { FilePanel } from "./file_panel.ts";
import { Help } from "./help.ts";
import { IdentityCard } from "./identity.ts";
import { Inspector } from "./inspector.ts";
import { Keys } from "./keys.ts";
import { Montage } from "./montage.ts";
import { stand, standing } from "./mounts.ts";
import { NamePrompt } from "./name_prompt.ts";
import { Overview } from "./overview.ts";
import { SafeKeys } from "./safe_keys.ts";
import { Scatter } from "./scatter.ts";
import { Search } from "./search.ts";
import { SelectionBar } from "./selection.ts";
import { Sheet } from "./sheet.ts";
import { Sight, StickyStrip } from "./sticky.ts";
import { Store } from "./store.ts";
import { SummaryPanel } from "./summary.ts";
import { Tabs } from "./tabs.ts";
import { Title } from "./title.ts";
import { Toolbar } from "./toolbar.ts";
import { Urgent } from "./urgent.ts";
import { ExportDialog } from "./export_dialog.ts";

const NARROW_PX = 1100;
const EXPIRED_AGAIN_MS = 2000;

export default function mount({ parentElement, data, setTriggerValue }) {
  const desk = standing(parentElement, data, Desk) ?? stand(parentElement, new Desk(parentElement, data));
  const turn = desk.take(data, setTriggerValue);
  // A superseded call is cleaned up too; only the latest may take the desk down.
  return () => desk.turn === turn && desk.destroy();
}

class Desk {
  constructor(parent, data) {
    this.turn = 0;
    this.gone = false;
    this.expiredAt = -Infinity;
    this.data = data;
    this.store = new Store({
      api: this.api(data),
      rec: data.rec,
      storage: kept(),
      startS: data.start_s ?? 0,
      host: {
        explain: (sample, startS) => this.trigger("explain", [sample, startS]),
        layout: () => this.trigger("layout", data.token),
        askName: () => this.naming.ask(),
        address: (place) => this.writeAddress(place),
      },
    });
    this.build(parent);
    this.begin(data);
  }

  api(data) {
    return new Api(data.api, data.token, () => this.store?.prefs.person, () => this.trigger("expired", data.token));
  }

  async begin(data) {
    await this.store.begin();
    const { beats } = this.store.review;
    const wanted = data.beat ?? null;
    const byId = wanted === null ? -1 : beats.indexOfId(wanted);
    const at = byId >= 0 || wanted === null ? byId : beats.indexOfSample(wanted);
    if (data.reference) this.store.setPref("reference", true);
    if (at >= 0) this.store.navigation.choose(beats.id[at], { reveal: false });
  }

  build(parent) {
    this.root = element("div", "desk");
    const place = (name, tag = "section") => {
      const node = element(tag, `place ${name}`);
      return node;
    };
    const [title, toolbar] = [place("title", "header"), place("toolbar", "div")];
    const [sheet, overview, tabs] = [place("card sheet-card"), place("card overview-card"), place("card tabs-card")];
    const [events, inspector, summary] = [place("card events-card"), place("card inspector-card"), place("card summary-card")];
    const left = element("div", "left");
    const right = element("div", "right");
    left.append(sheet, overview, tabs);
    right.append(events, inspector, summary);
    const columns = element("div", "columns");
    columns.append(left, right);
    this.selectionPlace = place("selection", "div");
    this.helpPlace = place("help", "div");
    this.exportPlace = place("export", "div");
    const top = element("div", "top");
    top.append(title, toolbar);
    const problem = place("edits-problem-place", "div");
    const conflicts = place("conflicts-place", "div");
    this.root.append(top, problem, conflicts, columns, this.selectionPlace, this.helpPlace, this.exportPlace);
    parent.append(this.root);

    const { store } = this;
    this.help = new Help(store, this.helpPlace);
    this.file = new FilePanel(store, this.helpPlace);
    this.sheet = new Sheet(store, sheet);
    this.naming = new NamePrompt(store, this.helpPlace);
    this.noting = new EventNote(store, this.helpPlace);
    this.montage = new Montage(store, this.helpPlace);
    this.sticky = new StickyStrip(sheet);
    this.sight = new Sight(store, this.sheet, this.sticky);
    this.safe = new SafeKeys(store, this.sight);
    this.events = new Events(store, events, {
      onMontage: (kind) => this.montage.open(kind),
      onNote: (event, what) => this.noting.open(event, what),
    });
    this.exporting = new ExportDialog(store, this.exportPlace, { spanOf: () => this.sheet.span });
    this.panels = [
      new Title(store, title, { onFile: () => this.file.open() }),
      new Urgent(store, title),
      new Toolbar(store, toolbar, { onHelp: () => this.help.open(), onExport: () => this.exporting.open() }),
      this.sheet,
      new Overview(store, overview),
      new Inspector(store, inspector, { onMode: (mode) => this.sheet.setMode(mode) }),
      this.events,
      new EditsProblem(store, problem),
      new Conflicts(store, conflicts),
      this.naming,
      this.noting,
      this.montage,
      this.sticky,
      this.sight,
      this.safe,
      new SummaryPanel(store, summary),
      new SelectionBar(store, this.selectionPlace),
      this.help,
      this.exporting,
      this.file,
    ];
    this.identity = this.data.loads ? new IdentityCard(store, this.helpPlace) : null;
    if (this.identity) this.panels.push(this.identity);
    this.tabs = new Tabs(store, tabs, [
      ["families", "Families", (at) => new Families(store, at)],
      ["disclosure", "Full disclosure", (at) => new Disclosure(store, at)],
      ["scatter", "RR intervals", (at) => new Scatter(store, at)],
      ["search", "Search", (at) => new Search(store, at)],
    ]);
    this.panels.push(this.tabs);
    this.keys = new Keys(this.actions(), this.sheet.focusable ?? sheet);
    this.resizes = new ResizeObserver(([entry]) => {
      this.root.classList.toggle("narrow", entry.contentRect.width < NARROW_PX);
    });
    this.resizes.observe(this.root);
  }

  actions() {
    const { store, sheet } = this;
    return {
      page: (step) => store.navigation.turnPages(step),
      beat: (step) => store.navigation.stepBeat(step),
      go: (timeS) => store.navigation.goTo(Math.min(timeS, store.review.facts?.durationS ?? 0), { lead: 0 }),
      zoom: (step) => sheet.zoom(step),
      event: (step) => store.navigation.stepEvent(step),
      abnormal: (step) => store.navigation.stepAbnormal(step),
      uncertain: (step) => store.navigation.stepUncertain(step),
      unseen: (step) => store.navigation.stepUnseen(step),
      relabel: (letter) => this.safe.ready(letter) && store.edits.relabel(letter),
      delete: () => sheet.rhythm.takesDelete() || (this.safe.ready("Delete") && store.edits.deleteChosen()),
      undo: () => this.backOrForth("undo"),
      redo: () => this.backOrForth("redo"),
      add: () => sheet.setMode("add"),
      move: () => this.safe.ready("M") && sheet.setMode("move"),
      calipers: () => sheet.setMode("calipers"),
      rhythm: () => sheet.rhythm.begin(),
      leave: () => {
        if (sheet.leave()) return;
        if (store.navigation.selection.size) store.navigation.clearSelection();
        else if (store.navigation.chosen !== null) store.navigation.choose(null);
        else this.identity?.close();
      },
      saliency: () => store.setPref("saliency", !store.prefs.saliency),
      explain: () => store.explain(),
      mark: (mark) => this.mark(mark),
      note: () => this.note(),
      search: () => this.tabs.open("search")?.focus?.(),
      help: () => this.help.open(),
    };
  }

  /** What is about to change is brought into view first. */
  backOrForth(way) {
    this.safe.bringHistory(way);
    this.store.edits[way]();
  }

  /** The event that marks and notes by key belong to; says how to choose one where there is none. */
  currentEvent() {
    const { store } = this;
    const episode = store.review.episodes.find(({ key }) => key === store.navigation.currentEvent);
    if (!episode) store.showMessage("Choose an event first: ] goes to the most urgent one.");
    return episode;
  }

  /** Give the current event a mark, or take it off; a dismissed one gives way to the next. */
  mark(mark) {
    const { store } = this;
    const episode = this.currentEvent();
    if (!episode) return;
    const on = !episode[mark];
    store.edits.markEvent(episode.key, mark, on);
    if (mark === "dismissed" && on) store.navigation.stepEvent(1);
  }

  note() {
    const episode = this.currentEvent();
    if (episode) this.events.note(episode);
  }

  take(data, setTriggerValue) {
    this.turn += 1;
    this.setTriggerValue = setTriggerValue;
    if (data.token !== this.data.token) {
      this.store.replaceToken(this.api(data));
      this.expiredAt = -Infinity;
    }
    this.data = data;
    const background = getComputedStyle(this.root).getPropertyValue("--st-background-color") || "#ffffff";
    const dark = isDark(background);
    if (this.root.classList.contains("dark") !== dark || this.turn === 1) {
      this.root.classList.toggle("dark", dark);
      this.store.notify("theme");
    }
    return this.turn;
  }

  trigger(name, value) {
    if (name === "expired") {
      // Where the server was away, the page may not be connected to it again yet, and the first word is lost.
      const now = performance.now();
      if (now - this.expiredAt < EXPIRED_AGAIN_MS) return;
      this.expiredAt = now;
    }
    this.setTriggerValue?.(name, value);
  }

  /** Let the address name the place, so that a reload or a link comes back to it. */
  writeAddress({ startS, beat }) {
    // Other pages learn the place from the server: Streamlit drops the address when a person goes there. Who reloads
    // or leaves at this moment does not keep it from arriving.
    const found = beat !== null && this.store.review.beats.indexOfId(beat) >= 0;
    const place = { start_s: startS, beat: found ? beat : null };
    this.store.api.post("place", place, { keepalive: true }).catch(() => {});
    const address = new URL(window.location.href);
    if (address.searchParams.get("rec") !== this.data.rec) return;
    address.searchParams.set("t", String(Math.round(startS * 1000) / 1000));
    if (beat === null) address.searchParams.delete("beat");
    else address.searchParams.set("beat", String(beat));
    window.history.replaceState(window.history.state, "", address);
  }

  destroy() {
    if (this.gone) return;
    this.gone = true;
    this.resizes.disconnect();
    this.keys.destroy();
    for (const panel of this.panels) panel.destroy?.();
    this.store.end();
    this.root.remove();
  }
}

function kept() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
