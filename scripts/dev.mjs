// `make dev`: builds the site and the server, serves http://localhost:3000, and does it again on every change. The
// browser talks to this program, which passes everything on to the server and adds to each page a script that reloads
// it after a build. So nothing of this is in the product.
import { spawn } from "node:child_process";
import { realpathSync, watch } from "node:fs";
import http from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const port = Number(process.env.PORT ?? 3000);
const target = process.env.CARGO_TARGET_DIR;
const sources = ["model", "db", "domain", "app", "frontend", "server", "migrations", "style", "public", "Cargo.toml", "Leptos.toml"];

const inner = await new Promise((done) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => done(port));
  });
});

const run = (command, args, env = {}) =>
  new Promise((done) => {
    spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...env } }).on("exit", (code) => done(code === 0));
  });

let server;
const pages = new Set();

async function build() {
  // The debug build of the WASM: seconds instead of half a minute, and a few megabytes.
  if (!(await run("make", ["--no-print-directory", "-s", "-f", "scripts/release.mk", "site"], { WASM_PROFILE: "dev" }))) return false;
  return run("cargo", ["build", "--quiet", "--package", "server", "--bin", "latchkey"]);
}

async function restart() {
  if (server) {
    const gone = new Promise((done) => server.once("exit", done));
    server.kill("SIGTERM");
    // Its connections are this program's: it need not wait for them.
    await Promise.race([gone, sleep(1000).then(() => server.kill("SIGKILL"))]);
    await gone;
  }
  server = spawn(join(target, "debug/latchkey"), ["serve"], {
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      HOST: "127.0.0.1",
      PORT: String(inner),
      BETTER_AUTH_URL: process.env.BETTER_AUTH_URL ?? `http://localhost:${port}`,
      LATCHKEY_SITE: realpathSync(join(target, "site")),
    },
  });
  for (const page of pages) page.write("data: reload\n\n");
}

let busy = false;
let again = false;
async function refresh() {
  if (busy) return void (again = true);
  busy = true;
  do {
    again = false;
    if (await build()) await restart();
    else console.error("The build failed; the last good one goes on.");
  } while (again);
  busy = false;
}

const script = `new EventSource("/__dev/events").onmessage = () => location.reload();`;

/** Passes a request on; while the server restarts, it waits for it. */
async function forward(request, response, body, tries = 100) {
  const headers = { ...request.headers };
  delete headers["accept-encoding"];
  const passed = http.request({ host: "127.0.0.1", port: inner, method: request.method, path: request.url, headers }, (answer) => {
    const nonce = /'nonce-([^']+)'/.exec(answer.headers["content-security-policy"] ?? "")?.[1];
    if (!nonce || !answer.headers["content-type"]?.startsWith("text/html")) {
      response.writeHead(answer.statusCode, answer.headers);
      return void answer.pipe(response);
    }
    delete answer.headers["content-length"];
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response, { end: false });
    answer.on("end", () => response.end(`<script type="module" src="/__dev/reload.js" nonce="${nonce}"></script>`));
  });
  passed.on("error", async (error) => {
    if (error.code !== "ECONNREFUSED" || tries === 0) return void response.writeHead(502).end(`${error}\n`);
    await sleep(100);
    await forward(request, response, body, tries - 1);
  });
  passed.end(body);
}

http
  .createServer(async (request, response) => {
    if (request.url === "/__dev/reload.js") {
      response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    } else if (request.url === "/__dev/events") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" }).write("\n");
      pages.add(response);
      response.on("close", () => pages.delete(response));
    } else {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      await forward(request, response, Buffer.concat(chunks));
    }
  })
  .listen(port, "127.0.0.1", () => console.error(`Serving http://localhost:${port}; pages reload after each build. Ctrl-C ends it.`));

let timer;
for (const source of sources) {
  watch(source, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, 200);
  });
}
process.on("exit", () => server?.kill("SIGKILL"));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
await refresh();
