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
  // a slider moves its number, and a number its slider
  addEventListener("input", ({ target: at }) => {
    const other = at.dataset.for ? document.getElementById(at.dataset.for) : at.id && document.querySelector(`.slide[data-for="${CSS.escape(at.id)}"]`);
    if (other) other.value = at.value;
    if (at.closest(".player")) show(at.closest(".week"), Number(at.value), false);
  });
  // a simulated week: four hours a second, standing still for those who want no movement
  const weeks = new WeakMap();
  const week = (at) => {
    if (weeks.get(at)?.from !== at.dataset.values) {
      weeks.set(at, {
        from: at.dataset.values,
        hours: at.dataset.hours.split("|"),
        values: at.dataset.values.split("|").map((one) => one.split(" ")),
        hour: Number(at.querySelector(".player input").value),
        plays: false,
      });
    }
    return weeks.get(at);
  };
  const show = (at, hour, plays) => {
    const told = Object.assign(week(at), { hour, plays });
    for (const part of at.querySelectorAll("[data-k]")) {
      const value = told.values[part.dataset.k][hour];
      if (!part.dataset.per) part.textContent = value;
      else part.setAttribute(part.localName === "rect" ? "width" : "stroke-width", (value * part.dataset.per).toFixed(1));
    }
    const [range, said] = at.querySelectorAll(".player input, .player output");
    range.value = hour;
    range.setAttribute("aria-valuetext", told.hours[hour]);
    said.value = told.hours[hour];
    at.querySelector(".play").textContent = plays ? "Pause" : "Play the week";
  };
  addEventListener("click", ({ target }) => {
    const at = target.closest?.(".play")?.closest(".week");
    if (at) show(at, week(at).hour, !week(at).plays);
  });
  setInterval(() => {
    for (const at of document.querySelectorAll(".week")) {
      const { hours, hour, plays } = week(at);
      if (plays && !document.hidden) show(at, (hour + 1) % hours.length, true);
    }
  }, 250);
  if (matchMedia("(prefers-reduced-motion: no-preference)").matches) for (const at of document.querySelectorAll(".week")) show(at, week(at).hour, true);
  // what is not chosen is left out of the address, and after a change the form says what the page shows
  addEventListener("htmx:config:request", (event) => {
    const body = event.detail.ctx.request.body;
    for (const [name, value] of [...(body ?? [])]) if (value === "") body.delete(name);
  });
  addEventListener("htmx:after:swap", () => document.querySelector("form.choices")?.reset());
})();
