// No dead number: whatever is shown opens to where it came from, and is the same on the page, in a file, on the terminal and on
// paper.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { as, catchment, each, fetched, folder, links, open, reader, withBrowser } from "./browser.mjs";

withBrowser();

const pages = [
  "/", "/handovers", "/handovers/ambulance-to-ed", "/handovers/ward-to-home-care", "/journeys", "/pathways/falls-and-sudden-illness",
  "/measures", "/measures/four-hours-in-emergency", "/measures/handover-wait-for-care", "/map", "/places", "/places/Eastbrook", "/organisations",
  "/organisations/RQR01", "/sources", "/?place=Eastbrook", "/handovers?age=75-84", "/map?measure=four-hours-in-emergency",
  "/ledger", "/ledger?place=Eastbrook", "/pressure",
];

/** The pages above that this place has; the names of its own are taken from its own links. */
async function known() {
  const first = async (from, what) => JSON.parse(await fetched(as("json", from))).panels.flatMap((panel) => panel.tables).flatMap((table) => table.rows).map((row) => row.id).find(Boolean) ?? assert.fail(what);
  const organisation = /href="(\/organisations\/[^"?]+)/.exec(await fetched("/organisations"))[1];
  const measure = `/measures/${await first("/measures", "a measure")}`;
  return [...new Set(pages.map((path) => (path.startsWith("/organisations/") ? organisation : path === "/measures/handover-wait-for-care" ? measure : path)))];
}

test("every figure opens to what was counted, its sources, their time and its rows", async () => {
  const ways = new Map();
  const wrong = [];
  let figures = 0;
  await reader({}, async (page) => {
    for (const path of await known()) {
      await open(page, path);
      const told = await page.evaluate(() =>
        [...document.querySelectorAll("details.figure, details.source")].map((figure) => {
          figure.open = true;
          const evidence = figure.querySelector(".evidence");
          const origin = Object.fromEntries([...evidence.querySelectorAll("dt")].map((dt) => [dt.textContent.trim(), dt.nextElementSibling.textContent.trim()]));
          const seen = { said: figure.querySelector("summary").textContent.trim(), source: figure.matches(".source"), words: evidence.querySelector("p")?.textContent.trim() ?? "", origin, visible: evidence.checkVisibility() && evidence.getBoundingClientRect().height > 20, ways: [...evidence.querySelectorAll("a[href]")].map((a) => a.getAttribute("href")) };
          figure.open = false;
          return seen;
        }),
      );
      figures += told.length;
      if (told.length === 0 && !path.startsWith("/pathways/")) wrong.push(`${path}: holds no figure`);
      for (const figure of told) {
        const at = `${path}: ${figure.said}`;
        if (!figure.visible) wrong.push(`${at}: does not open`);
        if (figure.source) {
          for (const part of ["Last record", "Records", "Problems"]) if (!figure.origin[part]) wrong.push(`${at}: no ${part}`);
        } else {
          if (figure.words.length < 10) wrong.push(`${at}: no definition`);
          if (!figure.origin.From || figure.origin.From === "no source") wrong.push(`${at}: no source`);
          if (!/\d{4}|\d:\d\d/.test(figure.origin["Fresh to"] ?? "")) wrong.push(`${at}: no time: ${figure.origin["Fresh to"]}`);
        }
        if (!figure.ways.some((way) => /^\/why\/[^.]+$/.test(way))) wrong.push(`${at}: no rows`);
        if (!figure.ways.some((way) => /^\/why\/.+\.csv/.test(way))) wrong.push(`${at}: no download`);
        for (const way of figure.ways) if (!ways.has(way)) ways.set(way, at);
      }
    }
  });
  assert.ok(figures > 200, `only ${figures} figures`);
  await each(ways, 4, async ([way, at]) => {
    const body = await fetched(way).catch((error) => wrong.push(`${at}: ${error.message}`));
    if (typeof body !== "string") return;
    if (/\.csv($|\?)/.test(way)) {
      const lines = body.trim().split("\n");
      if (lines.length < 2) wrong.push(`${at}: ${way} holds no rows`);
      if (/^part,text/.test(lines[0])) wrong.push(`${at}: ${way} holds its definition, not its rows`);
    } else if (way.startsWith("/why/")) {
      const tables = JSON.parse(await fetched(as("json", way))).panels.flatMap((panel) => panel.tables);
      if (!tables.some((table) => table.id !== "what" && table.rows.length > 0)) wrong.push(`${at}: ${way} shows no rows`);
    }
  });
  assert.deepEqual([...new Set(wrong)], []);
});

