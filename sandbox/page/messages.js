// Messages as a client shows them: words, embeds, buttons, menus, reactions.

import { avatar, el } from "/page/dom.js";
import { paragraphs } from "/page/words.js";

const EPHEMERAL = 64;
const LOADING = 128;
const STYLES = { 1: "primary", 3: "success", 4: "danger" };
const SOON = 7 * 60 * 1000;
const EMOJI = { 5: "person", 6: "role", 7: "mentionable", 8: "channel" };

/** Show the messages; those that are the same stay, so that nobody loses their place. */
export function show(list, messages, room) {
  const known = new Map([...list.children].map((each) => [each.dataset.id, each]));
  let before = null;
  const shown = messages.map((message) => {
    const follows = before && isSameBreath(before, message);
    const mark = JSON.stringify([message, follows, room.user, room.names.people[message.author.id]]);
    before = message;
    const old = known.get(message.id);
    if (old && old.mark === mark) return old;
    const made = one(message, follows, room);
    made.mark = mark;
    return made;
  });
  const focus = document.activeElement;
  shown.forEach((each, index) => {
    if (list.children[index] !== each) list.insertBefore(each, list.children[index] || null);
  });
  while (list.children.length > shown.length) list.lastChild.remove();
  if (focus && focus.isConnected && focus !== document.activeElement) focus.focus();
}

const isSameBreath = (before, message) =>
  before.author.id === message.author.id && !message.interaction_metadata &&
  new Date(message.timestamp) - new Date(before.timestamp) < SOON;

function one(message, follows, room) {
  const name = room.names.people[message.author.id] || message.author.username;
  const isHidden = (message.flags & EPHEMERAL) !== 0;
  const made = el("li", { class: `message${follows ? " follows" : ""}${isHidden ? " only-you" : ""}` },
    avatar(message.author.id, name, message.author.bot),
    el("div", { class: "said-by" }, author(message, name, room), stamp(message), origin(message, room)),
    ...content(message, room),
    ...(message.embeds || []).map((each) => embed(each, room)),
    ...(message.attachments || []).map((each) => el("span", { class: "attachment" }, each.filename)),
    parts(message.components || [], message, room),
    reactions(message, room),
    isHidden ? el("p", { class: "hidden-note" }, "Only you can see this.") : null,
    el("button", { type: "button", class: "more", "aria-label": `More about this message of ${name}`,
      onclick: () => room.menu(message) }, "⋯"));
  made.dataset.id = message.id;
  return made;
}

function author(message, name, room) {
  const tone = Number(BigInt(message.author.id) % 6n) + 1;
  return [
    el("button", { type: "button", class: `tone-${tone}`, onclick: () => room.person(message.author) }, name),
    message.author.bot ? el("span", { class: "tag" }, "BOT") : null,
  ];
}

function stamp(message) {
  const date = new Date(message.timestamp);
  const isToday = date.toDateString() === new Date().toDateString();
  const shown = isToday ? date.toLocaleTimeString([], { timeStyle: "short" }) : date.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  return el("time", { datetime: message.timestamp, title: date.toLocaleString() }, shown);
}

function origin(message, room) {
  const asked = message.interaction_metadata;
  if (!asked || !asked.name) return null;
  const who = asked.user.id === room.user ? "you" : asked.user.global_name || asked.user.username;
  return el("small", {}, `${who} used ${asked.command_type === 1 ? "/" : ""}${asked.name}`);
}

function content(message, room) {
  if (message.flags & LOADING) return [el("p", { class: "quiet" }, "is thinking …")];
  if (!message.content) return [];
  const edited = message.edited_timestamp && !message.interaction_metadata;
  const note = edited ? el("span", { class: "edited" }, " (edited)") : null;
  return [el("div", { class: "text" }, paragraphs(message.content, room.names), note)];
}

function embed(told, room) {
  const words = (text) => paragraphs(text, room.names);
  const made = el("div", { class: "embed" },
    told.author ? el("small", {}, told.author.name) : null,
    told.title ? el("b", {}, words(told.title)) : null,
    told.description ? el("div", { class: "text" }, words(told.description)) : null,
    told.fields && told.fields.length
      ? el("dl", {}, told.fields.map((each) =>
          el("div", { class: each.inline ? "beside" : "" }, el("dt", {}, words(each.name)), el("dd", {}, words(each.value)))))
      : null,
    told.footer || told.timestamp
      ? el("small", {}, [told.footer && told.footer.text, told.timestamp && new Date(told.timestamp).toLocaleString()].filter(Boolean).join(" · "))
      : null);
  if (told.color) made.style.setProperty("--bar", `#${told.color.toString(16).padStart(6, "0")}`);
  return made;
}

function parts(components, message, room) {
  return components.length ? components.map((each) => part(each, message, room)) : null;
}

function part(told, message, room) {
  if (told.type === 1) return el("div", { class: "parts" }, told.components.map((each) => part(each, message, room)));
  if (told.type === 2) return button(told, message, room);
  if (told.type === 3 || EMOJI[told.type]) return menu(told, message, room);
  if (told.type === 10) return el("div", { class: "text" }, paragraphs(told.content, room.names));
  if (told.type === 14) return el("hr");
  const within = [...(told.components || []), told.accessory].filter(Boolean);
  return el("div", { class: "card" }, within.map((each) => part(each, message, room)));
}

function button(told, message, room) {
  const label = [told.emoji && told.emoji.name, told.label].filter(Boolean).join(" ") || "Button";
  if (told.style === 5) return el("a", { class: "button", href: told.url, rel: "noreferrer noopener", target: "_blank" }, label);
  return el("button", { type: "button", class: `button ${STYLES[told.style] || ""}`, disabled: told.disabled,
    onclick: () => room.press(message, told.custom_id, []) }, label);
}

function menu(told, message, room) {
  const label = told.placeholder || `Choose a ${EMOJI[told.type] || "thing"}`;
  const most = told.max_values === undefined ? 1 : told.max_values;
  if (EMOJI[told.type] || most > 1) {
    return el("button", { type: "button", class: "button", disabled: told.disabled, onclick: () => room.choose(message, told, label) }, `${label} ▾`);
  }
  const chosen = (event) => event.target.value && room.press(message, told.custom_id, [event.target.value]);
  return el("select", { "aria-label": label, disabled: told.disabled, onchange: chosen },
    el("option", { value: "" }, label),
    told.options.map((each) => el("option", { value: each.value, selected: each.default }, each.label)));
}

function reactions(message, room) {
  if (!message.reactions || !message.reactions.length) return null;
  return el("div", { class: "reactions" }, message.reactions.map((each) =>
    el("button", { type: "button", "aria-label": `${each.emoji.name}, ${each.count}: add yours`,
      onclick: () => room.react(message, each.emoji.name) }, `${each.emoji.name} ${each.count}`)));
}
