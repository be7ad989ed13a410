// Accessibility, by axe-core. It runs in an isolated world: it sees the page, and the page's Content-Security-Policy stays in force.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const source = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Fails with everything that axe-core finds wrong with the page as it stands; a mail has no landmarks and the like. */
export async function expectNoViolations(page, what, { mail = false } = {}) {
  const options = { runOnly: mail ? WCAG : [...WCAG, "best-practice"], resultTypes: ["violations"], iframes: false };
  const session = await page.context().newCDPSession(page);
  const run = async (expression, contextId) => {
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", { expression, contextId, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`axe-core failed: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  };
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
  await run(`${await source}; void 0`, executionContextId);
  const violations = await run(`axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`, executionContextId);
  await session.detach();
  if (violations.length === 0) return;
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `    ${node.html.slice(0, 200)}\n      ${node.failureSummary.replaceAll("\n", "\n      ")}`).join("\n")}`);
  throw new Error(`${what ?? page.url()} is not accessible:\n  ${told.join("\n  ")}`);
}
