import type { Traces } from "./traces";

const MOST = 5;

/** Where numbers stop being finite. */
export function Troubles({ document, choose }: Traces) {
  const found = document.entries.flatMap((entry, place) =>
    entry.arises.map((trace) => ({ entry, place, trace })),
  );
  if (!found.length) return null;
  return (
    <section class="troubles" aria-label="Where numbers stop being finite">
      <strong>Not finite:</strong>
      {found.slice(0, MOST).map(({ entry, place, trace }) => (
        <button type="button" key={`${place} ${trace}`} onClick={() => choose(place)}>
          {trace === "value" ? "" : `${trace} of `}
          <code>{entry.name}</code>
        </button>
      ))}
      {found.length > MOST && <span>and {found.length - MOST} more</span>}
    </section>
  );
}
