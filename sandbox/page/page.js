// Be a human in the pretend Discord.

import { $, avatar, choices, closeDialog, el, look, notice, openDialog, tell, tried } from "/page/dom.js";
import { commandList, slashCommands, menuForm, modalForm, optionForm } from "/page/forms.js";
import { show } from "/page/messages.js";
import { tellOfBot, workshop } from "/page/tools.js";

const TEXT = [0, 5, 10, 11, 12];
const SIGNS = { 2: "♪", 13: "♫" };
const QUICK = ["👍", "❤️", "😂", "🎉", "👀"];
const room = { guild: "", channel: "", user: "", place: null, commands: [], names: { people: {}, roles: {}, channels: {} } };

room.react = (message, emoji) => deed("react", { user_id: room.user, channel_id: room.channel, message_id: message.id, emoji });
room.press = (message, mark, values) => begin({ deed: "press", message_id: message.id, mark, values });
room.choose = (message, told, label) => openDialog(label, menuForm(told, room, async (values) => {
  await begin({ deed: "press", message_id: message.id, mark: told.custom_id, values }, { isSure: true });
}));
room.menu = menuOfMessage;
room.person = menuOfPerson;

const deed = (name, told) => tried(() => tell("people", { deed: name, ...told }));

// Where and who

async function furnish() {
  const told = await look("world");
  tellOfBot(told);
  if (!told.guilds.length) return notice("There is no server in this world.", true);
  const [guild, channel, user] = location.hash.slice(1).split("/");
  room.guild = told.guilds.some((each) => each.id === guild) ? guild : told.guilds[0].id;
  room.channel = channel || "";
  room.user = user || told.guilds.find((each) => each.id === room.guild).owner_id;
  $("guild").replaceChildren(...told.guilds.map((each) => el("option", { value: each.id, selected: each.id === room.guild }, each.name)));
  await enter();
}

async function enter() {
  const place = await tried(() => look("place", { user: room.user, guild: room.guild }));
  if (!place) return;
  room.place = place;
  for (const kind of ["roles", "channels"]) room.names[kind] = Object.fromEntries(place[kind].map((each) => [each.id, each.name]));
  const open = place.channels.filter((each) => TEXT.includes(each.type));
  if (!open.some((each) => each.id === room.channel)) room.channel = open.length ? open[0].id : "";
  history.replaceState(null, "", `#${room.guild}/${room.channel}/${room.user}`);
  showMe();
  showChannels();
  await learnCommands();
  await readRoom();
}

function showMe() {
  const { me, is_member: isMember, is_banned: isBanned, is_silenced: isSilenced } = room.place;
  const name = me ? me.name : "Somebody";
  $("me").firstElementChild.replaceWith(avatar(room.user, name));
  $("me-name").textContent = name;
  const standing = isBanned ? "banned here" : !isMember ? "not in this server" : isSilenced ? "timed out" : null;
  $("me-roles").textContent = standing || [me.is_owner && "owner", ...me.roles].filter(Boolean).join(", ") || "no role";
}

function showChannels() {
  const within = (parent) => room.place.channels.filter((each) => each.type !== 4 && (each.parent_id || null) === parent);
  const groups = room.place.channels.filter((each) => each.type === 4);
  const list = (channels) => el("ul", {}, channels.map(channelLine));
  $("channels").replaceChildren(list(within(null).filter((each) => TEXT.includes(each.type))),
    ...groups.flatMap((each) => [el("h2", {}, each.name), list(within(each.id))]),
    el("h2", {}, "Voices"), list(within(null).filter((each) => !TEXT.includes(each.type))));
}

function channelLine(channel) {
  const isText = TEXT.includes(channel.type);
  const isHere = channel.voice.some((each) => each.id === room.user);
  const chosen = () => (isText ? goTo(channel.id) : deed("move_voice", { guild_id: room.guild, user_id: room.user, channel_id: isHere ? null : channel.id }));
  const people = channel.voice.map((each) => el("li", {}, each.name));
  return el("li", {}, el("button", { type: "button", "aria-current": channel.id === room.channel ? "page" : null, onclick: chosen },
    el("span", { "aria-hidden": "true" }, SIGNS[channel.type] || "#"), channel.name + (isHere ? " (leave)" : "")),
    people.length ? el("ul", {}, people) : null);
}

function goTo(channel) {
  room.channel = channel;
  closeSide();
  return enter();
}

// Messages

async function readRoom() {
  const channel = room.place.channels.find((each) => each.id === room.channel);
  $("title").textContent = channel ? `# ${channel.name}` : room.place.name;
  $("topic").textContent = (channel && channel.topic) || `${room.place.name}, ${room.place.members} members`;
  const told = channel && room.place.is_member ? await tried(() => look("view", { user: room.user, channel: room.channel })) : null;
  const main = $("main");
  const isAtEnd = main.scrollHeight - main.scrollTop - main.clientHeight < 80 || main.dataset.channel !== room.channel;
  main.dataset.channel = room.channel;
  room.names.people = told ? told.names : {};
  room.mayDelete = told && told.may_delete;
  show($("messages"), told ? told.messages : [], room);
  showEmpty(told);
  for (const each of told ? told.failed : []) if (each.state === "failed") notice(`/${each.name}: the application did not respond.`, true);
  $("say").disabled = $("send").disabled = !told || !told.may_write;
  $("say").placeholder = !told ? "" : told.may_write ? `Write as ${room.place.me.name}; / for commands` : "You may not write here.";
  if (isAtEnd) main.scrollTop = main.scrollHeight;
}

