"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, words) => { const made = document.createElement(tag); made.textContent = words; return made; };
  const button = (words, press) => { const made = make("button", words); made.type = "button"; made.addEventListener("click", press); return made; };

  // Copying, with a way for browsers that do not let a page reach the clipboard.
  const copy = async (text, from) => {
    const words = from.textContent;
    let done = true;
    try { await navigator.clipboard.writeText(text); } catch {
      const area = make("textarea", text);
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      from.focus();
    }
    from.textContent = done ? "Copied" : "Not copied";
    setTimeout(() => { from.textContent = words; }, 1500);
  };

  const copyable = (code) => {
    const copying = button("Copy", () => copy(code.textContent, copying));
    code.after(copying);
    code.parentNode.classList.add("copies");
  };
  all(".copying code").forEach(copyable);

  // Tabs over the ways to resolve a finding, made when the finding is opened.
  let tabs = 0;
  const choose = (list, ways, chosen) => ways.forEach((way, place) => {
    list.children[place].setAttribute("aria-selected", way === chosen);
    list.children[place].tabIndex = way === chosen ? 0 : -1;
    way.hidden = way !== chosen;
  });
  const upgrade = (finding) => {
    const box = finding.querySelector(".ways:not([data-done])");
    if (!box) return;
    box.dataset.done = "";
    all("code.command", box).forEach(copyable);
    const ways = [...box.children];
    if (ways.length === 1) return;
    const list = make("div", "");
    list.className = "tabs";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Ways to resolve it");
    for (const way of ways) {
      tabs += 1;
      way.id = `way-${tabs}`;
      const tab = button(way.firstElementChild.textContent, () => choose(list, ways, way));
      tab.id = `tab-${tabs}`;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", way.id);
      way.setAttribute("role", "tabpanel");
      way.setAttribute("aria-labelledby", tab.id);
      list.append(tab);
    }
    list.addEventListener("keydown", (event) => {
      const last = ways.length - 1;
      const here = [...list.children].indexOf(document.activeElement);
      const next = { ArrowRight: here === last ? 0 : here + 1, ArrowLeft: here === 0 ? last : here - 1, Home: 0, End: last }[event.key];
      if (here === -1 || next === undefined) return;
      event.preventDefault();
      choose(list, ways, ways[next]);
      list.children[next].focus();
    });
    box.classList.add("tabbed");
    box.prepend(list);
    choose(list, ways, ways[0]);
  };
  all("details.finding[open]").forEach(upgrade);
  document.addEventListener("toggle", (event) => { if (event.target.matches("details.finding[open]")) upgrade(event.target); }, true);

  // Filters. What is shown is decided from what was read once; the page is only written to, so nothing is laid out twice.
  let entries = null;
  const read = () => {
    if (entries) return entries;
    const ids = new Map(all(".assets > li").map((row) => [row.id, row.querySelector("code").textContent]));
    entries = all("[data-v]").map((element) => {
      const { v, s, r, k } = element.dataset;
      const asset = element.dataset.a || element.querySelector("a.asset").hash.slice(1);
      return { element, shown: true, v, s, r, k, asset, id: ids.get(asset) || "", text: null };
    });
    return entries;
  };
  const wanted = () => ({
    q: $("f-q").value.trim().toLowerCase(),
    v: all("input[name=v]:checked").map((box) => box.value),
    s: all("input[name=s]:checked").map((box) => box.value),
    r: $("f-r").value,
    k: $("f-k").value,
  });
  // Why something was not evaluated stands once above all that it is the reason for.
  const said = (element) => element.closest(".case")?.querySelector(".said").textContent || "";
  const matches = (entry, want) => {
    if (want.v.length && !want.v.includes(entry.v)) return false;
    if (want.s.length && !want.s.includes(entry.s)) return false;
    if (want.r && want.r !== entry.r) return false;
    if (want.k && want.k !== entry.k) return false;
    if (!want.q) return true;
    entry.text ??= `${entry.id} ${entry.element.textContent} ${said(entry.element)} ${entry.v} ${entry.r}`.toLowerCase();
    return want.q.split(/\s+/).every((word) => entry.text.includes(word));
  };
  const results = (number) => `${number} result${number === 1 ? "" : "s"}`;
  const show = (element, visible) => { if (element.hidden === visible) element.hidden = !visible; };
  const BOXES = ".of, .case, .rule, .part, details.fold, section[data-part]";
  const opened = new Map();
  const reopen = (active, holders) => {
    for (const fold of all("details.fold")) {
      if (active && holders.has(fold)) {
        if (!opened.has(fold)) opened.set(fold, fold.open);
        fold.open = true;
      } else if (!active && opened.has(fold)) {
        fold.open = opened.get(fold);
        opened.delete(fold);
      }
    }
  };
  const filter = () => {
    const want = wanted();
    const active = Boolean(want.q || want.v.length || want.s.length || want.r || want.k);
    const found = new Set();
    const assets = new Set();
    const holders = new Set();
    const rows = read();
    for (const entry of rows) {
      const fits = !active || matches(entry, want);
      if (fits) {
        found.add(entry.element.id);
        assets.add(entry.asset);
        for (let box = entry.element.closest(BOXES); box; box = box.parentElement.closest(BOXES)) {
          if (holders.has(box)) break;
          holders.add(box);
        }
      }
      if (entry.shown !== fits) { entry.element.hidden = !fits; entry.shown = fits; }
    }
    for (const row of all(".assets > li")) {
      const fits = !active || assets.has(row.id);
      show(row, fits);
      if (fits) row.closest("details.fold") && holders.add(row.closest("details.fold"));
    }
    all(".rule, .part, .case, .of, section[data-part] details.fold").forEach((box) => show(box, !active || holders.has(box)));
    reopen(active, holders);
    $("f-count").textContent = active ? `${found.size} of ${results(rows.length)}` : results(rows.length);
    show($("f-clear"), active);
    show($("f-link"), active);
    return active ? want : null;
  };
  const fragment = (want) => {
    const words = new URLSearchParams();
    for (const [name, value] of Object.entries(want)) if (value.length) words.set(name, value);
    return `#?${words}`;
  };
  const remember = (want) => {
    const now = location.hash.startsWith("#?");
    if (want) history.replaceState(null, "", fragment(want));
    else if (now) history.replaceState(null, "", "#");
  };
  let waiting = 0;
  const changed = () => { clearTimeout(waiting); waiting = setTimeout(() => remember(filter()), 120); };
  const set = (words) => {
    $("f-q").value = words.get("q") || "";
    for (const name of ["v", "s"]) {
      const values = (words.get(name) || "").split(",");
      for (const box of all(`input[name=${name}]`)) box.checked = values.includes(box.value);
    }
    for (const name of ["r", "k"]) {
      const list = $(`f-${name}`);
      list.value = words.get(name) || "";
      if (list.selectedIndex === -1) list.value = "";
    }
  };
  const clear = () => { set(new URLSearchParams()); return filter(); };

  // A link to a result opens everything around it, and takes away a filter that hides it.
  const arrive = () => {
    if (location.hash.startsWith("#?")) { set(new URLSearchParams(location.hash.slice(2))); filter(); $("filters").scrollIntoView({ behavior: "instant" }); return; }
    let name = "";
    try { name = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const target = name && $(name);
    if (!target) return;
    if (target.closest("[hidden]")) clear();
    for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    target.scrollIntoView({ behavior: "instant", block: "start" });
  };
  const filters = $("filters");
  filters.hidden = false;
  // Where the bar sticks, whatever is jumped to stops below it: with scripts, by keyboard and by the browser itself.
  const below = () => {
    const sticks = getComputedStyle(filters).position === "sticky";
    document.documentElement.style.scrollPaddingTop = sticks ? `${Math.ceil(filters.getBoundingClientRect().height) + 16}px` : "";
  };
  below();
  new ResizeObserver(below).observe(filters);
  addEventListener("resize", below);
  $("f-count").textContent = results(Number(filters.dataset.all));
  filters.addEventListener("input", changed);
  $("f-clear").addEventListener("click", () => { remember(clear()); $("f-q").focus(); });
  $("f-link").addEventListener("click", () => copy(location.href, $("f-link")));
  addEventListener("hashchange", arrive);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) arrive();
  });
  if (location.hash) arrive();

  // Paper has nothing to press: what is folded is opened for it, and folded again.
  let folded = [];
  addEventListener("beforeprint", () => { folded = all(".finding:not([open]), .chain details:not([open]), section:is([aria-labelledby=rest], [aria-labelledby=rules]) > details:not([open])"); folded.forEach((box) => { box.open = true; }); });
  addEventListener("afterprint", () => { folded.forEach((box) => { box.open = false; }); folded = []; });
})();
