import { useEffect, useState } from "preact/hooks";
import type { Document } from "./model";
import { type Step, told } from "./steps";

const PAUSE = 600; // milliseconds between the steps of a walk by itself
const LONGEST = 30_000; // milliseconds that a whole walk takes, at most

/** Steps forward and backward through the traces. */
export function Stepper({
  step,
  document,
  walk,
}: { step: Step; document: Document; walk: (by: number) => void }) {
  const [isWalking, setWalking] = useState(false);
  const last = 2 * step.entries;
  useEffect(() => {
    if (!isWalking) return;
    if (step.made >= last) {
      setWalking(false);
      return;
    }
    const waiting = setTimeout(() => walk(1), Math.min(PAUSE, LONGEST / last));
    return () => clearTimeout(waiting);
  }, [isWalking, step, last, walk]);
  const play = () => {
    if (!isWalking && step.made >= last) walk(-last);
    setWalking(!isWalking);
  };
  return (
    <section class="stepper" aria-label="Steps through the traces">
      <button
        type="button"
        aria-label="To the first step"
        onClick={() => walk(-last)}
        disabled={step.made === 0}
      >
        ⇤
      </button>
      <button type="button" aria-label="One step back" onClick={() => walk(-1)} disabled={step.made === 0}>
        ←
      </button>
      <button type="button" class="main" onClick={play}>
        {isWalking ? "Pause" : "Walk"}
      </button>
      <button type="button" aria-label="One step on" onClick={() => walk(1)} disabled={step.made >= last}>
        →
      </button>
      <button
        type="button"
        aria-label="To the last step"
        onClick={() => walk(last)}
        disabled={step.made >= last}
      >
        ⇥
      </button>
      <input
        type="range"
        min={0}
        max={last}
        value={step.made}
        aria-label="Step"
        aria-valuetext={told(step, (entry) => document.entries[entry]?.name ?? "")}
        onInput={(event) => walk(Number(event.currentTarget.value) - step.made)}
      />
      <output aria-live="polite">{told(step, (entry) => document.entries[entry]?.name ?? "")}</output>
    </section>
  );
}
