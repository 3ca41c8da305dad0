// Discord's way of writing, turned into elements; never into HTML.

import { el } from "/page/dom.js";

const RULES = [
  [/```(?:\w+\n)?([\s\S]+?)```/, (found) => el("pre", {}, found[1])],
  [/`([^`\n]+)`/, (found) => el("code", {}, found[1])],
  [/\*\*([\s\S]+?)\*\*/, (found, names) => el("b", {}, written(found[1], names))],
  [/__([\s\S]+?)__/, (found, names) => el("u", {}, written(found[1], names))],
  [/~~([\s\S]+?)~~/, (found, names) => el("s", {}, written(found[1], names))],
  [/\*([^*\n]+?)\*/, (found, names) => el("i", {}, written(found[1], names))],
  [/<@!?(\d+)>/, (found, names) => el("span", { class: "mention" }, `@${names.people[found[1]] || found[1]}`)],
  [/<@&(\d+)>/, (found, names) => el("span", { class: "mention" }, `@${names.roles[found[1]] || "role"}`)],
  [/<#(\d+)>/, (found, names) => el("span", { class: "mention" }, `#${names.channels[found[1]] || "channel"}`)],
  [/<\/([^:>]+):\d+>/, (found) => el("span", { class: "mention" }, `/${found[1]}`)],
  [/<t:(-?\d+)(?::(\w))?>/, (found) => moment(Number(found[1]), found[2])],
  [/<a?:(\w+):\d+>/, (found) => `:${found[1]}:`],
  [/\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/, (found) => link(found[2], found[1])],
  [/https?:\/\/[^\s<>]+/, (found) => link(found[0], found[0])],
];

const link = (href, text) => el("a", { href, rel: "noreferrer noopener", target: "_blank" }, text);

function moment(seconds, style) {
  const date = new Date(seconds * 1000);
  const shown = style === "R" ? since(date) : date.toLocaleString();
  return el("time", { datetime: date.toISOString(), title: date.toLocaleString() }, shown);
}

export function since(date) {
  const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const gone = (date - Date.now()) / 1000;
  for (const [unit, span] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(gone) >= span) return format.format(Math.round(gone / span), unit);
  }
  return format.format(Math.round(gone), "second");
}

/** Return the children that a text becomes. */
export function written(text, names) {
  let best = null;
  for (const [pattern, make] of RULES) {
    const found = pattern.exec(text);
    if (found && (!best || found.index < best.found.index)) best = { found, make };
  }
  if (!best) return [text];
  const { found, make } = best;
  const before = text.slice(0, found.index);
  const after = text.slice(found.index + found[0].length);
  return [before, make(found, names), ...(after ? written(after, names) : [])].filter((each) => each !== "");
}

/** Whole lines may be quotes or headings. */
export function paragraphs(text, names) {
  if (text.includes("```")) return written(text, names);
  return text.split("\n").flatMap((line, index, all) => {
    const quote = /^> (.*)/.exec(line);
    const heading = /^(#{1,3}|-#) (.*)/.exec(line);
    if (quote) return [el("blockquote", {}, written(quote[1], names))];
    if (heading) return [el(heading[1] === "-#" ? "small" : "b", {}, written(heading[2], names)), "\n"];
    return [...written(line, names), index < all.length - 1 ? "\n" : ""];
  });
}
