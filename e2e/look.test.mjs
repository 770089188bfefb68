// How the main screens are seen and heard: as kept in goldens/, without their words lying over each other, in grey, enlarged, with
// the reader's own colours and without movement. UPDATE=1 keeps what they are now; look at every picture that changes.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { collisions, desk, openAll, open, phone, reader, sideways, sizes, violations, withBrowser } from "./browser.mjs";

withBrowser();

const goldens = fileURLToPath(new URL("goldens/", import.meta.url));
const update = process.env.UPDATE === "1";
const screens = {
  home: "/",
  handover: "/handovers/ambulance-to-ed",
  journeys: "/journeys",
  measure: "/measures/four-hours-in-emergency",
  place: "/places/Eastbrook",
  map: "/map",
  public: "/public",
};

/** Keeps `made` as a golden when asked to, or compares it by `differ`, which says how they differ. */
async function kept(name, made, differ) {
  const file = goldens + name;
  if (update || !existsSync(file)) {
    assert.ok(update, `there is no ${name}: UPDATE=1 keeps one`);
    mkdirSync(goldens, { recursive: true });
    return writeFileSync(file, made);
  }
  const wrong = await differ(readFileSync(file));
  if (wrong) {
    const now = `${file.replace(/(\.\w+)$/, ".now$1")}`;
    writeFileSync(now, made);
    assert.fail(`${name} ${wrong}; look at ${now}, and keep it by UPDATE=1 if it is as it should be`);
  }
}

/**
 * Where two pictures differ so that an eye would see it, in squares of 24 points; nothing when they do not. The browser reads both.
 * Letters may be drawn a little otherwise on another machine: a tenth of a square, or a little everywhere, is not a difference.
 */
async function apart(page, a, b) {
  return page.evaluate(
    async (pictures) => {
      const [one, other] = await Promise.all(
        pictures.map(async (picture) => {
          const bytes = Uint8Array.from(atob(picture), (c) => c.charCodeAt(0));
          const image = await createImageBitmap(new Blob([bytes]));
          const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
          context.drawImage(image, 0, 0);
          return context.getImageData(0, 0, image.width, image.height);
        }),
      );
      if (one.width !== other.width || Math.abs(one.height - other.height) > 2) return `is ${other.width} by ${other.height}, not ${one.width} by ${one.height}`;
      const [square, far] = [24, 70];
      const wrong = [];
      const height = Math.min(one.height, other.height);
      for (let top = 0; top < height; top += square)
        for (let left = 0; left < one.width; left += square) {
          let differ = 0;
          for (let y = top; y < Math.min(top + square, height); y++)
            for (let x = left; x < Math.min(left + square, one.width); x++) {
              const i = (y * one.width + x) * 4;
              if ([0, 1, 2].some((k) => Math.abs(one.data[i + k] - other.data[i + k]) > far)) differ += 1;
            }
          if (differ > square * square * 0.1) wrong.push(`${left * 2},${top * 2}`);
        }
      return wrong.length > 0 ? `differs in ${wrong.length} squares, the first at ${wrong.slice(0, 3).join(" and ")} px` : null;
    },
    [a, b].map((bytes) => bytes.toString("base64")),
  );
}

for (const [name, path] of Object.entries(screens)) {
  test(`${name} is heard as it should be, alike on a desk and on a phone`, () =>
    reader({}, async (page) => {
      await open(page, path);
      const heard = await page.locator("body").ariaSnapshot();
      await kept(`${name}.yml`, `${heard}\n`, (golden) => {
        const [was, is] = [golden.toString().split("\n"), `${heard}\n`.split("\n")];
        const at = is.findIndex((line, i) => line !== was[i]);
        return `${heard}\n` === golden.toString() ? null : `is heard otherwise at line ${at + 1}: “${is[at]}”, not “${was[at]}”`;
      });
      await page.setViewportSize(phone);
      const small = await page.locator("body").ariaSnapshot();
      const words = (snapshot) => snapshot.split("\n").map((line) => line.trim()).filter((line) => /^- (heading|link|button|combobox|searchbox|row)/.test(line)).join("\n");
      assert.equal(words(small), words(heard), "a phone leaves nothing out");
    }));

  for (const [size, viewport] of Object.entries(sizes))
    test(`${name} is seen as it should be on a ${size}`, () =>
      reader({ viewport, deviceScaleFactor: 0.5, media: { reducedMotion: "reduce" } }, async (page) => {
        await open(page, path);
        const seen = await page.screenshot({ fullPage: true, caret: "hide", type: "jpeg", quality: 30 });
        const blank = await page.context().newPage();
        await kept(`${name}-${viewport.width}.jpg`, seen, (golden) => apart(blank, golden, seen));
      }));

  test(`${name} keeps its words apart at 200%, and between a phone and a desk`, () =>
    reader({ viewport: { width: 720, height: 500 }, deviceScaleFactor: 2 }, async (page) => {
      await open(page, path);
      for (const width of [720, 320, 390, 701, 1100, 1440, 1920]) {
        await page.setViewportSize({ width, height: 900 });
        assert.deepEqual(await collisions(page), [], `${width} px`);
        assert.equal(await sideways(page), 0, `${width} px`);
      }
    }));

  test(`${name} says in grey what it says in colour`, () =>
    reader({}, async (page) => {
      await open(page, path);
      // what is orange or blue has a neighbour that says so: a word, an arrow, or another shape than the rest
      const mute = await page.evaluate(() => {
        const grey = (c) => { const [r, g, b] = c.match(/\d+/g).map(Number); return Math.max(r, g, b) - Math.min(r, g, b) < 40; };
        const found = [];
        for (const at of document.querySelectorAll("main .concern, main .better")) {
          if (!at.checkVisibility() || at.closest("svg")) continue;
          const words = at.textContent + (at.closest("article, li, tr, td, .one")?.textContent ?? "");
          if (!/longer|shorter|worse|better|higher|lower|signal|hit|miss|target|changed|concern|improvement/i.test(words)) found.push(`${at.className}: ${at.textContent.trim().slice(0, 60)}`);
        }
        for (const svg of document.querySelectorAll("main svg")) {
          if (!svg.checkVisibility()) continue;
          const coloured = [...svg.querySelectorAll("path, rect, circle")].filter((mark) => { const fill = getComputedStyle(mark).fill; return fill.startsWith("rgb(") && !grey(fill) && getComputedStyle(mark).opacity !== "0"; });
          const hidden = svg.getAttribute("aria-hidden") === "true";
          if (coloured.length > 0 && !hidden && !svg.querySelector("title, desc") && !svg.getAttribute("aria-label") && !svg.getAttribute("aria-labelledby")) found.push(`a drawing in ${svg.closest("[id]")?.id} says nothing`);
        }
        return found;
      });
      assert.deepEqual(mute, []);
    }));
}

