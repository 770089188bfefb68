// How soon a page is seen on a phone with a slow line: `node e2e/paint.mjs http://localhost:7700 / /public`.
// The line is 1.6 Mbit/s with 150 ms there and back, the phone a quarter as fast as this machine (Lighthouse's "slow 4G"), the
// cache empty. Prints the middle of nine tries: first paint, largest paint, bytes over the wire.
import { chromium } from "playwright-core";

const [home, ...paths] = process.argv.slice(2);
if (!home) throw new Error("which address? node e2e/paint.mjs http://localhost:7700 /");
const TRIES = 9;
const quiet = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: quiet.split(" ") });
const middle = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function once(path) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 });
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await page.addInitScript(() => new PerformanceObserver((list) => { globalThis.largest = list.getEntries().at(-1).startTime; }).observe({ type: "largest-contentful-paint", buffered: true }));
  await page.goto(new URL(path, home).href, { waitUntil: "networkidle" });
  await page.waitForFunction(() => globalThis.largest && performance.getEntriesByName("first-contentful-paint").length > 0);
  const seen = await page.evaluate(() => ({ first: performance.getEntriesByName("first-contentful-paint")[0].startTime, largest: globalThis.largest }));
  await context.close();
  return { ...seen, bytes };
}

for (const path of paths.length > 0 ? paths : ["/"]) {
  const tries = [];
  for (let i = 0; i < TRIES; i++) tries.push(await once(path));
  const of = (key) => Math.round(middle(tries.map((one) => one[key])));
  console.log(`${path}\tfirst paint ${of("first")} ms\tlargest paint ${of("largest")} ms\t${of("bytes")} bytes with font`);
}
await browser.close();
