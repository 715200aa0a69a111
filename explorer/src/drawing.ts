import type { Shown } from "./groups";
import { BOX, type Layout } from "./layout";
import type { Listed } from "./list_view";
import type { Entry } from "./model";
import { LEGIBLE, type Place, type Sight, seen } from "./sight";
import { isAdjointShown, isForwardShown } from "./steps";

export interface Picture extends Listed {
  plan: Layout;
  sight: Sight;
  place: number | null;
  /** Whether there is something in a box where numbers stop being finite. */
  troubled: boolean[];
}

/** So many characters have room in a box. */
const LONGEST = 24;
const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

/** Draw what is seen of the graph. */
export function draw(canvas: HTMLCanvasElement, picture: Picture): void {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth, clientHeight } = canvas;
  if (canvas.width !== clientWidth * ratio || canvas.height !== clientHeight * ratio) {
    canvas.width = clientWidth * ratio;
    canvas.height = clientHeight * ratio;
  }
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const { scale, x, y } = picture.sight;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, clientWidth, clientHeight);
  pen.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
  const from = seen(picture.sight, { x: 0, y: 0 });
  const to = seen(picture.sight, { x: clientWidth, y: clientHeight });
  const colours = coloursOf(canvas);
  drawEdges(pen, picture, from.y, to.y, colours);
  const near = boxesBetween(picture.plan, from, to);
  if (scale < LEGIBLE) drawPlainBoxes(pen, picture, near, colours);
  else for (const box of near) drawBox(pen, picture, box, colours);
}

/** The boxes that are at least in part between two corners. */
function boxesBetween(plan: Layout, from: Place, to: Place): number[] {
  const found: number[] = [];
  for (let box = 0; box < plan.x.length; box++) {
    const [left, top] = [plan.x[box] as number, plan.y[box] as number];
    if (left + BOX.width >= from.x && left <= to.x && top + BOX.height >= from.y && top <= to.y)
      found.push(box);
  }
  return found;
}

/** Many small boxes, without texts: all of a kind in one go. */
function drawPlainBoxes(
  pen: CanvasRenderingContext2D,
  picture: Picture,
  boxes: number[],
  colours: Colours,
): void {
  const { plan, place, troubled, sight } = picture;
  const plain = new Path2D();
  const trouble = new Path2D();
  const chosen = new Path2D();
  for (const box of boxes) {
    const path = troubled[box] ? trouble : box === place ? chosen : plain;
    path.rect(plan.x[box] as number, plan.y[box] as number, BOX.width, BOX.height);
  }
  const kinds: [Path2D, string, number][] = [
    [plain, colours.line, 1],
    [chosen, colours.accent, 2.5],
    [trouble, colours.trouble, 2.5],
  ];
  for (const [path, colour, width] of kinds) {
    pen.lineWidth = width / sight.scale;
    pen.strokeStyle = colour;
    pen.fillStyle = path === plain ? colours.raised : colour;
    pen.fill(path);
    pen.stroke(path);
  }
}

interface Colours {
  ink: string;
  quiet: string;
  line: string;
  surface: string;
  raised: string;
  accent: string;
  trouble: string;
}

function coloursOf(canvas: HTMLCanvasElement): Colours {
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour("ink"),
    quiet: colour("quiet"),
    line: colour("edge"),
    surface: colour("surface"),
    raised: colour("raised"),
    accent: colour("accent"),
    trouble: colour("trouble"),
  };
}

function drawEdges(
  pen: CanvasRenderingContext2D,
  picture: Picture,
  top: number,
  bottom: number,
  colours: Colours,
): void {
  const { plan, drawn, place } = picture;
  const plain = new Path2D();
  const chosen = new Path2D();
  for (const { from, to } of drawn.edges) {
    const [x0, y0] = [(plan.x[from] as number) + BOX.width / 2, (plan.y[from] as number) + BOX.height];
    const [x1, y1] = [(plan.x[to] as number) + BOX.width / 2, plan.y[to] as number];
    if (Math.max(y0, y1) < top || Math.min(y0, y1) > bottom) continue;
    const path = from === place || to === place ? chosen : plain;
    const bend = Math.max((y1 - y0) / 2, 16);
    path.moveTo(x0, y0);
    path.bezierCurveTo(x0, y0 + bend, x1, y1 - bend, x1, y1);
  }
  pen.lineWidth = 1.2;
  pen.strokeStyle = colours.line;
  pen.stroke(plain);
  pen.lineWidth = 2;
  pen.strokeStyle = colours.accent;
  pen.stroke(chosen);
}

function drawBox(pen: CanvasRenderingContext2D, picture: Picture, box: number, colours: Colours): void {
  const { plan, place, document } = picture;
  const shown = picture.drawn.shown[box] as Shown;
  const entry = shown.entry === null ? undefined : document.entries[shown.entry];
  const [x, y] = [plan.x[box] as number, plan.y[box] as number];
  const isTrouble = picture.troubled[box];
  pen.beginPath();
  pen.roundRect(x, y, BOX.width, BOX.height, entry && !entry.operation ? BOX.height / 2 : 6);
  pen.fillStyle = shown.group || (entry && !entry.operation) ? colours.raised : colours.surface;
  pen.fill();
  pen.lineWidth = box === place || isTrouble ? 2.5 : 1;
  pen.strokeStyle = isTrouble ? colours.trouble : box === place ? colours.accent : colours.line;
  pen.stroke();
  const [title, figures] = texts(shown, picture);
  pen.textBaseline = "middle";
  pen.textAlign = "center";
  pen.font = `600 12px ${FONT}`;
  pen.fillStyle = colours.ink;
  pen.fillText(cut(title, 21), x + BOX.width / 2, y + 15);
  pen.font = `11px ${FONT}`;
  pen.fillStyle = isTrouble ? colours.trouble : colours.quiet;
  pen.fillText(cut(figures, LONGEST), x + BOX.width / 2, y + 32);
}

/** The two lines in a box: what was done, and as far as the walk has come its value and adjoint. */
function texts(shown: Shown, { document, step }: Picture): [string, string] {
  if (shown.group) return [shown.group.title, `${shown.group.members.length} lines`];
  const number = shown.entry as number;
  const entry = document.entries[number] as Entry;
  const title = entry.operation ? `${entry.name} = ${entry.expression}` : entry.name;
  if (!isForwardShown(step, number)) return [title, ""];
  const adjoint = isAdjointShown(step, number) ? ` | ${entry.adjoint?.text ?? "none"}` : "";
  const figures = entry.value.text + adjoint;
  return [title, figures.length <= LONGEST ? figures : entry.value.form];
}

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
