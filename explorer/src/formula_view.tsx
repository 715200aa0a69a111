import { type ComponentChild, h } from "preact";
import type { Formula } from "./model";

/** The elements that a formula may be made of; anything else is left out. */
const ELEMENTS = new Set(["mi", "mn", "mo", "mrow", "mfrac", "msup", "msub", "msqrt", "mover"]);

/** A formula as MathML. */
export function FormulaView({ left, formula }: { left: string[]; formula: Formula }) {
  return (
    <math>
      <mrow>
        {left.map((name) => (
          <mi key={name}>{name}</mi>
        ))}
        <mo>=</mo>
        {element(formula)}
      </mrow>
    </math>
  );
}

function element(formula: Formula): ComponentChild {
  const [name, ...children] = formula;
  if (!ELEMENTS.has(name)) return null;
  return h(name, null, ...children.map((child) => (typeof child === "string" ? child : element(child))));
}
