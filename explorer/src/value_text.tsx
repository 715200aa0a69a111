import type { Value } from "./model";

/** A value in a few characters, with its form for who asks; what is not finite is marked. */
export function ValueText({ value, arises = false }: { value: Value | null; arises?: boolean }) {
  if (value === null) return <span class="quiet">none</span>;
  return (
    <span class={value.trouble ? "trouble" : undefined} title={value.form}>
      {value.text}
      {arises && <strong class="mark"> {value.trouble === "nan" ? "NaN" : "infinity"} arises here</strong>}
    </span>
  );
}