function showEmpty(told) {
  const place = room.place;
  $("empty").hidden = Boolean(told && told.messages.length);
  if (told) $("empty").replaceChildren("Nobody has written here yet.");
  else if (place.is_banned) $("empty").replaceChildren("You are banned from this server.");
  else {
    const join = () => deed("join", { guild_id: room.guild, user_id: room.user }).then(enter);
    $("empty").replaceChildren(el("p", {}, "You are not in this server."), el("button", { type: "button", class: "button primary", onclick: join }, "Join it"));
  }
}

function menuOfMessage(message) {
  const where = { channel_id: room.channel, message_id: message.id };
  const isMine = message.author.id === room.user;
  const entries = room.commands.filter((each) => each.type === 3)
    .map((each) => [each.name, "command of the bot", () => begin({ deed: "use_on_message", name: each.name, message_id: message.id })]);
  if (isMine) entries.push(["Edit", "", () => editing(message)]);
  if (isMine || room.mayDelete) entries.push(["Delete", isMine ? "" : "as a moderator", () => done(deed("delete", { ...where, by: room.user }))]);
  entries.push([`About ${room.names.people[message.author.id] || message.author.username}`, "", () => menuOfPerson(message.author)]);
  const react = (emoji) => el("button", { type: "button", class: "button", "aria-label": `React with ${emoji}`, onclick: () => done(room.react(message, emoji)) }, emoji);
  openDialog("This message", el("div", { class: "deeds" }, QUICK.map(react)), choices(entries));
}

function editing(message) {
  const text = el("textarea", { value: message.content, id: "edited", maxLength: 2000 });
  const send = (event) => {
    event.preventDefault();
    return done(deed("edit", { channel_id: room.channel, message_id: message.id, content: text.value }));
  };
  openDialog("Edit", el("form", { class: "form", onsubmit: send }, el("label", { htmlFor: "edited" }, "Your message"), text,
    el("div", { class: "deeds" }, el("button", { class: "button primary" }, "Save"))));
}

async function done(promise) {
  if ((await promise) !== null) {
    closeDialog();
    await enter();
  }
}

// People

function menuOfPerson(user) {
  const about = { guild_id: room.guild, user_id: user.id };
  const entries = room.commands.filter((each) => each.type === 2)
    .map((each) => [each.name, "command of the bot", () => begin({ deed: "use_on_user", name: each.name, target_id: user.id })]);
  if (!user.bot && !user.is_bot && user.id !== room.user) entries.unshift(["Be this person", "", () => become(user.id)]);
  if (user.id === room.user) entries.push(["Leave this server", "", () => done(deed("leave", about))]);
  if (room.place.may_moderate && user.id !== room.user) {
    const by = { ...about, by: room.user, reason: "by hand" };
    const until = Date.now() / 1000 + 600;
    entries.push(["Time out for 10 minutes", "by hand, without the bot", () => done(deed("timeout", { ...by, until }))]);
    entries.push(["Lift the timeout", "by hand", () => done(deed("timeout", { ...by, until: null }))]);
    entries.push(["Kick", "by hand", () => done(deed("kick", by))]);
    entries.push(["Ban", "by hand", () => done(deed("ban", by))]);
  }
  openDialog(user.name || user.global_name || user.username, el("p", { class: "quiet" }, el("span", { class: "id" }, user.id)), choices(entries));
}

function become(user) {
  room.user = user;
  closeDialog();
  closeSide();
  return enter();
}

async function choosePerson() {
  const list = el("div");
  const search = el("input", { type: "search", "aria-label": "Search people of this server", placeholder: "Search people of this server" });
  const found = async () => {
    const told = await tried(() => look("people", { guild: room.guild, q: search.value }));
    const line = (each) => [each.name, [each.is_owner && "owner", ...each.roles, each.username].filter(Boolean).join(", "), () => become(each.id)];
    if (told) list.replaceChildren(choices(told.people.filter((each) => !each.is_bot).map(line)));
  };
  search.addEventListener("input", found);
  const unban = (each) => [`Unban ${each.name}`, "by hand", () => done(deed("unban", { guild_id: room.guild, user_id: each.id, by: room.user }))];
  const banned = room.place.may_moderate ? room.place.bans.map(unban) : [];
  const me = { id: room.user, ...room.place.me };
  openDialog("Who are you?", search, el("div", { class: "deeds" },
    el("button", { type: "button", class: "button", onclick: newcomer }, "Somebody new"),
    el("button", { type: "button", class: "button", onclick: () => menuOfPerson(me) }, "About yourself")), list,
    banned.length ? [el("h3", {}, "Banned"), choices(banned)] : []);
  await found();
}

