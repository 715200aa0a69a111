// Writes down of which sources the page was built: a test of the package compares.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const sources = readdirSync("src")
  .map((name) => join("src", name))
  .concat(["package.json", "tsconfig.json", "vite.config.ts"])
  .sort();
const digest = createHash("sha256");
for (const source of sources) digest.update(`${source}\n`).update(readFileSync(source)).update("\n");
writeFileSync("../src/wengert/explaining/explorer/page/sources.sha256", `${digest.digest("hex")}\n`);
