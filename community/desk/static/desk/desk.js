"use strict";
// What the desk does beyond links and forms; without it every page still works.
{
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, text, more = {}) => Object.assign(document.createElement(tag), { textContent: text }, more);

  // Cards on narrow screens: each cell says which column it was.
  const heads = all("#result_list thead th").map(head => head.innerText.trim());
  for (const row of all("#result_list tbody tr")) {
    [...row.children].forEach((cell, at) => {
      if (heads[at] && cell.tagName === "TD" && !cell.classList.contains("action-checkbox")) cell.dataset.label = heads[at];
    });
  }

  // Choosing rows: all of the page, and how many.
  const boxes = all(".action-select"), every = document.getElementById("action-toggle");
  const count = () => {
    const chosen = boxes.filter(box => box.checked).length;
    for (const note of all(".action-counter")) note.textContent = `${chosen} of ${boxes.length} chosen`;
    if (every) every.checked = chosen > 0 && chosen === boxes.length;
  };
  every?.addEventListener("change", () => { boxes.forEach(box => { box.checked = every.checked; }); count(); });
  boxes.forEach(box => box.addEventListener("change", count));
  count();

  // Tabs: arrow keys walk along them.
  for (const bar of all(".dk-tabs")) {
    const tabs = all("a, button", bar);
    bar.addEventListener("keydown", event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length].focus();
    });
  }

  // Menus close when somebody clicks elsewhere or presses Esc.
  const shut = event => all("details.dk-menu[open]").forEach(menu => {
    if (event.key !== "Escape" && menu.contains(event.target)) return;
    menu.open = false;
    if (event.key) menu.querySelector("summary").focus();
  });
  addEventListener("click", shut);
  addEventListener("keydown", event => event.key === "Escape" && shut(event));

  // An id is copied by pressing it.
  addEventListener("click", event => {
    const id = event.target.closest?.("button.dk-id");
    if (!id) return;
    const words = id.textContent;
    navigator.clipboard?.writeText(id.dataset.copy ?? words.trim());
    id.textContent = "Copied";
    setTimeout(() => { id.textContent = words; }, 1200);
  });

  // A choice among the rows an input finds: arrow keys, Enter, Esc.
  function listen(input, list, find, choose, note = () => {}) {
    let waiting, asked = 0;
    const options = () => all("[role=option]", list);
    const point = at => {
      const found = options();
      found.forEach((option, i) => option.setAttribute("aria-selected", i === at));
      input.setAttribute("aria-expanded", found.length > 0);
      if (found[at]) { input.setAttribute("aria-activedescendant", found[at].id); found[at].scrollIntoView({ block: "nearest" }); }
      else input.removeAttribute("aria-activedescendant");
    };
    const at = () => options().findIndex(option => option.getAttribute("aria-selected") === "true");
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const mine = ++asked, found = await find(input.value.trim());
        if (mine !== asked) return;
        found.forEach((option, i) => { option.id = `${list.id}-${i}`; option.setAttribute("role", "option"); });
        list.replaceChildren(...found);
        note(found.length);
        point(found.length ? 0 : -1);
      }, 140);
    });
    input.addEventListener("keydown", event => {
      const found = options(), step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && found.length) { event.preventDefault(); point((at() + step + found.length) % found.length); }
      else if (event.key === "Enter" && found[at()]) { event.preventDefault(); choose(found[at()]); }
      else if (event.key === "Escape" && found.length && list.tagName === "UL") { event.preventDefault(); list.replaceChildren(); point(-1); }
    });
    list.addEventListener("click", event => {
      const option = event.target.closest("[role=option]");
      if (option) { event.preventDefault(); choose(option); }
    });
  }
  const ask = async address => {
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      return answer.ok ? await answer.json() : { results: [] };
    } catch { return { results: [] }; }
  };

  // Ctrl-K.
  const palette = document.getElementById("dk-palette"), opener = document.querySelector(".dk-search");
  if (palette && opener) {
    const input = palette.querySelector("input"), list = palette.querySelector("[role=listbox]"), note = palette.querySelector("p"), hint = note.textContent;
    const open = () => { if (!palette.open) palette.showModal(); input.select(); };
    const find = async words => {
      if (words.length < 2) return [];
      const { results } = await ask(`${opener.dataset.search}?q=${encodeURIComponent(words)}`);
      return results.map(({ title, kind, server, url, choose }) => {
        const row = make("a", "", { href: url, tabIndex: -1 });
        row.dataset.choose = choose ?? "";
        row.append(make("b", ""), make("small", `${kind} · ${server}`));
        row.firstChild.append(make("bdi", title));
        return row;
      });
    };
    const go = async row => {
      const form = document.querySelector(".dk-switch form");
      // It belongs to another server: turn to that one first.
      if (row.dataset.choose && form) await fetch(row.dataset.choose, { method: "POST", body: new FormData(form), redirect: "manual" });
      location.assign(row.href);
    };
    listen(input, list, find, go, found => {
      note.textContent = found ? `${found} found` : input.value.trim().length < 2 ? hint : "Nobody and nothing begins so.";
    });
    palette.querySelector("form").addEventListener("submit", event => event.preventDefault());
    palette.addEventListener("click", event => { if (event.target === palette) palette.close(); });
    opener.addEventListener("click", open);
    addEventListener("keydown", event => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
    });
  }

  // Filters that look names up: choosing one sends its key.
  all(".dk-pick").forEach((pick, number) => {
    const input = pick.querySelector("input"), list = make("ul", "", { id: `dk-pick-${number}` });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Found");
    Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" }).forEach(each => input.setAttribute(...each));
    pick.append(list);
    const find = async words => {
      if (!words) return [];
      const { results } = await ask(`${pick.dataset.lookup}&term=${encodeURIComponent(words)}`);
      return results.map(({ id, text }) => { const row = make("li", text); row.dataset.key = id; return row; });
    };
    listen(input, list, find, row => {
      pick.append(make("input", "", { type: "hidden", name: pick.dataset.name, value: row.dataset.key }));
      input.removeAttribute("name");
      input.form.submit();
    });
  });

  // A deed opens in a dialog; without a script its link is a page, and stays one when anything goes wrong.
  const dialog = document.getElementById("dk-dialog");
  const show = (page, address) => {
    const form = new DOMParser().parseFromString(page, "text/html");
    const body = form.querySelector("[data-dialog-body]") ?? form.querySelector("#content form");
    if (!body) { location.assign(address); return; }
    const title = make("h2", form.querySelector("h1")?.textContent ?? "", { id: "dk-dialog-title" });
    const close = make("button", "×", { type: "button", className: "dk-x", ariaLabel: "Close" });
    close.addEventListener("click", () => dialog.close());
    const head = make("div", "", { className: "dk-sheet-head" });
    head.append(title, close);
    dialog.replaceChildren(head, document.adoptNode(body));
    for (const one of all("form", dialog)) if (!one.getAttribute("action")) one.action = address;
    previewWhatIsWritten(dialog);
    if (!dialog.open) dialog.showModal();
    const wrong = body.querySelector("[aria-invalid=true]");
    (wrong ?? body.querySelector(".dk-brief") ?? body.querySelector(":is(input:not([type=hidden]),select,textarea)"))?.focus();
  };
  const keep = async answer => {
    const said = /filename="?([^";]+)/.exec(answer.headers.get("Content-Disposition") ?? "");
    const link = make("a", "", { href: URL.createObjectURL(await answer.blob()), download: said?.[1] ?? "download" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    dialog.close();
  };
  addEventListener("click", async event => {
    const link = event.target.closest?.("a[data-dialog]");
    if (!link || !dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href);
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      show(await answer.text(), link.href);
    } catch { location.assign(link.href); }
  });
  dialog?.addEventListener("click", event => {
    if (event.target === dialog) dialog.close();
    if (event.target.closest("[data-close]")) { event.preventDefault(); dialog.close(); }
  });
  dialog?.addEventListener("submit", async event => {
    const form = event.target;
    if (form.method !== "post") return;
    event.preventDefault();
    const next = form.elements.next?.value || location.href;
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), redirect: "manual" });
    if (answer.type === "opaqueredirect") {
      if (new URL(next, location.href).href === location.href) location.reload();
      else location.assign(next);
    } else if (answer.headers.get("Content-Disposition")) await keep(answer);
    else show(await answer.text(), form.action);
  });

  // What a form would make is shown beside it while it is filled in.
  let soon = 0;
  const preview = async form => {
    const shown = form?.querySelector("[data-preview]");
    if (!shown) return;
    const answer = await fetch(shown.dataset.preview, { method: "POST", body: new FormData(form) });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    shown.replaceChildren(...page.body.childNodes);
  };
  addEventListener("input", event => {
    clearTimeout(soon);
    soon = setTimeout(preview, 400, event.target.form);
  });
  const previewWhatIsWritten = within => {
    const forms = all("[data-preview]", within).map(shown => shown.closest("form"));
    for (const form of forms) if (all("textarea", form).some(one => one.value)) preview(form);
  };
  previewWhatIsWritten(document);

  // What waits for Discord is looked at again, until it has come or a while has passed; a reader at work is left alone.
  const lookAgain = async left => {
    const live = document.querySelector("#dk-live[data-look-again]");
    if (!live || left === 0) return;
    if (!document.hidden && !dialog?.open && !live.contains(document.activeElement)) {
      try {
        const answer = await fetch(location.href);
        const now = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html").getElementById("dk-live");
        if (now && now.textContent !== live.textContent) live.replaceWith(document.adoptNode(now));
      } catch { /* the next look may find it */ }
    }
    setTimeout(lookAgain, 2000, left - 1);
  };
  setTimeout(lookAgain, 2000, 60);
}
