// `/` goes to search; `?` opens where the number in focus, under the pointer or first in the panel came from.
// Everything here can also be done without it.
(() => {
  const open = () => document.querySelector("details.figure[open]");
  addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && open()) {
      const was = open();
      was.open = false;
      was.querySelector("summary").focus();
    }
    if (at.closest?.("input, textarea, select")) return;
    if (event.key === "/") {
      event.preventDefault();
      document.getElementById("q")?.focus();
    }
    if (event.key === "?") {
      const over = document.querySelectorAll("details.figure:hover");
      const near = at.closest?.("details.figure") ?? over[over.length - 1] ?? at.closest?.(".panel, .lede")?.querySelector("details.figure");
      if (!near) return;
      near.open = !near.open;
      near.querySelector("summary").focus();
    }
  });
  addEventListener("click", (event) => {
    const was = open();
    if (was && !was.contains(event.target) && matchMedia("(min-width: 701px)").matches) was.open = false;
  });
  // what is not chosen is left out of the address, and after a change the form says what the page shows
  addEventListener("htmx:config:request", (event) => {
    const body = event.detail.ctx.request.body;
    for (const [name, value] of [...(body ?? [])]) if (value === "") body.delete(name);
  });
  addEventListener("htmx:after:swap", () => document.querySelector("form.choices")?.reset());
})();
