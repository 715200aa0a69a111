import type { Edge } from "./groups";

/**
 * A layered drawing: rows by the longest path, order within a row by barycentres, places as near as can be to the
 * mean of the neighbours without an overlap.
 *
 * K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical system structures" (1981).
 */
export interface Layout {
  x: Float64Array;
  y: Float64Array;
  width: number;
  height: number;
}

export const BOX = { width: 168, height: 46 };
const GAP = { x: 24, y: 44 };
const SWEEPS = 8;
/** Beyond so many boxes fewer sweeps must do. */
const MANY = 1500;

type Neighbours = number[][];

export function layout(count: number, edges: Edge[]): Layout {
  const { before, after } = neighbours(count, edges);
  const rows = rowsOf(layersOf(count, before, after));
  const x = packed(count, rows);
  const sweeps = count > MANY ? SWEEPS / 2 : SWEEPS;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const row of rows) settle(row, before, x, true);
    for (const row of rows.toReversed()) settle(row, after, x, true);
  }
  for (const row of rows) settle(row, before, x, false);
  const y = new Float64Array(count);
  rows.forEach((row, layer) => {
    for (const box of row) y[box] = layer * (BOX.height + GAP.y);
  });
  const left = x.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
  const right = x.reduce((most, at) => Math.max(most, at), Number.NEGATIVE_INFINITY);
  x.forEach((at, box) => {
    x[box] = at - left;
  });
  const height = rows.length * (BOX.height + GAP.y) - GAP.y;
  return { x, y, width: count ? right - left + BOX.width : 0, height: Math.max(height, 0) };
}

function neighbours(count: number, edges: Edge[]): { before: Neighbours; after: Neighbours } {
  const before: Neighbours = Array.from({ length: count }, () => []);
  const after: Neighbours = Array.from({ length: count }, () => []);
  for (const { from, to } of edges) {
    before[to]?.push(from);
    after[from]?.push(to);
  }
  return { before, after };
}

/** The longest path to each box; boxes whose sources nobody else reads stand just above their first reader. */
export function layersOf(count: number, before: Neighbours, after: Neighbours): Int32Array {
  const layers = new Int32Array(count);
  const order = inOrder(count, before, after);
  for (const box of order) {
    for (const source of before[box] ?? []) {
      layers[box] = Math.max(layers[box] as number, (layers[source] as number) + 1);
    }
  }
  for (const box of order.toReversed()) {
    const readers = after[box] ?? [];
    const isFree = (before[box] ?? []).every((source) => after[source]?.length === 1);
    if (isFree && readers.length)
      layers[box] = Math.min(...readers.map((reader) => layers[reader] as number)) - 1;
  }
  return layers;
}

/** The boxes, each after those that it reads; where closed groups read each other, as far as that goes. */
function inOrder(count: number, before: Neighbours, after: Neighbours): number[] {
  const missing = Int32Array.from({ length: count }, (_, box) => before[box]?.length ?? 0);
  const found: number[] = [];
  for (let box = 0; box < count; box++) if (missing[box] === 0) found.push(box);
  for (let next = 0; next < found.length; next++) {
    for (const reader of after[found[next] as number] ?? []) {
      missing[reader] = (missing[reader] as number) - 1;
      if (missing[reader] === 0) found.push(reader);
    }
  }
  return found;
}

function rowsOf(layers: Int32Array): number[][] {
  const rows: number[][] = [];
  layers.forEach((layer, box) => {
    while (rows.length <= layer) rows.push([]);
    rows[layer]?.push(box);
  });
  return rows;
}

function packed(count: number, rows: number[][]): Float64Array {
  const x = new Float64Array(count);
  for (const row of rows) {
    row.forEach((box, place) => {
      x[box] = (place - (row.length - 1) / 2) * (BOX.width + GAP.x);
    });
  }
  return x;
}

/** Put the boxes of a row where their neighbours are, and those with less to the left first if the order is free. */
function settle(row: number[], near: Neighbours, x: Float64Array, isFree: boolean): void {
  const wanted = new Map(row.map((box) => [box, mean(near[box] ?? [], x, x[box] as number)]));
  if (isFree) row.sort((a, b) => (wanted.get(a) as number) - (wanted.get(b) as number));
  const places = spaced(
    row.map((box) => wanted.get(box) as number),
    BOX.width + GAP.x,
  );
  row.forEach((box, place) => {
    x[box] = places[place] as number;
  });
}

function mean(boxes: number[], x: Float64Array, otherwise: number): number {
  if (!boxes.length) return otherwise;
  return boxes.reduce((sum, box) => sum + (x[box] as number), 0) / boxes.length;
}

/** The places nearest to those wanted, in least squares, that are at least a gap apart: isotonic regression. */
export function spaced(wanted: number[], gap: number): number[] {
  const blocks: { sum: number; count: number }[] = [];
  wanted.forEach((place, index) => {
    blocks.push({ sum: place - index * gap, count: 1 });
    while (blocks.length > 1) {
      const [left, right] = blocks.slice(-2) as [
        { sum: number; count: number },
        { sum: number; count: number },
      ];
      if (left.sum / left.count <= right.sum / right.count) break;
      blocks.splice(-2, 2, { sum: left.sum + right.sum, count: left.count + right.count });
    }
  });
  const levels = blocks.flatMap(({ sum, count }) => Array<number>(count).fill(sum / count));
  return levels.map((level, index) => level + index * gap);
}
