// Forms made from what the bot has registered: options of commands, menus, modals.

import { choices, el, look, tell, tried } from "/page/dom.js";

const SUB = 1, GROUP = 2, INTEGER = 4, BOOLEAN = 5, USER = 6, CHANNEL = 7, ROLE = 8, MENTIONABLE = 9, NUMBER = 10;
const POINTING = { 5: USER, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL };

/** List every command with its subcommands: [full name, description, options]. */
export function fullNames(command) {
  const steps = (command.options || []).filter((each) => each.type === SUB || each.type === GROUP);
  if (!steps.length) return [[command.name, command.description, command.options || []]];
  return steps.flatMap(fullNames).map(([name, about, options]) => [`${command.name} ${name}`, about, options]);
}

/** All that can be typed after a slash: [name, description, options]. */
export const slashCommands = (commands) => commands.filter((each) => each.type === 1).flatMap(fullNames);

/** A search field above a list of commands. */
export function commandList(commands, chosen, wanted = "") {
  const all = slashCommands(commands);
  const list = el("div");
  const search = el("input", { type: "search", "aria-label": "Search the commands", placeholder: "Search the commands", value: wanted });
  const shown = () => {
    const wanted = search.value.replace(/^\//, "").toLowerCase();
    const found = all.filter(([name, about]) => `${name} ${about}`.toLowerCase().includes(wanted));
    list.replaceChildren(found.length
      ? choices(found.map((each) => [`/${each[0]}`, each[1], () => chosen(...each)]))
      : el("p", { class: "empty" }, all.length ? "No command is called so." : "The bot has not registered a command that you may use here."));
  };
  search.addEventListener("input", shown);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      const first = list.querySelector("button");
      if (first) first.click();
    }
  });
  shown();
  return [search, list];
}

/** A form for options; `send` gets what was filled in. */
export function optionForm(options, room, send, asked) {
  const fields = options.map((each) => [each.name, optionField(each, room, () => read(fields), asked)]);
  return form(fields, "Use", send, options.map((each) => [each, each.description]));
}

function read(fields) {
  const given = {};
  for (const [name, field] of fields) {
    const value = field.value();
    if (value !== "" && !(Array.isArray(value) && !value.length)) given[name] = value;
  }
  return given;
}

function form(fields, label, send, lines) {
  const rows = fields.map(([name, field], index) => {
    const [told, about] = lines[index];
    const title = told.label || name;
    return el("div", { class: "line" }, el("label", { htmlFor: field.id }, title, told.required === false || !told.required ? el("small", {}, " optional") : null),
      about && about !== "…" ? el("small", {}, about) : null, field.element);
  });
  const submit = async (event) => {
    event.preventDefault();
    await tried(() => send(read(fields)));
  };
  return el("form", { class: "form", onsubmit: submit, noValidate: true }, rows, el("div", { class: "deeds" }, el("button", { class: "button primary" }, label)));
}

let count = 0;
function fielded(element, value, id) {
  return { element, value: value || (() => element.value), id };
}

function optionField(option, room, others, asked) {
  const id = `field-${(count += 1)}`;
  if (option.choices && option.choices.length) {
    return fielded(pick(id, option.choices.map((each) => [each.value, each.name]), !option.required), null, id);
  }
  if (option.type === BOOLEAN) return fielded(pick(id, [["true", "Yes"], ["false", "No"]], !option.required), null, id);
  if (option.type === INTEGER || option.type === NUMBER) {
    const step = option.type === INTEGER ? "1" : "any";
    return fielded(el("input", { id, type: "number", step, min: option.min_value, max: option.max_value }), null, id);
  }
  if ([USER, CHANNEL, ROLE, MENTIONABLE].includes(option.type)) return pointer(id, option.type, room, option);
  const input = el("input", { id, type: "text", maxLength: option.max_length || 6000 });
  if (option.autocomplete) completes(input, option, others, asked);
  return fielded(input, null, id);
}

function pick(id, pairs, isOptional) {
  const made = el("select", { id }, isOptional ? el("option", { value: "" }, "—") : null);
  made.append(...pairs.map(([value, name]) => el("option", { value: String(value) }, name)));
  return made;
}

