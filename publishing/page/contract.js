"use strict";
const filter = document.getElementById("filter");
const audience = document.getElementById("audience");
const reader = document.getElementById("reader");
const found = document.getElementById("found");
const articles = [...document.querySelectorAll("article")];
const types = articles.filter((article) => article.dataset.audience);
const places = new Map([...document.querySelectorAll("nav li")].map((place) => [place.dataset.for, place]));

const fits = (article, words) => {
  const isType = Boolean(article.dataset.audience);
  const choosing = audience.value || reader.value;
  if (choosing && !isType) return false;
  if (audience.value && article.dataset.audience !== audience.value) return false;
  if (reader.value && !article.dataset.readers.split(" ").includes(reader.value)) return false;
  return words.every((word) => article.dataset.words.includes(word));
};

const show = () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const narrowed = words.length > 0 || Boolean(audience.value || reader.value);
  for (const article of articles) {
    article.hidden = !fits(article, words);
    places.get(article.id).hidden = article.hidden;
  }
  for (const group of document.querySelectorAll("[data-group]")) {
    group.hidden = ![...group.querySelectorAll("article, li[data-for]")].some((entry) => !entry.hidden);
  }
  document.querySelector("[data-opening]").hidden = narrowed;
  document.body.classList.toggle("narrowed", narrowed);
  document.getElementById("none").hidden = articles.some((article) => !article.hidden);
  const left = types.filter((type) => !type.hidden).length;
  found.textContent = narrowed ? `${left} of ${types.length} types` : `${types.length} types`;
};

const clear = () => {
  filter.value = audience.value = reader.value = "";
  show();
};

// A link to something that the filter hides shows everything again.
const arrive = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (const link of document.querySelectorAll("nav [aria-current]")) link.removeAttribute("aria-current");
  if (!target) return;
  if (target.closest("[hidden]")) {
    clear();
    target.scrollIntoView();
  }
  places.get(target.id)?.firstElementChild.setAttribute("aria-current", "true");
};

filter.addEventListener("input", show);
audience.addEventListener("change", show);
reader.addEventListener("change", show);
document.getElementById("clear").addEventListener("click", clear);
addEventListener("hashchange", arrive);
addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, select, textarea")) {
    event.preventDefault();
    filter.focus();
    filter.select();
  }
  if (event.key === "Escape" && event.target === filter) clear();
});

const root = document.documentElement;
const remember = (theme) => { try { localStorage.setItem("theme", theme); } catch { /* a file has no storage everywhere */ } };
const remembered = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
if (remembered()) root.dataset.theme = remembered();
document.getElementById("theme").addEventListener("click", () => {
  const dark = getComputedStyle(root).colorScheme === "dark";
  root.dataset.theme = dark ? "light" : "dark";
  remember(root.dataset.theme);
});

const asked = new URLSearchParams(location.search).get("q");
if (asked) filter.value = asked;
show();
arrive();
