// How many formulas of a Markdown line does KaTeX set?  Reads JSON lines {"markdown": ...}, run by formulas.py
// in a folder with the npm packages markdown-it, katex, markdown-it-katex and markdown-it-texmath.
import { createRequire } from "module";
import { readFileSync } from "fs";

const require = createRequire(process.cwd() + "/");
const MarkdownIt = require("markdown-it");
const katex = require("katex");
const parsers = [
  new MarkdownIt().use(require("markdown-it-katex")),
  new MarkdownIt().use(require("markdown-it-texmath"), { engine: katex, delimiters: "dollars" }),
];

function isSet(formula) {
  try {
    katex.renderToString(formula, { strict: "ignore" });
    return true;
  } catch {
    return false;
  }
}

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const counts = parsers.map((parser) => {
    const tokens = parser.parseInline(JSON.parse(line).markdown)[0].children;
    const math = tokens.filter((token) => token.type.startsWith("math"));
    return [math.filter((token) => isSet(token.content)).length, tokens.filter((token) => /^(em|strong|s)_open/.test(token.type)).length];
  });
  console.log(JSON.stringify(counts));
}
