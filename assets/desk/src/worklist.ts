// Where the recording stands in the worklist, what the person does there, and the way to the next recording.

import { button, element } from "./dom.ts";
import { Panel, write } from "./panel.ts";
import type { WorklistPayload, WorklistRequest } from "./payloads.ts";
import type { Store } from "./store.ts";

const POLL_MS = 10_000;
const STATUS: Record<NonNullable<WorklistPayload["status"]>, string> = {
  new: "new",
  reading: "being read",
  read: "read",
  signed: "signed",
  amended: "amended",
};

/** What is said of the recording; empty until the server has told. */
export function statusText(told: WorklistPayload | null): string {
  if (!told) return "";
  if (told.problem) return "worklist not available";
  if (!told.status) return "not in the worklist";
  const by = told.assigned_to === null ? "" : ` by ${told.mine ? "you" : told.assigned_to}`;
  const due = told.due && told.status !== "signed" && told.status !== "amended" ? ` · ${told.overdue ? "overdue" : "due"} ${told.due}` : "";
  return `${STATUS[told.status]}${by}${due}`;
}

/** What the person may do next, and how it is called; null where that is nothing. */
export function offered(told: WorklistPayload | null): [WorklistRequest["do"], string] | null {
  if (!told || told.problem) return null;
  if (!told.status) return ["add", "Add to worklist"];
  if (told.status === "reading" && told.mine) return ["read", "Mark as read"];
  if (told.assigned_to === null && told.status !== "signed" && told.status !== "amended") return ["claim", "Claim"];
  return told.status === "read" && told.mine ? ["claim", "Read again"] : null;
}

/** Do something with the worklist as somebody; who has no name is asked for one first. Null where they give none. */
export async function changeWorklist(store: Store, action: WorklistRequest["do"]): Promise<WorklistPayload | null> {
  const { host, prefs } = store;
  if (!prefs.person && host.askName && !(await host.askName())) return null;
  await store.edits.outbox.flush();
  return store.api.post("worklist", { do: action });
}

export class WorklistBar extends Panel {
  private told: WorklistPayload | null = null;
  private readonly status = element("span", "worklist-status");
  private readonly act = button("tool", "", "", () => void this.change(offered(this.told)?.[0] ?? null));
  private readonly next = button("tool worklist-next", "Next", "", () => void this.goOn(false));
  private readonly onNext: (recording: string) => void;
  private readonly timer: ReturnType<typeof setInterval>;
  private busy = false;

  /** `onNext(recording)` goes on with another recording, by its SHA-256. */
  constructor(store: Store, place: ParentNode, { onNext }: { onNext: (recording: string) => void }) {
    super(store, place, "worklist-bar");
    this.onNext = onNext;
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Worklist");
    this.next.append(" ", element("kbd", "", "L"));
    this.next.title = "Claim and open the most urgent recording that nobody has (L); Shift L marks this one as read first";
    this.root.append(this.status, this.act, this.next);
    this.offs.push(store.subscribe("state", () => void this.refresh()));
    this.timer = setInterval(() => void this.poll(), POLL_MS);
    this.draw();
  }

  /** Go on to the next recording, with this one marked as read or as it is. */
  async goOn(read: boolean): Promise<void> {
    const { navigation, host } = this.store;
    host.address?.({ startS: navigation.view.startS, beat: navigation.chosen });
    const told = await this.change(read ? "read_next" : "next");
    if (told?.next) this.onNext(told.next);
  }

  private async change(action: WorklistRequest["do"] | null): Promise<WorklistPayload | null> {
    if (action === null || this.busy) return null;
    this.busy = true;
    try {
      const told = await changeWorklist(this.store, action);
      if (told) this.show(told);
      if (told?.said) this.store.showMessage(told.said);
      return told;
    } catch (problem) {
      this.store.showProblem(problem);
      return null;
    } finally {
      this.busy = false;
    }
  }

  private async poll(): Promise<void> {
    if (!document.hidden) await this.refresh();
  }

  private async refresh(): Promise<void> {
    if (this.busy || this.store.gone) return;
    // A problem of the connection is told by what the desk needs; here the last answer stays.
    const told = await this.store.api.get("worklist").catch(() => null);
    if (told && !this.busy && !this.store.gone) this.show(told);
  }

  private show(told: WorklistPayload): void {
    this.told = told;
    this.draw();
  }

  private draw(): void {
    const { told } = this;
    const offer = offered(told);
    write(this.status, statusText(told));
    this.status.title = told?.problem ?? "";
    this.status.classList.toggle("others", Boolean(told?.assigned_to && !told.mine && told.status === "reading"));
    this.status.classList.toggle("overdue", Boolean(told?.overdue));
    this.act.hidden = !offer;
    write(this.act, offer?.[1] ?? "");
    this.next.hidden = !told?.n_free && !told?.status;
  }

  override destroy(): void {
    clearInterval(this.timer);
    super.destroy();
  }
}