async function newcomer() {
  const user = String((BigInt(Date.now()) - 1420070400000n) << 22n);
  const joined = await deed("join", { guild_id: room.guild, user_id: user, username: `newcomer${user.slice(-5)}` });
  if (joined) await become(user);
}

// Commands

/** Begin an interaction, wait for the answer, show the form that it may be. */
async function begin(told, { isSure = false } = {}) {
  const asked = { user_id: room.user, channel_id: room.channel, ...told };
  const begun = isSure ? await tell("interactions", asked) : await tried(() => tell("interactions", asked));
  if (begun) await follow(begun);
}

async function follow(begun) {
  closeDialog();
  let told = begun;
  while (told.state === "waiting") {
    await new Promise((resolve) => setTimeout(resolve, 120));
    told = await look("interaction", { id: begun.id });
  }
  if (told.state === "failed") notice("The application did not respond.", true);
  if (told.form) openDialog(told.form.title, modalForm(told.form, room, told.id, follow));
  await readRoom();
}

/** Open at once: what is typed after the slash belongs to the search. */
function chooseCommand(wanted = "") {
  openDialog("Commands", ...commandList(room.commands, fillIn, wanted));
}

async function learnCommands() {
  const isThere = room.place && room.place.is_member && room.channel;
  const told = isThere ? await look("commands", { user: room.user, channel: room.channel }).catch(() => null) : null;
  room.commands = told ? told.commands : [];
}

function fillIn(name, about, options) {
  const send = (given) => begin({ deed: "use", name, given }, { isSure: true });
  if (!options.length) return tried(() => send({}));
  const where = { user_id: room.user, channel_id: room.channel };
  const complete = async (focused, given) => {
    let told = await tell("interactions", { deed: "complete", ...where, name, focused, given });
    while (told.state === "waiting") {
      await new Promise((resolve) => setTimeout(resolve, 60));
      told = await look("interaction", { id: told.id });
    }
    return told.choices;
  };
  openDialog(`/${name}`, el("p", { class: "quiet" }, about), optionForm(options, room, send, complete));
}

/** A command typed whole is used at once; of one begun the list shows what it may be. */
function useTyped(words) {
  const found = slashCommands(room.commands).find(([name]) => name === words.trim().toLowerCase());
  $("say").value = "";
  return found ? fillIn(...found) : chooseCommand(words.trim());
}

async function write(event) {
  event.preventDefault();
  const content = $("say").value.trim();
  if (!content) return;
  if (content.startsWith("/")) return useTyped(content.slice(1));
  const said = await deed("say", { user_id: room.user, channel_id: room.channel, content });
  if (said) {
    $("say").value = "";
    $("main").scrollTop = $("main").scrollHeight;
  }
}

// What happens by itself

function listen() {
  const stream = new EventSource("/sandbox/live");
  let waiting = null;
  const again = (whole) => {
    room.isStale = room.isStale || whole;
    waiting = waiting || setTimeout(async () => {
      waiting = null;
      const isWhole = room.isStale;
      room.isStale = false;
      await (isWhole ? enter() : readRoom());
      await refreshBot();
    }, 150);
  };
  stream.onmessage = ({ data }) => {
    const told = JSON.parse(data);
    if (told.guilds.includes(room.guild)) again(true);
    else if (told.channels.includes(room.channel) || told.channels.includes("@hidden")) again(false);
  };
  stream.onerror = () => notice("The pretend Discord is gone; waiting for it.", true);
  stream.onopen = () => room.place && again(true);
}

async function refreshBot() {
  const told = await look("world").catch(() => null);
  if (told) tellOfBot(told);
}

const closeSide = () => {
  $("side").classList.remove("open");
  $("open-side").setAttribute("aria-expanded", "false");
};

function openSide() {
  $("side").classList.add("open");
  $("open-side").setAttribute("aria-expanded", "true");
  $("guild").focus();
}

function turnTheme() {
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme || (isDark ? "dark" : "light");
  document.documentElement.dataset.theme = localStorage.theme = now === "dark" ? "light" : "dark";
}

if (localStorage.theme) document.documentElement.dataset.theme = localStorage.theme;
$("guild").addEventListener("change", (event) => {
  room.guild = event.target.value;
  enter();
});
$("me").addEventListener("click", choosePerson);
$("slash").addEventListener("click", () => chooseCommand());
$("say").addEventListener("keydown", (event) => {
  if (event.key === "/" && !$("say").value) {
    event.preventDefault();
    chooseCommand();
  }
});
$("composer").addEventListener("submit", write);
$("workshop").addEventListener("click", () => workshop(room));
$("close-dialog").addEventListener("click", closeDialog);
$("dialog").addEventListener("click", (event) => event.target === $("dialog") && closeDialog());
$("theme").addEventListener("click", turnTheme);
$("open-side").addEventListener("click", openSide);
$("close-side").addEventListener("click", closeSide);
document.addEventListener("keydown", (event) => event.key === "Escape" && closeSide());
tried(furnish).then(listen);
setInterval(() => refreshBot().then(learnCommands), 5000);
