"use strict";
(function () {
  const live = document.getElementById("live"), find = document.getElementById("find"), link = document.getElementById("link");
  function filter() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of live.querySelectorAll("tbody tr")) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every(w => text.includes(w));
    }
  }
  function show(page) {
    const idle = document.getElementById("idle"), open = idle && idle.open;
    live.innerHTML = page;
    if (open && document.getElementById("idle")) document.getElementById("idle").open = true;
    filter();
  }
  find.addEventListener("input", filter);
  const source = new EventSource("?live");
  source.addEventListener("page", e => { show(e.data); link.textContent = "live"; link.className = "live"; });
  source.onerror = () => { link.textContent = "no connection"; link.className = "lost"; };
})();
