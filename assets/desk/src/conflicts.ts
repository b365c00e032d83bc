// Beats that two people changed without knowing of each other: both names, both versions, and the choice.

import { cleanName } from "./name_prompt.ts";
import { button, element } from "./dom.ts";
import { Panel } from "./panel.ts";
import type { ConflictGroup, ConflictVersion } from "./payloads.ts";
import type { Store } from "./store.ts";
import { formatTime } from "./times.ts";
import { counted } from "./wording.ts";

/** A sample as a time to read. */
type TimeText = (sample: number) => string;

/** What a version makes of the beats, beside the others. */
export function versionText(version: ConflictVersion, versions: readonly ConflictVersion[], timeOf: TimeText): string {
  if (version.deleted) return "deleted";
  const labels = new Set(versions.filter(({ deleted }) => !deleted).map(({ label }) => label));
  const samples = new Set(versions.filter(({ deleted }) => !deleted).map(({ sample }) => sample));
  const label = version.label ?? "no class";
  if (samples.size < 2) return label;
  return labels.size < 2 ? `at ${timeOf(version.sample)}` : `${label} at ${timeOf(version.sample)}`;
}

/** A conflict in one sentence: `14:02:11.35: Ann V, Ben (you) S`. */
export function conflictText(group: ConflictGroup, me: string, timeOf: TimeText): string {
  const versions = group.versions.map((each) => `${each.person}${each.person === me ? " (you)" : ""}: ${versionText(each, group.versions, timeOf)}`);
  const where = group.n_beats > 1 ? `${counted(group.n_beats, "beat")} from ${timeOf(group.beats[0][1])}` : `Beat at ${timeOf(group.beats[0][1])}`;
  return `${where} · ${versions.join(" · ")}`;
}

/** What the button says that keeps a version. */
export function keepText(version: ConflictVersion, group: ConflictGroup, me: string, timeOf: TimeText): string {
  const whose = version.person === me ? "mine" : group.versions.length === 2 && group.versions.some(({ person }) => person === me) ? "theirs" : `${version.person}'s`;
  return `Keep ${whose} (${versionText(version, group.versions, timeOf)})`;
}

export class Conflicts extends Panel {
  private readonly head = element("strong", "conflicts-head");
  private readonly list = element("ul");
  /** What is drawn now. */
  private drawn = "";

  constructor(store: Store, place: ParentNode) {
    super(store, place, "conflicts");
    this.root.setAttribute("role", "region");
    this.root.setAttribute("aria-label", "Conflicts");
    this.head.setAttribute("role", "status");
    this.root.append(this.head, this.list);
    this.follow(["state", "prefs"], () => this.draw());
    this.draw();
  }

  private get me(): string {
    return cleanName(this.store.prefs.person);
  }

  private time(sample: number): string {
    const { facts } = this.store.review;
    return facts ? formatTime(sample / facts.fs, facts.clockS, 2) : "";
  }

  private draw(): void {
    const { conflicts, facts } = this.store.review;
    const groups = facts ? conflicts.groups : [];
    const drawn = JSON.stringify([groups, this.me]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.root.hidden = !groups.length;
    this.head.textContent = groups.length
      ? `Two people changed the same ${conflicts.n_beats === 1 ? "beat" : `${conflicts.n_beats} beats`}, neither knowing of the other. The later change holds until one of you settles it.`
      : "";
    this.list.replaceChildren(...groups.map((group) => this.item(group)));
    const listed = groups.reduce((sum, group) => sum + group.n_beats, 0);
    if (listed < conflicts.n_beats) this.list.append(element("li", "quiet", `and ${counted(conflicts.n_beats - listed, "further beat")}, told once these are settled`));
  }

  private item(group: ConflictGroup): HTMLElement {
    const item = element("li");
    const timeOf = (sample: number) => this.time(sample);
    item.append(element("span", "conflict-words", conflictText(group, this.me, timeOf)));
    item.append(button("plain", "Show", "Bring the beat into view", () => this.show(group)));
    for (const version of group.versions) {
      const others = group.versions.filter((each) => each !== version).map(({ entry }) => entry);
      item.append(button("plain keep", keepText(version, group, this.me, timeOf), `Let ${version.person}'s change hold`, () => void this.store.edits.settleConflict(version.entry, others)));
    }
    return item;
  }

  private show(group: ConflictGroup): void {
    const { navigation, review } = this.store;
    if (!review.facts) return;
    const [id, sample] = group.beats[0];
    navigation.goTo(sample / review.facts.fs);
    if (review.beats.indexOfId(id) >= 0) navigation.choose(id);
  }
}