test("where a number came from opens by the key ?, and closes by Escape", () =>
  reader({}, async (page) => {
    await open(page, "/");
    const open_ = page.locator("details.figure[open]");
    await page.locator(".facts summary").nth(1).focus();
    await page.keyboard.press("?");
    assert.match(await open_.innerText(), /Fresh to/);
    await page.keyboard.press("Escape");
    assert.equal(await open_.count(), 0);
    assert.ok(await page.locator(".facts summary").nth(1).evaluate((summary) => summary === document.activeElement));
    // in a panel, away from any number, its first one
    await page.locator("#pressure a").first().focus();
    await page.keyboard.press("?");
    assert.equal(await open_.count(), 1);
    assert.ok(await page.evaluate(() => document.getElementById("pressure").contains(document.querySelector("details.figure[open]"))));
  }));

// ---- one number, many media

/** Rows of a CSV file (RFC 4180). */
function rows(csv) {
  const table = [[""]];
  let quoted = false;
  for (let i = 0; i < csv.length; i++) {
    const row = table[table.length - 1];
    const c = csv[i];
    if (quoted) {
      if (c !== '"') row[row.length - 1] += c;
      else if (csv[i + 1] === '"') row[row.length - 1] += csv[++i];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ",") row.push("");
    else if (c === "\n") table.push([""]);
    else if (c !== "\r") row[row.length - 1] += c;
  }
  if (table[table.length - 1].join("") === "") table.pop();
  return table;
}

/** Minutes, hours and days as minutes; anything else as it is. */
const size = { min: 1, minute: 1, minutes: 1, hour: 60, hours: 60, day: 1440, days: 1440 };

/** Whether what a page says ("4.9 days", "1,240", "9.7%") is this raw value in `unit`, as nearly as it was rounded. */
function says(text, value, unit) {
  const found = /^([−-]?)(£?)([\d,]+(?:\.(\d+))?) ?(.*)$/s.exec(text.trim());
  if (!found) return false;
  const [, minus, pound, digits, decimals = "", word] = found;
  const said = (minus ? -1 : 1) * Number(digits.replaceAll(",", ""));
  // "£2.4m" of pounds; "£0.4m" of what counts in millions already, as its unit says.
  const money = { k: 1e3, m: 1e6, bn: 1e9 };
  const scale = pound ? (/^£./.test(unit) ? 1 : money[word] ?? 1) : size[word] ? size[word] / (size[unit] ?? 1) : 1;
  return Math.abs(said * scale - value) <= 0.5000001 * 10 ** -decimals.length * scale + 1e-9;
}

/** The unit that a header or a row names. */
const unitOf = (header, row) => /minutes/.exec(header)?.[0] ?? /hours/.exec(header)?.[0] ?? row.unit ?? "";

/** Whether a cell of a page is this value of a file. */
function same(shown, value, header, row) {
  const text = shown.replace(/\s+/g, " ").trim();
  if (value === null || value === "") return /^(no data|too few to show|out of date|)$/.test(text);
  if (typeof value === "number") return says(text, value, unitOf(header, row));
  return text === String(value).replace(/\s+/g, " ").trim();
}

