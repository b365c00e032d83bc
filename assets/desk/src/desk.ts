// The review desk: a Streamlit component that fills the page. The default export is called again whenever the page
// runs or the theme changes; what is on screen lives in one Desk for each mount point.
//
// Triggers: `explain` ([sample, start_s]), `expired` (the server no longer knows the token), `layout` (a person wants
// to say again what a table of numbers holds), `next` (SHA-256 of the recording of the worklist to go on with).
// Texts from files are only ever set as textContent or drawn on canvas.

import { Api } from "./api.ts";
import { isDark } from "./colours.ts";
import { Conflicts } from "./conflicts.ts";
import { Diary } from "./diary.ts";
import { Differences } from "./differences.ts";
import { Disclosure } from "./disclosure.ts";
import { element } from "./dom.ts";
import { EditsProblem } from "./edits_problem.ts";
import { EventNote } from "./event_note.ts";
import { Events } from "./events.ts";
import { ExportDialog } from "./export_dialog.ts";
import type { ReviewEvent } from "./facts.ts";
import { Families } from "./families.ts";
import { FilePanel } from "./file_panel.ts";
import { Help } from "./help.ts";
import { IdentityCard } from "./identity.ts";
import { Inspector } from "./inspector.ts";
import { LiveBar } from "./live_bar.ts";
import { Keys, type Actions } from "./keys.ts";
import { Measurements } from "./measurements.ts";
import { Montage } from "./montage.ts";
import { stand, standing, type Shown } from "./mounts.ts";
import { NamePrompt } from "./name_prompt.ts";
import { Overview } from "./overview.ts";
import type { HistoryPayload, Mark } from "./payloads.ts";
import type { KeyValueStore } from "./prefs.ts";
import { ProposalBar } from "./proposal_bar.ts";
import { Readers } from "./readers.ts";
import { SafeKeys } from "./safe_keys.ts";
import { Scatter } from "./scatter.ts";
import { Search } from "./search.ts";
import { SelectionBar } from "./selection.ts";
import { Sheet } from "./sheet.ts";
import { SHORT_S } from "./sheet_plan.ts";
import { Sight, StickyStrip } from "./sticky.ts";
import { Store } from "./store.ts";
import { SummaryPanel } from "./summary.ts";
import { Tabs } from "./tabs.ts";
import { Title } from "./title.ts";
import { Toolbar } from "./toolbar.ts";
import { Trends } from "./trends.ts";
import { Urgent } from "./urgent.ts";
import { WorklistBar } from "./worklist.ts";

const NARROW_PX = 1100;
const EXPIRED_AGAIN_MS = 2000;

/** What the page tells the desk. */
interface DeskData extends Shown {
  /** Address of the server's routes. */
  api: string;
  token: string;
  start_s: number;
  /** The beat to choose: its id, or the sample that it stands at. */
  beat: number | null;
  /** Show the reference row. */
  reference: boolean;
  /** Sample of the difference to begin at. */
  difference: number | null;
  /** The person has loaded the file, and may be shown whom it names. */
  loads: boolean;
  /** Name of who is signed in; empty where nobody signs in. */
  person: string;
  /** Key of their account. */
  account: string;
}

interface Triggers {
  explain: [number, number];
  expired: string;
  layout: string;
  next: string;
}

type SetTrigger = <Name extends keyof Triggers>(name: Name, value: Triggers[Name]) => void;

interface MountArguments {
  parentElement: HTMLElement | ShadowRoot;
  data: DeskData;
  setTriggerValue: SetTrigger;
}

export default function mount({ parentElement, data, setTriggerValue }: MountArguments): () => void {
  const desk = standing(parentElement, data, Desk) ?? stand(parentElement, new Desk(parentElement, data));
  const turn = desk.update(data, setTriggerValue);
  // A superseded call is cleaned up too; only the latest may take the desk down.
  return () => {
    if (desk.turn === turn) desk.destroy();
  };
}

const placeOf = (name: string) => element("section", `place ${name}`);
const boxOf = (name: string) => element("div", `place ${name}`);

