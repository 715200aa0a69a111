import { useEffect, useMemo, useState } from "preact/hooks";
import { Detail } from "./detail";
import { GraphView } from "./graph_view";
import { closedAtFirst, groupsOf, visible } from "./groups";
import { Inputs } from "./inputs";
import { ListView } from "./list_view";
import type { Document, Program } from "./model";
import { ProgramView } from "./program_view";
import { SourceView } from "./source_view";
import { Stepper } from "./stepper";
import { current, finished, moved } from "./steps";
import { Tabs, VIEWS, type View } from "./tabs";
import { Troubles } from "./troubles";
import { useKeys } from "./use_keys";

interface Given {
  first: Document;
  compiled: Program | null;
  isLive: boolean;
}

/** The whole page: what is shown, which entry is chosen, and how far the walk has come. */
export function App({ first, compiled, isLive }: Given) {
  const [shown, setShown] = useState(first);
  const [view, setView] = useState<View>("list");
  const [step, setStep] = useState(() => finished(first.entries.length));
  const [chosen, setChosen] = useState<number | null>(first.result.entry);
  const [looked, look] = useState<number | null>(null);
  const groups = useMemo(() => groupsOf(shown), [shown]);
  const [closed, setClosed] = useState(() => closedAtFirst(groups));
  const drawn = useMemo(() => visible(shown, groups, closed), [shown, groups, closed]);

  const walk = (by: number) =>
    setStep((before) => {
      const after = moved(before, by);
      setChosen(current(after));
      return after;
    });
  const toggle = (id: string) => setClosed((before) => toggled(before, id));
  useKeys({
    ArrowRight: () => walk(1),
    ArrowLeft: () => walk(-1),
    Home: () => walk(Number.NEGATIVE_INFINITY),
    End: () => walk(Number.POSITIVE_INFINITY),
    ...Object.fromEntries(VIEWS.map(({ view }, place) => [`${place + 1}`, () => setView(view)])),
  });
  useEffect(() => {
    // another point may lead along another way, with another list
    if (step.entries !== shown.entries.length) {
      setStep(finished(shown.entries.length));
      setChosen(shown.result.entry);
    }
  }, [shown, step.entries]);

  const traces = { document: shown, step, chosen, choose: setChosen, look };
  const listed = { ...traces, groups, drawn, closed, toggle, setClosed };
  return (
    <>
      <header class="head">
        <h1>
          <code>{shown.function}</code>
        </h1>
        <p class="result">
          <code>
            {shown.result.name} = {shown.result.value.text}
          </code>
          <span class="quiet">
            {" "}
            along the direction{" "}
            <code>
              {shown.result.tangent}
              {shown.result.name} = {shown.result.slope.text}
            </code>
          </span>
        </p>
      </header>
      <Troubles {...traces} />
      <nav aria-label="Views">
        <Tabs view={view} show={setView} />
      </nav>
      <Stepper step={step} document={shown} walk={walk} />
      <div class="page">
        <main>
          <div id="view" role="tabpanel" aria-labelledby={`tab-${view}`} tabIndex={-1}>
            {view === "list" && (
              <div class="beside">
                <SourceView {...traces} />
                <ListView {...listed} />
              </div>
            )}
            {view === "graph" && <GraphView {...listed} />}
            {(view === "program" || view === "passes") && (
              <ProgramView compiled={compiled} document={shown} view={view} isLive={isLive} />
            )}
          </div>
        </main>
        <aside aria-label="Arguments and the chosen line">
          <Inputs first={first} document={shown} isLive={isLive} show={setShown} />
          <Detail {...traces} chosen={looked ?? chosen} />
        </aside>
      </div>
    </>
  );
}

function toggled(closed: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const after = new Set(closed);
  if (!after.delete(id)) after.add(id);
  return after;
}
