// Language, theme and pause. What is chosen is remembered where the browser allows it.
import { language, say, sayAll } from "./words.js";

const THEMES = ["auto", "light", "dark"];
const part = (name) => document.getElementById(name);

/** Wires the switches; `redraw()` is called when what is shown has to be said or coloured anew. */
export function switches({ redraw }) {
  const root = document.documentElement;
  const controls = { paused: false };
  const words = () => {
    sayAll();
    part("theme").textContent = say({ light: "themeLight", dark: "themeDark" }[root.dataset.theme] ?? "themeAuto");
    part("pause").textContent = say(controls.paused ? "resume" : "pause");
    part("language").lang = language() === "zh" ? "en" : "zh-CN";
    redraw();
  };
  part("language").addEventListener("click", () => {
    root.lang = language() === "zh" ? "en" : "zh-CN";
    remember("language", root.lang);
    words();
  });
  part("theme").addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? "auto") + 1) % THEMES.length];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    remember("theme", next);
    words();
  });
  part("pause").addEventListener("click", () => {
    controls.paused = !controls.paused;
    part("pause").setAttribute("aria-pressed", String(controls.paused));
    document.body.classList.toggle("paused", controls.paused);
    words();
  });
  queueMicrotask(words);
  return controls;
}

function remember(name, value) {
  try {
    localStorage.setItem(`headwater.${name}`, value);
  } catch { /* storage may be forbidden; the choice then lasts until the page closes */ }
}