/** Make the places of all panels below an element. */
function layOut(root: HTMLElement) {
  const places = {
    title: element("header", "place title"),
    toolbar: boxOf("toolbar"),
    live: boxOf("live-place"),
    problem: boxOf("edits-problem-place"),
    conflicts: boxOf("conflicts-place"),
    sheet: placeOf("card sheet-card"),
    overview: placeOf("card overview-card"),
    tabs: placeOf("card tabs-card"),
    events: placeOf("card events-card"),
    inspector: placeOf("card inspector-card"),
    summary: placeOf("card summary-card"),
    selection: boxOf("selection"),
    /** Of the dialogs. */
    dialogs: boxOf("help"),
    export: boxOf("export"),
  };
  const [top, columns, left, right] = ["top", "columns", "left", "right"].map((name) => element("div", name));
  top.append(places.title, places.toolbar);
  left.append(places.sheet, places.overview, places.tabs);
  right.append(places.events, places.inspector, places.summary);
  columns.append(left, right);
  root.append(top, places.live, places.problem, places.conflicts, columns, places.selection, places.dialogs, places.export);
  return places;
}

class Desk {
  /** Counts the calls of `update`. */
  turn = 0;
  gone = false;
  data: DeskData;
  private setTriggerValue: SetTrigger | null = null;
  private expiredAt = -Infinity;
  private readonly root = element("div", "desk");
  private readonly store: Store;
  private readonly sheet: Sheet;
  private readonly events: Events;
  private readonly help: Help;
  private readonly naming: NamePrompt;
  private readonly safe: SafeKeys;
  private readonly identity: IdentityCard | null;
  private readonly tabs: Tabs;
  private readonly worklist: WorklistBar;
  private readonly proposal: ProposalBar;
  private readonly panels: { destroy(): void }[];
  private readonly keys: Keys;
  private readonly resizes: ResizeObserver;

  constructor(parent: ParentNode, data: DeskData) {
    this.data = data;
    const store = new Store({
      api: this.api(data),
      rec: data.rec,
      storage: browserStorage(),
      startS: data.start_s,
      signedIn: data.person ? { name: data.person, account: data.account } : null,
      host: {
        explain: (sample, startS) => this.trigger("explain", [sample, startS]),
        layout: () => this.trigger("layout", data.token),
        askName: () => this.naming.ask(),
        address: (place) => this.writeAddress(place),
      },
    });
    this.store = store;
    const places = layOut(this.root);
    parent.append(this.root);

    this.help = new Help(store, places.dialogs);
    const file = new FilePanel(store, places.dialogs);
    this.sheet = new Sheet(store, places.sheet);
    this.naming = new NamePrompt(store, places.dialogs);
    const noting = new EventNote(store, places.dialogs);
    const montage = new Montage(store, places.dialogs);
    const sticky = new StickyStrip(places.sheet);
    const sight = new Sight(store, this.sheet, sticky);
    this.safe = new SafeKeys(store, sight);
    this.events = new Events(store, places.events, {
      onMontage: (kind) => montage.open(kind),
      onNote: (event, what) => noting.open(event, what),
      onStatements: () => this.tabs.open("measurements", { keep: false }),
    });
    const exporting = new ExportDialog(store, places.export, { spanOf: () => this.sheet.span });
    this.worklist = new WorklistBar(store, places.toolbar, { onNext: (recording) => this.trigger("next", recording) });
    this.proposal = new ProposalBar(store, places.selection, { onLeave: () => this.sheet.focusable.focus() });
    this.panels = [
      this.proposal,
      this.worklist,
      new Title(store, places.title, {
        onFile: () => void file.open(),
        onDifferences: () => this.tabs.open("differences")?.focus?.(),
      }),
      new Urgent(store, places.title),
      new Toolbar(store, places.toolbar, { onHelp: () => this.help.open(), onExport: () => exporting.open() }),
      this.sheet,
      new Overview(store, places.overview),
      new Inspector(store, places.inspector, { onMode: (mode) => this.sheet.setMode(mode) }),
      this.events,
      new LiveBar(store, places.live),
      new EditsProblem(store, places.problem),
      new Conflicts(store, places.conflicts),
      this.naming,
      noting,
      montage,
      sticky,
      sight,
      this.safe,
      new SummaryPanel(store, places.summary),
      new SelectionBar(store, places.selection),
      this.help,
      exporting,
      file,
    ];
    this.identity = data.loads ? new IdentityCard(store, places.dialogs) : null;
    if (this.identity) this.panels.push(this.identity);
    this.tabs = new Tabs(store, places.tabs, [
      ["measurements", "Measurements", (at) => new Measurements(store, at)],
      ["families", "Families", (at) => new Families(store, at)],
      ["disclosure", "Full disclosure", (at) => new Disclosure(store, at)],
      ["scatter", "RR intervals", (at) => new Scatter(store, at)],
      ["trends", "Trends", (at) => new Trends(store, at, { spanOf: () => this.sheet.span })],
      ["diary", "Diary", (at) => new Diary(store, at, { spanOf: () => this.sheet.span })],
      ["search", "Search", (at) => new Search(store, at)],
      ["readers", "Readers", (at) => new Readers(store, at)],
      ["differences", "Differences", (at) => new Differences(store, at)],
    ]);
    this.panels.push(this.tabs);
    this.keys = new Keys(this.actions(), this.sheet.focusable);
    this.resizes = new ResizeObserver(([entry]) => {
      this.root.classList.toggle("narrow", entry.contentRect.width < NARROW_PX);
    });
    this.resizes.observe(this.root);
    void this.begin(data);
  }

