export type View = "list" | "graph" | "program" | "passes";

export const VIEWS: { view: View; title: string }[] = [
  { view: "list", title: "List" },
  { view: "graph", title: "Graph" },
  { view: "program", title: "Program" },
  { view: "passes", title: "Passes" },
];

/** The views of a function; arrow keys go from one to the next. */
export function Tabs({ view, show }: { view: View; show: (view: View) => void }) {
  const go = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    const place = VIEWS.findIndex((one) => one.view === view);
    const next = VIEWS[(place + by + VIEWS.length) % VIEWS.length];
    if (!next) return;
    show(next.view);
    document.getElementById(`tab-${next.view}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Views" onKeyDown={go}>
      {VIEWS.map((one) => (
        <button
          key={one.view}
          id={`tab-${one.view}`}
          type="button"
          role="tab"
          aria-selected={one.view === view}
          aria-controls="view"
          tabIndex={one.view === view ? 0 : -1}
          onClick={() => show(one.view)}
        >
          {one.title}
        </button>
      ))}
    </div>
  );
}
