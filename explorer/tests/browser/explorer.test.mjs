// Looks at the page as people do, in Chromium: `npm test` in the folder explorer.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { chromium } from "playwright-core";
import { BROWSER, FLAGS, PYTHON } from "./machine.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const WIDE = { width: 1400, height: 900 };
const PHONE = { width: 390, height: 844 };
const folder = mkdtempSync(join(tmpdir(), "explorer-"));

let python;
let browser;
let live;

before(async () => {
  python = spawn(PYTHON, ["tests/browser/pages.py", folder], {
    env: { ...process.env, PYTHONPATH: "../src" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(python.stdout, "data");
  live = JSON.parse(line).url;
  browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
});

after(async () => {
  await browser?.close();
  python?.stdin.end();
  rmSync(folder, { recursive: true, force: true });
});

/** Open a page, look at it, and see that it asked nobody else and had no errors. */
async function look(name, options, see) {
  const url = name === "live" ? live : `file://${join(folder, `${name}.html`)}`;
  const page = await browser.newPage({ viewport: WIDE, ...options });
  const asked = [];
  const errors = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(url);
  await drawn(page);
  await see(page);
  assert.deepEqual(
    asked.filter((address) => !address.startsWith(url) && address !== "data:,"),
    [],
  );
  assert.deepEqual(errors, []);
  await page.close();
}

/** Wait until the page has drawn what has happened, and listens. */
function drawn(page) {
  return page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))),
  );
}

async function press(page, ...keys) {
  for (const key of keys) {
    await page.keyboard.press(key);
    await drawn(page);
  }
}

const row = (page, name) => page.locator(`tr[data-name="${name}"]`);
const cells = (page, name) => row(page, name).locator("td").allInnerTexts();
const shown = (texts) => texts.map((text) => text.split("\n").at(-1));

describe("(x^2 + 2x) e^x at 3", () => {
  it("shows the value and the derivative that are known", () =>
    look("product", {}, async (page) => {
      assert.match(await page.innerText(".head"), /301\.283/);
      assert.deepEqual(shown(await cells(page, "x")), ["3", "1", "461.967"]);
      assert.deepEqual(shown(await cells(page, "v5")), ["301.283", "461.967", "1"]);
    }));

  it("walks forward and backward", () =>
    look("product", {}, async (page) => {
      await press(page, "Home");
      assert.deepEqual(await cells(page, "v1"), ["", "", ""]);
      await press(page, "ArrowRight");
      await press(page, "ArrowRight");
      assert.deepEqual(shown(await cells(page, "v1")), ["9", "6", ""]);
      assert.deepEqual(await cells(page, "v2"), ["", "", ""]);
      for (let step = 0; step < 5; step++) await press(page, "ArrowRight");
      assert.deepEqual(shown(await cells(page, "v5")), ["301.283", "461.967", "1"]);
      assert.deepEqual(shown(await cells(page, "v4")), ["20.0855", "20.0855", ""]);
      assert.match(await page.innerText(".stepper output"), /backward 1 of 6: v5/);
      await press(page, "End");
      assert.deepEqual(shown(await cells(page, "x")), ["3", "1", "461.967"]);
    }));

  it("explains rules by their formulas, at a click and under the mouse", () =>
    look("product", {}, async (page) => {
      await row(page, "v4").locator("button").click();
      assert.match(await page.innerText(".rule h3"), /exp/);
      assert.equal(await page.locator(".rule math").count(), 3);
      await row(page, "v3").hover();
      assert.match(await page.innerText(".rule h3"), /add/);
      await page.mouse.move(0, 0);
      assert.match(await page.innerText(".rule h3"), /exp/);
    }));

  it("shows lines beside the source", () =>
    look("product", {}, async (page) => {
      await row(page, "v2").locator("button").click();
      assert.match(await page.innerText(".source [aria-pressed=true]"), /a = x\*\*2 \+ 2 \* x/);
      await page.click(".source button:has-text('return')");
      assert.match(await page.innerText("tr.chosen"), /v5/);
    }));

  it("shows the compiled program and its passes", () =>
    look("product", {}, async (page) => {
      await page.click("#tab-program");
      assert.match(await page.innerText(".program table"), /kernel/);
      await page.click("#tab-passes");
      assert.match(await page.innerText(".passes"), /algebra/);
    }));

  it("is computed again where a server is behind it", () =>
    look("live", {}, async (page) => {
      await page.locator("input[type=range]").nth(1).fill("1");
      await page.waitForFunction(() => document.querySelector(".result")?.textContent?.includes("8.15485"));
      assert.deepEqual(shown(await cells(page, "x")), ["1", "1", "19.028"]);
      await page.click("text=Back to the start");
      await page.waitForFunction(() => document.querySelector(".result")?.textContent?.includes("301.283"));
      await page.click("#tab-program");
      await page.waitForSelector(".program table");
    }));
});

