// Whole tasks of people who talk: a ward sister on her phone, and a citizen without script, account or name.
import assert from "node:assert/strict";
import { test } from "node:test";
import { catchment, fetched, folder, home, open, openAll, phone, reader, sideways, violations, withBrowser } from "./browser.mjs";

withBrowser();

const talk = "/conversations/crisis";
const words = () => `A night nurse could ring back within the hour (${Math.random().toString(36).slice(2, 8)}).`;

/** Signs in by the address that the binary prints for this reader. */
async function signIn(page, name, may) {
  const key = /key=(\S+)/.exec(await catchment("allow", folder, name, "--may", may))[1];
  await open(page, `/enter?key=${key}`);
  await Promise.all([page.waitForURL(new URL("/", home).href), page.getByRole("button", { name: "Sign in on this machine" }).click()]);
}

/** Presses a button that leads to another page. */
const press = (page, button) => Promise.all([page.waitForNavigation(), button.click()]);

async function well(page, what) {
  assert.deepEqual(await violations(page), [], what);
  assert.ok((await sideways(page)) <= 0, `${what} scrolls sideways`);
}

test("a ward sister on her phone adds a statement, a moderator lets it in, somebody answers, and she reads the answer", () =>
  reader({ viewport: phone, hasTouch: true, isMobile: true }, async (page) => {
    await signIn(page, "Ward sister, Eastbrook", "notes");
    await open(page, talk);
    await well(page, "a conversation");
    const said = words();
    await page.getByText("Add a statement").click();
    await page.getByLabel("What you want to say").fill(said);
    await page.getByLabel("The voice that you speak with").selectOption({ index: 1 });
    await page.getByLabel("Your role and place").fill("Ward sister, Eastbrook");
    await press(page, page.getByRole("button", { name: "Say it" }));
    assert.equal(new URL(page.url()).hash, "#yours");
    assert.match(await page.locator("#yours").innerText(), /somebody reads it first/);
    await well(page, "what she wrote");

    await reader({}, async (desk) => {
      await signIn(desk, "Clerk, Rivermead", "moderate,settle");
      await open(desk, `${talk}/moderation`);
      await well(desk, "what waits for a moderator");
      const form = desk.locator("form[action='/do/moderate']").filter({ has: desk.getByLabel("Let it in") }).last();
      await form.getByLabel("Let it in").check();
      await press(desk, form.getByRole("button", { name: "Decide" }));
      await open(desk, "/said");
      await openAll(desk);
      await well(desk, "answers and where to give one");
      const answer = desk.locator("form[action='/do/answer']").first();
      const ours = answer.locator("select[name=statement] option", { hasText: said.slice(0, 40) });
      await answer.locator("select[name=statement]").selectOption(await ours.last().getAttribute("value"));
      await answer.getByLabel("Taken up in another form").check();
      await answer.getByLabel("In words, for whoever said it").fill("Two nurses ring back from January.");
      await press(desk, answer.getByRole("button", { name: "Answer" }));
    });

    await open(page, talk);
    assert.match(await page.locator("#yours").innerText(), /Two nurses ring back from January\./);
    assert.match(await fetched("/public/said"), /Two nurses ring back from January\./);
  }));

test("a citizen without script votes, speaks and reads the outcome", () =>
  reader({ viewport: phone, javaScriptEnabled: false }, async (page) => {
    await open(page, "/public");
    await press(page, page.getByRole("link", { name: "You can say what you think here" }));
    await press(page, page.getByRole("link", { name: "When you could not cope, what would have helped?" }));
    assert.deepEqual(await page.context().cookies(), [], "no cookie before the first vote");
    const first = await page.locator("blockquote").first().innerText();
    await press(page, page.getByRole("button", { name: "Agree", exact: true }));
    const [cookie] = await page.context().cookies();
    assert.ok(cookie.httpOnly && cookie.sameSite === "Lax" && /^[0-9a-f]{32}\.[0-9a-f]{32}$/.test(cookie.value), JSON.stringify(cookie));
    assert.notEqual(await page.locator("blockquote").first().innerText(), first, "the next statement is shown");
    await press(page, page.getByRole("button", { name: "Pass", exact: true }));
    const said = words();
    await page.getByLabel("Your words").fill(said);
    await page.getByLabel("Who are you?").selectOption({ index: 1 });
    await press(page, page.getByRole("button", { name: "Send it" }));
    const text = await page.locator("main").innerText();
    assert.ok(text.includes("Thank you. We have what you wrote.") && text.includes(said), text);
    await press(page, page.getByRole("link", { name: "What came of it" }));
    assert.match(await page.locator("main").innerText(), /You said, so we[\s\S]+We said (yes|no)/);
  }));

for (const path of ["/story", "/conversations", talk, `${talk}/moderation`, "/conversations/home", "/said", "/public/say", "/public/say/crisis", "/public/said"]) {
  test(`${path} can be read by everybody, on a phone and at a desk`, async () => {
    for (const viewport of [phone, { width: 1440, height: 1000 }]) {
      await reader({ viewport }, async (page) => {
        assert.equal((await open(page, path)).status(), 200);
        await well(page, path);
        if (path.startsWith("/public")) assert.ok((await page.content()).length < 50_000);
      });
    }
  });
}
