/**
 * What the page is given, from the classes of `wengert.explaining.explorer.model`, which say what it means.
 * Written by `python -m tools.explorer_model`.
 */

/** An element of MathML: its name, and then its children, which are elements or one text. */
export type Formula = [string, ...(Formula | string)[]];

/** A number or an array. */
export interface Value {
  text: string;
  form: string;
  trouble: string;
}

/** A line of a source. */
export interface Place {
  source: number;
  line: number;
}

/** A line of a file: its number and its text. */
export interface SourceLine {
  number: number;
  text: string;
}

/** The statements of a file in which operations were called. */
export interface Source {
  name: string;
  lines: SourceLine[];
}

/** An operand. */
export interface Read {
  entry: number | null;
  partial: string | null;
}

/** A line of the list, with its three traces. */
export interface Entry {
  name: string;
  kind: string;
  operation: string;
  expression: string;
  reads: Read[];
  place: Place | null;
  call: number | null;
  value: Value;
  tangent: Value | null;
  adjoint: Value | null;
  tangent_terms: string;
  adjoint_terms: string;
  rule: number | null;
  arises: string[];
}

/** A part of the list that repeats itself. */
export interface Turns {
  start: number;
  size: number;
  turns: number;
  text: string;
  inner: Turns[];
}

/** A call of a module. */
export interface Call {
  path: string;
  kind: string;
  outer: number | null;
}

/** What was decided before an entry, in words. */
export interface Decided {
  before: number;
  text: string;
}

/** An argument that can be moved. */
export interface Input {
  entry: number;
  numbers: number[];
  can_move: boolean;
}

/** The derivative of an operation with respect to one operand. */
export interface RuleMap {
  operand: string;
  formula: Formula;
}

/** The derivative of an operation, from the rule itself. */
export interface Rule {
  operation: string;
  value: Formula;
  tangent: Formula | null;
  adjoints: RuleMap[];
  steps: number;
}

/** What the function gave, and what its parts are called. */
export interface Result {
  name: string;
  entry: number | null;
  value: Value;
  slope: Value;
  tangent: string;
  adjoint: string;
}

/** A function at a point. */
export interface Document {
  function: string;
  sources: Source[];
  inputs: number;
  entries: Entry[];
  loops: Turns[];
  calls: Call[];
  decisions: Decided[];
  arguments: Input[];
  rules: Rule[];
  result: Result;
}

/** What a compiled program does in one go. */
export interface Kernel {
  kind: string;
  operations: string[];
  places: Place[];
}

/** A line of a graph after a pass: ``+`` if the pass made it, ``-`` if it took it away, else a blank. */
export interface Row {
  mark: string;
  text: string;
}

/** A simplification. */
export interface Pass {
  name: string;
  about: string;
  operations: number;
  rows: Row[];
}

/** The value and gradient of the function, compiled. */
export interface Program {
  trouble: string;
  recorded: number;
  operations: number;
  memory: number;
  moved: number;
  kernels: Kernel[];
  passes: Pass[];
  facts: string[];
  cost: string[];
}
