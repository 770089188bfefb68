// What all of these tests share: one browser, a page that is watched while it is open, and what makes any page wrong.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before } from "node:test";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const need = (name) => process.env[name] || assert.fail(`set ${name}: scripts/pages does`);
/** Addresses of a running server with records in it, and of one with none. */
export const home = need("CATCHMENT_URL");
export const empty = need("CATCHMENT_EMPTY");
/** The binary, and the folder that is served at `home`. */
export const binary = need("CATCHMENT");
export const folder = need("CATCHMENT_PLACE");

export const phone = { width: 390, height: 844 };
export const desk = { width: 1440, height: 1000 };
export const sizes = { desk, phone };

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const quiet = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --font-render-hinting=none";

let browser;
/** Starts the browser before the tests of a file, and stops it after. */
export function withBrowser() {
  before(async () => {
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: quiet.split(" ") });
  });
  after(() => browser?.close());
}

/** A reader of their own with an empty page, for as long as `work` takes; asking another host or an error in the console fails. */
export async function reader(options, work) {
  const { media, ...context } = { viewport: desk, ...options };
  const own = await browser.newContext({ locale: "en-GB", timezoneId: "Europe/London", ...context });
  try {
    const page = await own.newPage();
    if (media) await page.emulateMedia(media);
    const wrong = [];
    page.on("request", (asked) => {
      const { origin } = new URL(asked.url());
      if (![home, empty].some((ours) => new URL(ours).origin === origin)) wrong.push(`asked another host: ${asked.url()}`);
    });
    // a machine that does other things meanwhile is slow, and not wrong
    page.setDefaultTimeout(120_000);
    page.on("console", (said) => {
      // that a page was not found is said by its status, and tested where it is meant
      if (["error", "warning"].includes(said.type()) && !/Failed to load resource/.test(said.text())) wrong.push(`${page.url()}: ${said.text()}`);
    });
    page.on("pageerror", (error) => wrong.push(`${page.url()}: ${error}`));
    page.on("requestfailed", (asked) => {
      // what a reader leaves behind by going on is not a fault
      if (asked.failure()?.errorText !== "net::ERR_ABORTED") wrong.push(`${asked.url()}: ${asked.failure()?.errorText}`);
    });
    const answer = await work(page);
    assert.deepEqual(wrong, []);
    return answer;
  } finally {
    await own.close();
  }
}

/** Opens an address, and waits until its letters are there. */
export async function open(page, path, base = home) {
  const response = await page.goto(new URL(path, base).href, { waitUntil: "load" });
  await page.evaluate(() => document.fonts.ready.then(() => true));
  return response;
}

/** What WCAG 2.0 to 2.2 A and AA and best practice find wrong. */
export async function violations(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const found = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
      resultTypes: ["violations"],
    }),
  );
  assert.ok(found.passes.length > 10, "axe looked at the page");
  return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")}: ${n.failureSummary}`));
}

/** By how many pixels the page, not something in it, scrolls sideways. */
export const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Words of a drawing that lie over each other, or that the drawing cuts off. */
export const collisions = (page) =>
  page.evaluate(() => {
    const found = [];
    for (const svg of document.querySelectorAll("main svg")) {
      const frame = svg.getBoundingClientRect();
      if (!svg.checkVisibility() || frame.width === 0) continue;
      const boxes = [...svg.querySelectorAll("text")].filter((t) => t.textContent.trim() && t.checkVisibility()).map((t) => ({ said: t.textContent.trim(), box: t.getBoundingClientRect() }));
      const where = svg.closest("section[id], article[id]")?.id ?? "?";
      boxes.forEach(({ said, box: a }, i) => {
        if (a.left < frame.left - 2 || a.right > frame.right + 2) found.push(`${where}: “${said}” is cut off`);
        for (const { said: other, box: b } of boxes.slice(i + 1)) {
          const over = Math.min(a.right, b.right) - Math.max(a.left, b.left);
          // letters do not fill the height of their box
          const above = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
          if (over > 1 && above > 0.3 * Math.min(a.height, b.height)) found.push(`${where}: “${said}” lies over “${other}”`);
        }
      });
    }
    return found;
  });

/** Every address of ours that the page leads to, without what follows `#`. */
export const links = (page) =>
  page.evaluate(() => [...new Set([...document.querySelectorAll("a[href]")].map((a) => new URL(a.getAttribute("href"), location.href)).filter((url) => url.origin === location.origin).map((url) => url.pathname + url.search))]);

/** Opens everything that opens, several at once where the page would have one. */
export const openAll = (page) =>
  page.evaluate(() =>
    document.querySelectorAll("details").forEach((details) => {
      details.removeAttribute("name");
      details.open = true;
    }),
  );

/** `path` in another medium: "/?place=a" as "/index.json?place=a". */
export function as(ending, path) {
  const url = new URL(path, home);
  return `${url.pathname === "/" ? "/index" : url.pathname}.${ending}${url.search}`;
}

/** The body of an address that must answer. */
export async function fetched(path, status = 200) {
  const response = await fetch(new URL(path, home));
  const body = await response.text();
  assert.equal(response.status, status, `${path}: ${body.slice(0, 200)}`);
  return body;
}

/** What the binary prints. */
export const catchment = async (...words) => (await promisify(execFile)(binary, words, { maxBuffer: 1 << 28 })).stdout;

/** Does `work` for each, `many` at a time. */
export async function each(all, many, work) {
  const rest = [...all];
  await Promise.all(Array.from({ length: many }, async () => { while (rest.length > 0) await work(rest.shift()); }));
}
