// Requests to the server. Each carries the page's token; every problem comes back as one sentence. What routes answer is
// typed in payloads.ts, which the tests compare with what the server writes.

import type { FileRoute, JsonRoutes, PackedRoutes, PostRoutes, ProblemPayload } from "./payloads.ts";
import { unpack } from "./wire.ts";

export const PACKED = "application/octet-stream";

export type Params = Record<string, string | number>;
export type RequestOptions = Pick<RequestInit, "signal" | "keepalive">;

/** A request that failed; `message` is a sentence for a person, `status` 0 where the server cannot be reached. */
export class Problem extends Error {
  readonly status: number;
  readonly final: boolean;

  constructor(message: string, status: number, final = false) {
    super(message);
    this.status = status;
    this.final = final;
  }
}

/** What was thrown as an Error. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Whether something was thrown because a request was called off. */
export function isAbort(thrown: unknown): boolean {
  return errorOf(thrown).name === "AbortError";
}

export class Api {
  private readonly base: string;
  private readonly token: string;
  private readonly person: () => string;
  private readonly onExpired: () => void;

  /** `onExpired` is called when the server no longer knows the token. */
  constructor(base: string, token: string, person: () => string, onExpired: () => void) {
    this.base = base.replace(/\/$/, "");
    this.token = token;
    this.person = person;
    this.onExpired = onExpired;
  }

  /** A JSON answer. */
  async get<Route extends keyof JsonRoutes>(route: Route, params?: Params, options?: RequestOptions): Promise<JsonRoutes[Route]> {
    const response = await this.send(route, params, options);
    return (response.status === 204 ? null : await response.json()) as JsonRoutes[Route];
  }

  /** A packed answer. */
  async packed<Route extends keyof PackedRoutes>(route: Route, params?: Params, options?: RequestOptions): Promise<PackedRoutes[Route]> {
    const response = await this.send(route, params, options);
    return (response.status === 204 ? null : unpack(await response.arrayBuffer())) as PackedRoutes[Route];
  }

  /** Post JSON; the answer is packed or JSON, as the server says. */
  async post<Route extends keyof PostRoutes>(
    route: Route,
    body: PostRoutes[Route]["body"],
    options?: RequestOptions,
  ): Promise<PostRoutes[Route]["answer"]> {
    const response = await this.send(route, undefined, {
      ...options,
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.status === 204) return null;
    const packed = response.headers.get("Content-Type")?.startsWith(PACKED);
    return (packed ? unpack(await response.arrayBuffer()) : await response.json()) as PostRoutes[Route]["answer"];
  }

  /** A file's content and name. */
  async file(route: FileRoute, params?: Params, options?: RequestOptions): Promise<{ blob: Blob; name: string }> {
    const response = await this.send(route, params, options);
    const named = /filename="?([^";]+)"?/.exec(response.headers.get("Content-Disposition") ?? "");
    return { blob: await response.blob(), name: named?.[1] ?? route.slice(route.lastIndexOf("/") + 1) };
  }

  private async send(route: string, params?: Params, { headers, ...options }: Omit<RequestInit, "headers"> & { headers?: Record<string, string> } = {}): Promise<Response> {
    const query = new URLSearchParams(Object.entries(params ?? {}).map(([name, value]) => [name, String(value)])).toString();
    const person = encodeURIComponent(this.person() || "");
    let response;
    try {
      response = await fetch(`${this.base}/${route}${query ? `?${query}` : ""}`, {
        credentials: "same-origin",
        cache: "no-store",
        ...options,
        headers: { "X-Desk-Token": this.token, "X-Desk-Person": person, ...headers },
      });
    } catch (error) {
      if (isAbort(error)) throw error;
      throw new Problem("The server cannot be reached; nothing is lost, it is tried again.", 0);
    }
    if (response.ok) return response;
    const told = (await response.json().catch(() => ({}))) as Partial<ProblemPayload>;
    // The page draws what helps: another token, or the way to sign in.
    if (response.status === 401 || (response.status === 403 && !told.denied)) this.onExpired();
    throw new Problem(told.problem ?? `The server answered ${response.status}.`, response.status, told.final === true);
  }
}
