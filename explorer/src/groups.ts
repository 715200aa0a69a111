import type { Document, Turns } from "./model";

/** Entries that can be shown as one: a loop, or a call of a module. */
export interface Group {
  id: string;
  title: string;
  first: number;
  last: number;
  outer: Group | null;
  /** Its entries, in the order in which they are shown: parameters first. */
  members: number[];
}

/** The groups of a document, outer ones first, the innermost one of each entry, and the order of entries. */
export interface Groups {
  all: Group[];
  innermost: (Group | null)[];
  order: number[];
}

/** What is shown: an entry, or a group that is closed. */
export interface Shown {
  id: string;
  entry: number | null;
  group: Group | null;
}

export interface Edge {
  from: number;
  to: number;
}

/** What is shown, with what each reads: places among the shown. */
export interface Visible {
  shown: Shown[];
  edges: Edge[];
  placeOf: number[];
}

/** So many entries are shown at first without closing groups. */
const MOST_OPEN = 60;

export function groupsOf(document: Document): Groups {
  const ranges = [...callRanges(document), ...document.loops.flatMap(loopRanges)];
  ranges.sort((a, b) => a.first - b.first || b.last - a.last);
  const all: Group[] = [];
  const innermost: (Group | null)[] = document.entries.map(() => null);
  const open: Group[] = [];
  for (const range of ranges) {
    while (open.length && (open.at(-1) as Group).last < range.first) open.pop();
    const outer = open.at(-1) ?? null;
    if (outer && range.last > outer.last) continue; // neither within another nor beside it
    const group = { ...range, outer };
    all.push(group);
    open.push(group);
    innermost.fill(group, group.first, group.last + 1);
  }
  takeParameters(document, innermost);
  const order = orderOf(document, innermost);
  for (const entry of order) {
    for (let group = innermost[entry] ?? null; group; group = group.outer) group.members.push(entry);
  }
  return { all, innermost, order };
}

/** Parameters belong to the innermost group in which all their readers are. */
function takeParameters(document: Document, innermost: (Group | null)[]): void {
  const around = new Map<number, Group | null>();
  document.entries.forEach((entry, place) => {
    for (const { entry: read } of entry.reads) {
      if (read === null || document.entries[read]?.kind !== "parameter") continue;
      const group = innermost[place] ?? null;
      around.set(read, around.has(read) ? common(around.get(read) ?? null, group) : group);
    }
  });
  for (const [parameter, group] of around) innermost[parameter] = group;
}

function common(a: Group | null, b: Group | null): Group | null {
  for (let group = a; group; group = group.outer) if (group === b || (b && isWithin(b, group))) return group;
  return null;
}

/** Whether a group is somewhere within another. */
export function isWithin(group: Group, outer: Group): boolean {
  for (let around = group.outer; around; around = around.outer) if (around === outer) return true;
  return false;
}

export function depthOf(group: Group | null): number {
  return group ? 1 + depthOf(group.outer) : 0;
}

/** The entries as they are shown: parameters of a group come where it begins, those of outer groups first. */
function orderOf(document: Document, innermost: (Group | null)[]): number[] {
  const keys = document.entries.map((entry, place): [number, number] => {
    const group = innermost[place];
    return entry.kind === "parameter" && group ? [group.first - 0.5, depthOf(group)] : [place, 0];
  });
  const order = document.entries.map((_, place) => place);
  return order.sort((a, b) => {
    const [x, y] = [keys[a] as [number, number], keys[b] as [number, number]];
    return x[0] - y[0] || x[1] - y[1] || a - b;
  });
}

function loopRanges(loop: Turns): Group[] {
  const first = loop.start;
  const last = loop.start + loop.size * loop.turns - 1;
  const title = `${loop.turns} turns of ${loop.size}`;
  return [
    { id: `loop ${first} ${loop.size}`, title, first, last, outer: null, members: [] },
    ...loop.inner.flatMap(loopRanges),
  ];
}

function callRanges(document: Document): Group[] {
  const found = new Map<number, Group>();
  document.entries.forEach((entry, place) => {
    for (let call = entry.call; call !== null; call = document.calls[call]?.outer ?? null) {
      const range = found.get(call);
      if (range) range.last = place;
      else
        found.set(call, {
          id: `call ${call}`,
          title: titleOf(document, call),
          first: place,
          last: place,
          outer: null,
          members: [],
        });
    }
  });
  return [...found.values()].filter((range) => range.last > range.first);
}

function titleOf(document: Document, call: number): string {
  const { path, kind } = document.calls[call] ?? { path: "", kind: "" };
  return `${path} (${kind})`;
}

/** The groups that are closed at first: as few as leave a list that can be surveyed. */
export function closedAtFirst(groups: Groups): ReadonlySet<string> {
  const boxes = boxesWithin(groups);
  const closed = new Set(groups.all.map((group) => group.id));
  let shown = boxes.get(null) ?? 0;
  for (const group of groups.all) {
    if (group.outer && closed.has(group.outer.id)) continue;
    const opened = shown + (boxes.get(group) ?? 0) - 1;
    if (opened > MOST_OPEN) continue;
    closed.delete(group.id);
    shown = opened;
  }
  return closed;
}

/** How many boxes there are in each group, and outside of all, where those within are closed. */
function boxesWithin({ all, innermost }: Groups): Map<Group | null, number> {
  const boxes = new Map<Group | null, number>();
  for (const around of [...innermost, ...all.map((group) => group.outer)]) {
    boxes.set(around, (boxes.get(around) ?? 0) + 1);
  }
  return boxes;
}

/** The outermost closed group around an entry. */
export function closedAround(groups: Groups, closed: ReadonlySet<string>, entry: number): Group | null {
  let found: Group | null = null;
  for (let group = groups.innermost[entry] ?? null; group; group = group.outer) {
    if (closed.has(group.id)) found = group;
  }
  return found;
}

export function visible(document: Document, groups: Groups, closed: ReadonlySet<string>): Visible {
  const shown: Shown[] = [];
  const placeOf: number[] = [];
  const placeOfGroup = new Map<Group, number>();
  for (const entry of groups.order) {
    const group = closedAround(groups, closed, entry);
    const place = (group && placeOfGroup.get(group)) ?? shown.length;
    placeOf[entry] = place;
    if (place < shown.length) continue;
    if (group) placeOfGroup.set(group, place);
    shown.push(group ? { id: group.id, entry: null, group } : { id: `entry ${entry}`, entry, group: null });
  }
  return { shown, placeOf, edges: edgesOf(document, placeOf) };
}

function edgesOf(document: Document, placeOf: number[]): Edge[] {
  const found = new Map<string, Edge>();
  document.entries.forEach((entry, place) => {
    for (const read of entry.reads) {
      if (read.entry === null) continue;
      const edge = { from: placeOf[read.entry] as number, to: placeOf[place] as number };
      if (edge.from !== edge.to) found.set(`${edge.from} ${edge.to}`, edge);
    }
  });
  return [...found.values()];
}
