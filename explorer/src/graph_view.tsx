import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { draw } from "./drawing";
import type { Visible } from "./groups";
import { layout } from "./layout";
import type { Listed } from "./list_view";
import type { Document } from "./model";
import { type Place, type Sight, begun, boxAt, fitted, seen, zoomed } from "./sight";
import { usePointer } from "./use_pointer";

/** The graph on a canvas: drag to move, turn the wheel or pinch to zoom, double-click to open and close groups. */
export function GraphView(listed: Listed) {
  const { document, drawn, groups, chosen, choose, look, toggle } = listed;
  const canvas = useRef<HTMLCanvasElement>(null);
  const plan = useMemo(() => layout(drawn.shown.length, drawn.edges), [drawn]);
  const troubled = useMemo(() => troubledBoxes(document, drawn), [document, drawn]);
  const [sight, setSight] = useState<Sight | null>(null);
  const place = chosen === null ? null : (drawn.placeOf[chosen] ?? null);

  const fit = useCallback(() => {
    if (canvas.current) setSight(fitted(plan, sizeOf(canvas.current)));
  }, [plan]);
  const begin = useCallback(() => {
    if (canvas.current)
      setSight(begun(plan, sizeOf(canvas.current), drawn.placeOf[document.result.entry ?? 0] ?? 0));
  }, [plan, drawn, document]);
  useEffect(() => {
    const on = canvas.current;
    if (!on || !sight) return;
    const waiting = requestAnimationFrame(() => draw(on, { ...listed, plan, sight, place, troubled }));
    return () => cancelAnimationFrame(waiting);
  });
  useEffect(() => {
    const watching = new ResizeObserver(begin);
    if (canvas.current) watching.observe(canvas.current);
    return () => watching.disconnect();
  }, [begin]);

  const tap = (at: Place) => {
    const box = sight ? boxAt(plan, seen(sight, at)) : null;
    const shown = box === null ? undefined : drawn.shown[box];
    if (shown) choose(shown.entry ?? (shown.group?.last as number));
    return shown;
  };
  const openOrClose = (at: Place) => {
    const shown = tap(at);
    const group = shown?.group ?? (shown?.entry == null ? null : groups.innermost[shown.entry]);
    if (group) toggle(group.id);
  };
  usePointer(canvas, {
    drag: (x, y) => setSight((old) => old && { ...old, x: old.x + x, y: old.y + y }),
    zoom: (by, at) => setSight((old) => old && zoomed(old, by, at)),
    tap,
    openOrClose,
    over: (at) => {
      const box = sight && at ? boxAt(plan, seen(sight, at)) : null;
      look(box === null ? null : (drawn.shown[box]?.entry ?? null));
    },
  });
  const go = (event: KeyboardEvent) => {
    const next = chosen === null ? 0 : neighbour(listed, chosen, event.key);
    if (event.key === "Enter" || event.key === " ") {
      const group = drawn.shown[place ?? 0]?.group ?? (chosen === null ? null : groups.innermost[chosen]);
      if (group) toggle(group.id);
    } else if (event.key === "+" || event.key === "-") {
      setSight(
        (old) =>
          old && canvas.current && zoomed(old, event.key === "+" ? 1.25 : 0.8, middleOf(canvas.current)),
      );
    } else if (next !== null) choose(next);
    else return;
    event.preventDefault();
  };
  const hasGroups = groups.all.length > 0;
  return (
    <section class="graph" aria-label="Graph">
      <div class="tools">
        <button type="button" onClick={fit}>
          Show all
        </button>
        {hasGroups && (
          <button type="button" onClick={() => openAll(listed)}>
            {listed.closed.size ? "Open all" : "Close all"}
          </button>
        )}
        <span class="quiet">
          {drawn.shown.length} boxes of {document.entries.length} lines
          {hasGroups && "; double-click opens and closes"}
        </span>
      </div>
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label={`Graph of ${document.function}: ${drawn.shown.length} boxes. Arrow keys go along what is read; Enter opens and closes groups. The list has the same in text.`}
        onKeyDown={go}
      />
    </section>
  );
}

function troubledBoxes(document: Document, drawn: Visible): boolean[] {
  const found = drawn.shown.map(() => false);
  document.entries.forEach((entry, place) => {
    if (entry.arises.length > 0) found[drawn.placeOf[place] as number] = true;
  });
  return found;
}

function openAll({ groups, closed, setClosed }: Listed): void {
  setClosed(new Set(closed.size ? [] : groups.all.map((group) => group.id)));
}

/** The entry that a key leads to: what is read, what reads, and the entries before and after. */
function neighbour({ document }: Listed, chosen: number, key: string): number | null {
  const last = document.entries.length - 1;
  if (key === "ArrowUp")
    return document.entries[chosen]?.reads.find((read) => read.entry !== null)?.entry ?? null;
  if (key === "ArrowDown")
    return nullIfMissing(document.entries.findIndex((e) => e.reads.some((r) => r.entry === chosen)));
  if (key === "ArrowLeft") return Math.max(chosen - 1, 0);
  if (key === "ArrowRight") return Math.min(chosen + 1, last);
  return null;
}

function nullIfMissing(place: number): number | null {
  return place < 0 ? null : place;
}

function sizeOf(canvas: HTMLCanvasElement): { width: number; height: number } {
  return { width: canvas.clientWidth, height: canvas.clientHeight };
}

function middleOf(canvas: HTMLCanvasElement): Place {
  return { x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 };
}
