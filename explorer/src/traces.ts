import type { Document } from "./model";
import type { Step } from "./steps";

/** What every view of the traces is given. */
export interface Traces {
  document: Document;
  step: Step;
  chosen: number | null;
  choose: (entry: number) => void;
  /** Look at an entry for as long as the mouse is there. */
  look: (entry: number | null) => void;
}