test("the numbers of a page are those of its files", async () => {
  const wrong = [];
  let compared = 0;
  await reader({}, async (page) => {
    for (const path of await known()) {
      await open(page, path);
      const view = JSON.parse(await fetched(as("json", path)));
      const shown = await page.evaluate(() => {
        const text = (node) => node?.textContent.replace(/\s+/g, " ").trim() ?? "";
        const cells = (table) => [...table.querySelectorAll("tbody tr")].map((row) => [...row.children].map(text));
        return {
          facts: [...document.querySelectorAll(".facts > div")].map((fact) => ({ title: text(fact.querySelector("dt")), said: text(fact.querySelector("summary")).replace(/, where this comes from$/, "") })),
          title: text(document.querySelector("h1")),
          panels: [...document.querySelectorAll(".panel[id]")].map((panel) => ({
            id: panel.id,
            title: text(panel.querySelector("h2")),
            tables: [...panel.querySelectorAll("table.rows")].map(cells),
            handovers: [...panel.querySelectorAll("table.handovers tbody tr")].map((row) => [text(row.querySelector("th b")), ...[...row.querySelectorAll("details.figure > summary")].map((summary) => { const bare = summary.cloneNode(true); bare.querySelectorAll(".nhsuk-u-visually-hidden").forEach((hidden) => hidden.remove()); return text(bare); })]),
            scale: text(panel.querySelector("table.handovers thead th:nth-child(4)")),
            measures: [...panel.querySelectorAll("article.measure")].map((card) => [card.id, text(card.querySelector(".head summary")).replace(/, where this comes from$/, ""), text(card.querySelector(".finding"))]),
            areas: [...panel.querySelectorAll("table.areas tbody tr")].map((row) => [text(row.querySelector("th")), text(row.querySelector("summary")).replace(/, where this comes from$/, "")]),
          })),
        };
      });
      const differ = (what, ...parts) => { wrong.push(`${path}: ${what}: ${parts.map((part) => JSON.stringify(part)).join(" is not ")}`); };
      if (shown.title !== view.title.trim()) differ("title", shown.title, view.title);
      if (shown.facts.length !== view.facts.length) differ("facts", shown.facts, view.facts);
      view.facts.forEach((fact, i) => {
        compared += 1;
        const told = shown.facts[i];
        if (told.title !== fact.title || told.said !== fact.said) differ("fact", told, fact);
        if (fact.value !== null && !says(told.said, fact.value, fact.unit)) differ(fact.title, told.said, fact.value);
      });
      if (shown.panels.map((panel) => panel.id).join() !== view.panels.map((panel) => panel.id).join()) differ("panels", shown.panels.map((panel) => panel.id), view.panels.map((panel) => panel.id));
      for (const panel of shown.panels) {
        const { tables, title } = view.panels.find((known) => known.id === panel.id) ?? { tables: [] };
        if (panel.title !== title) differ("panel", panel.title, title);
        const agree = (cells, table) =>
          table.headers.length === (cells[0]?.length ?? table.headers.length) && Math.min(table.rows.length, 500) === cells.length &&
          cells.every((row, i) => row.every((cell, k) => same(cell, table.rows[i][table.headers[k]], table.headers[k], table.rows[i])));
        for (const cells of panel.tables) {
          compared += cells.flat().length;
          if (tables.some((table) => agree(cells, table))) continue;
          const near = tables.find((table) => table.headers.length === cells[0]?.length && table.rows.length === cells.length);
          const cell = near && cells.flatMap((row, i) => row.flatMap((cell, k) => (same(cell, near.rows[i][near.headers[k]], near.headers[k], near.rows[i]) ? [] : [[near.headers[k], cell, near.rows[i][near.headers[k]]]])))[0];
          differ(`a table in ${panel.id}`, cell ?? cells[0], near ? "its file" : tables.map((table) => [table.headers.length, table.rows.length]));
        }
        panel.handovers.forEach(([name, middle, nine, time, now], i) => {
          compared += 4;
          const row = tables.find((table) => table.headers.includes("still_waiting")).rows[i];
          const scale = panel.scale.split(" ")[0].toLowerCase();
          const told = [["handover", name], ["wait_minutes_p50", middle], ["wait_minutes_p90", nine], ["wait_hours", /\d/.test(time) ? `${time} ${scale}` : time], ["still_waiting", now]];
          for (const [header, cell] of told) if (!same(cell, row[header], header, row)) differ(`${panel.id} ${name} ${header}`, cell, row[header]);
        });
        panel.measures.forEach(([id, value, finding], i) => {
          compared += 2;
          const row = tables.find((table) => table.headers.includes("finding")).rows[i];
          if (row.id !== id || row.finding !== finding) differ(`${panel.id} ${id}`, finding, row);
          if (!same(value, row.value, "value", row)) differ(`${panel.id} ${id}`, value, row.value);
        });
        for (const [name, value] of panel.areas) {
          compared += 1;
          const row = tables[0].rows.find((row) => row.area === name) ?? {};
          if (!same(value, row.value ?? null, "value", row)) differ(`${panel.id} ${name}`, value, row.value);
        }
      }
    }
  });
  assert.ok(compared > 2000, `only ${compared} numbers`);
  assert.deepEqual(wrong, []);
});

