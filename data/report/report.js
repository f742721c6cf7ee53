/* What moves in the report: charts, the map, and the list of claims. Everything that an article said is put into the page as text. */
"use strict";
(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const number = (value) => value.toLocaleString("en-US");

  /** An element with these properties and children; a string child becomes text, never markup. */
  function el(tag, properties = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (value === null || value === undefined) continue;
      if (name === "class") node.className = value;
      else if (name in node && name !== "list") node[name] = value;
      else node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  /** What is packed in the page under this id. */
  async function unpacked(id) {
    const text = atob($(`#${id}`).textContent);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
  }

  // --- charts ---------------------------------------------------------------------------------------------------------------------

  const charts = JSON.parse($("#charts").textContent);
  const INK = "var(--ink)", SOFT = "var(--soft)", ACCENT = "var(--accent)", PALE = "var(--accent-soft)";

  /** Draw into `node` whenever its width changes. */
  function drawn(node, draw) {
    let width = 0;
    new ResizeObserver(() => {
      const now = Math.floor(node.clientWidth);
      if (!now || now === width) return;
      const drawing = draw((width = now));
      drawing.setAttribute("aria-hidden", "true"); // the node around it says in words what is drawn
      node.replaceChildren(drawing);
    }).observe(node);
  }

  const said = ({ low, high, open }) => (low === high ? number(low) : `${number(low)} to ${number(high)}`) + (open ? " or more" : "");

  const counted = (n, noun) => `${number(n)} ${n === 1 ? noun.slice(0, -1) : noun}`;

  function drawTolls(harm) {
    const holder = $("#toll-charts");
    const panels = charts.toll.find((entry) => entry.harm === harm).panels.map((panel) => ({
      name: panel.name,
      points: panel.points.map(([start, label, low, high, open, n]) => ({ when: new Date(`${start}T00:00:00Z`), label, low, high, open, n })),
    }));
    const all = panels.flatMap((panel) => panel.points);
    const tops = all.map((point) => point.high).filter((value) => value > 0);
    const top = Math.max(1, ...tops), middle = d3.median(tops) ?? 1;
    const log = top > 40 * middle; // one mass killing would flatten all else
    const day = 86400e3, pad = { day, week: 4 * day, month: 20 * day }[charts.unit];
    const span = d3.extent(all, (point) => +point.when);
    const x = { type: "utc", domain: [new Date(span[0] - pad), new Date(span[1] + pad)], label: null };
    const y = log
      ? { type: "log", domain: [0.8, top * 1.3], tickFormat: (value) => (Number.isInteger(Math.log10(value)) ? number(value) : ""), label: null, grid: true, ticks: Math.max(1, Math.floor(Math.log10(top))) }
      : { domain: [0, top * 1.08], ticks: 3, tickFormat: (value) => number(value), label: null, grid: true };
    const floor = log ? 0.8 : 0;
    const low = (point) => Math.max(floor, point.low), high = (point) => Math.max(floor, point.high);
    const left = 16 + 7 * number(Math.round(top)).length;
    holder.replaceChildren(...panels.map((panel, index) => {
      const plot = el("div", { class: "plot", role: "img", "aria-label": summary(panel, harm) });
      const wide = index === 0 && panels.length > 1 && charts.counted === "incidents";
      drawn(plot, (width) => Plot.plot({
        width, height: wide ? 210 : 150, marginLeft: left, marginRight: 10, marginBottom: 22, marginTop: 12,
        style: { background: "none", color: SOFT, fontFamily: "inherit" },
        x: { ...x, ticks: Math.max(2, Math.floor(width / 90)) }, y,
        marks: [
          Plot.ruleY([floor], { stroke: SOFT }),
          Plot.ruleX(panel.points, { x: "when", y1: low, y2: high, stroke: PALE, strokeWidth: wide ? 5 : 4, strokeLinecap: "round" }),
          Plot.dot(panel.points, { x: "when", y: high, r: 2.8, stroke: ACCENT, strokeWidth: 1.5, fill: (point) => (point.open ? "var(--paper)" : ACCENT) }),
          Plot.tip(panel.points, Plot.pointerX({ x: "when", y: high, fill: "var(--card)", stroke: SOFT, textPadding: 8, fontSize: 12, lineHeight: 1.35, maxRadius: 30,
            title: (point) => `${point.label}\n${said(point)} ${harm}\n${counted(point.n, charts.counted)}` })),
        ],
      }));
      const head = el("h3", {}, el("bdi", {}, panel.name));
      return el("div", { class: wide ? "wide" : null }, head, plot);
    }));
    if (log) holder.append(el("p", { class: "caption wide" }, "Each line upwards is ten times the one below it, so that single mass killings leave the rest readable."));
  }

  function summary(panel, harm) {
    const largest = panel.points.reduce((a, b) => (b.high > a.high ? b : a));
    return `${panel.name}: ${counted(panel.points.length, `${charts.unit}s`)} with a toll, the largest ${said(largest)} ${harm}, ${largest.label}.`;
  }

  async function drawMap() {
    const { window: [west, south, east, north], counted: noun, countries, places } = await unpacked("map-packed");
    const spots = places.map(([name, lon, lat, n, precision]) => ({ name, lon, lat, n, precision }))
      .filter(({ lon, lat }) => lon >= west && lon <= east && lat >= south && lat <= north).sort((a, b) => b.n - a.n);
    const corner = { type: "MultiPoint", coordinates: [[west, south], [east, south], [east, north], [west, north]] };
    const most = spots[0].n;
    drawn($("#map"), (width) => {
      const projection = { type: "mercator", domain: corner };
      const ratio = (d3.geoMercatorRaw(0, (north * Math.PI) / 180)[1] - d3.geoMercatorRaw(0, (south * Math.PI) / 180)[1]) / (((east - west) * Math.PI) / 180);
      const height = Math.round(Math.min(Math.max(width * ratio, width * 0.45), 620));
      const largest = Math.min(26, width / 22, 5 * Math.sqrt(most));
      const radius = (spot) => Math.max(3, largest * Math.sqrt(spot.n / most));
      return Plot.plot({
        width, height, margin: 0, projection: { ...projection, inset: 4, clip: true },
        style: { background: "none", color: INK, fontFamily: "inherit", overflow: "hidden" },
        r: { type: "identity" },
        marks: [
          Plot.geo(countries, { fill: "var(--land)", stroke: "var(--border)", strokeWidth: 0.8 }),
          Plot.dot(spots, { filter: (spot) => spot.precision === "town", x: "lon", y: "lat", r: radius, stroke: ACCENT, strokeWidth: 1.3, fill: ACCENT, fillOpacity: 0.3 }),
          Plot.dot(spots, { filter: (spot) => spot.precision !== "town", x: "lon", y: "lat", r: radius, stroke: ACCENT, strokeWidth: 1.3, strokeDasharray: "3 2", fill: "none" }),
          ...labelled(spots, projection, width, height, radius).map((spot) => Plot.text([spot], { x: "lon", y: "lat", text: "name", dx: spot.dx,
            textAnchor: "start", fill: INK, stroke: "var(--land)", strokeWidth: 3, fontSize: 12 })),
          Plot.tip(spots, Plot.pointer({ x: "lon", y: "lat", fill: "var(--card)", stroke: SOFT, textPadding: 8, fontSize: 12, lineHeight: 1.35,
            title: (spot) => `${spot.name}\n${counted(spot.n, noun)}` })),
        ],
      });
    });
  }

  async function openLists() {
    if (!$("#ledger-head")) return;
    const claims = await openLedger();
    if (claims && $("#casebook-packed")) await openCasebook(claims);
  }

  const main = () => {
    if (charts.toll.length) {
      drawTolls(charts.toll[0].harm);
      $("[data-choice=toll]")?.addEventListener("change", (event) => drawTolls(event.target.value));
    }
    if ($("#map-packed") && typeof DecompressionStream !== "undefined") drawMap();
    openLists();
  };

  /** The largest places whose names have room: none touches another name or a larger circle. */
  function labelled(spots, { domain }, width, height, radius) {
    const place = d3.geoMercator().fitExtent([[4, 4], [width - 4, height - 4]], domain);
    const taken = spots.slice(0, 500).map((spot) => {
      const [x, y] = place([spot.lon, spot.lat]), r = radius(spot);
      return { spot, box: [x - r, y - r, x + r, y + r] };
    });
    const names = [];
    for (const { spot, box } of taken) {
      const x = box[2] + 4, y = (box[1] + box[3]) / 2, wide = spot.name.length * 6.6;
      const own = [x, y - 8, x + wide, y + 8];
      const hit = (other) => own[0] < other[2] && own[2] > other[0] && own[1] < other[3] && own[3] > other[1];
      if (own[2] > width - 4 || names.some((name) => hit(name.box)) || taken.some((other) => other.spot !== spot && hit(other.box))) continue;
      names.push({ ...spot, dx: radius(spot) + 4, box: own });
      if (names.length >= Math.max(6, width / 50)) break;
    }
    return names;
  }

  // --- lists that are paged and whose rows open ---------------------------------------------------------------------------------------

  /** A table that shows `size` of the entries given to its `show`, and turns pages by the controls in `nav`. */
  function paged(table, nav, size, makeRow) {
    const body = $("tbody", table), input = $("input", nav);
    let found = [], page = 0;
    function turn(wanted) {
      const last = Math.max(0, Math.ceil(found.length / size) - 1);
      page = Math.min(Math.max(0, wanted || 0), last);
      body.replaceChildren(...found.slice(page * size, (page + 1) * size).map(makeRow));
      table.hidden = found.length === 0;
      nav.hidden = last === 0;
      input.value = page + 1;
      input.max = last + 1;
      $("span", nav).textContent = `of ${number(last + 1)}`;
      $("[data-step='-1']", nav).disabled = page === 0;
      $("[data-step='1']", nav).disabled = page === last;
    }
    const leaf = (wanted) => { turn(wanted); table.scrollIntoView({ block: "start" }); };
    nav.addEventListener("click", (event) => { if (event.target.dataset.step) leaf(page + Number(event.target.dataset.step)); });
    input.addEventListener("change", () => leaf(Number(input.value) - 1));
    return { show(entries) { found = entries; turn(0); } };
  }

  /** A row whose button opens what `content` gives in a row of its own below it. */
  function openable(id, label, cells, content) {
    const button = el("button", { type: "button", class: "open", "aria-expanded": "false", "aria-controls": id }, el("span", { dir: "auto" }, label));
    const tr = el("tr", { class: "claim" }, ...cells(button));
    button.addEventListener("click", async () => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
      tr.classList.toggle("opened", open);
      if (!open) document.getElementById(id)?.remove();
      else {
        const inside = await content();
        if (button.getAttribute("aria-expanded") === "true") tr.after(el("tr", { class: "quote", id }, el("td", { colSpan: 5 }, ...inside)));
      }
    });
    return tr;
  }

  const isolated = (text) => el("bdi", {}, text);
  const below = (text) => (text ? el("span", { class: "sub" }, text) : null);
  const stretch = (start, end) => (start === end ? start : `${start} to ${end}`);

  // --- the list of claims -----------------------------------------------------------------------------------------------------------

  const PAGE = 25;
  const KINDS = { c: "count", h: "harm", s: "source", d: "date" };
  const HARM = { casualties: "killed or injured", captured: "captured", missing: "missing" };

  async function openLedger() {
    const status = $("#status");
    if (typeof DecompressionStream === "undefined") {
      status.textContent = "This browser is too old to open the lists and the map. Any browser of 2023 or later does.";
      return;
    }
    const head = await unpacked("ledger-head");
    const form = $("#filters");
    const list = paged($("#ledger"), $("#pages"), PAGE, claimRow);
    const sheets = new Map();
    const sheet = (row) => {
      const which = Math.floor(row / head.sheet);
      if (!sheets.has(which)) sheets.set(which, unpacked(`ledger-sheet-${which}`));
      return sheets.get(which);
    };
    const word = (name, row) => head.words[name].values[head.words[name].codes[row]] ?? null;
    const allNew = head.new.every(Boolean);
    let asked = 0;

    function options(select, name, label = (value) => value) {
      const { values, codes } = head.words[name];
      const counts = new Uint32Array(values.length);
      for (const code of codes) if (code >= 0) counts[code]++;
      const order = [...values.keys()].sort((a, b) => counts[b] - counts[a] || (values[a] < values[b] ? -1 : 1));
      // the most frequent; a list of ten thousand places is no help, and the search finds the others
      select.append(...order.slice(0, 300).map((code) => el("option", { value: values[code] }, `${label(values[code])} (${number(counts[code])})`)));
    }
    options(form.elements.harm, "harm", (harm) => HARM[harm] ?? harm);
    options(form.elements.source, "source");
    options(form.elements.victim_class, "victim_class");
    options(form.elements.place, "place");

    /** For each row: is it in, by all filters but the search. */
    function filtered() {
      const { harm, source, victim_class, place, from, until, summable } = Object.fromEntries(["harm", "source", "victim_class", "place", "from", "until"].map((name) => [name, form.elements[name].value]).concat([["summable", form.elements.summable.checked]]));
      const fresh = form.elements.new.checked;
      const equal = Object.entries({ harm, source, victim_class, place }).filter(([, value]) => value !== "")
        .map(([name, value]) => [head.words[name].codes, head.words[name].values.indexOf(value)]);
      const start = head.words.date_start, end = head.words.date_end;
      const late = from && end.values.map((value) => value >= from), early = until && start.values.map((value) => value <= until);
      const rows = [];
      for (let row = 0; row < head.rows; row++) {
        if (summable && !head.summable[row]) continue;
        if (fresh && !head.new[row]) continue;
        if (from && !late[end.codes[row]]) continue;
        if (until && !early[start.codes[row]]) continue;
        if (equal.every(([codes, code]) => codes[row] === code)) rows.push(row);
      }
      return rows;
    }

    const SEARCHED = ["number", "victims", "source", "source_words", "place", "actor", "weapon", "outlet", "via", "date_text"];

    /** Rows in which every word of the search stands somewhere: in a column, the headline or the sentence. */
    async function searched(rows, text, turn) {
      const terms = text.toLowerCase().split(/\s+/).filter(Boolean);
      if (!terms.length) return rows;
      const known = terms.map((term) => [
        ...SEARCHED.map((name) => [head.words[name].codes, head.words[name].values.map((value) => value.toLowerCase().includes(term))]),
        [head.words.article.codes, head.articles.title.map((title) => (title ?? "").toLowerCase().includes(term))],
      ]);
      const kept = [];
      let current = -1, quotes = null, hits = null;
      for (const row of rows) {
        const which = Math.floor(row / head.sheet);
        if (which !== current) {
          quotes = await sheet(row);
          if (turn !== asked) return null; // another search was typed meanwhile
          const lower = quotes.sentences.map((sentence) => sentence.toLowerCase());
          hits = terms.map((term) => lower.map((sentence) => sentence.includes(term)));
          current = which;
        }
        const at = quotes.which[row - which * head.sheet];
        if (known.every((columns, t) => hits[t][at] || columns.some(([codes, match]) => match[codes[row]]))) kept.push(row);
      }
      return kept;
    }

    function ordered(rows) {
      const by = form.elements.order.value;
      if (by === "number") return rows.sort((a, b) => (head.low[b] ?? head.high[b] ?? -1) - (head.low[a] ?? head.high[a] ?? -1) || a - b);
      if (by === "date") return rows.sort((a, b) => d3.descending(word("date_start", a) ?? "", word("date_start", b) ?? "") || a - b);
      return rows;
    }

    async function search() {
      const turn = ++asked;
      const text = form.elements.text.value;
      if (text.trim()) status.textContent = "Searching …";
      const rows = await searched(filtered(), text, turn);
      if (rows === null || turn !== asked) return;
      const found = ordered(rows);
      list.show(found);
      status.textContent = found.length === head.rows ? `${counted(head.rows, "claims")}.` : found.length
        ? `${number(found.length)} of ${counted(head.rows, "claims")}.` : `None of ${counted(head.rows, "claims")} fits. Clear a filter to see more.`;
    }

    function phrase(row) {
      const victims = word("victims", row), harm = word("harm", row);
      return [word("number", row), victims, HARM[harm] ?? harm].filter(Boolean).join(" ");
    }

    function days(row) {
      const start = word("date_start", row), end = word("date_end", row), words = word("date_text", row);
      if (start === null) return words ? `“${words}”` : null;
      return stretch(start, end);
    }

    function tags(row) {
      const list = [];
      if (head.new[row] && !allNew) list.push(["new", "new"]);
      if (word("assertion", row) === "denied") list.push(["denied", "denied"]);
      if (word("scope", row) === "cumulative") list.push(["running total", "total"]);
      if (head.subset_of[row] >= 0) list.push(["part of another claim", "part"]);
      if (head.repeat_of[row] >= 0) list.push(["repeats another claim", "repeat"]);
      return list.length ? el("span", { class: "tags" }, ...list.map(([text, name]) => el("span", { class: `tag ${name}` }, text))) : null;
    }

    function claimRow(row) {
      const type = word("source_type", row)?.replaceAll("_", " ");
      return openable(`quote-${row}`, phrase(row), (button) => [
        el("td", {}, days(row) ?? below("no date")),
        el("td", {}, button, tags(row)),
        el("td", {}, isolated(word("source", row)), below(type)),
        el("td", {}, ...(word("place", row) ? [isolated(word("place", row))] : [])),
        el("td", {}, isolated(word("outlet", row) ?? "unknown outlet"), below(word("published", row))),
      ], () => quoted(row));
    }

    /** The row's sentence with its marks. */
    async function sentenceOf(row) {
      const quotes = await sheet(row), at = row % head.sheet;
      const sentence = quotes.sentences[quotes.which[at]], flat = quotes.marks[at];
      const pieces = [], seen = new Set();
      let end = 0;
      for (let i = 0; i < flat.length; i += 3) {
        const kind = KINDS[flat[i + 2]];
        seen.add(kind);
        pieces.push(sentence.slice(end, flat[i]), el("mark", { class: kind }, sentence.slice(flat[i], flat[i + 1])));
        end = flat[i + 1];
      }
      pieces.push(sentence.slice(end));
      return { quote: el("blockquote", { dir: "auto", lang: "en" }, ...pieces), seen };
    }

    /** Where the row's sentence stands. */
    function citation(row) {
      const article = head.words.article.codes[row];
      const url = head.articles.url[article], title = head.articles.title[article] ?? "untitled article";
      const name = el("bdi", {}, title);
      const source = word("outlet", row) ?? "unknown outlet", published = word("published", row);
      return el("p", { class: "cite" },
        url ? el("a", { href: url, rel: "noopener noreferrer external", target: "_blank" }, name) : name,
        " – ", el("bdi", {}, source), published ? `, ${published}` : ", no date of publication", url ? null : " (no address known)");
    }

    async function quoted(row) {
      const { quote, seen } = await sentenceOf(row);
      const facts = el("dl", { class: "facts" });
      const fact = (label, value, kind) => {
        if (value) facts.append(el("dt", {}, kind && seen.has(kind) ? el("mark", { class: kind }, label) : label), el("dd", {}, ...[].concat(value)));
      };
      const low = head.low[row], high = head.high[row];
      fact("Number", `${word("number", row)}${low !== high ? ` (${low === null ? "no lower bound" : number(low)} to ${high === null ? "no upper bound" : number(high)})` : ""}`, "count");
      fact("Harm", HARM[word("harm", row)] ?? word("harm", row), "harm");
      fact("Victims", [word("victims", row) ?? "not named", `: ${[word("victim_class", row), word("victim_group", row)].filter(Boolean).join(", ").replaceAll("_", " ")}`]);
      const basis = word("source_basis", row) === "context" ? ", named elsewhere in the article" : "";
      fact("Source", word("source_words", row) ? [el("bdi", {}, word("source_words", row)), ` (${word("source", row)}${basis})`] : "no one named", "source");
      fact("Relayed by", word("via", row));
      fact("When", days(row) ? [days(row), word("date_text", row) && word("date_start", row) ? ` (“${word("date_text", row)}”)` : "", `, known to the ${word("date_precision", row)}`].join("").replace(", known to the none", ", not resolved") : "not told", "date");
      fact("Where", word("place", row));
      fact("By", word("actor", row));
      fact("With", word("weapon", row)?.replaceAll("_", " "));
      if (head.subset_of[row] >= 0) fact("Part of", phrase(head.subset_of[row]));
      if (head.repeat_of[row] >= 0) fact("Repeats", phrase(head.repeat_of[row]));
      fact("Claim", el("code", {}, head.claim_id[row]));
      return [quote, citation(row), facts];
    }

    let waiting = 0;
    const soon = () => { clearTimeout(waiting); waiting = setTimeout(search, 180); };
    form.addEventListener("input", soon);
    form.addEventListener("submit", (event) => { event.preventDefault(); search(); });
    form.addEventListener("reset", () => setTimeout(search));
    document.addEventListener("click", (event) => {
      const asked = event.target.closest("[data-filter], [data-new]");
      if (!asked) return;
      form.reset();
      if (asked.dataset.new) form.elements.new.checked = true;
      else {
        const select = form.elements[asked.dataset.filter];
        if (![...select.options].some((option) => option.value === asked.dataset.value)) select.append(el("option", { value: asked.dataset.value }, asked.dataset.value));
        select.value = asked.dataset.value;
      }
      setTimeout(search, 1);
      $("#claims").scrollIntoView();
      $("#claims").focus({ preventScroll: true });
    });
    form.hidden = false;
    await search();
    return { quote: async (row) => [(await sentenceOf(row)).quote, citation(row)], numberOf: (row) => word("number", row) };
  }

  // --- incidents --------------------------------------------------------------------------------------------------------------------

  const CHANGE = { first: "", same: "the same again", raised: "raised", lowered: "lowered" };

  /** The incidents; `quote` gives the sentence of a claim and `numberOf` its number as written, by its row in the list of claims. */
  async function openCasebook({ quote, numberOf }) {
    const book = await unpacked("casebook-packed");
    const form = $("#incident-filters"), status = $("#incident-status");
    const list = paged($("#casebook"), $("#incident-pages"), 10, incidentRow);

    const ranged = (low, high, open) =>
      low === null && high === null ? "no number" : said({ low: low ?? 0, high: high ?? low, open });
    const top = (i) => Math.max(-1, ...book.ranges[i].filter(([harm]) => harm === "killed").map(([, low, high]) => high ?? low));
    const apart = (i) => Math.max(0, ...book.ranges[i].map(([, low, high]) => (high ?? 0) - (low ?? high ?? 0)));

    function label(i) {
      const parts = book.ranges[i].map(([harm, low, high, open]) => `${ranged(low, high, open)} ${HARM[harm] ?? harm}`);
      return parts.join(", ") || "no toll";
    }

    function incidentRow(i) {
      const place = book.place[i], region = [book.region[i], book.country[i]].filter(Boolean).join(", ");
      return openable(`incident-${i}`, label(i), (button) => [
        el("td", {}, isolated(book.start[i] ? stretch(book.start[i], book.end[i]) : "no date"), below(book.start[i] && !book.dated[i] ? "by publication" : null)),
        el("td", {}, button),
        el("td", {}, ...(place ? [isolated(place)] : []), below(region)),
        el("td", {}, book.grade[i]),
        el("td", {}, isolated(counted(book.independent_sources[i], "sources")), below(counted(book.articles[i], "articles"))),
      ], () => told(i));
    }

    function told(i) {
      const body = el("tbody", {});
      for (const [harm, source, published, low, high, change, claims] of book.tolls[i]) {
        const cell = el("td", {});
        const what = claims.length === 1 ? numberOf(claims[0]) : ranged(low, high ?? low, high === null);
        const button = el("button", { type: "button", "aria-expanded": "false" }, "sentence");
        const row = el("tr", {}, el("td", {}, isolated(source), below(published ?? "undated")), el("td", {}, `${what} ${HARM[harm] ?? harm}`, CHANGE[change] ? el("span", { class: "change" }, `, ${CHANGE[change]}`) : null), cell);
        const id = `toll-${i}-${body.children.length}`;
        button.addEventListener("click", async () => {
          const shown = button.getAttribute("aria-expanded") !== "true";
          button.setAttribute("aria-expanded", String(shown));
          if (!shown) document.getElementById(id)?.remove();
          else row.after(el("tr", { id }, el("td", { colSpan: 3 }, ...(await Promise.all(claims.map(quote))).flat())));
        });
        if (claims.length) cell.append(button);
        body.append(row);
      }
      const heads = ["Source, article of", "Toll", "Quote"].map((head) => el("th", { scope: "col" }, head));
      const facts = [counted(book.claims[i], "claims"), counted(book.articles[i], "articles"), book.revisions[i] ? counted(book.revisions[i], "revisions") : null];
      return [
        el("table", { class: "said" }, el("caption", {}, "Who said what, in order of publication"), el("thead", {}, el("tr", {}, ...heads)), body),
        el("p", { class: "cite" }, `${facts.filter(Boolean).join(", ")}; incident `, el("code", {}, book.id[i])),
      ];
    }

    function search() {
      const place = form.elements.place.value.trim().toLowerCase(), least = Number(form.elements.sources.value), grade = form.elements.grade.value;
      const found = [];
      for (let i = 0; i < book.id.length; i++) {
        if (book.independent_sources[i] < least || (grade && book.grade[i] !== grade)) continue;
        if (place && ![book.place[i], book.region[i], book.country[i]].some((name) => name?.toLowerCase().includes(place))) continue;
        found.push(i);
      }
      const by = { sources: (i) => book.independent_sources[i], toll: top, apart, date: () => 0 }[form.elements.order.value];
      found.sort((a, b) => by(b) - by(a) || a - b);
      list.show(found);
      status.textContent = found.length ? `${number(found.length)} of ${counted(book.id.length, "incidents")}.` : `None of ${counted(book.id.length, "incidents")} fits.`;
    }

    if (!book.independent_sources.some((n) => n >= 2)) form.elements.sources.value = "1";
    form.addEventListener("input", search);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    search();
  }

  main();
})();
