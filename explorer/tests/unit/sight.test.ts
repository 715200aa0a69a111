import { describe, expect, it } from "vitest";
import { layout } from "../../src/layout";
import { begun, boxAt, fitted, seen, zoomed } from "../../src/sight";

const PLAN = layout(2, [{ from: 0, to: 1 }]);
const SIZE = { width: 800, height: 600 };

describe("the sight of a drawing", () => {
  it("has all of it within the canvas", () => {
    const sight = fitted(PLAN, { width: 100, height: 100 });
    const [begin, end] = [seen(sight, { x: 0, y: 0 }), seen(sight, { x: 100, y: 100 })];
    expect(begin.x <= 0 && begin.y <= 0 && end.x >= PLAN.width && end.y >= PLAN.height).toBe(true);
  });

  it("keeps the place at which it is zoomed", () => {
    const sight = fitted(PLAN, SIZE);
    const at = { x: 123, y: 45 };
    const nearer = zoomed(sight, 1.7, at);
    expect(nearer.scale).toBeCloseTo(1.7 * sight.scale);
    expect(seen(nearer, at).x).toBeCloseTo(seen(sight, at).x);
    expect(seen(nearer, at).y).toBeCloseTo(seen(sight, at).y);
  });

  it("begins around a box where all of it is too small to be read", () => {
    const long = layout(
      100,
      Array.from({ length: 99 }, (_, from) => ({ from, to: from + 1 })),
    );
    const sight = begun(long, SIZE, 99);
    expect(boxAt(long, seen(sight, { x: SIZE.width / 2, y: SIZE.height / 2 }))).toBe(99);
    expect(begun(PLAN, SIZE, 1)).toEqual(fitted(PLAN, SIZE));
  });

  it("finds no box beside them", () => {
    expect(boxAt(PLAN, { x: -1, y: 0 })).toBeNull();
    expect(boxAt(PLAN, { x: 1, y: 1 })).toBe(0);
  });
});
