// Elements, questions to the sandbox, and the one dialog.

export const $ = (id) => document.getElementById(id);

/** Make an element: el("b", {class: "x", onclick: f}, "text", child). */
export function el(name, facts = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(facts)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && key !== "list" && key !== "type") made[key] = value;
    else made.setAttribute(key === "class" ? "class" : key, value === true ? "" : value);
  }
  if (facts.class) made.className = facts.class;
  made.append(...children.flat().filter((each) => each !== null && each !== undefined && each !== false));
  return made;
}

export async function look(what, query = {}) {
  return answered(await fetch(`/sandbox/${what}?${new URLSearchParams(query)}`));
}

export async function tell(what, told, method = "POST") {
  const headers = { "Content-Type": "application/json" };
  return answered(await fetch(`/sandbox/${what}`, { method, headers, body: JSON.stringify(told) }));
}

async function answered(reply) {
  const told = await reply.json().catch(() => ({ message: "The pretend Discord does not answer." }));
  if (!reply.ok) throw new Error(told.message);
  return told;
}

let silence;
export function notice(words, isBad = false) {
  clearTimeout(silence);
  $("notice").textContent = words;
  $("notice").className = isBad ? "bad" : "";
  $("notice").hidden = false;
  silence = setTimeout(() => ($("notice").hidden = true), 6000);
}

/** Do something; say in words when it was refused. */
export async function tried(deed) {
  try {
    return await deed();
  } catch (refused) {
    const trouble = $("dialog").open && $("dialog-body").querySelector(".trouble");
    if (trouble) {
      trouble.textContent = refused.message;
      trouble.hidden = false;
    } else {
      notice(refused.message, true);
    }
    return null;
  }
}

export function openDialog(title, ...body) {
  $("dialog-title").textContent = title;
  const trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  $("dialog-body").replaceChildren(trouble, ...body.flat());
  if (!$("dialog").open) $("dialog").showModal();
  const first = $("dialog-body").querySelector("input, select, textarea, button");
  if (first) first.focus();
}

export const closeDialog = () => $("dialog").open && $("dialog").close();

/** A list of things to choose from: [name, explanation, deed]. */
export function choices(entries) {
  const line = ([name, about, deed]) =>
    el("li", {}, el("button", { type: "button", onclick: deed }, el("b", {}, name), about ? el("small", {}, about) : null));
  return el("ul", { class: "list" }, entries.map(line));
}

export function avatar(id, name, isBot = false) {
  const tone = Number(BigInt(id) % 6n) + 1;
  const sign = [...(name || "?").replace(/[^\p{L}\p{N}]/gu, "")][0] || "?";
  return el("span", { class: `avatar tone-${tone}${isBot ? " bot" : ""}`, "aria-hidden": "true" }, sign);
}
