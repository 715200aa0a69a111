import { useEffect, useState } from "preact/hooks";
import { program as askProgram } from "./asking";
import type { Document, Kernel, Pass, Program } from "./model";

interface Given {
  compiled: Program | null;
  document: Document;
  view: "program" | "passes";
  isLive: boolean;
}

const MOST_NAMED = 12;

let known: Promise<Program> | null = null;

/** The compiled program, or what its passes did; a server is asked for it once. */
export function ProgramView({ compiled, document, view, isLive }: Given) {
  const [program, setProgram] = useState(compiled);
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    if (program || !isLive) return;
    known ??= askProgram();
    known.then(setProgram, (error: Error) => setTrouble(error.message));
  }, [program, isLive]);
  const told = trouble || program?.trouble;
  if (told) return <p class="trouble">{told}</p>;
  if (!program) return <output>Compiling the value and the gradient…</output>;
  return view === "program" ? (
    <Compiled program={program} document={document} />
  ) : (
    <Passes program={program} />
  );
}

function Compiled({ program, document }: { program: Program; document: Document }) {
  return (
    <section class="program" aria-label="Compiled program">
      <p>The value and the gradient of the function as one compiled program.</p>
      <dl class="figures">
        <Figure name="operations" value={`${program.operations}`} note={`${program.recorded} recorded`} />
        <Figure name="stages" value={`${program.kernels.length}`} note={countsOf(program.kernels)} />
        <Figure name="memory" value={bytes(program.memory)} note="besides arguments and results" />
        <Figure name="moved" value={bytes(program.moved)} note="by kernels in a call" />
      </dl>
      {program.cost.length > 0 && <p>{program.cost.join(" ")}</p>}
      <table>
        <thead>
          <tr>
            <th scope="col">stage</th>
            <th scope="col">operations</th>
            <th scope="col">from</th>
          </tr>
        </thead>
        <tbody>
          {program.kernels.map((kernel, number) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: stages have no other name than their place
            <tr key={number}>
              <th scope="row">
                {number + 1}. {kernel.kind}
              </th>
              <td>
                <code>{operationsOf(kernel)}</code>
              </td>
              <td>{placesOf(kernel, document)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <ul class="facts">
        {program.facts.map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
    </section>
  );
}

function Figure({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong> <span class="quiet">{note}</span>
      </dd>
    </div>
  );
}

function countsOf(kernels: Kernel[]): string {
  return counted(kernels.map((kernel) => kernel.kind));
}

/** The operations in their order, or of many how often each is there. */
function operationsOf({ operations }: Kernel): string {
  return operations.length <= MOST_NAMED ? operations.join(" ") : counted(operations);
}

/** How often each name is there: `2 add, 1 sin`. */
export function counted(names: string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`).join(", ");
}

function placesOf(kernel: Kernel, document: Document): string {
  const known = kernel.places.filter((place) => document.sources[place.source]);
  return known.map((place) => `${document.sources[place.source]?.name}:${place.line}`).join(", ");
}

export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  const power = Math.min(Math.floor(Math.log2(count) / 10), 3);
  return `${(count / 1024 ** power).toPrecision(3)} ${["B", "KiB", "MiB", "GiB"][power]}`;
}

function Passes({ program }: { program: Program }) {
  const changing = program.passes.filter((pass) => pass.rows.length > 0);
  const idle = program.passes.filter((pass) => pass.rows.length === 0).map((pass) => pass.name);
  return (
    <section class="passes" aria-label="Passes">
      <p>
        What each simplification made of the value and the gradient; it began with {program.recorded}{" "}
        operations.
      </p>
      {changing.map((pass) => (
        <PassView key={pass.name} pass={pass} />
      ))}
      {idle.length > 0 && <p class="quiet">Nothing was changed by {idle.join(", ")}.</p>}
    </section>
  );
}

function PassView({ pass }: { pass: Pass }) {
  return (
    <details open={pass.name !== "recorded"}>
      <summary>
        <strong>{pass.name}</strong> <span class="quiet">{pass.about}</span>
        <span class="count">{pass.operations} operations</span>
      </summary>
      <ol class="rows">
        {pass.rows.map((row, number) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name than their place
          <li key={number} class={row.mark === "+" ? "made" : row.mark === "-" ? "gone" : undefined}>
            <span aria-hidden="true">{row.mark}</span>
            <code>{row.text}</code>
          </li>
        ))}
      </ol>
    </details>
  );
}