test("with the reader's own colours everything can still be read, and marks are not lost in the ground", () =>
  reader({ media: { forcedColors: "active" } }, async (page) => {
    for (const path of [screens.home, screens.handover, screens.journeys, screens.map]) {
      await open(page, path);
      assert.deepEqual(await violations(page), [], path);
      const lost = await page.evaluate(() => {
        const ground = getComputedStyle(document.body).backgroundColor;
        // light words on a dark area are not lost: something of another colour lies under their middle
        const stands = (text) => {
          const { x, y, width, height } = text.getBoundingClientRect();
          const [cx, cy] = [x + width / 2, y + height / 2];
          return [...text.closest("svg").querySelectorAll("path, rect, circle")].some((shape) => {
            const [box, fill] = [shape.getBoundingClientRect(), getComputedStyle(shape).fill];
            return fill !== ground && fill !== "none" && box.left < cx && cx < box.right && box.top < cy && cy < box.bottom;
          });
        };
        return [...document.querySelectorAll("main svg text, main svg rect, main svg path, main svg circle")]
          .filter((mark) => mark.checkVisibility() && mark.tagName === "text" && getComputedStyle(mark).fill === ground && mark.textContent.trim() && !stands(mark))
          .map((mark) => mark.textContent);
      });
      assert.deepEqual(lost, [], path);
      assert.ok(await page.locator("nav.menu a[aria-current]").evaluate((a) => getComputedStyle(a).borderBottomStyle !== "none"));
    }
  }));

test("who asks for less movement gets none", () =>
  reader({ media: { reducedMotion: "reduce" } }, async (page) => {
    for (const path of Object.values(screens)) {
      await open(page, path);
      await openAll(page);
      const moving = await page.evaluate(() => {
        const moved = [...document.querySelectorAll("*")].filter((at) => { const style = getComputedStyle(at); return parseFloat(style.transitionDuration) > 0 || parseFloat(style.animationDuration) > 0; });
        return [...moved.map((at) => at.outerHTML.slice(0, 80)), ...(getComputedStyle(document.documentElement).scrollBehavior === "smooth" ? ["smooth scrolling"] : []), ...document.getAnimations().map(String)];
      });
      assert.deepEqual(moving, [], path);
    }
  }));

test("on paper the drawings stay and the furniture goes", () =>
  reader({ viewport: { width: 794, height: 1123 }, media: { media: "print" } }, async (page) => {
    for (const path of [screens.home, screens.handover]) {
      await open(page, path);
      assert.ok(await page.locator(".panel svg").first().isVisible());
      for (const furniture of [".menu", "form.search", "form.choices"]) for (const one of await page.locator(furniture).all()) assert.ok(!(await one.isVisible()), furniture);
      assert.equal(await sideways(page), 0);
      assert.match(await page.locator("footer").innerText(), /Address of this page/);
    }
  }));

test("on a small and on a large screen the first thing is what changed", () =>
  reader({}, async (page) => {
    for (const viewport of [desk, phone, { width: 320, height: 568 }]) {
      await page.setViewportSize(viewport);
      for (const path of Object.values(screens)) {
        await open(page, path);
        const box = await page.locator("h1").boundingBox();
        assert.ok(box.y + box.height < viewport.height, `${path} at ${viewport.width}: the finding is below the fold`);
      }
    }
  }));
