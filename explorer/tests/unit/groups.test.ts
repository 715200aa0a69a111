import { describe, expect, it } from "vitest";
import { closedAtFirst, groupsOf, visible } from "../../src/groups";
import type { Turns } from "../../src/model";
import { documentOf } from "./documents";

/** A chain of so many entries. */
const chain = (count: number) => Array.from({ length: count }, (_, place) => (place ? [place - 1] : []));
const loop = (start: number, size: number, turns: number, inner: Turns[] = []): Turns => ({
  start,
  size,
  turns,
  text: "",
  inner,
});

describe("groups", () => {
  it("hide the entries of a closed loop behind one box", () => {
    const document = documentOf(chain(8), { loops: [loop(1, 2, 3)] });
    const groups = groupsOf(document);
    const open = visible(document, groups, new Set());
    const closed = visible(document, groups, new Set(groups.all.map((group) => group.id)));
    expect(open.shown).toHaveLength(8);
    expect(closed.shown.map((one) => one.id)).toEqual(["entry 0", "loop 1 2", "entry 7"]);
    expect(closed.edges).toEqual([
      { from: 0, to: 1 },
      { from: 1, to: 2 },
    ]);
  });

  it("take the outermost of closed ones", () => {
    const document = documentOf(chain(14), { loops: [loop(1, 6, 2, [loop(1, 2, 3)])] });
    const groups = groupsOf(document);
    const [outer, inner] = groups.all;
    expect(inner?.outer).toBe(outer);
    expect(visible(document, groups, new Set([inner?.id ?? ""])).shown).toHaveLength(9);
    expect(visible(document, groups, new Set(groups.all.map((group) => group.id))).shown).toHaveLength(3);
  });

  it("take parameters that are read within alone, and show them where they begin", () => {
    const document = documentOf([[], [], [0], [2, 1], [3]], {
      calls: [{ path: "net", kind: "Linear", outer: null }],
    });
    const parameter = document.entries[1];
    if (parameter) parameter.kind = "parameter";
    for (const place of [2, 3]) Object.assign(document.entries[place] ?? {}, { call: 0 });
    const groups = groupsOf(document);
    expect(groups.all.map((group) => [group.title, group.members])).toEqual([["net (Linear)", [1, 2, 3]]]);
    expect(visible(document, groups, new Set(["call 0"])).placeOf).toEqual([0, 1, 1, 1, 2]);
  });

  it("are open in a short list, and closed in a long one", () => {
    const short = groupsOf(documentOf(chain(20), { loops: [loop(1, 3, 6)] }));
    const long = groupsOf(documentOf(chain(200), { loops: [loop(1, 3, 60)] }));
    expect(closedAtFirst(short).size).toBe(0);
    expect(closedAtFirst(long).size).toBe(1);
  });

  it("open as far as there is room, from outside inwards", () => {
    const groups = groupsOf(
      documentOf(chain(100), { loops: [loop(1, 40, 2, [loop(1, 2, 18)]), loop(85, 3, 4)] }),
    );
    expect([...closedAtFirst(groups)]).toEqual(["loop 1 2", "loop 85 3"]);
  });

  it("show every entry exactly once, whatever is closed", () => {
    const document = documentOf(chain(40), { loops: [loop(1, 6, 3, [loop(1, 2, 3)]), loop(20, 4, 4)] });
    const groups = groupsOf(document);
    for (let closed = 0; closed < 2 ** groups.all.length; closed++) {
      const ids = groups.all.filter((_, place) => closed & (2 ** place)).map((group) => group.id);
      const { shown, placeOf } = visible(document, groups, new Set(ids));
      const members = shown.flatMap((one) => one.group?.members ?? [one.entry as number]);
      expect(members.toSorted((a, b) => a - b)).toEqual(document.entries.map((_, place) => place));
      expect(placeOf.every((place) => place < shown.length)).toBe(true);
    }
  });
});
