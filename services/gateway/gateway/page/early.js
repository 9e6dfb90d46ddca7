// Runs before the first paint, so that a remembered theme or language does not flash.
(function remember() {
  let theme = null, language = null;
  try {
    theme = localStorage.getItem("headwater.theme");
    language = localStorage.getItem("headwater.language");
  } catch { /* storage may be forbidden; the defaults do */ }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  const chosen = language ?? (navigator.language || "en");
  document.documentElement.lang = chosen.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
})();
