// Everything works without this. It moves the focus to what was said, copies, filters a list, asks whether something new
// came, warns about what is typed and not sent, and remembers which details were open.
"use strict";

const said = document.querySelector("[data-said]");
if (said) said.focus();

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const from = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(from.value ?? from.textContent.trim());
    const before = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = before; }, 2000);
  });
}

for (const box of document.querySelectorAll("[data-filters]")) {
  const rows = document.querySelectorAll(box.dataset.filters);
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  box.closest("[hidden]")?.removeAttribute("hidden");
  box.addEventListener("input", () => {
    const wanted = fold(box.value);
    for (const row of rows) row.hidden = !fold(row.textContent).includes(wanted);
  });
}

for (const place of document.querySelectorAll("[data-poll]")) {
  const started = place.dataset.seen;
  const ask = async () => {
    const answer = await fetch(place.dataset.poll, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const now = await answer.json();
    if (String(now[place.dataset.of]) !== started) location.reload();
  };
  const again = setInterval(() => { ask().catch(() => clearInterval(again)); }, Number(place.dataset.every) || 2000);
  for (const stop of place.querySelectorAll("[data-stop]")) {
    stop.hidden = false;
    stop.addEventListener("click", () => { clearInterval(again); stop.hidden = true; });
  }
}

for (const form of document.querySelectorAll("form[data-unsaved]")) {
  let touched = false;
  form.addEventListener("input", () => { touched = true; });
  form.addEventListener("submit", () => { touched = false; });
  window.addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
}

for (const all of document.querySelectorAll("[data-tick-all]")) {
  all.closest("[hidden]")?.removeAttribute("hidden");
  all.addEventListener("change", () => {
    for (const box of document.querySelectorAll(all.dataset.tickAll)) box.checked = all.checked;
  });
}

for (const details of document.querySelectorAll("details[id]")) {
  const key = `open ${location.pathname} ${details.id}`;
  if (sessionStorage.getItem(key)) details.open = true;
  details.addEventListener("toggle", () => {
    if (details.open) sessionStorage.setItem(key, "1"); else sessionStorage.removeItem(key);
  });
}
