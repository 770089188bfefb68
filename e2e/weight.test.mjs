// What a page costs those who open it: bytes, cookies, scripts. How long it takes is measured by scripts/paint, and not tested.
import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { home, open, phone, reader, withBrowser } from "./browser.mjs";

withBrowser();

/** Bytes of each file that comes over the wire when `path` is opened, with their headers. */
async function wire(path) {
  return reader({ viewport: phone }, async (page) => {
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    const names = new Map();
    const bytes = new Map();
    session.on("Network.requestWillBeSent", ({ requestId, request }) => names.set(requestId, new URL(request.url).pathname));
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => bytes.set(names.get(requestId), encodedDataLength));
    await page.goto(new URL(path, home).href, { waitUntil: "networkidle" });
    const cookies = await page.context().cookies();
    const scripts = await page.locator("script").count();
    return { bytes, cookies, scripts };
  });
}

const font = (path) => /\.(woff2|ttf)$/.test(path);
const total = (bytes) => [...bytes].filter(([path]) => !font(path)).reduce((sum, [, size]) => sum + size, 0);

for (const path of ["/", "/handovers", "/journeys", "/measures", "/map", "/places/Eastbrook", "/handovers/ambulance-to-ed"])
  test(`${path} comes in less than 100 KB without its font`, async (t) => {
    const { bytes, cookies } = await wire(path);
    t.diagnostic([...bytes].map(([name, size]) => `${name} ${size}`).join(", "));
    assert.ok(bytes.size >= 4, "page, styles, scripts and font came");
    assert.ok([...bytes.keys()].some(font), "the font is ours");
    assert.ok(total(bytes) < 100_000, `${total(bytes)} bytes`);
    assert.deepEqual(cookies, [], "nobody who only looks is given a cookie");
  });

test("the page for the public is one file of less than 50 KB, with no script, no cookie and nothing that follows the reader", async (t) => {
  const { bytes, cookies, scripts } = await wire("/public");
  t.diagnostic([...bytes].map(([name, size]) => `${name} ${size}`).join(", "));
  assert.deepEqual([...bytes.keys()], ["/public"]);
  assert.ok(total(bytes) < 50_000, `${total(bytes)} bytes`);
  assert.equal(scripts, 0);
  assert.deepEqual(cookies, []);
  const response = await fetch(new URL("/public", home), { headers: { cookie: "catchment=somebody" } });
  assert.equal(response.headers.get("set-cookie"), null);
  assert.match(response.headers.get("content-security-policy"), /default-src 'none'/);
  const body = await response.text();
  assert.ok(Buffer.byteLength(body) < 50_000, "nor without being packed");
  assert.doesNotMatch(body, /\son[a-z]+=|<img|<iframe|https?:\/\/(?!www\.w3\.org)/i);
});

test("what does not change is not sent twice", async () => {
  const first = await fetch(new URL("/", home));
  const tag = first.headers.get("etag");
  assert.ok(tag);
  const again = await fetch(new URL("/", home), { headers: { "if-none-match": tag } });
  assert.equal(again.status, 304);
  assert.equal((await again.arrayBuffer()).byteLength, 0);
});

test("every page of records is packed, and is the same unpacked", async () => {
  for (const path of ["/", "/index.json", "/handovers.csv", "/assets/catchment.css"]) {
    const response = await fetch(new URL(path, home), { headers: { "accept-encoding": "identity" } });
    const plain = Buffer.from(await response.arrayBuffer());
    const packed = await new Promise((done, fail) =>
      request(new URL(path, home), { headers: { "accept-encoding": "gzip" } }, (response) => {
        const parts = [];
        assert.equal(response.headers["content-encoding"], "gzip", path);
        response.on("data", (part) => parts.push(part)).on("end", () => done(Buffer.concat(parts))).on("error", fail);
      }).on("error", fail).end(),
    );
    assert.ok(gunzipSync(packed).equals(plain), path);
    assert.ok(packed.length < plain.length / 2, path);
  }
});

test("nothing is asked for again while nobody does anything", () =>
  reader({}, async (page) => {
    const asked = [];
    await open(page, "/measures/four-hours-in-emergency");
    // The picture of the tab is fetched by the browser whenever it likes.
    page.on("request", (request) => { if (!request.url().endsWith("/assets/mark.svg")) asked.push(request.url()); });
    await page.mouse.move(300, 300);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    assert.deepEqual(asked, []);
  }));
