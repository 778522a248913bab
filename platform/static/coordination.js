// Pages of a study's coordinator: comfort only, every page works without it.
"use strict";

(() => {
  // <form data-address-from="title" data-address-to="slug">: an address from the title, until one is typed
  for (const form of document.querySelectorAll("[data-address-from]")) {
    const title = document.getElementById(form.dataset.addressFrom);
    const address = document.getElementById(form.dataset.addressTo);
    let suggested = addressOf(title.value);
    title.addEventListener("input", () => {
      if (address.value && address.value !== suggested) return;
      suggested = addressOf(title.value);
      address.value = suggested;
    });
  }

  function addressOf(title) {
    const letters = title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    return letters.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60).replace(/-+$/, "");
  }

  // <form data-busy>: one press is enough, and something is seen to happen
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-busy]") || event.defaultPrevented) return;
    event.target.querySelector("button").disabled = true;
    event.target.querySelector("[data-busy-note]").hidden = false;
  });
})();
