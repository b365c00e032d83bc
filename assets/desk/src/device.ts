// Statements that the file brings along, told apart from what this program found.

import { element } from "./dom.ts";

/** What of an event is looked at here. */
interface Kind {
  kind: string;
}

const TITLES: Record<string, string> = { DEVICE_URGENT: "Urgent statement", DEVICE: "Statement", DEVICE_NORMAL: "Normal statement" };
const SHORT: Record<string, string> = { DEVICE_URGENT: "device: urgent", DEVICE: "device", DEVICE_NORMAL: "device: normal" };

export const DEVICE_NOTE = "Stated in the file; not checked by this program.";

/** Whether an event is a statement of the file. */
export function isDevice(event: Kind): boolean {
  return event.kind in TITLES;
}

/** Its title in a list; undefined for an event of the program's own. */
export function deviceTitle(event: Kind): string | undefined {
  return TITLES[event.kind];
}

/** Its kind in a row of chips; undefined for an event of the program's own. */
export function deviceKindName(event: Kind): string | undefined {
  return SHORT[event.kind];
}

/** The badge that marks a statement. */
export function deviceBadge(): HTMLElement {
  const badge = element("span", "device-badge", "device");
  badge.title = DEVICE_NOTE;
  return badge;
}
