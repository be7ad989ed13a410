// Photographs of pages, in end2end/screenshots, with an index.html to leaf through them.
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export const folder = fileURLToPath(new URL("../screenshots/", import.meta.url));

const PHOTOGRAPH = /^(.+)-(390|1280)-(light|dark)\.png$/;

/** Throws the last run's away. */
export async function clear() {
  await mkdir(folder, { recursive: true });
  for (const file of await readdir(folder)) if (PHOTOGRAPH.test(file)) await rm(`${folder}${file}`);
}

/** Makes the window as high as the page: what sticks to its lower edge is then at the page's end. */
export async function unroll(page) {
  for (;;) {
    const { width, height } = page.viewportSize();
    const whole = await page.evaluate(() => document.documentElement.scrollHeight);
    if (whole <= height) return;
    // Some room is a part of the window's height, and grows with it.
    await page.setViewportSize({ width, height: whole });
  }
}

/** Keeps `<name>-<width>-<theme>.png`. */
export async function shoot(page, name, theme) {
  await page.screenshot({ path: `${folder}${name}-${page.viewportSize().width}-${theme}.png`, animations: "disabled", caret: "hide" });
}

/** Writes the index of what is there. */
export async function writeIndex() {
  const names = new Set();
  for (const file of await readdir(folder)) {
    const name = PHOTOGRAPH.exec(file)?.[1];
    if (name) names.add(name);
  }
  const shot = (name, width, theme) => `<img src="${name}-${width}-${theme}.png" alt="${name}, ${width} px, ${theme}" loading="lazy">`;
  const row = (name) => `<section id="${name}"><h2>${name}</h2><div>${[390, 1280].flatMap((width) => ["light", "dark"].map((theme) => shot(name, width, theme))).join("")}</div></section>`;
  const list = [...names].sort();
  await writeFile(
    `${folder}index.html`,
    `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Latchkey, page by page</title><style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 24px; background: #8a8d94 } nav { columns: 14rem } a { color: inherit }
section > div { display: grid; grid-template-columns: 390fr 390fr 1280fr 1280fr; gap: 12px; align-items: start } img { width: 100%; border-radius: 6px }
</style><h1>Latchkey, page by page</h1><nav>${list.map((name) => `<a href="#${name}">${name}</a><br>`).join("")}</nav>${list.map(row).join("\n")}</html>\n`,
  );
}
