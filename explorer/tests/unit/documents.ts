import type { Document, Entry } from "../../src/model";

const VALUE = { text: "1", form: "float64[]", trouble: "" };

/** A document of entries that read these others; those that read nothing are arguments. */
export function documentOf(reads: number[][], more: Partial<Document> = {}): Document {
  return {
    function: "f",
    sources: [],
    inputs: reads.filter((read) => read.length === 0).length,
    entries: reads.map(entryOf),
    loops: [],
    calls: [],
    decisions: [],
    arguments: [],
    rules: [],
    result: { name: "y", entry: reads.length - 1, value: VALUE, slope: VALUE, tangent: "d", adjoint: "a" },
    ...more,
  };
}

function entryOf(reads: number[], place: number): Entry {
  return {
    name: `v${place}`,
    kind: reads.length ? "operation" : "argument",
    operation: reads.length ? "add" : "",
    expression: "",
    reads: reads.map((entry) => ({ entry, partial: null })),
    place: null,
    call: null,
    value: VALUE,
    tangent: VALUE,
    adjoint: VALUE,
    tangent_terms: "",
    adjoint_terms: "",
    rule: null,
    arises: [],
  };
}
