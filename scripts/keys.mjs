// Prints, as assignments for make, a key for each product of the release pipeline: a hash of all that goes into it.
// A product's file has its key in its name. So nothing is built twice, not even by a fresh clone, and no clone that
// shares the cache is served another's build, whatever the clocks and dates of files say.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

function files(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return [];
  if (!stat.isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .filter((name) => !name.startsWith(".") && !["node_modules", "target", "snapshots", "tests"].includes(name))
    .flatMap((name) => files(join(path, name)));
}

function key(paths, ...words) {
  const hash = createHash("sha256").update(JSON.stringify(words));
  for (const file of paths.flatMap(files)) hash.update(`\0${file}\0`).update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}

const rust = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "scripts/release.mk", "model", "app"];
const wasm = key([...rust, "frontend"], process.env.LATCHKEY_WASM_TOOLCHAIN, process.env.WASM_PROFILE);
const style = key(["style", "app/src", "package-lock.json", "scripts/release.mk"]);
const site = key(["public", "frontend/islands.js"], wasm, style);
const server = key([...rust, "db", "domain", "server", "migrations", "Leptos.toml"], site);
console.log(Object.entries({ wasm, style, site, server }).map(([name, value]) => `${name}_key:=${value}`).join("\n"));
