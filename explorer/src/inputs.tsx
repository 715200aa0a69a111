import { useRef, useState } from "preact/hooks";
import { documentAt } from "./asking";
import type { Document, Input } from "./model";

interface Given {
  first: Document;
  document: Document;
  isLive: boolean;
  show: (document: Document) => void;
}

/** The arguments as sliders, which compute everything again where a server is behind the page. */
export function Inputs({ first, document, isLive, show }: Given) {
  const start = () => first.arguments.map((input) => [...input.numbers]);
  const [numbers, setNumbers] = useState(start);
  const [trouble, setTrouble] = useState("");
  const asked = useRef(0);
  const waiting = useRef<number[][] | null>(null);

  const ask = async (wanted: number[][]) => {
    waiting.current = wanted;
    if (asked.current > 0) return; // the answer under way asks for the newest
    asked.current = 1;
    while (waiting.current) {
      const next: number[][] = waiting.current;
      waiting.current = null;
      await documentAt(movable(first, next)).then(
        (document) => {
          show(document);
          setTrouble("");
        },
        (error: Error) => setTrouble(error.message),
      );
    }
    asked.current = 0;
  };
  const move = (argument: number, element: number, to: number) => {
    const moved = numbers.map((list, i) =>
      i === argument ? list.map((old, j) => (j === element ? to : old)) : list,
    );
    setNumbers(moved);
    void ask(moved);
  };
  const back = () => {
    setNumbers(start());
    void ask(start());
  };
  if (!document.arguments.length) return null;
  return (
    <section class="inputs" aria-label="Arguments">
      <h2>Arguments</h2>
      {first.arguments.map((input, argument) => (
        <Argument
          key={input.entry}
          name={first.entries[input.entry]?.name ?? ""}
          form={first.entries[input.entry]?.value.form ?? ""}
          input={input}
          numbers={numbers[argument] ?? []}
          isLive={isLive}
          move={(element, to) => move(argument, element, to)}
        />
      ))}
      {isLive ? (
        <button type="button" onClick={back}>
          Back to the start
        </button>
      ) : (
        <p class="quiet">
          This file is fixed at one point. <code>wengert explore</code> without <code>--html</code> moves it.
        </p>
      )}
      {trouble && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
    </section>
  );
}

interface ArgumentGiven {
  name: string;
  form: string;
  input: Input;
  numbers: number[];
  isLive: boolean;
  move: (element: number, to: number) => void;
}

function Argument({ name, form, input, numbers, isLive, move }: ArgumentGiven) {
  if (!input.can_move) {
    return (
      <p>
        <code>{name}</code> <span class="quiet">{form}</span>
      </p>
    );
  }
  return (
    <div class="argument">
      {input.numbers.map((start, element) => {
        const label = input.numbers.length > 1 ? `${name}[${element}]` : name;
        const reach = Math.max(1, 2 * Math.abs(start));
        const step = 10 ** Math.floor(Math.log10(reach / 100));
        const value = numbers[element] ?? start;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: elements have no other name than their place
          <label key={element}>
            <code>{label}</code>
            <input
              type="range"
              min={start - reach}
              max={start + reach}
              step={step}
              value={value}
              disabled={!isLive}
              onInput={(event) => move(element, Number(event.currentTarget.value))}
            />
            <output>{Number(value.toPrecision(6))}</output>
          </label>
        );
      })}
    </div>
  );
}

/** The elements of the arguments that can be moved. */
function movable(first: Document, numbers: number[][]): Record<number, number[]> {
  const found: Record<number, number[]> = {};
  first.arguments.forEach((input, argument) => {
    if (input.can_move) found[argument] = numbers[argument] ?? [];
  });
  return found;
}
