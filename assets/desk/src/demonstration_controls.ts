// Head and foot of a demonstration: views, what is shown, steps, the caption, the place.

import { hasTwelve } from "./demonstration_layout.ts";
import { beatWords } from "./demonstration_letters.ts";
import type { DemonstratedBeat, DemonstrationData, Scene, Shown, ViewName } from "./demonstration_payload.ts";
import { button, element } from "./dom.ts";

interface Actions {
  step(by: number): void;
  toggle(name: Shown): void;
  view(view: ViewName): void;
  lead(lead: string): void;
  sweep(sweep: boolean): void;
  place(atS: number): void;
  full(): void;
  leave(): void;
}

interface Standing {
  data: DemonstrationData;
  scene: Scene;
  step: number;
  startS: number;
  latestS: number;
  chosen: DemonstratedBeat | null;
  full: boolean;
}

const SHOWN: [Shown, string, string][] = [
  ["truth", "Truth", "True classes of the beats (T)"],
  ["program", "Program", "What the classifier says of them (P)"],
  ["saliency", "Saliency", "Where the classifier saw it, by Grad-CAM (S)"],
];

export class DemonstrationControls {
  readonly head = element("div", "head");
  readonly foot = element("div", "foot");
  private readonly title = element("div", "title");
  private readonly leave: HTMLButtonElement;
  private readonly views = element("div", "group");
  private readonly twelve: HTMLButtonElement;
  private readonly strip: HTMLButtonElement;
  private readonly lead = element("select");
  private readonly motion: HTMLButtonElement;
  private readonly shown = new Map<Shown, HTMLButtonElement>();
  private readonly full: HTMLButtonElement;
  private readonly caption = element("div", "caption");
  private readonly status = element("div", "status");
  private readonly place = element("input", "place");
  private readonly steps = element("div", "steps");
  private readonly back: HTMLButtonElement;
  private readonly forward: HTMLButtonElement;
  private readonly count = element("span", "count");
  private readonly keys = element("div", "keys");
  private drawn = "";

  constructor(actions: Actions) {
    this.leave = button("leave", "", "Leave (Escape)", () => actions.leave());
    this.twelve = button("", "12 leads", "All leads (V)", () => actions.view("12 leads"));
    this.strip = button("", "Strip", "One lead as a rhythm strip (V)", () => actions.view("rhythm"));
    this.lead.setAttribute("aria-label", "Lead of the rhythm strip");
    this.lead.addEventListener("change", () => actions.lead(this.lead.value));
    this.motion = button("", "Sweep", "Sweep at true speed (M)", () => actions.sweep(this.motion.ariaPressed !== "true"));
    this.full = button("", "Full screen", "Full screen (F)", () => actions.full());
    const show = element("div", "group");
    for (const [name, text, hint] of SHOWN) {
      const toggle = button(name, text, hint, () => actions.toggle(name));
      this.shown.set(name, toggle);
      show.append(toggle);
    }
    this.views.append(this.twelve, this.strip);
    this.head.append(this.leave, this.title, this.views, this.lead, this.motion, show, this.full);
    this.caption.setAttribute("role", "status");
    this.status.setAttribute("role", "status");
    Object.assign(this.place, { type: "range", min: "0", step: "0.1" });
    this.place.setAttribute("aria-label", "Begin of the page in seconds");
    this.place.addEventListener("input", () => actions.place(Number(this.place.value)));
    this.back = button("", "‹", "Step back (←)", () => actions.step(-1));
    this.forward = button("", "›", "Next step (→)", () => actions.step(1));
    this.steps.append(this.back, this.count, this.forward);
    const line = element("div", "line");
    line.append(this.steps, this.place, this.status, this.keys);
    this.foot.append(this.caption, line);
  }

  draw(standing: Standing): void {
    const { data, scene, step, startS, latestS, chosen, full } = standing;
    const drawn = JSON.stringify([data.id, data.read, data.status, data.heading, scene, step, scene.sweep ? 0 : startS, latestS, chosen, full]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const many = data.scenes.length > 1;
    this.title.textContent = data.heading;
    this.title.hidden = !data.heading;
    this.leave.textContent = data.leave;
    this.leave.hidden = !data.leave;
    this.drawViews(data, scene);
    for (const [name, toggle] of this.shown) toggle.ariaPressed = String(scene.show.includes(name));
    this.motion.ariaPressed = String(scene.sweep);
    this.full.ariaPressed = String(full);
    this.caption.textContent = scene.text;
    this.caption.hidden = !scene.text;
    this.steps.hidden = !many;
    this.count.textContent = `${step} of ${data.scenes.length - 1}`;
    this.back.disabled = step === 0;
    this.forward.disabled = step === data.scenes.length - 1;
    this.place.hidden = latestS < 0.05 || scene.sweep;
    this.place.max = latestS.toFixed(1);
    this.place.value = startS.toFixed(1);
    this.status.textContent = chosen ? `Saliency of the beat at ${beatWords(chosen, ["truth", "program"], data.read)}` : statusOf(data, scene);
    this.keys.textContent = many ? "← → steps · ↑ ↓ seconds · T P S letters and saliency · V view · M sweep · two clicks measure" : "25 mm/s · 10 mm/mV · two clicks measure, a click on a letter shows its saliency";
  }

  private drawViews(data: DemonstrationData, scene: Scene): void {
    const twelve = hasTwelve(data.leads);
    this.views.hidden = !twelve;
    this.twelve.ariaPressed = String(scene.view === "12 leads");
    this.strip.ariaPressed = String(scene.view === "rhythm");
    if (this.lead.options.length !== data.leads.length) {
      this.lead.replaceChildren(...data.leads.map((name) => Object.assign(element("option", "", name), { value: name })));
    }
    this.lead.value = data.leads.includes(scene.lead) ? scene.lead : data.leads.includes("II") ? "II" : data.leads[0];
    this.lead.hidden = data.leads.length < 2;
  }
}

/** Say what is compared: the rhythms that are true, or what the program is doing. */
function statusOf(data: DemonstrationData, scene: Scene): string {
  const wanted = scene.show.includes("program") || scene.show.includes("saliency");
  if (wanted && !data.read) return data.status;
  const parts = [];
  if (scene.show.includes("truth") && data.rhythms.length) parts.push(data.rhythms.map(({ text }) => text).join(", then "));
  if (scene.show.includes("program") && data.status) parts.push(data.status);
  return parts.join(" · ");
}
