// @ts-nocheck
// What is on screen and how a person walks through it: the view, the chosen beat and the selection, events and beats
// one after another.

import { isDevice } from "./device.ts";
import { clampView, leadInS } from "./facts.ts";
import { isUnseen, passes } from "./marks.ts";
import { Prefs } from "./prefs.ts";
import { nextEvent, nextWhere } from "./steps.ts";
import { Found } from "./store_found.ts";

export class Viewing extends Found {
  constructor({ host, storage, startS, beat, ...source }) {
    super({ storage, ...source });
    this.host = host;
    this.preferences = new Prefs(storage);
    this.view = { startS, spanS: 10 };
    this.chosen = beat;
    this.selection = new Set();
    this.currentEvent = null;
    this.eventKinds = new Set(); // kinds that are walked through; all where it is empty
    this.eventFilter = "all";
  }

  get prefs() {
    return this.preferences.values;
  }

  setPref(name, value) {
    if (this.preferences.set(name, value)) this.tell("prefs");
  }

  /** What the sheet shows; told to everybody, and to the address a little later. */
  setView(startS, spanS = this.view.spanS) {
    const start = this.facts ? clampView(startS, spanS, this.facts.durationS) : startS;
    if (start === this.view.startS && spanS === this.view.spanS) return;
    this.view = { startS: start, spanS };
    this.tell("view");
    this.tellAddress();
  }

  tellAddress() {
    clearTimeout(this.addressTimer);
    const at = this.chosen === null ? -1 : this.beats.indexOfId(this.chosen);
    // A beat that detection found is known by where it found it, wherever it stands now.
    const beat = at < 0 ? null : this.chosen >= 0 ? this.chosen : this.beats.sample[at];
    const told = { startS: this.view.startS, beat };
    this.addressTimer = setTimeout(() => this.host.address?.(told), 300);
  }

  goTo(timeS, { lead = leadInS(this.view.spanS) } = {}) {
    this.setView(timeS - lead);
    this.tell("jump");
  }

  turnPages(pages) {
    this.setView(this.view.startS + pages * this.view.spanS);
    this.tell("jump");
  }

  shows(timeS, marginS = 0.3) {
    return timeS >= this.view.startS + marginS && timeS <= this.view.startS + this.view.spanS - marginS;
  }

  choose(id, { reveal = true } = {}) {
    this.chosen = id;
    const at = id === null ? -1 : this.beats.indexOfId(id);
    if (reveal && at >= 0 && !this.shows(this.beats.timeS(at))) this.goTo(this.beats.timeS(at));
    this.tell("chosen");
    this.tellAddress();
  }

  select(ids, { add = false } = {}) {
    this.selection = add ? new Set([...this.selection, ...ids]) : new Set(ids);
    this.tell("selection");
  }

  clearSelection() {
    if (!this.selection.size) return;
    this.selection = new Set();
    this.tell("selection");
  }

  goToEvent(key) {
    const episode = this.episodes.find((each) => each.key === key);
    if (!episode) return;
    this.currentEvent = key;
    if (!isDevice(episode)) this.goTo(episode.startS); // a statement holds wherever one is
    this.tell("event");
  }

  stepEvent(step) {
    const dismissedToo = this.eventFilter === "dismissed";
    const key = nextEvent(this.episodes, this.currentEvent, step, (each) => this.listsEvent(each) && (dismissedToo || !each.dismissed));
    if (key === null) this.say(this.episodes.length ? "No further event." : "No events found; what was looked for stands at the foot of their list.");
    else this.goToEvent(key);
  }

  /** Whether an event is among those that are listed: of a chosen kind, and passing the filter. */
  listsEvent(event) {
    return (!this.eventKinds.size || this.eventKinds.has(event.kind)) && passes(this.eventFilter)(event);
  }

  /** On to the next event that nobody has looked at, whatever the filter. */
  stepUnseen(step) {
    const wanted = (each) => isUnseen(each) && (!this.eventKinds.size || this.eventKinds.has(each.kind));
    const key = nextEvent(this.episodes, this.currentEvent, step, wanted);
    if (key !== null) this.goToEvent(key);
    else if (!this.episodes.some(wanted)) this.say("No unseen event is left.");
    else this.say(step > 0 ? "No unseen event further down; K goes up." : "No unseen event further up; J goes down.");
  }

  stepWhere(test, step, none) {
    const at = nextWhere(this.beats, this.place(), step, test);
    if (at < 0) this.say(this.stage === "beats" ? "The beats are still being found." : none);
    else this.choose(this.beats.id[at]);
  }

  stepBeat(step) {
    this.stepWhere(() => true, step, "No further beat.");
  }

  stepUncertain(step) {
    this.stepWhere((i) => this.beats.uncertain(i), step, "No further uncertain beat.");
  }

  stepAbnormal(step) {
    this.stepWhere((i) => this.beats.label[i] > 0 && this.beats.label[i] < 5, step, "No further abnormal beat.");
  }

  /** Where steps start: at the chosen beat where it is on screen, else at the view's start. */
  place() {
    const at = this.chosen === null ? -1 : this.beats.indexOfId(this.chosen);
    if (at >= 0 && this.shows(this.beats.timeS(at), 0)) return { at, inside: true };
    return { at: this.beats.firstAtOrAfter(this.view.startS * this.beats.fs), inside: false };
  }
}
