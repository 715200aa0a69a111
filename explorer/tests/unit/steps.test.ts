import { describe, expect, it } from "vitest";
import { current, finished, isAdjointShown, isForwardShown, moved, told } from "../../src/steps";

describe("a walk over three entries", () => {
  const begin = { made: 0, entries: 3 };
  const shown = (made: number) => [0, 1, 2].map((entry) => isForwardShown({ made, entries: 3 }, entry));
  const adjoint = (made: number) => [0, 1, 2].map((entry) => isAdjointShown({ made, entries: 3 }, entry));

  it("goes up with primals and down with adjoints", () => {
    expect([0, 1, 2, 3, 4, 5, 6].map((made) => current({ made, entries: 3 }))).toEqual([
      null,
      0,
      1,
      2,
      2,
      1,
      0,
    ]);
    expect([shown(0), shown(2), shown(4)]).toEqual([
      [false, false, false],
      [true, true, false],
      [true, true, true],
    ]);
    expect([adjoint(3), adjoint(4), adjoint(6)]).toEqual([
      [false, false, false],
      [false, false, true],
      [true, true, true],
    ]);
  });

  it("stays between its ends", () => {
    expect(moved(begin, -1)).toEqual(begin);
    expect(moved(begin, Number.POSITIVE_INFINITY)).toEqual(finished(3));
    expect(moved(finished(3), Number.NEGATIVE_INFINITY)).toEqual(begin);
  });

  it("says where it is", () => {
    const name = (entry: number) => `v${entry}`;
    expect(told(begin, name)).toBe("before the first step");
    expect(told(moved(begin, 2), name)).toBe("forward 2 of 3: v1");
    expect(told(moved(begin, 4), name)).toBe("backward 1 of 3: v2");
  });
});