describe("a loop", () => {
  it("opens and closes", () =>
    look("newton", {}, async (page) => {
      const rows = page.locator("tbody tr");
      assert.equal(await rows.count(), 20);
      await page.click(".group button");
      assert.equal(await rows.count(), 2);
      await page.click(".group button");
      assert.equal(await rows.count(), 20);
    }));

  it("is one box in the graph when it is closed", () =>
    look("newton", {}, async (page) => {
      await page.click("#tab-graph");
      assert.match(await page.innerText(".tools"), /19 boxes of 19 lines/);
      await page.click("text=Close all");
      assert.match(await page.innerText(".tools"), /2 boxes of 19 lines/);
      await page.focus("canvas");
      await press(page, "ArrowRight");
      await press(page, "Enter");
      assert.match(await page.innerText(".tools"), /19 boxes of 19 lines/);
    }));
});

describe("a network of two thousand lines", () => {
  it("is surveyed closed, and can be opened and moved", () =>
    look("network", {}, async (page) => {
      await page.click("#tab-graph");
      assert.match(await page.innerText(".tools"), /^.*\b4 boxes of 2083 lines/s);
      await page.click("text=Open all");
      assert.match(await page.innerText(".tools"), /2083 boxes of 2083 lines/);
      const before = await page.locator("canvas").screenshot();
      await page.mouse.move(400, 500);
      await page.mouse.down();
      await page.mouse.move(500, 560, { steps: 5 });
      await page.mouse.up();
      await page.mouse.wheel(0, 300);
      await page.waitForTimeout(100);
      assert.notDeepEqual(await page.locator("canvas").screenshot(), before);
    }));
});

describe("what is not finite", () => {
  it("is marked where it arises, and led to", () =>
    look("troubled", {}, async (page) => {
      assert.match(await page.innerText(".troubles"), /Not finite/);
      await page.click(".troubles button");
      assert.match(await page.innerText("tr.chosen"), /sqrt.*NaN arises here/s);
    }));
});

describe("a hostile name", () => {
  it("is a text", () =>
    look("hostile", {}, async (page) => {
      assert.match(await page.innerText("h1"), /^<\/script><img src=x/);
      assert.equal(await page.locator("img").count(), 0);
    }));
});

describe("a phone", () => {
  for (const tab of ["list", "graph", "program", "passes"]) {
    it(`has room for the ${tab}`, () =>
      look("newton", { viewport: PHONE }, async (page) => {
        await page.click(`#tab-${tab}`);
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= PHONE.width);
      }));
  }
});

describe("what everybody can use", () => {
  for (const colorScheme of ["light", "dark"]) {
    for (const name of ["product", "newton", "troubled"]) {
      it(`is the page of ${name} in the ${colorScheme}`, () =>
        look(name, { colorScheme }, async (page) => {
          await page.evaluate(AXE);
          for (const tab of ["list", "graph", "program", "passes"]) {
            await page.click(`#tab-${tab}`);
            const found = await page.evaluate(() => window.axe.run());
            assert.deepEqual(
              found.violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]),
              [],
            );
          }
        }));
    }
  }

  it("is dark in the dark", async () => {
    const colours = new Set();
    for (const colorScheme of ["light", "dark"]) {
      await look("product", { colorScheme }, async (page) => {
        colours.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      });
    }
    assert.equal(colours.size, 2);
  });

  it("is reached by keys alone", () =>
    look("product", {}, async (page) => {
      await press(page, "2");
      assert.equal(await page.getAttribute("#tab-graph", "aria-selected"), "true");
      await page.focus("#tab-graph");
      await press(page, "ArrowRight");
      assert.equal(await page.getAttribute("#tab-program", "aria-selected"), "true");
    }));
});
