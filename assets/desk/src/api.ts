// @ts-nocheck
// Asking the server. Every request carries the seat's token; every problem comes back as one sentence.

import { unpack } from "./wire.ts";

export const PACKED = "application/octet-stream";

/** A request that failed; `message` is a sentence for a person. */
export class Problem extends Error {
  constructor(message, status, final = false) {
    super(message);
    this.status = status;
    this.final = final;
  }
}

export class Api {
  /** `onExpired` is called when the server no longer knows the token. */
  constructor(base, token, person, onExpired) {
    this.base = base.replace(/\/$/, "");
    this.token = token;
    this.person = person;
    this.onExpired = onExpired;
  }

  /** A JSON answer; null where there is nothing (204). */
  async get(path, params, options) {
    const response = await this.send(path, params, options);
    return response.status === 204 ? null : response.json();
  }

  /** A packed answer; null where there is nothing (204). */
  async packed(path, params, options) {
    const response = await this.send(path, params, options);
    return response.status === 204 ? null : unpack(await response.arrayBuffer());
  }

  /** Post JSON; the answer is packed or JSON, as the server says. */
  async post(path, body, options = {}) {
    const response = await this.send(path, null, {
      ...options,
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body ?? {}),
    });
    if (response.status === 204) return null;
    const packed = response.headers.get("Content-Type")?.startsWith(PACKED);
    return packed ? unpack(await response.arrayBuffer()) : response.json();
  }

  /** A file's content and name. */
  async file(path, params, options) {
    const response = await this.send(path, params, options);
    const named = /filename="?([^";]+)"?/.exec(response.headers.get("Content-Disposition") ?? "");
    return { blob: await response.blob(), name: named?.[1] ?? path.split("/").pop() };
  }

  async send(path, params, { headers, ...options } = {}) {
    const query = new URLSearchParams(params ?? {}).toString();
    const person = encodeURIComponent(this.person() || "");
    let response;
    try {
      response = await fetch(`${this.base}/${path}${query ? `?${query}` : ""}`, {
        credentials: "same-origin",
        cache: "no-store",
        ...options,
        headers: { "X-Desk-Token": this.token, "X-Desk-Person": person, ...headers },
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem("The server cannot be reached; nothing is lost, it is tried again.", 0);
    }
    if (response.ok) return response;
    const told = await response.json().catch(() => ({}));
    if (response.status === 403) this.onExpired?.();
    throw new Problem(told.problem ?? `The server answered ${response.status}.`, response.status, told.final === true);
  }
}
