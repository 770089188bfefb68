// Whole tasks, as people do them: by keyboard alone, without script, and by an address that somebody sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { catchment, fetched, folder, home, open, phone, reader, violations, withBrowser } from "./browser.mjs";

withBrowser();

// not one of those whose look is kept: notes stay
const handover = "/handovers/ed-to-ward";

/** The part of the page that has the focus, and whether that can be seen. */
const focus = (page) =>
  page.evaluate(() => {
    const at = document.activeElement;
    const style = getComputedStyle(at);
    return { tag: at.tagName, id: at.id, words: at.textContent.trim(), href: at.getAttribute("href"), seen: style.boxShadow !== "none" || style.outlineStyle !== "none" || style.backgroundColor === "rgb(255, 235, 59)" };
  });

/** Presses Tab until `wanted` has the focus; everything on the way must show that it has it. */
async function tabTo(page, wanted, most = 400) {
  for (let pressed = 0; pressed < most; pressed++) {
    await page.keyboard.press("Tab");
    const at = await focus(page);
    if (at.tag === "BODY") continue;
    assert.ok(at.seen, `focus cannot be seen on ${JSON.stringify(at)}`);
    if (wanted(at)) return at;
  }
  assert.fail("Tab never came there");
}

/** Signs in by the address that the binary prints for this reader. */
async function signIn(page, name, may) {
  const key = /key=(\S+)/.exec(await catchment("allow", folder, name, "--may", may))[1];
  await open(page, `/enter?key=${key}`);
  await Promise.all([page.waitForURL(new URL("/", home).href), page.getByRole("button", { name: "Sign in on this machine" }).press("Enter")]);
  return key;
}

test("by keyboard: skip to the content, choose a place, open a handover, see where its wait comes from, fetch the rows", () =>
  reader({ acceptDownloads: true }, async (page) => {
    await open(page, "/");
    await page.keyboard.press("Tab");
    assert.equal((await focus(page)).words, "Skip to main content");
    await page.keyboard.press("Enter");
    assert.equal(new URL(page.url()).hash, "#main");
    // from there Tab goes on in the content, past the menu
    await tabTo(page, (at) => at.id === "choose-place", 20);
    await page.keyboard.type("Eastb");
    await page.waitForURL(/place=Eastbrook/);
    await page.locator("ul.chosen").getByText("Eastbrook").waitFor();
    assert.equal((await focus(page)).id, "choose-place", "focus stays where the reader was");
    assert.equal(await page.locator("#choose-place").inputValue(), "Eastbrook");
    assert.ok(!/age=|sex=|week=/.test(page.url()), "what is not chosen stays out of the address");

    const link = await tabTo(page, (at) => at.tag === "A" && /^\/handovers\/[^?.]+\?place=Eastbrook$/.test(at.href ?? ""));
    await Promise.all([page.waitForURL((url) => url.pathname.startsWith("/handovers/")), page.keyboard.press("Enter")]);
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, link.href, "the choice goes along");
    assert.match(await page.locator("#said").innerText(), /Eastbrook/);

    await page.evaluate(() => document.getElementById("main").focus());
    await tabTo(page, (at) => at.tag === "SUMMARY", 20);
    await page.keyboard.press("?");
    const evidence = page.locator("details.figure[open] .evidence");
    assert.ok(await evidence.isVisible());
    await page.keyboard.press("Enter");
    assert.equal(await evidence.count(), 0);
    await page.keyboard.press("Enter");
    assert.match(await evidence.innerText(), /From[\s\S]+Fresh to/);
    await tabTo(page, (at) => at.words === "Download", 12);
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]).catch(async () => {
      // a browser may show a file instead of keeping it
      await page.waitForURL(/\.csv/);
      return [null];
    });
    const file = download ? new URL(download.url()) : new URL(page.url());
    assert.match(file.pathname, /^\/why\/.+\.csv$/);
    assert.ok((await fetched(file.pathname + file.search)).split("\n").length > 2);
  }));

