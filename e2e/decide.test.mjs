// A question is settled by keyboard alone: the clerk writes the wording, members say where they stand, and it is recorded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { catchment, desk, folder, home, open, phone, reader, sideways, violations, withBrowser } from "./browser.mjs";

withBrowser();

/** Signs in by the address that the binary prints for this reader. */
async function signIn(page, name, ...more) {
  const key = /key=(\S+)/.exec(await catchment("allow", folder, name, ...more))[1];
  await open(page, `/enter?key=${key}`);
  await Promise.all([page.waitForURL(new URL("/", home).href), page.getByRole("button", { name: "Sign in on this machine" }).press("Enter")]);
}

/** Presses Tab until the field has the focus. */
async function tabTo(page, id, most = 600) {
  for (let pressed = 0; pressed < most; pressed++) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(() => document.activeElement.id)) === id) return;
  }
  assert.fail(`Tab never came to #${id}`);
}

/** Opens a form that is folded away, from its summary. */
async function unfold(page, title) {
  const summary = page.locator("summary", { hasText: title }).first();
  await summary.focus();
  await page.keyboard.press("Enter");
}

/** Types into fields one after the other, Tab by Tab. */
async function fill(page, form, fields) {
  for (const [name, value] of fields) {
    await tabTo(page, `${form}-${name}`);
    const kind = await page.evaluate(() => document.activeElement.type);
    if (kind === "radio") await page.keyboard.press("Space");
    else if (kind === "select-one") await page.locator(`#${form}-${name}`).selectOption(value);
    else if (kind === "date") await page.locator(`#${form}-${name}`).fill(value);
    else await page.keyboard.insertText(value);
  }
}

const soon = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

test("by keyboard: a question is put, weighed, worded and recorded", async () => {
  let address;
  await reader({}, async (page) => {
    await signIn(page, "Clerk to the Urgent Care Board", "--may", "notes,settle");
    await open(page, "/decisions");
    await unfold(page, "Put a question");
    await fill(page, "question", [
      ["question", "Shall we try a keyboard?"],
      ["options", "Try it: one ward, two weeks"],
      ["body", "millfields-team"],
      ["duty", "prevention"],
      ["rule", "consent"],
      ["quorum", "1"],
      ["why_this_rule", "All of us type"],
      ["closes", soon(9)],
    ]);
    await Promise.all([page.waitForURL(/\/decisions\/shall-we-try/), page.locator("form[action='/do/question'] button").press("Enter")]);
    address = new URL(page.url()).pathname;
    assert.deepEqual(await violations(page), []);
  });
  await reader({ viewport: phone }, async (page) => {
    await signIn(page, "Residents' member", "--may", "notes", "--seat", "millfields-residents");
    await open(page, address);
    await unfold(page, "Say where you stand");
    await fill(page, "stand", [["option", ""], ["position", ""]]);
    await Promise.all([page.waitForURL(/#stands$/), page.locator("#stands form[action='/do/stand'] button").press("Enter")]);
    assert.match(await page.locator("#stands").innerText(), /Supports A/);
    assert.equal(await sideways(page), 0);
    assert.deepEqual(await violations(page), []);
  });
  await reader({}, async (page) => {
    await signIn(page, "Clerk to the Urgent Care Board", "--may", "notes,settle");
    await open(page, address);
    await unfold(page, "Write the wording");
    const measure = await page.locator("#draft-expect option").nth(1).getAttribute("value");
    await fill(page, "draft", [
      ["we_will", "Try a keyboard on one ward"],
      ["chosen", ""],
      ["because", "It is quick to stop"],
      ["who_may_lose", "Those who cannot type"],
      ["what_we_do", "Somebody types for them"],
      ["expect", measure],
      ["from", "10"],
      ["expected", "8"],
      ["low", "6"],
      ["high", "9"],
      ["by", soon(40)],
      ["stop", measure],
      ["bar", "20"],
      ["owner", "Ward sister"],
      ["review_on", soon(50)],
    ]);
    await Promise.all([page.waitForURL(/#wording$/), page.locator("form[action='/do/draft'] button").press("Enter")]);
    assert.match(await page.locator("#stands").innerText(), /Of an earlier wording/);
  });
  // Each seat agrees the wording on its card.
  for (const seat of ["millfields-residents", "millfields-nursing", "millfields-practices"])
    await reader({}, async (page) => {
      await signIn(page, `Member for ${seat}`, "--may", "notes", "--seat", seat);
      await open(page, address);
      await Promise.all([page.waitForURL(/#wording$/), page.getByRole("button", { name: "Agree this wording" }).press("Enter")]);
    });
  await reader({}, async (page) => {
    await signIn(page, "Clerk to the Urgent Care Board", "--may", "notes,settle");
    await open(page, address);
    const record = page.locator("form[action='/do/record'] button");
    await record.focus();
    await Promise.all([page.waitForResponse((answer) => answer.status() === 303), page.keyboard.press("Enter")]);
    await page.waitForLoadState();
    assert.match(await page.locator("#wording").innerText(), /Nothing can change it/);
    assert.equal(await page.locator("form[action='/do/draft']").count(), 0);
    assert.deepEqual(await violations(page), []);
  });
  await reader({ javaScriptEnabled: false, viewport: phone }, async (page) => {
    const answer = await open(page, `/public${address}`);
    assert.ok((await answer.body()).length < 50_000);
    assert.match(await page.locator("main").innerText(), /We will try a keyboard on one ward/);
  });
});

for (const [name, viewport] of [["390", phone], ["1440", desk]])
  test(`nothing is wrong with the rooms at ${name} px`, () =>
    reader({ viewport }, async (page) => {
      for (const path of ["/decisions", "/plans", "/monday", "/trust", "/public/decisions"]) {
        await open(page, path);
        assert.deepEqual(await violations(page), [], path);
        assert.equal(await sideways(page), 0, path);
      }
      for (const from of ["/decisions", "/plans"]) {
        await open(page, from);
        const links = await page.evaluate((start) => [...new Set([...document.querySelectorAll(`main a[href^="${start}/"]`)].map((a) => a.getAttribute("href").split("#")[0]))], from);
        for (const path of links.slice(0, 4)) {
          await open(page, path);
          assert.deepEqual(await violations(page), [], path);
          assert.equal(await sideways(page), 0, path);
        }
      }
    }));
