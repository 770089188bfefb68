// What a user must be able to do with the page, in a real browser: read it on a phone, by keyboard, with scripts off,
// and open every number. CATCHMENT_URL is the address of a running server; nothing else is contacted.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";

const home = process.env.CATCHMENT_URL;
if (!home) throw new Error("set CATCHMENT_URL to the address of a running server");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const phone = { width: 390, height: 844 };
const tablet = { width: 820, height: 1180 };
const desk = { width: 1440, height: 1000 };
const quiet = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: quiet.split(" ") });
});
after(() => browser?.close());

/** Opens a page, hands it to `look`, and closes it; every request to another host fails the test. */
async function visit(viewport, look, { path = "/", script = true, media } = {}) {
  const context = await browser.newContext({ viewport, javaScriptEnabled: script });
  const page = await context.newPage();
  const elsewhere = [];
  const sizes = new Map();
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(home).origin) elsewhere.push(request.url());
  });
  page.on("response", async (response) => {
    const body = await response.body().catch(() => Buffer.alloc(0));
    sizes.set(new URL(response.url()).pathname, gzipSync(body).length);
  });
  if (media) await page.emulateMedia({ media });
  const response = await page.goto(new URL(path, home).href, { waitUntil: "networkidle" });
  try {
    await look(page, { response, sizes });
    assert.deepEqual(elsewhere, [], "the page asked another host");
  } finally {
    await context.close();
  }
}

async function violations(page) {
  await page.addScriptTag({ content: axe });
  const found = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  assert.ok(found.passes.length > 20, "axe looked at the page");
  return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")}: ${n.failureSummary}`));
}

const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test("the page answers with a headline, handovers, measures and sources", () =>
  visit(desk, async (page, { response }) => {
    assert.equal(response.status(), 200);
    assert.match(await page.title(), /Catchment$/);
    assert.ok((await page.locator("h1").innerText()).trim().length > 10);
    for (const heading of ["Where people wait between us", "What has really changed", "Sources"])
      assert.equal(await page.getByRole("heading", { name: heading }).count(), 1, heading);
    assert.ok((await page.locator(".handovers tbody tr").count()) > 0, "handovers");
    assert.ok((await page.locator(".measure").count()) > 0, "measures");
    assert.ok((await page.locator(".source").count()) > 0, "sources");
  }));

for (const [name, viewport] of Object.entries({ phone, tablet, desk })) {
  test(`axe finds nothing on a ${name}`, () =>
    visit(viewport, async (page) => assert.deepEqual(await violations(page), [])));

  test(`axe finds nothing on a ${name} with everything open`, () =>
    visit(viewport, async (page) => {
      await page.evaluate(() =>
        document.querySelectorAll("details").forEach((d) => {
          d.removeAttribute("name");
          d.open = true;
        }),
      );
      // evidence floats over what is beside it on a wide screen: look at one place at a time there, all at once on a phone
      if (viewport !== phone) {
        await page.addStyleTag({ content: ".evidence, .open .scroll { position: static !important; width: auto !important; min-width: 0 !important; white-space: normal !important }" });
      }
      assert.deepEqual(await violations(page), []);
    }));

  test(`nothing scrolls sideways on a ${name}, closed or open`, () =>
    visit(viewport, async (page) => {
      assert.equal(await sideways(page), 0);
      for (const details of await page.locator("details").all()) {
        await details.evaluate((d) => (d.open = true));
        assert.equal(await sideways(page), 0, await details.innerText());
        const panel = await details.locator(".evidence, .scroll").boundingBox();
        assert.ok(panel.x >= 0 && panel.x + panel.width <= viewport.width, `cut off: ${await details.innerText()}`);
      }
    }));
}

test("every figure opens evidence with a definition, a source and a time", () =>
  visit(desk, async (page) => {
    const figures = await page.locator("details.figure").all();
    assert.ok(figures.length > 10, `${figures.length} figures`);
    for (const figure of figures) {
      await figure.locator("summary").click();
      const evidence = figure.locator(".evidence");
      assert.ok(await evidence.isVisible());
      const words = await evidence.innerText();
      assert.match(words, /From\s+\S/, words);
      assert.match(words, /Fresh to\s+\S/, words);
      assert.ok((await evidence.locator("p").first().innerText()).trim().length > 5, words);
      assert.match(await evidence.locator("a").first().getAttribute("href"), /^\/why\/.+/);
      await figure.locator("summary").click();
      assert.ok(!(await evidence.isVisible()));
    }
  }));