  /** An ECG of a page has measurements in place of the trend. */
  private fitToLength(): void {
    const short = !this.store.live.on && (this.store.review.facts?.durationS ?? Infinity) <= SHORT_S;
    this.root.classList.toggle("short", short);
    if (short) this.tabs.open("measurements", { keep: false });
  }

  private api(data: DeskData): Api {
    return new Api(data.api, data.token, () => this.store.prefs.person, () => this.trigger("expired", data.token));
  }

  private async begin(data: DeskData): Promise<void> {
    await this.store.begin();
    this.fitToLength();
    this.store.waves.start();
    this.store.differences.start();
    this.store.statements.start();
    const { beats } = this.store.review;
    const byId = data.beat === null ? -1 : beats.indexOfId(data.beat);
    const at = byId >= 0 || data.beat === null ? byId : beats.indexOfSample(data.beat);
    if (data.reference) this.store.setPref("reference", true);
    if (at >= 0) this.store.navigation.choose(beats.id[at], { reveal: false });
    if (data.difference !== null) {
      this.tabs.open("differences", { keep: false });
      this.store.differences.beginAt(data.difference);
    }
  }

  private actions(): Actions {
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
      difference: (step) => store.differences.step(step),
      judge: (judgement) => store.differences.judgeCurrent(judgement),
      relabel: (letter) => this.safe.ready(letter) && store.edits.relabel(letter),
      delete: () => sheet.rhythm.takesDelete() || (this.safe.ready("Delete") && store.edits.deleteChosen()),
      undo: () => this.stepHistory("undo"),
      redo: () => this.stepHistory("redo"),
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
      waves: () => store.setPref("waves", !store.prefs.waves),
      explain: () => store.explain(),
      mark: (mark) => this.mark(mark),
      note: () => this.note(),
      proposal: () => this.proposal.focus(),
      search: () => this.tabs.open("search")?.focus?.(),
      help: () => this.help.open(),
      next: (read) => this.worklist.goOn(read),
    };
  }

  /** What is about to change is brought into view first. */
  private stepHistory(direction: keyof HistoryPayload): void {
    this.safe.bringHistory(direction);
    void this.store.edits[direction]();
  }

  /** The event that marks and notes by key belong to; says how to choose one where there is none. */
  private currentEvent(): ReviewEvent | undefined {
    const { store } = this;
    const episode = store.review.episodes.find(({ key }) => key === store.navigation.currentEvent);
    if (!episode) store.showMessage("Choose an event first: ] goes to the most urgent one.");
    return episode;
  }

  /** Give the current event a mark, or take it off; a dismissed one gives way to the next. */
  private mark(mark: Mark): void {
    const { store } = this;
    const episode = this.currentEvent();
    if (!episode) return;
    const on = !episode[mark];
    void store.edits.markEvent(episode.key, mark, on);
    if (mark === "dismissed" && on) store.navigation.stepEvent(1);
  }

  private note(): void {
    const episode = this.currentEvent();
    if (episode) this.events.note(episode);
  }

  /** Take what the page tells now; returns how many times it did. */
  update(data: DeskData, setTriggerValue: SetTrigger): number {
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

  private trigger<Name extends keyof Triggers>(name: Name, value: Triggers[Name]): void {
    if (name === "expired") {
      // Where the server was away, the page may not be connected to it again yet, and the first word is lost.
      const now = performance.now();
      if (now - this.expiredAt < EXPIRED_AGAIN_MS) return;
      this.expiredAt = now;
    }
    this.setTriggerValue?.(name, value);
  }

  /** Let the address name the place, so that a reload or a link comes back to it. */
  private writeAddress({ startS, beat }: { startS: number; beat: number | null }): void {
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
    address.searchParams.delete("difference"); // it has been gone to
    window.history.replaceState(window.history.state, "", address);
  }

  destroy(): void {
    if (this.gone) return;
    this.gone = true;
    this.resizes.disconnect();
    this.keys.destroy();
    for (const panel of this.panels) panel.destroy();
    this.store.end();
    this.root.remove();
  }
}

function browserStorage(): KeyValueStore | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