test("every file that a page offers holds the rows of its panel, alike as CSV and JSON", async () => {
  const files = new Set();
  await reader({}, async (page) => {
    for (const path of await known()) {
      await open(page, path);
      for (const link of await links(page)) if (/[?&]panel=/.test(link)) files.add(link.replace(".json?", ".csv?"));
    }
  });
  assert.ok(files.size > 40, `only ${files.size} files`);
  const wrong = [];
  await each(files, 4, async (path) => {
    const name = new URL(path, "http://x").searchParams.get("panel");
    const [header, ...body] = rows(await fetched(path));
    const tables = JSON.parse(await fetched(path.replace(".csv?", ".json?"))).panels.flatMap((panel) => panel.tables);
    const table = tables.find((table) => table.id === name);
    if (!table) return wrong.push(`${path}: no table ${name}`);
    if (header.join() !== table.headers.join()) return wrong.push(`${path}: ${header} is not ${table.headers}`);
    const values = table.rows.map((row) => table.headers.map((key) => (row[key] === null ? "" : String(row[key]))));
    if (JSON.stringify(body.map((row) => row.map((cell) => (cell !== "" && !Number.isNaN(Number(cell)) ? String(Number(cell)) : cell)))) !== JSON.stringify(values.map((row) => row.map((cell) => (cell !== "" && !Number.isNaN(Number(cell)) ? String(Number(cell)) : cell))))) {
      const i = body.findIndex((row, k) => row.join("\u0000") !== (values[k] ?? []).join("\u0000"));
      wrong.push(`${path}: row ${i}: ${JSON.stringify(body[i])} is not ${JSON.stringify(values[i])} (${body.length} and ${values.length})`);
    }
  });
  assert.deepEqual(wrong, []);
});

const spoken = ["/", "/handovers/ambulance-to-ed?place=Eastbrook", "/journeys", "/measures/four-hours-in-emergency", "/places/Eastbrook", "/map", "/sources"];

test("the terminal says what the server says", async () => {
  await each(spoken, 2, async (path) => {
    assert.equal(await catchment("see", folder, path, "--json"), await fetched(as("json", path)), path);
    const said = (await catchment("see", folder, path)).replace(/\s+/g, " ");
    assert.ok(said.length > 100, path);
  });
  const csv = await fetched("/index.csv?panel=changed");
  assert.equal(await catchment("see", folder, "/", "--panel", "changed", "--csv"), csv);
});

test("the paper says what the page says", async (t) => {
  try {
    execFileSync("pdftotext", ["-v"], { stdio: "ignore" });
  } catch {
    t.skip("pdftotext is not here (apt-get install poppler-utils)");
    return;
  }
  const to = mkdtempSync(join(tmpdir(), "paper-"));
  try {
    await each(spoken, 2, async (path) => {
      const file = join(to, `${encodeURIComponent(path)}.pdf`);
      await catchment("paper", folder, path, "-o", file);
      const text = execFileSync("pdftotext", ["-layout", file, "-"]).toString();
      const flat = text.replace(/\s+/g, " ");
      const view = JSON.parse(await fetched(as("json", path)));
      const letters = (words) => words.replace(/[^\p{L}\p{N}.,%−-]/gu, "");
      const all = letters(execFileSync("pdftotext", [file, "-"]).toString());
      assert.ok(all.includes(letters(view.title)), `${path}: “${view.title}” is not on paper: ${flat.slice(0, 300)}`);
      for (const fact of view.facts) {
        const number = /[\d,.]+|[a-z ]+/.exec(fact.said)[0];
        assert.ok(flat.includes(number), `${path}: ${fact.title}: ${fact.said} is not on paper`);
      }
      for (const { said } of view.chosen) assert.ok(flat.includes(said), `${path}: ${said} is not on paper`);
      const sides = (pages) => pages.split("\f").filter((side) => side.trim()).length;
      assert.ok(sides(text) <= 2, `${path}: more than two sides`);
      // as one document, printed by a browser
      const document = `${file}.html`;
      await catchment("paper", folder, path, "-o", document);
      const printed = await reader({}, async (page) => {
        await page.setContent(readFileSync(document, "utf8"));
        return page.pdf({ preferCSSPageSize: true, path: `${file}.printed.pdf` }).then(() => execFileSync("pdftotext", [`${file}.printed.pdf`, "-"]).toString());
      });
      assert.ok(sides(printed) <= 2, `${path}: more than two sides in print`);
      assert.ok(letters(printed).includes(letters(view.title)), `${path}: “${view.title}” is not in print`);
    });
  } finally {
    rmSync(to, { recursive: true });
  }
});
