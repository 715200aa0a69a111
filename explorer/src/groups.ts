import type { Document, Turns } from "./model";

/** Entries that can be shown as one: a loop, or a call of a module. */
export interface Group {
  id: string;
  title: string;
  first: number;
  last: number;
  outer: Group | null;
}

/** The groups of a document, outer ones first, and the innermost one of each entry. */
export interface Groups {
  all: Group[];
  innermost: (Group | null)[];
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
  const ranges = [...document.loops.flatMap(loopRanges), ...callRanges(document)];
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
  return { all, innermost };
}

function loopRanges(loop: Turns): Group[] {
  const first = loop.start;
  const last = loop.start + loop.size * loop.turns - 1;
  const title = `${loop.turns} turns of ${loop.size}`;
  return [
    { id: `loop ${first} ${loop.size}`, title, first, last, outer: null },
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
        });
    }
  });
  return [...found.values()].filter((range) => range.last > range.first);
}

function titleOf(document: Document, call: number): string {
  const { path, kind } = document.calls[call] ?? { path: "", kind: "" };
  return `${path} (${kind})`;
}

/** The groups that are closed at first: none of a short list. */
export function closedAtFirst(groups: Groups): ReadonlySet<string> {
  const outermost = groups.all.filter((group) => group.outer === null);
  return new Set(groups.innermost.length > MOST_OPEN ? outermost.map((group) => group.id) : []);
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
  const placeOfGroup = new Map<string, number>();
  document.entries.forEach((_, entry) => {
    const group = closedAround(groups, closed, entry);
    const known = group && placeOfGroup.get(group.id);
    if (known !== null && known !== undefined) {
      placeOf.push(known);
      return;
    }
    if (group) placeOfGroup.set(group.id, shown.length);
    placeOf.push(shown.length);
    shown.push(group ? { id: group.id, entry: null, group } : { id: `entry ${entry}`, entry, group: null });
  });
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
