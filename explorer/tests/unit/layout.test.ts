import { describe, expect, it } from "vitest";
import type { Edge } from "../../src/groups";
import { BOX, layout, spaced } from "../../src/layout";

/** A graph of so many boxes, each of which reads up to two of the ten before it. */
function graph(count: number): Edge[] {
  let seed = 1;
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  const before = (box: number) => box - 1 - Math.floor(random() * Math.min(box, 10));
  return Array.from({ length: count - 1 }, (_, place) => place + 1).flatMap((box) =>
    [...new Set([before(box), before(box)])].map((from) => ({ from, to: box })),
  );
}

describe.each([1, 2, 12, 150])("the layout of %i boxes", (count) => {
  const edges = graph(count);
  const plan = layout(count, edges);

  it("puts what reads below what is read", () => {
    for (const { from, to } of edges) expect(plan.y[to]).toBeGreaterThan(plan.y[from] as number);
  });

  it("lets no box overlap another", () => {
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < a; b++) {
        const apart = Math.abs((plan.x[a] as number) - (plan.x[b] as number)) >= BOX.width;
        expect(apart || plan.y[a] !== plan.y[b]).toBe(true);
      }
    }
  });

  it("is within its size", () => {
    expect(Math.min(...plan.x)).toBe(0);
    expect(Math.max(...plan.x) + BOX.width).toBeCloseTo(plan.width);
    expect(Math.max(...plan.y) + BOX.height).toBe(plan.height);
  });
});

describe("places in a row", () => {
  it("are those wanted where there is room", () => {
    expect(spaced([0, 10, 30], 10)).toEqual([0, 10, 30]);
  });

  it("are a gap apart around the mean where there is none", () => {
    expect(spaced([5, 5, 5], 10)).toEqual([-5, 5, 15]);
  });
});

it("of groups that read each other all boxes have a place", () => {
  const plan = layout(3, [
    { from: 0, to: 1 },
    { from: 1, to: 2 },
    { from: 2, to: 1 },
  ]);
  expect([...plan.x, ...plan.y].every(Number.isFinite)).toBe(true);
});
