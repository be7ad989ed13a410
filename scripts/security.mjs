// Holds docs/security.md to the tests: every id has one line, every test that a line names exists, and what is said not to be there isn't tested.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const page = "docs/security.md";
const requirements = 82;
const attacks = 60;

const files = (folder, end) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(end))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

// `domain/src/reset/tests.rs` is `domain::reset::tests`, the way nextest calls it.
function moduleOf(file) {
  const parts = file.slice(root.length + 1, -".rs".length).split("/");
  return parts.filter((part) => !["src", "it", "mod", "lib"].includes(part)).join("::");
}

// The names of a file's tests: plain ones, and those inside `db::both!`, which are indented once.
function* rustTests(file) {
  const text = readFileSync(file, "utf8");
  const path = moduleOf(file);
  const inline = text.search(/^mod tests \{/m);
  const named = (match, name) => `${path}::${inline >= 0 && match.index > inline ? "tests::" : ""}${name}`;
  for (const match of text.matchAll(/#\[(?:tokio::)?test\b[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*(?:async )?fn (\w+)/g)) yield named(match, match[1]);
  for (const block of text.matchAll(/both! \{\n([\s\S]*?)\n\}/g)) {
    for (const match of block[1].matchAll(/^ {4}async fn (\w+)/gm)) yield named(block, match[1]);
  }
}

const crates = ["app", "bench", "db", "domain", "frontend", "fuzz", "model", "permission", "server"];
const tests = new Set(crates.flatMap((crate) => files(crate, ".rs")).flatMap((file) => [...rustTests(file)]));
const titles = new Set();
for (const file of files("end2end", ".test.mjs")) {
  for (const match of readFileSync(file, "utf8").matchAll(/\b(?:test|both|journey)\(\s*"([^"]+)"/g)) titles.add(match[1]);
}

const faults = [];
const wanted = [...Array(requirements).keys()].map((n) => `${n + 1}`).concat([...Array(attacks).keys()].map((n) => `A${n + 1}`));
const found = [];
for (const line of readFileSync(join(root, page), "utf8").split("\n")) {
  const row = /^\| (A?\d+) \| (.+) \| (.+) \|$/.exec(line);
  if (!row) continue;
  const [, id, , shown] = row;
  found.push(id);
  const bare = shown.replaceAll(/`[a-z]+\.[a-z_]+`|`subtle`/g, "");
  const names = [...bare.matchAll(/`([\w:]+)`/g)].map((match) => match[1]);
  for (const name of names) {
    const meant = [...tests].filter((test) => test === name || test.endsWith(`::${name}`));
    if (meant.length === 0) faults.push(`${id}: there is no test ${name}`);
    if (meant.length > 1) faults.push(`${id}: ${name} may be any of ${meant.join(", ")}`);
  }
  for (const [, title] of shown.matchAll(/"([^"]+)"/g)) if (!titles.has(title)) faults.push(`${id}: end2end has no test "${title}"`);
  const absent = /^(Not there yet|Doesn’t apply|Doesn't apply):/.test(shown);
  if (names.length === 0 && !shown.includes('"') && !absent && !shown.startsWith("See A")) faults.push(`${id}: neither a test nor a reason`);
  const own = [...tests].find((test) => test.match(/a\d+(?=_)/g)?.includes(id.toLowerCase()));
  if (absent && own) faults.push(`${id}: is said not to be there, but ${own} tests it`);
}
for (const id of wanted) {
  const times = found.filter((each) => each === id).length;
  if (times !== 1) faults.push(`${id}: has ${times} lines instead of one`);
}
for (const id of found) if (!wanted.includes(id)) faults.push(`${id}: is no id`);

for (const fault of faults) console.error(`${page}: ${fault}`);
console.log(`${page}: ${found.length} ids, ${tests.size} tests and ${titles.size} in a browser to choose from`);
process.exit(faults.length ? 1 : 0);
