// One Chromium, and visitors in it: each a context of its own, whose every unexpected fault fails the test.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium"].find((path) => path && existsSync(path));

/** How long anything that is waited for may take. */
export const PATIENCE = 15_000;

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  userAgent: "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
};

export function launch() {
  return chromium.launch({ executablePath, args: FLAGS.split(" ") });
}

/** A person with a browser. `script: false` is one whose browser runs none. */
export async function visitor(browser, url, { script = true, phone = false, theme = "light", ...more } = {}) {
  const context = await browser.newContext({
    ...(phone ? PHONE : DESKTOP),
    baseURL: url,
    javaScriptEnabled: script,
    colorScheme: theme,
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "UTC",
    ...more,
  });
  context.setDefaultTimeout(PATIENCE);
  const faults = [];
  const expected = [];
  const requests = [];
  watch(context, script, faults, requests);
  const page = await context.newPage();

  /** Waits until the page is as a person finds it: loaded and, where it has islands that react, alive. */
  const settled = async () => {
    await page.waitForLoadState();
    if (script) await page.locator("html[data-hydrated], html:not(:has(script))").waitFor({ state: "attached" });
  };
  const me = {
    context,
    page,
    script,
    requests,
    settled,
    /** Opens an address as if it was typed. */
    async open(path) {
      const response = await page.goto(path);
      await settled();
      return response;
    },
    /** Waits until the browser is at `path` (a string, or a pattern for path and query). */
    async at(path) {
      const fits = (now) => (path instanceof RegExp ? path.test(now.pathname + now.search) : now.pathname === path);
      try {
        await page.waitForURL(fits);
      } catch (error) {
        const shown = await page.locator("main").innerText({ timeout: 1000 }).catch(() => "");
        throw new Error(`The browser is at ${page.url()}, not at ${path}. It shows:\n${shown}`, { cause: error });
      }
      await settled();
    },
    /** Tells that a fault with this in its words belongs to the test. */
    expect: (pattern) => expected.push(pattern),
    async close() {
      await context.close();
      const unexpected = faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)));
      if (unexpected.length > 0) throw new Error(`The browser complained:\n${unexpected.join("\n")}`);
    },
  };
  return me;
}

function watch(context, script, faults, requests) {
  context.on("console", (message) => {
    // What couldn't be loaded is told below, with its address.
    const known = /^Failed to load resource|was preloaded using link preload but not used within a few seconds/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !known) faults.push(`console ${message.type()}: ${message.text()}`);
  });
  context.on("weberror", (error) => faults.push(`script: ${error.error().stack}`));
  context.on("request", (request) => requests.push(request));
  context.on("requestfailed", (request) => {
    // Given up by the browser itself, because it goes to another page, saves a file, or runs no script.
    const why = request.failure()?.errorText;
    if (!script && request.resourceType() === "script") return;
    if (why !== "net::ERR_ABORTED") faults.push(`request: ${request.method()} ${request.url()}: ${why}`);
  });
  context.on("response", (response) => {
    // A page of its own says what its status is about; the test looks at it.
    const document = response.request().isNavigationRequest();
    if (response.status() >= (document ? 500 : 400)) faults.push(`response: ${response.status()} ${response.request().method()} ${response.url()}`);
  });
}
