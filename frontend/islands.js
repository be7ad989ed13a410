// Brings the page's islands to life, as Leptos's own `HydrationScripts` would, but as a file: the Content-Security-Policy
// allows no inline script. `app/src/assets.rs` says what the page must contain for it.

const href = (id) => document.getElementById(id)?.href;

/** Hydrates the islands under `node` from the outside in; `slots` are the islands' children that are being walked through. */
async function hydrate(node, wasm, slots) {
  const island = node.localName === "leptos-island";
  const slot = node.localName === "leptos-children";
  if (island) {
    const start = wasm[node.dataset.component];
    if (start) {
      // An island inside another's children belongs to that one's owner: enter it first.
      slots.at(-1)?.();
      await start(node);
    } else {
      console.warn(`The WASM knows no island ${node.dataset.component}`);
    }
  }
  if (slot) slots.push(node.$$on_hydrate);
  for (const child of node.children) await hydrate(child, wasm, slots);
  if (slot) slots.pop();
}

if (document.querySelector("leptos-island")) {
  const wasm = await import(href("islands-js"));
  await wasm.default({ module_or_path: href("islands-wasm") });
  wasm.hydrate();
  await hydrate(document.body, wasm, []);
  // For whoever has to know, such as a test.
  document.documentElement.dataset.hydrated = "";
}