test("by keyboard: / goes to search, and what is found opens", () =>
  reader({}, async (page) => {
    await open(page, "/");
    await page.keyboard.press("/");
    assert.equal((await focus(page)).id, "q");
    assert.equal(await page.locator("#q").inputValue(), "", "the key itself is not typed");
    await page.keyboard.type("home care");
    await Promise.all([page.waitForURL(/\/search\?q=home/), page.keyboard.press("Enter")]);
    assert.match(await page.locator("h1").innerText(), /home care/);
    assert.equal(await page.locator("#q").inputValue(), "home care");
    const first = await tabTo(page, (at) => at.tag === "A" && /home care/i.test(at.words) && /^\/(handovers|measures|organisations)\//.test(at.href ?? ""), 60);
    await Promise.all([page.waitForURL((url) => url.pathname === first.href.split("?")[0]), page.keyboard.press("Enter")]);
    assert.match(await page.locator("h1").innerText(), /home care/i);
    // in a field, / and ? are letters
    await page.keyboard.press("/");
    await page.keyboard.type("a/b?");
    assert.equal(await page.locator("#q").inputValue(), "a/b?");
  }));

for (const script of [true, false])
  test(`a reader signs in, writes about a point of a handover, and everybody reads it, ${script ? "with" : "without"} script`, async () => {
    const name = `Flow lead ${script ? "one" : "two"}, Rivermead`;
    const words = `Two rounds were <b>closed</b> this week (${script})`;
    let address;
    await reader({ javaScriptEnabled: script }, async (page) => {
      await open(page, handover);
      assert.match(await page.locator("#notes").innerText(), /catchment allow/, "who may not write is told how to");
      assert.equal(await page.locator("#notes form").count(), 0);
      const key = await signIn(page, name, "notes");
      assert.match(await page.locator("header.top").innerText(), new RegExp(name));
      await open(page, handover);
      await page.locator("#note-text").focus();
      await page.keyboard.insertText(words);
      await page.keyboard.press("Tab");
      assert.ok(await page.locator("#note-point").evaluate((at) => at === document.activeElement));
      const point = await page.locator("#note-point option").nth(2).innerText();
      await page.locator("#note-point").selectOption({ index: 2 });
      await page.keyboard.press("Tab");
      await Promise.all([page.waitForURL(/#notes$/), page.keyboard.press("Enter")]);
      const note = page.locator("#notes .notes li").filter({ hasText: words });
      assert.equal(await note.count(), 1);
      assert.match(await note.innerText(), new RegExp(`${name}.*about.*${point}`, "s"), "signed, and about that point");
      if (script) assert.deepEqual(await violations(page), []);
      address = page.url();
      // a key works once
      await open(page, `/enter?key=${key}`);
      await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Sign in on this machine" }).click()]);
      assert.match(await page.locator("main").innerText(), /used before/);
    });
    await reader({}, async (page) => {
      await page.goto(address);
      assert.match(await page.locator("#notes").innerText(), new RegExp(name), "somebody else reads it");
      const rows = JSON.parse(await fetched(`${handover}.json`)).panels.find((panel) => panel.id === "notes").tables[0].rows;
      assert.ok(rows.some((row) => row.text === words && row.who === name), "and so does a file");
    });
  });

test("an empty note is not kept, and what was typed is not lost", () =>
  reader({ javaScriptEnabled: false }, async (page) => {
    await signIn(page, "Flow lead three, Rivermead", "notes");
    await open(page, handover);
    await page.locator("#note-text").fill("Her number is 943 476 5919");
    await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Keep this note" }).click()]);
    assert.match(await page.locator("main").innerText(), /There is a problem/);
    assert.equal(await page.locator("textarea").inputValue(), "Her number is 943 476 5919");
    assert.ok(!(await fetched(`${handover}.json`)).includes("943 476"));
  }));

for (const script of [true, false])
  test(`single journeys open with a reason, and not without one or without leave, ${script ? "with" : "without"} script`, async () => {
    const name = `Clinical lead ${script ? "one" : "two"}, Rivermead`;
    await reader({ javaScriptEnabled: script }, async (page) => {
      assert.equal((await open(page, "/journeys/one")).status(), 403);
      assert.match(await page.locator("main").innerText(), /You are not signed in/);
      await signIn(page, `Analyst ${script}, Rivermead`, "notes");
      assert.equal((await open(page, "/journeys/one/1?reason=1")).status(), 403, "nor for those who may only write notes");
      assert.match(await page.locator("main").innerText(), /signed in as Analyst/);
    });
    await reader({ javaScriptEnabled: script }, async (page) => {
      await signIn(page, name, "journeys");
      await open(page, "/journeys/one");
      assert.match(await page.locator("h1").innerText(), /need a reason/);
      assert.equal(await page.locator("#main a[href^='/journeys/one/']").count(), 0, "nothing is shown before");
      await open(page, "/journeys/one?reason=9999");
      assert.match(await page.locator("main").innerText(), /give one again/);
      await page.locator("#field-reason").focus();
      await page.keyboard.press("Tab");
      await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
      assert.match(await page.locator("main").innerText(), /There is a problem/, "an empty reason is none");
      await page.locator("#field-reason").focus();
      await page.keyboard.insertText("Review of falls, agreed with the clinical lead");
      await page.keyboard.press("Tab");
      await Promise.all([page.waitForURL(/reason=\d+/), page.keyboard.press("Enter")]);
      const single = page.locator("#main a[href^='/journeys/one/']");
      assert.ok((await single.count()) > 0, "journeys are listed");
      if (script) assert.deepEqual(await violations(page), []);
      await single.first().focus();
      await Promise.all([page.waitForURL((url) => /^\/journeys\/one\/.+/.test(url.pathname)), page.keyboard.press("Enter")]);
      assert.match(await page.locator("main").innerText(), /event|stay|record/i);
      if (script) assert.deepEqual(await violations(page), []);
      const inside = await page.content();
      assert.doesNotMatch(inside, /\b\d{3} ?\d{3} ?\d{4}\b/, "no NHS number");
      const address = page.url();
      await reader({}, async (other) => assert.equal((await open(other, address)).status(), 403, "the address opens it to nobody else"));
      await page.goto(new URL("/leave", home).href);
      await Promise.all([page.waitForURL(new URL("/", home).href), page.getByRole("button", { name: "Sign out" }).click()]);
      assert.equal((await open(page, address)).status(), 403, "nor to the same reader once they left");
    });
  });

test("a choice without script is a form that is sent", () =>
  reader({ viewport: phone, javaScriptEnabled: false }, async (page) => {
    await open(page, "/handovers");
    await page.locator("#choose-place").selectOption({ label: "Eastbrook" });
    await page.locator("#choose-age").selectOption("75-84");
    await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Show" }).click()]);
    const url = new URL(page.url());
    assert.equal(url.searchParams.get("place"), "Eastbrook");
    assert.equal(url.searchParams.get("age"), "75-84");
    assert.match(await page.locator("ul.chosen").innerText(), /Eastbrook[\s\S]+75/);
    const figure = page.locator("details.figure").first();
    await figure.locator("summary").click();
    assert.ok(await figure.locator(".evidence").isVisible(), "and numbers open without script");
    const search = page.locator("#q");
    await search.fill("ward");
    await Promise.all([page.waitForURL(/\/search\?q=ward/), search.press("Enter")]);
    assert.ok((await page.locator(".found a").count()) > 0);
  }));

test("the way back undoes a choice, and an address that was sent shows the same to anybody", () =>
  reader({}, async (page) => {
    await open(page, handover);
    const everybody = await page.locator(".facts").innerText();
    await page.locator("#choose-place").selectOption({ label: "Eastbrook" });
    await page.waitForURL(/place=Eastbrook/);
    await page.locator("ul.chosen").waitFor();
    await page.locator("#choose-sex").selectOption("female");
    await page.waitForURL(/sex=female/);
    await page.locator("ul.chosen li").nth(1).waitFor();
    const sent = page.url();
    const shown = await page.locator("main").ariaSnapshot();
    const data = await fetched(new URL(sent).pathname + ".json" + new URL(sent).search);
    assert.match(data, /"said": "Eastbrook"/);
    await reader({}, async (other) => {
      await other.goto(sent);
      assert.equal(await other.locator("main").ariaSnapshot(), shown);
    });
    await page.goBack();
    await page.waitForURL((url) => !url.searchParams.has("sex"));
    await page.waitForFunction(() => document.getElementById("choose-sex").value === "");
    assert.equal(await page.locator("#choose-place").inputValue(), "Eastbrook");
    await page.goBack();
    await page.waitForURL((url) => !url.searchParams.has("place"));
    await page.waitForFunction(() => document.getElementById("choose-place").value === "");
    assert.equal(await page.locator(".facts").innerText(), everybody);
  }));

test("what was chosen can be taken away again, one or all", () =>
  reader({}, async (page) => {
    await open(page, "/handovers?place=Eastbrook&age=75-84&sex=female");
    await page.getByRole("link", { name: /Remove Age/ }).click();
    await page.waitForURL((url) => !url.searchParams.has("age"));
    assert.equal(await page.locator("ul.chosen li").count(), 3, "two, and all");
    await page.getByRole("link", { name: "Remove all" }).click();
    await page.waitForURL((url) => url.search === "");
    assert.equal(await page.locator("ul.chosen").count(), 0);
  }));

test("two choices made quickly end at the last", () =>
  reader({}, async (page) => {
    await open(page, "/measures");
    await page.locator("#choose-place").selectOption({ label: "Eastbrook" });
    await page.locator("#choose-place").selectOption({ label: "Millfields" });
    await page.waitForURL(/place=Millfields/);
    await page.locator("ul.chosen").getByText("Millfields").waitFor();
    assert.equal(await page.locator("#choose-place").inputValue(), "Millfields");
  }));
