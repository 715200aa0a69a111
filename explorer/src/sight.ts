import { BOX, type Layout } from "./layout";

/** Which part of a drawing is seen: a point of the drawing is at `scale * point + (x, y)` on the canvas. */
export interface Sight {
  x: number;
  y: number;
  scale: number;
}

export interface Place {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

const MARGIN = 24;
const LEAST = 0.02;
const MOST = 3;
const READABLE = 0.7;
/** Below this scale boxes have no text, which nobody could read. */
export const LEGIBLE = 0.4;

/** The whole drawing in the middle, no larger than life. */
export function fitted(plan: Layout, size: Size): Sight {
  const across = (size.width - 2 * MARGIN) / plan.width;
  const down = (size.height - 2 * MARGIN) / plan.height;
  const scale = Math.min(Math.max(Math.min(across, down), LEAST), 1);
  return { scale, x: (size.width - scale * plan.width) / 2, y: (size.height - scale * plan.height) / 2 };
}

/** The whole drawing if it can be read so, else what is around a box. */
export function begun(plan: Layout, size: Size, box: number): Sight {
  const whole = fitted(plan, size);
  if (whole.scale >= LEGIBLE) return whole;
  const scale = READABLE;
  const x = size.width / 2 - scale * ((plan.x[box] ?? 0) + BOX.width / 2);
  const y = size.height / 2 - scale * ((plan.y[box] ?? 0) + BOX.height / 2);
  return { scale, x, y };
}

/** Nearer or farther, so that what is at a place stays there. */
export function zoomed(sight: Sight, by: number, at: Place): Sight {
  const scale = Math.min(Math.max(sight.scale * by, LEAST), MOST);
  const ratio = scale / sight.scale;
  return { scale, x: at.x - (at.x - sight.x) * ratio, y: at.y - (at.y - sight.y) * ratio };
}

/** The point of the drawing that is at a place on the canvas. */
export function seen(sight: Sight, at: Place): Place {
  return { x: (at.x - sight.x) / sight.scale, y: (at.y - sight.y) / sight.scale };
}

/** The box at a point of the drawing. */
export function boxAt(plan: Layout, at: Place): number | null {
  for (let box = 0; box < plan.x.length; box++) {
    const across = at.x - (plan.x[box] as number);
    const down = at.y - (plan.y[box] as number);
    if (across >= 0 && across <= BOX.width && down >= 0 && down <= BOX.height) return box;
  }
  return null;
}
