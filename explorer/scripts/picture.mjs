// Makes the picture of the page in docs/explore.md: npm run picture.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { BROWSER, FLAGS, PYTHON } from "../tests/browser/machine.mjs";

const PAGE = `
import sys, wengert as wg
sys.path.insert(0, "../docs")
from explored import f
wg.explore(f, 3.0).save(sys.argv[1])
`;

const folder = mkdtempSync(join(tmpdir(), "explorer-"));
const page = join(folder, "page.html");
execFileSync(PYTHON, ["-c", PAGE, page], { env: { ...process.env, PYTHONPATH: "../src" } });
const browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
const seen = await browser.newPage({ viewport: { width: 1280, height: 800 } });
await seen.goto(`file://${page}`);
await seen.click("tr[data-name=v4] button");
await seen.mouse.move(0, 0);
await seen.screenshot({ path: "../docs/explore.png" });
await browser.close();
rmSync(folder, { recursive: true });
