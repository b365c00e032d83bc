// The menu of leads: a set or single ones, the order of the limb leads, the leads of the rhythm strip.

import { leadLabel, leadOrder, LEAD_SETS, leadsOfSet, LIMB_ORDERS, plainName, rhythmAfter, rhythmLeads, whyNoSet } from "./lead_order.ts";
import type { PrefValues } from "./prefs.ts";
import type { MenuItem } from "./sheet_menu.ts";
import { shownLeads, type SheetPlan } from "./sheet_plan.ts";
import type { Store } from "./store.ts";

/** Leads that the preference leaves on when one is switched; null stands for all, and one always stays. */
export function leadsAfter(leads: number[] | null, lead: number, n: number): number[] | null {
  const all = Array.from({ length: n }, (_, i) => i);
  const now = leads ?? all;
  const next = now.includes(lead) ? now.filter((each) => each !== lead) : all.filter((each) => each === lead || now.includes(each));
  if (!next.length) return now;
  return next.length === n ? null : next;
}

/** The set of leads that is shown; null where single ones are chosen. */
export function setShown({ leads, leadSet }: Pick<PrefValues, "leads" | "leadSet">, names: string[]): PrefValues["leadSet"] | null {
  if (leads) return null;
  return leadsOfSet(leadSet, names) ? leadSet : "all";
}

/** What is shown, for the button of the menu. */
export function leadsText(prefs: PrefValues, names: string[], plan: SheetPlan): string {
  if (plan.arrangement === "single") return leadLabel(names[plan.lanes[0].cells[0].lead], plan.inverted[plan.lanes[0].cells[0].lead]);
  const shown = shownLeads(prefs, names);
  const set = setShown(prefs, names);
  if (set !== null && set !== "all") return LEAD_SETS[set];
  if (shown.length === 1) return leadLabel(names[shown[0]], plan.inverted[shown[0]]);
  return shown.length < names.length ? `${shown.length} of ${names.length} leads` : `${names.length} leads`;
}

/** The items of the menu. */
export function leadItems(store: Store, names: string[], plan: SheetPlan): MenuItem[] {
  const { prefs } = store;
  const order = leadOrder(names, prefs.limbOrder);
  const label = (lead: number) => leadLabel(names[lead], plan.inverted[lead]);
  const items: MenuItem[] = [];
  if (names.length > 3) {
    items.push({ heading: "Set" });
    for (const [set, text] of Object.entries(LEAD_SETS) as [PrefValues["leadSet"], string][]) {
      const choose = () => {
        store.setPref("leads", null);
        store.setPref("leadSet", set);
      };
      items.push({ text, on: setShown(prefs, names) === set, one: true, why: whyNoSet(set, names), choose });
    }
  }
  items.push({ heading: "Single leads" }, ...singleItems(store, names, plan, order, label));
  if (leadsOfSet("limb", names)) {
    items.push({ heading: "Order of the limb leads" });
    for (const [limbOrder, text] of Object.entries(LIMB_ORDERS) as [PrefValues["limbOrder"], string][]) {
      items.push({ text, on: prefs.limbOrder === limbOrder, one: true, choose: () => store.setPref("limbOrder", limbOrder) });
    }
  }
  if (plan.arrangement === "3x4") items.push({ heading: "Rhythm strip, up to three" }, ...rhythmItems(store, names, order, label));
  return items;
}

function singleItems(store: Store, names: string[], plan: SheetPlan, order: number[], label: (lead: number) => string): MenuItem[] {
  const { prefs } = store;
  const single = plan.arrangement === "single";
  const shown = new Set(single ? [plan.lanes[0].cells[0].lead] : shownLeads(prefs, names));
  const why = plan.inColumns ? "all are shown in columns" : "";
  const choose = (lead: number) => {
    const next = single ? [lead] : leadsAfter([...shown].sort((a, b) => a - b), lead, names.length);
    if (!next) store.setPref("leadSet", "all");
    store.setPref("leads", next);
  };
  return order.map((lead) => ({
    text: label(lead),
    on: shown.has(lead),
    one: single,
    why,
    beside: names.length > 3,
    choose: () => choose(lead),
  }));
}

function rhythmItems(store: Store, names: string[], order: number[], label: (lead: number) => string): MenuItem[] {
  const wanted = rhythmLeads(store.prefs.rhythm, names, order);
  const now = wanted.map((lead) => plainName(names[lead]));
  return order.slice(0, 12).map((lead) => ({
    text: label(lead),
    on: wanted.includes(lead),
    beside: true,
    choose: () => store.setPref("rhythm", rhythmAfter(now, names[lead])),
  }));
}
