// The workshop: what goes wrong, how lively it is, what time it is, what happened.

import { $, el, look, openDialog, tell, tried } from "/page/dom.js";

const BOTH = [["lasting", "Seconds it lasts, 0 for ever", 30], ["times", "Times, 0 without end", 0]];
const FAULTS = {
  outage: ["Discord is down: every call 503, the gateway hangs up", [["lasting", "Seconds it lasts", 30]]],
  latency: ["Answers come late", [["seconds", "Seconds late", 2], ...BOTH]],
  status: ["Calls fail", [["status", "Status", 502], ["route", "Which, such as PUT /guilds/*/bans/*", "*"], ...BOTH]],
  reset: ["Connections break off", [["route", "Which", "*"], ...BOTH]],
  lost: ["Calls have their effect, but the answer is lost", [["route", "Which", "*"], ...BOTH]],
  rate_limit: ["Too many requests (429)", [["seconds", "Seconds to wait", 5], ["scope", "user, shared or global", "user"], ["route", "Which", "*"], ...BOTH]],
  refuse: ["Calls are refused with a code", [["code", "Discord's code", 50013], ["route", "Which", "*"], ...BOTH]],
  event_lost: ["Events are lost", [["route", "Names, such as GUILD_BAN_*", "*"], ...BOTH]],
  event_late: ["Events come late", [["seconds", "Seconds late", 5], ["route", "Names", "*"], ...BOTH]],
  event_twice: ["Events come twice", [["route", "Names", "*"], ...BOTH]],
  interaction_twice: ["Commands arrive twice", BOTH],
  ban_keeps_member: ["A ban does not remove the member", BOTH],
  guild_outage: ["This server is unavailable", [["lasting", "Seconds it lasts", 30]]],
  permissions: ["The bot loses permissions in this server", [["permissions", "Bits (4: ban members)", 4], ["lasting", "Seconds it lasts", 60]]],
  reconnect: ["The gateway asks to come again", []],
  invalidate: ["The session ends", []],
  close: ["The gateway hangs up", [["code", "Close code", 4000]]],
};
const ABOUT_A_SERVER = ["guild_outage", "permissions"];

export async function workshop(room) {
  const told = await tried(() => look("world"));
  if (!told) return;
  const journal = el("div", { class: "journal", tabindex: "0", role: "region", "aria-label": "Journal" });
  openDialog("Workshop", faults(room), crowd(told), clock(told), el("fieldset", {}, el("legend", {}, "Journal"), filter(journal), journal));
  await read(journal, "");
}

function faults(room) {
  const list = el("div");
  const fields = el("div", { class: "form" });
  const kind = el("select", { class: "grow", "aria-label": "What goes wrong" },
    Object.entries(FAULTS).map(([name, [words]]) => el("option", { value: name }, words)));
  const shown = () => fields.replaceChildren(...FAULTS[kind.value][1].map(([name, words, usual]) =>
    el("label", { class: "line" }, words, el("input", { name, value: usual, type: typeof usual === "number" ? "number" : "text", step: "any" }))));
  kind.addEventListener("change", shown);
  const add = async (event) => {
    event.preventDefault();
    const asked = { kind: kind.value };
    if (ABOUT_A_SERVER.includes(kind.value)) asked.guild_id = room.guild;
    for (const input of fields.querySelectorAll("input")) asked[input.name] = input.type === "number" ? Number(input.value) : input.value;
    if (await tried(() => tell("faults", asked))) await inForce(list);
  };
  shown();
  inForce(list);
  return el("fieldset", {}, el("legend", {}, "What goes wrong"), list,
    el("form", { class: "form", onsubmit: add }, kind, fields, el("div", { class: "deeds" }, el("button", { class: "button primary" }, "Let it go wrong"))));
}

async function inForce(list) {
  const told = await tried(() => look("faults"));
  if (!told) return;
  const end = async (fault) => {
    await tried(() => tell(`faults/${fault.id}`, {}, "DELETE"));
    await inForce(list);
  };
  const line = (fault) => el("div", { class: "row" },
    el("span", { class: "grow" }, FAULTS[fault.kind] ? FAULTS[fault.kind][0] : fault.kind, el("small", {}, ` ${fault.route}`)),
    el("button", { type: "button", class: "button", onclick: () => end(fault) }, "End"));
  list.replaceChildren(...(told.faults.length ? told.faults.map(line) : [el("p", { class: "quiet" }, "Nothing at the moment.")]));
}

function crowd(told) {
  const awake = el("input", { type: "checkbox", checked: told.crowd.is_awake });
  const rate = el("input", { type: "number", min: "0", step: "any", value: told.crowd.rate, "aria-label": "Deeds a second" });
  const changed = () => tried(() => tell("crowd", { is_awake: awake.checked, rate: Number(rate.value) }));
  awake.addEventListener("change", changed);
  rate.addEventListener("change", changed);
  return el("fieldset", {}, el("legend", {}, "The crowd"),
    el("div", { class: "row" }, el("label", {}, awake, "People live by themselves"), el("label", {}, rate, "deeds a second")));
}

function clock(told) {
  const shown = el("span", { class: "grow", role: "status" });
  const at = (now) => (shown.textContent = new Date(now * 1000).toLocaleString());
  const move = async (seconds) => {
    const moved = await tried(() => tell("clock", { move: seconds }));
    if (moved) at(moved.now);
  };
  at(told.now);
  const steps = [["+ 1 min", 60], ["+ 1 h", 3600], ["+ 1 day", 86400]];
  return el("fieldset", {}, el("legend", {}, "The time at this Discord"), el("div", { class: "row" }, shown,
    steps.map(([label, seconds]) => el("button", { type: "button", class: "button", onclick: () => move(seconds) }, label))));
}

function filter(journal) {
  const search = el("input", { type: "search", class: "grow", "aria-label": "Part of the path", placeholder: "Part of the path, such as bans" });
  search.addEventListener("input", () => read(journal, search.value));
  return el("div", { class: "row" }, search, el("button", { type: "button", class: "button", onclick: () => read(journal, search.value) }, "Look again"));
}

async function read(journal, path) {
  const told = await tried(() => look("journal", { path, limit: 60 }));
  if (!told) return;
  const row = (each) => el("tr", {},
    el("td", {}, new Date(each.at * 1000).toLocaleTimeString()),
    el("td", {}, `${each.method} ${each.path.replace(/sandbox[0-9a-f]{40}/, "…")}`,
      each.effects.length ? el("small", {}, el("br"), each.effects.join("; ").slice(0, 200)) : null, each.reason ? el("small", {}, el("br"), each.reason) : null, each.fault ? el("small", {}, el("br"), `fault: ${each.fault}`) : null),
    el("td", { class: each.status >= 400 ? "bad-status" : "" }, each.is_lost ? "lost" : `${each.status || "reset"}${each.code ? ` (${each.code})` : ""}`));
  const head = el("tr", {}, ["When", "What", "Answer"].map((name) => el("th", { scope: "col" }, name)));
  journal.replaceChildren(told.entries.length
    ? el("table", {}, el("thead", {}, head), el("tbody", {}, told.entries.reverse().map(row)))
    : el("p", { class: "quiet" }, "Nothing was asked yet."));
}

export function tellOfBot(told) {
  const isHere = told.lines > 0;
  $("bot").className = isHere ? "here" : "";
  $("bot").textContent = isHere ? `${told.bot.name} is connected.` : `${told.bot.name} is not connected.`;
  if (told.faults) $("bot").append(` Something is made to go wrong.`);
}


