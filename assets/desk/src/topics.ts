// What panels subscribe to: each topic names a part of the store that has changed.

export type Topic =
  | "state" // anything that the server told, besides the beats
  | "beats"
  | "view" // the stretch of time on the strip
  | "jump" // the view went somewhere else
  | "chosen" // the beat
  | "selection" // of beats
  | "event" // the current one
  | "differences" // from the file's annotations
  | "statements" // of the file, audited
  | "waves" // boundaries and measurements
  | "proposals" // beats that are similar to relabelled ones
  | "diary" // entries of the patient and notes on spans
  | "prefs"
  | "live" // state of a live stream
  | "status" // the message
  | "theme";

export class Topics {
  private readonly listeners = new Map<Topic, Set<() => void>>();

  /** Call `listener` whenever a topic is notified, until the function that is returned is called. */
  subscribe(topic: Topic, listener: () => void): () => void {
    const listeners = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  notify(topic: Topic): void {
    for (const listener of this.listeners.get(topic) ?? []) listener();
  }

  clear(): void {
    this.listeners.clear();
  }
}
