// Buttons that copy what another element says. They show only where copying works.

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    const label = button.lastChild.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.lastChild.textContent = "Copied";
      setTimeout(() => {
        button.lastChild.textContent = label;
      }, 2000);
    });
  }
}