/** Let an input ask the bot what might be meant, a moment after the last key. */
function completes(input, option, others, asked) {
  const list = el("datalist", { id: `${input.id}-list` });
  input.setAttribute("list", list.id);
  input.setAttribute("autocomplete", "off");
  input.after(list);
  let waiting;
  const ask = async () => {
    input.after(list);
    const told = await tried(() => asked(option.name, others()));
    if (told) list.replaceChildren(...told.map((each) => el("option", { value: String(each.value) }, each.name)));
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 200);
  };
  input.addEventListener("input", soon);
  input.addEventListener("focus", soon);
}

/** Choose people, roles or channels. */
function pointer(id, kind, room, option) {
  const isOptional = !option.required;
  if (kind === ROLE) return fielded(pick(id, roles(room), isOptional), null, id);
  if (kind === CHANNEL) return fielded(pick(id, channels(room, option.channel_types), isOptional), null, id);
  const select = pick(id, kind === MENTIONABLE ? roles(room) : [], isOptional);
  const search = el("input", { type: "search", "aria-label": "Search people", placeholder: "Search people" });
  const found = async () => {
    const told = await tried(() => look("people", { guild: room.guild, q: search.value }));
    if (!told) return;
    const people = told.people.map((each) => [each.id, `${each.name} (${each.username})`]);
    const all = kind === MENTIONABLE ? [...people, ...roles(room)] : people;
    select.replaceChildren(...pick(id, all, isOptional && !search.value).children);
  };
  let waiting;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(found, 150);
  });
  found();
  return fielded(el("div", { class: "pair" }, search, select), () => select.value, id);
}

const roles = (room) => room.place.roles.map((each) => [each.id, each.name.startsWith("@") ? each.name : `@${each.name}`]);
const channels = (room, types) =>
  room.place.channels.filter((each) => !types || !types.length || types.includes(each.type)).map((each) => [each.id, `#${each.name}`]);

/** A menu that wants a dialog: of people, or of several things. */
export function menuForm(told, room, send) {
  const kind = POINTING[told.type];
  const field = kind ? pointer("menu", kind, room, { required: true, channel_types: told.channel_types }) : several(told);
  const value = () => [field.value()].flat().filter(Boolean);
  const line = el("div", { class: "line" }, el("label", { htmlFor: field.id }, told.placeholder || "Choose"), field.element);
  const submit = async (event) => {
    event.preventDefault();
    await tried(() => send(value()));
  };
  return el("form", { class: "form", onsubmit: submit }, line, el("div", { class: "deeds" }, el("button", { class: "button primary" }, "Choose")));
}

function several(told) {
  const options = (told.options || []).map((each) => el("option", { value: each.value, selected: each.default }, each.label));
  const select = el("select", { id: "several", multiple: true, size: Math.min(options.length, 8) }, options);
  return fielded(select, () => [...select.selectedOptions].map((each) => each.value), "several");
}

/** A modal of the bot. */
export function modalForm(modal, room, id, begun) {
  const inputs = modal.components.flatMap((row) => (row.component ? [labelled(row)] : row.components || (row.custom_id ? [row] : [])));
  const fields = inputs.map((each) => [each.custom_id, modalField(each, room)]);
  const send = async (given) => begun(await tell("interactions", { deed: "submit", id, given }));
  return form(fields, "Send", send, inputs.map((each) => [{ ...each, required: each.required !== false }, each.description]));
}

const labelled = (row) => ({ ...row.component, label: row.label, description: row.description });

function modalField(told, room) {
  const id = `field-${(count += 1)}`;
  if (told.type === 3) return { ...several({ ...told }), id: "several" };
  if (POINTING[told.type]) return pointer(id, POINTING[told.type], room, { required: told.required !== false });
  const facts = { id, maxLength: told.max_length || 4000, placeholder: told.placeholder || "", value: told.value || "" };
  return fielded(told.style === 2 ? el("textarea", facts) : el("input", { ...facts, type: "text" }), null, id);
}
