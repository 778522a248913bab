// Warns while somebody writes what everybody will read and what may name a person. The server refuses it.

import { warnings } from "./rating/privacy.js";

const words = document.getElementById("public-words").dataset.identifying;

for (const box of document.querySelectorAll("textarea[name=reason]")) {
  const doubt = document.createElement("p");
  doubt.className = "alert alert-warning";
  doubt.setAttribute("role", "status");
  doubt.hidden = true;
  doubt.textContent = words;
  box.after(doubt);
  box.addEventListener("input", () => { doubt.hidden = warnings(box.value).length === 0; });
}
