// Every page that can be reached, and those that are reached by mistake: open to all, on a desk and on a phone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { collisions, desk, each, empty, fetched, home, links, open, openAll, phone, reader, sideways, violations, withBrowser } from "./browser.mjs";

withBrowser();

/** What is wrong with the page that is open, whatever it is. */
async function faults(page) {
  const found = [];
  const say = (text) => found.push(text);
  const told = await page.evaluate(() => ({
    title: document.title,
    h1: [...document.querySelectorAll("h1")].map((h) => h.textContent.trim()),
    levels: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((h) => h.checkVisibility()).map((h) => Number(h.tagName[1])),
    ids: [...document.querySelectorAll("[id]")].map((e) => e.id),
    language: document.documentElement.lang,
  }));
  if (told.h1.length !== 1 || told.h1[0].length < 3) say(`h1: ${JSON.stringify(told.h1)}`);
  if (told.title.length < 10) say(`title: ${told.title}`);
  if (told.language !== "en-GB") say(`language: ${told.language}`);
  if (told.levels[0] !== 1) say(`headings begin with h${told.levels[0]}`);
  told.levels.forEach((level, i) => { if (i > 0 && level > told.levels[i - 1] + 1) say(`an h${level} follows an h${told.levels[i - 1]}`); });
  for (const twice of told.ids.filter((id, i) => told.ids.indexOf(id) !== i)) say(`#${twice} stands twice`);
  for (const viewport of [desk, phone]) {
    await page.setViewportSize(viewport);
    for (const wrong of [...(await violations(page)), ...(await collisions(page))]) say(`${viewport.width}: ${wrong}`);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  if ((await sideways(page)) > 0) say(`320: scrolls sideways by ${await sideways(page)}`);
  return { found, title: told.title };
}

/** An address by its kind: names are one kind, and so is whatever is chosen. */
function kind(path) {
  const url = new URL(path, home);
  const [, first, ...names] = url.pathname.split("/");
  const ending = /\.(csv|json)$/.exec(url.pathname)?.[0] ?? "";
  const chosen = [...url.searchParams.keys()].some((key) => key !== "panel");
  return `/${names.length > 0 ? `${first}/*` : first}${ending}${chosen ? "?" : ""}`;
}

test("every page that a link leads to is there, and is open to all on a desk and on a phone", async () => {
  const wrong = [];
  const titles = new Map();
  const kinds = new Map();
  const seen = new Set(["/"]);
  const rest = ["/"];
  const other = new Set();
  const look = async (path) => {
    await reader({}, async (page) => {
      const response = await open(page, path);
      if (response.status() !== 200) return wrong.push(`${path}: ${response.status()}`);
      for (const link of await links(page)) {
        if (seen.has(link)) continue;
        seen.add(link);
        const count = kinds.get(kind(link)) ?? 0;
        kinds.set(kind(link), count + 1);
        // each of them is a run of its own, which takes every core for seconds: one will do
        if (/^\/simulate\/(run|aim)\?/.test(link) && count > 0) continue;
        // each handover and every sixth measure once, and one of every other kind; the others are fetched
        const all = /^\/handovers\/[^/.?]+$/.test(link) || (/^\/measures\/[^/.?]+$/.test(link) && count % 6 === 0);
        const file = /\.(csv|json)$/.test(new URL(link, home).pathname);
        const single = link.startsWith("/journeys/one");
        if (!file && !single && (all || count === 0)) rest.push(link);
        else other.add(link);
      }
      const { found, title } = await faults(page);
      wrong.push(...found.map((fault) => `${path}: ${fault}`));
      // two pages are never called the same, unless one is the other with something chosen
      if (!path.includes("?") && !path.startsWith("/why/")) {
        if (titles.has(title)) wrong.push(`${path}: called “${title}”, as is ${titles.get(title)}`);
        titles.set(title, path);
      }
    });
  };
  let looked = 0;
  while (rest.length > 0) {
    const now = rest.splice(0);
    looked += now.length;
    await each(now, 2, look);
  }
  assert.ok(looked > 50, `only ${looked} pages`);
  assert.ok(other.size > 200, `only ${other.size} more addresses`);
  await each(other, 4, async (path) => {
    const response = await fetch(new URL(path, home));
    const body = await response.text();
    const status = path.startsWith("/journeys/one") ? 403 : 200;
    if (response.status !== status || body.trim() === "") wrong.push(`${path}: ${response.status}`);
  });
  assert.deepEqual(wrong, []);
});

const long = "x".repeat(190);
const script = "<script>alert(1)</script>";
// what is asked, the status, and the words that tell what to do
const states = [
  ["a page that is not there", "/no-such-page", 404, /whole system/i],
  ["a handover that is nearly there", "/handovers/ward-to-home-car", 404, /Ward to home with care/],
  ["a measure that is not there", "/measures/happiness", 404, /whole system/i],
  ["a neighbourhood that is not there", "/?place=Eastbrok", 404, /Eastbrook/],
  ["an organisation that is not there", "/organisations/ZZZ", 404, /whole system/i],
  ["a figure that is not there", "/why/the-moon", 404, /whole system/i],
  ["a pathway that is not there", "/pathways/yellow-brick-road", 404, /whole system/i],
  ["an age that is none", "/?age=old", 400, /0-17, 18-39/],
  ["a fifth that is none", "/handovers?deprivation=9", 400, /1 \(most deprived\) to 5/],
  ["a sex that is none", "/?sex=%00", 400, /letters that can be read/],
  ["a week that is none", "/?week=2025-13-99", 400, /2025-11-10/],
  ["a week before time began", "/?week=0001-01-01", 400, /week/i],
  ["a week that is still to come", "/handovers/ward-to-home-care?week=2999-01-01", 400, /week/i],
  ["bytes that are no letters", "/?place=%ff%fe", 400, /UTF-8/],
  ["keys that nobody knows", "/?utm_source=mail&colour=red", 200, /system|people|wait/i],
  ["a name that is too long", `/handovers/${"a".repeat(201)}`, 400, /at most 200/],
  ["a name that is just short enough", `/measures/${long}`, 404, /whole system/i],
  ["an address that is too long", `/?place=${"a".repeat(3000)}`, 400, /at most 2048/],
  ["markup in a name", `/handovers/${encodeURIComponent(script)}`, 404, /<script>alert\(1\)<\/script>/],
  ["markup in a choice", `/?place=${encodeURIComponent(script)}`, 404, /<script>alert\(1\)<\/script>/],
  ["markup in a search", `/search?q=${encodeURIComponent(`"><img src=x onerror=alert(1)>${script}`)}`, 200, /Nothing found|not found|nothing/i],
  ["a search for nothing", "/search", 200, /search/i],
  ["a search that finds", "/search?q=home+care", 200, /home/i],
  ["a map of a measure that is not there", "/map?measure=happiness", 404, /map|whole system/i],
  ["what is not open to everybody", "/journeys/one", 403, /not signed in/i],
  ["a single journey", "/journeys/one/1", 403, /not signed in/i],
  ["the door without a key", "/enter", 200, /key/i],
  ["the way out", "/leave", 200, /sign out/i],
  ["something chosen that few people share", "/handovers/ward-to-home-care?age=0-17&deprivation=1&sex=female", 200, /ward to home/i],
  ["the page for the public", "/public", 200, /wait/i],
  ["the page for machines", "/api", 200, /OpenAPI/],
];
const onEmpty = [
  ["home", "/", 200, /catchment (add|demo)/],
  ["handovers", "/handovers", 200, /./],
  ["the delay ledger", "/ledger", 200, /Nothing has been added/],
  ["pressure", "/pressure", 200, /Nothing has been added/],
  ["air time", "/air-time", 200, /Nothing has been added/],
  ["journeys", "/journeys", 200, /./],
  ["measures", "/measures", 200, /./],
  ["map", "/map", 200, /./],
  ["places", "/places", 200, /./],
  ["organisations", "/organisations", 200, /./],
  ["sources", "/sources", 200, /catchment add|Nothing has been added/],
  ["search", "/search?q=home", 200, /./],
  ["public", "/public", 200, /./],
  ["a page that is not there", "/no-such-page", 404, /whole system/i],
];
const asked = [...states.map((state) => [home, ...state]), ...onEmpty.map(([name, ...rest]) => [empty, `an empty place: ${name}`, ...rest])];
for (const [base, name, path, status, words] of asked) {
  test(`${name} says what to do`, () =>
    reader({}, async (page) => {
      let alerts = 0;
      page.on("dialog", (dialog) => { alerts += 1; dialog.dismiss(); });
      const response = await open(page, path, base);
      assert.equal(response.status(), status);
      assert.match(await page.locator("main").innerText(), words);
      assert.deepEqual((await faults(page)).found, []);
      assert.equal(alerts, 0, "what is in an address runs");
      assert.equal(await page.locator("main script, main img[onerror]").count(), 0, "what is in an address is markup");
      // the page for the public stands by itself
      if (path !== "/public") assert.ok((await page.locator("a[href='/']").count()) > 0, "a way back");
    }));
}

test("no two pages of the menu begin with the same words, and each says where the reader is", () =>
  reader({}, async (page) => {
    await open(page, "/");
    const menu = await page.locator("nav.menu a").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    assert.ok(menu.length >= 8);
    for (const path of menu.filter((path) => path !== "/public")) {
      await open(page, path);
      const current = await page.locator("nav.menu a[aria-current=page]").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
      assert.deepEqual(current, [path]);
    }
  }));

for (const path of ["/", "/handovers", "/handovers/ambulance-to-ed", "/journeys", "/measures/four-hours-in-emergency", "/places/Eastbrook", "/map", "/organisations", "/sources", "/ledger", "/pressure", "/air-time"])
  for (const viewport of [desk, phone])
    test(`${path} is open to all with everything in it opened, ${viewport.width} px`, () =>
      reader({ viewport }, async (page) => {
        await open(page, path);
        await openAll(page);
        // evidence floats over what is beside it on a wide screen: one is looked at after the other there, all at once here
        if (viewport === desk) await page.evaluate(() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(".evidence, .open .scroll { position: static !important; width: auto !important; min-width: 0 !important; white-space: normal !important }");
          document.adoptedStyleSheets = [sheet];
        });
        assert.deepEqual(await violations(page), []);
        if (viewport === phone) for (const width of [390, 320]) {
          await page.setViewportSize({ width, height: 844 });
          assert.equal(await sideways(page), 0, `${width}`);
        }
      }));

test("evidence never leaves the screen", () =>
  reader({}, async (page) => {
    for (const viewport of [phone, { width: 720, height: 900 }, desk]) {
      await page.setViewportSize(viewport);
      for (const path of ["/", "/map", "/handovers/ambulance-to-ed"]) {
        await open(page, path);
        const cut = await page.evaluate(() => {
          const found = [];
          for (const details of document.querySelectorAll("details")) {
            details.open = true;
            const box = details.querySelector(".evidence, .scroll")?.getBoundingClientRect();
            if (box && (box.left < 0 || box.right > innerWidth)) found.push(details.textContent.slice(0, 80));
            if (document.documentElement.scrollWidth > document.documentElement.clientWidth) found.push(`sideways: ${details.textContent.slice(0, 80)}`);
            details.open = false;
          }
          return found;
        });
        assert.deepEqual(cut, [], `${path} at ${viewport.width}`);
      }
    }
  }));

test("an address has one spelling, and each has its other media", async () => {
  const both = await Promise.all(["/handovers?place=eastbrook&utm=1", "/handovers?place=Eastbrook"].map((path) => fetched(path)));
  assert.equal(both[0], both[1]);
  for (const [path, kind] of [["/index.csv", "text/csv"], ["/index.json", "application/json"], ["/openapi.json", "application/json"]]) {
    const response = await fetch(new URL(path, home));
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type"), new RegExp(kind));
  }
});
