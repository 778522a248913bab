// A large matrix has no link in each cell: its cells lead to the comparison of their row and column here.

for (const matrix of document.querySelectorAll(".matrix.large")) {
  const keys = [...matrix.querySelectorAll("tbody th")].map((head) => head.dataset.key);
  matrix.classList.add("scripted");
  matrix.addEventListener("click", (event) => {
    const cell = event.target.closest("td");
    if (!cell || cell.classList.contains("i")) return;
    const address = new URL(matrix.dataset.compare, location.href);
    address.searchParams.append("compare", keys[cell.parentElement.rowIndex - 1]);
    address.searchParams.append("compare", keys[cell.cellIndex - 1]);
    location.assign(address);
  });
}
