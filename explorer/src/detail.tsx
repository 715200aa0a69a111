import { FormulaView } from "./formula_view";
import type { Entry, Rule } from "./model";
import { isAdjointShown, isForwardShown } from "./steps";
import type { Traces } from "./traces";
import { ValueText } from "./value_text";

/** The chosen line: its values, and its rule. */
export function Detail({ document, step, chosen }: Traces) {
  const entry = chosen === null ? undefined : document.entries[chosen];
  if (chosen === null || !entry)
    return <section class="detail quiet">Choose a line to see its rule.</section>;
  const { tangent, adjoint } = document.result;
  const rule = entry.rule === null ? undefined : document.rules[entry.rule];
  const isForward = isForwardShown(step, chosen);
  return (
    <section class="detail" aria-live="polite" aria-label="The chosen line">
      <h2>
        <code>{entry.name}</code> {entry.kind !== "operation" && <small>{entry.kind}</small>}
      </h2>
      {entry.operation && <pre>{entry.expression}</pre>}
      <dl>
        <dt>value</dt>
        <dd>{isForward ? <ValueText value={entry.value} /> : "not yet"}</dd>
        <dt>form</dt>
        <dd>{entry.value.form}</dd>
        <dt>
          tangent <code>{tangent + entry.name}</code>
        </dt>
        <dd>{isForward ? <Derivative terms={entry.tangent_terms} value={entry.tangent} /> : "not yet"}</dd>
        <dt>
          adjoint <code>{adjoint + entry.name}</code>
        </dt>
        <dd>
          {isAdjointShown(step, chosen) ? (
            <Derivative terms={entry.adjoint_terms} value={entry.adjoint} />
          ) : (
            "not yet"
          )}
        </dd>
      </dl>
      {rule && <RuleView rule={rule} tangent={tangent} adjoint={adjoint} />}
    </section>
  );
}

function Derivative({ terms, value }: { terms: string; value: Entry["value"] | null }) {
  return (
    <>
      {terms && <span class="quiet">{terms} = </span>}
      <ValueText value={value} />
    </>
  );
}

/** A rule with its formulas, in the names that it gives its operands. */
function RuleView({ rule, tangent, adjoint }: { rule: Rule; tangent: string; adjoint: string }) {
  return (
    <div class="rule">
      <h3>
        the rule of <code>{rule.operation}</code>
      </h3>
      <FormulaView left={["v"]} formula={rule.value} />
      {rule.tangent ? (
        <FormulaView left={[tangent, "v"]} formula={rule.tangent} />
      ) : (
        <p class="quiet">Its tangent takes {rule.steps} operations.</p>
      )}
      {rule.adjoints.map((map) => (
        <FormulaView key={map.operand} left={[adjoint, map.operand]} formula={map.formula} />
      ))}
      {rule.adjoints.length > 0 && (
        <p class="quiet">Adjoints of an operand are added over all that reads it.</p>
      )}
    </div>
  );
}
