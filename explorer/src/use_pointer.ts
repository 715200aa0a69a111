import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Place } from "./sight";

export interface Gestures {
  drag: (x: number, y: number) => void;
  zoom: (by: number, at: Place) => void;
  tap: (at: Place) => void;
  openOrClose: (at: Place) => void;
  /** The mouse is over a place, or over none. */
  over: (at: Place | null) => void;
}

const STILL = 4; // pixels that a tap may move

/** Dragging, zooming by wheel and by two fingers, and taps on a canvas. */
export function usePointer(canvas: RefObject<HTMLCanvasElement>, gestures: Gestures): void {
  const latest = useRef(gestures);
  latest.current = gestures;
  useEffect(() => {
    const on = canvas.current;
    if (!on) return;
    const fingers = new Map<number, Place>();
    let travelled = 0;
    const at = (event: MouseEvent): Place => {
      const frame = on.getBoundingClientRect();
      return { x: event.clientX - frame.left, y: event.clientY - frame.top };
    };
    const down = (event: PointerEvent) => {
      on.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, at(event));
      travelled = 0;
    };
    const move = (event: PointerEvent) => {
      const before = fingers.get(event.pointerId);
      if (!before) {
        latest.current.over(at(event));
        return;
      }
      const after = at(event);
      travelled += Math.hypot(after.x - before.x, after.y - before.y);
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      fingers.set(event.pointerId, after);
      if (other) latest.current.zoom(distance(after, other) / Math.max(distance(before, other), 1), other);
      else latest.current.drag(after.x - before.x, after.y - before.y);
    };
    const up = (event: PointerEvent) => {
      if (fingers.delete(event.pointerId) && travelled < STILL) latest.current.tap(at(event));
    };
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      latest.current.zoom(Math.exp(-event.deltaY / 400), at(event));
    };
    const out = () => latest.current.over(null);
    const twice = (event: MouseEvent) => latest.current.openOrClose(at(event));
    on.addEventListener("pointerdown", down);
    on.addEventListener("pointermove", move);
    on.addEventListener("pointerup", up);
    on.addEventListener("pointercancel", up);
    on.addEventListener("wheel", wheel, { passive: false });
    on.addEventListener("dblclick", twice);
    on.addEventListener("pointerleave", out);
    return () => {
      on.removeEventListener("pointerdown", down);
      on.removeEventListener("pointermove", move);
      on.removeEventListener("pointerup", up);
      on.removeEventListener("pointercancel", up);
      on.removeEventListener("wheel", wheel);
      on.removeEventListener("dblclick", twice);
      on.removeEventListener("pointerleave", out);
    };
  }, [canvas]);
}

function distance(a: Place, b: Place): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