test("everything that opens does so by keyboard, with focus to be seen", () =>
  visit(desk, async (page) => {
    const all = await page.locator("details").count();
    const opened = new Set();
    await page.evaluate(() => document.querySelectorAll("details").forEach((d, i) => (d.dataset.order = i)));
    for (let presses = 0; presses < all * 12 && opened.size < all; presses++) {
      await page.keyboard.press("Tab");
      const here = await page.evaluate(() => {
        const at = document.activeElement;
        if (at?.tagName !== "SUMMARY") return null;
        const style = getComputedStyle(at);
        const seen = style.boxShadow !== "none" || style.outlineStyle !== "none";
        return { order: at.parentElement.dataset.order, seen };
      });
      if (!here || opened.has(here.order)) continue;
      assert.ok(here.seen, `focus cannot be seen on ${here.order}`);
      await page.keyboard.press("Enter");
      assert.ok(await page.evaluate(() => document.activeElement.parentElement.open), `Enter opens ${here.order}`);
      await page.keyboard.press("Space");
      assert.ok(!(await page.evaluate(() => document.activeElement.parentElement.open)), `Space closes ${here.order}`);
      opened.add(here.order);
    }
    assert.equal(opened.size, all);
  }));

test("the first press of Tab offers to skip to the content", () =>
  visit(desk, async (page) => {
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to main content");
    await page.keyboard.press("Enter");
    assert.equal(new URL(page.url()).hash, "#main");
  }));

test("it works with scripts off", () =>
  visit(
    phone,
    async (page) => {
      assert.ok((await page.locator("h1").innerText()).length > 10);
      const figure = page.locator("details.figure").first();
      await figure.locator("summary").click();
      assert.ok(await figure.locator(".evidence").isVisible());
      const table = page.locator("details.open").first();
      await table.locator("summary").click();
      assert.ok((await table.locator("tbody tr").count()) > 0);
    },
    { script: false },
  ));

test("each chart says in words what it shows, has a table and a CSV", () =>
  visit(desk, async (page) => {
    for (const card of await page.locator(".measure").all()) {
      const words = await card.locator("svg desc").textContent();
      assert.match(words, /points are signals/);
      assert.ok((await card.locator(".finding").innerText()).length > 3);
      assert.match(await card.getByRole("link", { name: /^CSV of / }).getAttribute("href"), /^\/measures\/.+\.csv$/);
      assert.equal(await card.locator("details.open table").count(), 1);
    }
  }));

test("signals come first, and handovers by time spent waiting", () =>
  visit(desk, async (page) => {
    const classes = await page.locator(".measure").evaluateAll((cards) => cards.map((c) => (/concern/.test(c.className) ? 0 : /better/.test(c.className) ? 1 : 2)));
    assert.deepEqual(classes, [...classes].sort());
    const bars = await page.locator(".handovers .bar svg").evaluateAll((svgs) => svgs.map((s) => s.width.baseVal.value));
    assert.deepEqual(bars, [...bars].sort((a, b) => b - a));
  }));

test("every address on the page leads somewhere", () =>
  visit(desk, async (page) => {
    const links = await page.locator("a[href]").evaluateAll((all) => [...new Set(all.map((a) => a.href.split("#")[0]))]);
    assert.ok(links.some((l) => l.includes("/why/")) && links.some((l) => l.endsWith(".csv")));
    const dead = [];
    for (const link of links) {
      const answer = await page.request.get(link);
      if (!answer.ok() || (await answer.text()).trim() === "") dead.push(`${answer.status()} ${link}`);
    }
    assert.deepEqual(dead, []);
  }));

for (const [name, viewport] of Object.entries({ phone, desk })) {
  test(`the way to the rows, and an address that leads nowhere, are open to all on a ${name}`, () =>
    visit(viewport, async (page) => {
      const why = await page.locator(".evidence a").first().getAttribute("href");
      for (const [path, status] of [[why, 200], ["/no-such-page", 404]]) {
        const response = await page.goto(new URL(path, home).href);
        assert.equal(response.status(), status, path);
        assert.ok((await page.locator("h1").innerText()).length > 3, path);
        assert.deepEqual(await violations(page), [], path);
        assert.equal(await sideways(page), 0, path);
      }
    }));
}

test("the page weighs less than 100 KB without its font", (t) =>
  visit(desk, async (page, { sizes }) => {
    const fonts = (path) => path.endsWith(".woff2");
    const total = [...sizes].filter(([path]) => !fonts(path)).reduce((sum, [, size]) => sum + size, 0);
    t.diagnostic([...sizes].map(([path, size]) => `${path} ${size}`).join(", ") + ` bytes compressed; ${total} without font`);
    assert.ok(sizes.size >= 3, "page, styles and font were fetched");
    assert.ok([...sizes.keys()].some(fonts), "the font is ours");
    assert.ok(total < 100_000, `${total} bytes`);
  }));

test("on paper the charts stay and the furniture goes", () =>
  visit(
    { width: 794, height: 1123 },
    async (page) => {
      assert.ok(await page.locator(".measure svg").first().isVisible());
      assert.ok(!(await page.locator(".menu").isVisible()));
      assert.equal(await sideways(page), 0);
    },
    { media: "print" },
  ));
