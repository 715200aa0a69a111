/** Walking through the traces: first the list upwards with primals and tangents, then downwards with adjoints. */
export interface Step {
  /** How many steps were made, of twice as many as there are entries. */
  made: number;
  /** How many entries there are. */
  entries: number;
}

/** The last step: everything is there. */
export function finished(entries: number): Step {
  return { made: 2 * entries, entries };
}

/** A step some steps later or earlier, within the walk. */
export function moved(step: Step, by: number): Step {
  return { ...step, made: Math.min(Math.max(step.made + by, 0), 2 * step.entries) };
}

/** Whether the primal and the tangent of an entry are there. */
export function isForwardShown(step: Step, entry: number): boolean {
  return entry < step.made;
}

/** Whether the adjoint of an entry is there. */
export function isAdjointShown(step: Step, entry: number): boolean {
  return entry >= 2 * step.entries - step.made;
}

/** The entry that was reached last; null before the first. */
export function current(step: Step): number | null {
  if (step.made === 0) return null;
  return step.made <= step.entries ? step.made - 1 : 2 * step.entries - step.made;
}

/** The step in words. */
export function told(step: Step, name: (entry: number) => string): string {
  const entry = current(step);
  if (entry === null) return "before the first step";
  const isForward = step.made <= step.entries;
  const count = isForward ? step.made : step.made - step.entries;
  return `${isForward ? "forward" : "backward"} ${count} of ${step.entries}: ${name(entry)}`;
}
