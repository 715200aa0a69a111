import type { Document, Program } from "./model";

/** What the page was sent with. */
export function sent<T>(name: "document" | "program"): T | null {
  return JSON.parse(document.getElementById(name)?.textContent ?? "null") as T | null;
}

/** Whether a server behind the page computes what it asks for. */
export function isLive(): boolean {
  return document.body.dataset.live === "true";
}

/** The function where some of its arguments have other elements. */
export function documentAt(numbers: Record<number, number[]>): Promise<Document> {
  const body = JSON.stringify(numbers);
  return ask<Document>("at", { method: "POST", headers: { "Content-Type": "application/json" }, body });
}

/** The compiled value and gradient. */
export function program(): Promise<Program> {
  return ask<Program>("program", {});
}

async function ask<T>(name: string, request: RequestInit): Promise<T> {
  const answer = await fetch(name, request);
  const told: unknown = await answer.json();
  if (!answer.ok) throw new Error((told as { error?: string }).error ?? answer.statusText);
  return told as T;
}
