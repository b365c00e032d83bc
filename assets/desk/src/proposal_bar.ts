// The bar that proposes to relabel similar beats, after a person has relabelled some: accept, look at them, or refuse.

import { activeElementOf, button, element } from "./dom.ts";
import { Panel, write } from "./panel.ts";
import type { Label } from "./payloads.ts";
import type { Store } from "./store.ts";
import { classesOf, type Proposal } from "./store_proposals.ts";
import { counted, number } from "./wording.ts";

/** What is proposed: `Apply S to 214 similar beats? Now 210 N, 4 V.` */
export function proposalText(label: Label, n: number, now: readonly (readonly [Label, number])[]): string {
  const classes = now.map(([letter, count]) => (now.length > 1 ? `${number(count)} ${letter}` : letter)).join(", ");
  return `Apply ${label} to ${counted(n, "similar beat")}?${classes ? ` Now ${classes}.` : ""}`;
}

export class ProposalBar extends Panel {
  private readonly text = element("span", "proposal-text");
  private readonly apply = button("primary", "Apply", "", () => void this.accept());
  private readonly onLeave: () => void;
  private shown: Proposal | null = null;

  /** `onLeave()` gives the focus back once the bar has gone. */
  constructor(store: Store, place: ParentNode, { onLeave }: { onLeave: () => void }) {
    super(store, place, "proposal-bar");
    this.onLeave = onLeave;
    this.root.setAttribute("role", "region");
    this.root.setAttribute("aria-label", "Proposal");
    this.text.setAttribute("role", "status");
    this.root.append(
      this.text,
      this.apply,
      button("plain", "Look at them", "Choose these beats and go to the first", () => this.look()),
      button("plain", "No", "Propose nothing until beats are relabelled again (Esc)", () => this.refuse()),
    );
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.refuse();
      event.preventDefault();
      event.stopPropagation();
    });
    this.follow(["proposals"], () => this.draw());
    this.draw();
  }

  /** Move the focus to the bar; tell where there is nothing to decide. */
  focus(): void {
    if (this.root.hidden) this.store.showMessage("Nothing is proposed: that comes after beats were relabelled.");
    else this.apply.focus();
  }

  private draw(): void {
    const { proposals, review } = this.store;
    this.shown = proposals.current;
    const had = this.root.contains(activeElementOf(this.root));
    this.root.hidden = !this.shown;
    const { shown } = this;
    write(this.text, shown ? proposalText(shown.label, shown.beats.length, classesOf(review.beats, shown.beats)) : "");
    this.apply.title = shown ? `Relabel them ${shown.label}; one undo takes it back` : "";
    if (had && !shown) this.onLeave();
  }

  private async accept(): Promise<void> {
    await this.store.proposals.accept();
  }

  private look(): void {
    const { navigation, review } = this.store;
    const beats = this.shown?.beats ?? [];
    const first = [...beats].find((id) => review.beats.indexOfId(id) >= 0);
    navigation.select(beats);
    if (first !== undefined) navigation.choose(first);
  }

  private refuse(): void {
    this.store.proposals.refuse();
  }
}
