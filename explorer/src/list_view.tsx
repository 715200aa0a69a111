import { useEffect, useState } from "preact/hooks";
import { type Group, type Groups, type Shown, type Visible, closedAround, depthOf, isWithin } from "./groups";
import type { Entry } from "./model";
import { Fragment, memo } from "./preact_parts";
import { isAdjointShown, isForwardShown } from "./steps";
import type { Traces } from "./traces";
import { ValueText } from "./value_text";

export interface Listed extends Traces {
  groups: Groups;
  drawn: Visible;
  closed: ReadonlySet<string>;
  toggle: (id: string) => void;
  setClosed: (closed: ReadonlySet<string>) => void;
}

/** So many boxes of a long list are rows at a time. */
const MOST_ROWS = 300;

/** The list with its three traces; of a long one a part, around the chosen line. */
export function ListView(listed: Listed) {
  const { document, drawn, chosen } = listed;
  const [begin, setBegin] = useState(0);
  const place = chosen === null ? null : (drawn.placeOf[chosen] ?? null);
  useEffect(() => {
    if (place !== null) setBegin((old) => begunAround(old, place));
  }, [place]);
  const end = begin + MOST_ROWS;
  return (
    <section class="list" aria-label="List">
      <table>
        <thead>
          <tr>
            <th scope="col">primal</th>
            <th scope="col">value</th>
            <th scope="col">tangent</th>
            <th scope="col">adjoint</th>
          </tr>
        </thead>
        <tbody>
          <More count={begin} text="earlier" show={() => setBegin(Math.max(begin - MOST_ROWS, 0))} />
          {drawn.shown.slice(begin, end).map((one) => (
            <Fragment key={one.id}>
              <Openings one={one} {...listed} />
              {one.entry !== null && <EntryRow {...rowOf(listed, one.entry)} />}
            </Fragment>
          ))}
          <More count={drawn.shown.length - end} text="later" show={() => setBegin(end)} />
          {end >= drawn.shown.length && <Decisions before={document.entries.length} {...listed} />}
        </tbody>
      </table>
    </section>
  );
}

/** Where the rows begin, so that a place is among them. */
function begunAround(begin: number, place: number): number {
  const isThere = place >= begin && place < begin + MOST_ROWS;
  return isThere ? begin : Math.max(place - MOST_ROWS / 2, 0);
}

function More({ count, text, show }: { count: number; text: string; show: () => void }) {
  if (count <= 0) return null;
  return (
    <tr class="more">
      <td colSpan={4}>
        <button type="button" onClick={show}>
          {count} {text} lines
        </button>
      </td>
    </tr>
  );
}

interface RowGiven {
  entry: Entry;
  number: number;
  depth: number;
  isChosen: boolean;
  isResult: boolean;
  hasForward: boolean;
  hasAdjoint: boolean;
  choose: (entry: number) => void;
  look: (entry: number | null) => void;
}

function rowOf({ document, groups, step, chosen, choose, look }: Listed, number: number): RowGiven {
  return {
    entry: document.entries[number] as Entry,
    number,
    depth: depthOf(groups.innermost[number] ?? null),
    isChosen: chosen === number,
    isResult: document.result.entry === number,
    hasForward: isForwardShown(step, number),
    hasAdjoint: isAdjointShown(step, number),
    choose,
    look,
  };
}

const EntryRow = memo(function EntryRow(given: RowGiven) {
  const { entry, number, hasForward, hasAdjoint } = given;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button in the row does the same by keys
    <tr
      data-name={entry.name}
      class={given.isChosen ? "chosen" : undefined}
      onClick={() => given.choose(number)}
      onMouseEnter={() => given.look(number)}
      onMouseLeave={() => given.look(null)}
    >
      <th scope="row" data-depth={Math.min(given.depth, 4)}>
        <button type="button" aria-pressed={given.isChosen} onClick={() => given.choose(number)}>
          <code>
            {entry.name}
            {entry.operation && <span class="quiet"> = {entry.expression}</span>}
          </code>
          {given.isResult && <small> result</small>}
        </button>
      </th>
      <td>{hasForward && <ValueText value={entry.value} arises={entry.arises.includes("value")} />}</td>
      <td>
        {hasForward && <Terms text={entry.tangent_terms} />}
        {hasForward && <ValueText value={entry.tangent} arises={entry.arises.includes("tangent")} />}
      </td>
      <td>
        {hasAdjoint && <Terms text={entry.adjoint_terms} />}
        {hasAdjoint && <ValueText value={entry.adjoint} arises={entry.arises.includes("adjoint")} />}
      </td>
    </tr>
  );
});

function Terms({ text }: { text: string }) {
  return text ? <span class="terms">{text}</span> : null;
}

/** What stands before a line: decisions, and the groups that begin there. */
function Openings({ one, ...listed }: Listed & { one: Shown }) {
  const { groups, closed, toggle } = listed;
  const first = one.entry ?? ((one.group as Group).members[0] as number);
  const outside = one.entry === null ? (one.group as Group) : closedAround(groups, closed, first);
  const beginning = groups.all.filter(
    (group) => group.members[0] === first && (outside === null || !isWithin(group, outside)),
  );
  return (
    <>
      {one.entry !== null && <Decisions before={first} {...listed} />}
      {beginning.map((group) => (
        <tr key={group.id} class="group">
          <th scope="rowgroup" colSpan={4} data-depth={Math.min(depthOf(group.outer), 4)}>
            <button type="button" aria-expanded={!closed.has(group.id)} onClick={() => toggle(group.id)}>
              {group.title} <span class="quiet">{group.members.length} lines</span>
            </button>
          </th>
        </tr>
      ))}
    </>
  );
}

function Decisions({ before, document }: Listed & { before: number }) {
  const told = document.decisions.filter((decision) => decision.before === before);
  return (
    <>
      {told.map((decision) => (
        <tr key={decision.text} class="decision">
          <td colSpan={4}>{decision.text}</td>
        </tr>
      ))}
    </>
  );
}
