import { useEffect, useRef } from "preact/hooks";
import type { Document, Place } from "./model";
import type { Traces } from "./traces";

/** The user's source; lines with operations can be chosen. */
export function SourceView({ document, chosen, choose }: Traces) {
  const place = chosen === null ? null : (document.entries[chosen]?.place ?? null);
  const section = useRef<HTMLElement>(null);
  const marked = place && idOf(place);
  useEffect(() => {
    if (section.current && marked) showWithin(section.current, marked);
  }, [marked]);
  const last = lastEntries(document);
  if (!document.sources.some((source) => source.lines.length)) return null;
  return (
    <section class="source" aria-label="Source" ref={section}>
      {document.sources.map((source, number) => (
        <div key={source.name}>
          <h2>{source.name}</h2>
          <ol>
            {source.lines.map((line, at) => {
              const entry = last.get(`${number} ${line.number}`);
              const isMarked = place?.source === number && place.line === line.number;
              const previous = source.lines[at - 1];
              const follows = !previous || previous.number === line.number - 1;
              return (
                <li key={line.number} class={follows ? undefined : "gap"}>
                  <span class="number" aria-hidden="true">
                    {line.number}
                  </span>
                  {entry === undefined ? (
                    <code>{line.text}</code>
                  ) : (
                    <button
                      type="button"
                      id={idOf({ source: number, line: line.number })}
                      aria-pressed={isMarked}
                      onClick={() => choose(entry)}
                    >
                      <code>{line.text}</code>
                    </button>
                  )}
                </li>
              );
            })}
          </ol>
        </div>
      ))}
    </section>
  );
}

/** For each line of a source the last entry that was made there: what the line gave. */
function lastEntries(document: Document): Map<string, number> {
  const found = new Map<string, number>();
  document.entries.forEach((entry, number) => {
    if (entry.place) found.set(`${entry.place.source} ${entry.place.line}`, number);
  });
  return found;
}

function idOf(place: Place): string {
  return `line-${place.source}-${place.line}`;
}

/** Scroll a section, and nothing around it, so that an element in it is seen. */
function showWithin(section: HTMLElement, id: string): void {
  const line = section.querySelector(`#${id}`)?.getBoundingClientRect();
  const frame = section.getBoundingClientRect();
  if (line && (line.top < frame.top || line.bottom > frame.bottom)) {
    section.scrollTop += line.top - frame.top - frame.height / 2;
  }
}
