// One key, one action: each key clicks what the page itself offers, so that nothing works by keys alone.
"use strict";

const TYPING = "input:not([type=hidden]), textarea, select";

function papers() {
  return [...document.querySelectorAll(".paper")];
}

function current() {
  const focused = document.activeElement && document.activeElement.closest(".paper");
  return focused || papers()[0] || null;
}

function step(by) {
  const all = papers();
  const at = all.indexOf(document.activeElement && document.activeElement.closest(".paper"));
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
  if (next) {
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
  }
}

function offered(key) {
  const selector = `[data-key="${CSS.escape(key)}"]`;
  const paper = current();
  return (paper && paper.querySelector(selector)) || document.querySelector(selector);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches(TYPING)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const found = offered(event.key);
  if (found) {
    event.preventDefault();
    if (found.matches(TYPING)) {
      found.focus();
      found.select();
    } else {
      found.click();
    }
  } else if (event.key === "j" || event.key === "k") {
    event.preventDefault();
    step(event.key === "j" ? 1 : -1);
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
});

// A card that was answered is drawn anew, and keeps the focus; so does the stage of one card.
document.addEventListener("htmx:afterSwap", (event) => {
  const drawn = event.detail.target.id === "stage" ? event.detail.target.querySelector(".paper") : null;
  const again = event.detail.requestConfig && document.getElementById(event.detail.target.id);
  const paper = drawn || (again && again.matches(".paper") ? again : null);
  if (paper) paper.focus({ preventScroll: !drawn });
  if (drawn) scrollTo(0, 0);
});

document.documentElement.classList.add("scripted");
if ("serviceWorker" in navigator && isSecureContext) navigator.serviceWorker.register("/sw.js");
