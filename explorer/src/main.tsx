import { render } from "preact";
import { App } from "./app";
import { isLive, sent } from "./asking";
import type { Document, Program } from "./model";
import "./style.css";

const root = document.getElementById("explorer");
const first = sent<Document>("document");
if (root && first) render(<App first={first} compiled={sent<Program>("program")} isLive={isLive()} />, root);
